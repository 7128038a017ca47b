namespace Siit.Iam.Agent.Idps.Entra;

/// <summary>
/// What Entra would refuse, ignore or do otherwise than asked, said before anybody is asked to approve. What is already as asked
/// is no trap: the gate finds that by reading.
/// </summary>
internal static class EntraTraps
{
    public static IEnumerable<Trap> Of(string action, Situation situation) => action switch
    {
        "add_application" => AddApplication(situation),
        "add_to_group" or "remove_from_group" => ChangeGroup(situation),
        "clear_sessions" => ClearSessions(situation),
        "deactivate_user" => Deactivate(situation),
        "remove_application" => RemoveApplication(situation),
        "reset_mfa" => ResetMfa(situation),
        "reset_password" => ResetPassword(situation),
        "revoke_grants" => [.. NotDeleted(situation), Warn("tenant_consents", "Consents that an administrator gave for the whole tenant stay.")],
        "suspend_user" => [.. NotDeleted(situation), .. Synced(situation, "disable it there"), .. OnlyEnabled(situation)],
        "unsuspend_user" => [.. NotDeleted(situation), .. Synced(situation, "enable it there")],
        "update_user" => [.. NotDeleted(situation), .. Synced(situation, "change the profile there")],
        _ => [],
    };

    private static IEnumerable<Trap> OnlyEnabled(Situation situation)
    {
        if (situation.Account.VendorStatus == EntraStatus.Unknown)
            yield return Block("wrong_status", "Entra does not say whether this account is enabled, so a change of that could not be read back. Have the connection's permissions checked.");
    }

    private static IEnumerable<Trap> ResetPassword(Situation situation)
    {
        foreach (var trap in NotDeleted(situation)) yield return trap;
        if (situation.Account.PasswordHeldBy is { } holder)
            yield return Block("password_held_elsewhere", $"The password of this account belongs to {holder}, not to Entra: a reset here would do nothing. Reset it there.");
    }

    private static IEnumerable<Trap> ResetMfa(Situation situation)
    {
        foreach (var trap in NotDeleted(situation)) yield return trap;
        if (situation.Picture?.Factors is not { } factors) yield break;
        if (situation.FactorId is not { } id)
        {
            if (factors.FirstOrDefault(factor => !EntraMethods.IsRemovable(factor.VendorKind)) is { } stuck)
                yield return Block("factor_not_removable", $"The account has a factor of the kind {stuck.VendorKind}, which Entra's API does not remove, so not all would go. Remove it in the Entra admin center, or reset one factor at a time.");
            yield break;
        }
        var one = factors.FirstOrDefault(factor => factor.Id == id);
        if (one is null)
            yield return Block("no_such_factor", "The account has no second factor with this id. Read its factors again.");
        else if (!EntraMethods.IsRemovable(one.VendorKind))
            yield return Block("factor_not_removable", $"Entra's API does not remove a factor of the kind {one.VendorKind}. Remove it in the Entra admin center.");
        else if (one.VendorStatus == EntraMethods.Default && factors.Count > 1)
            yield return Block("default_factor", "The account signs in with this factor by default, and Entra removes that one only when no other is left. Remove the others first, or all at once.");
    }

    private static IEnumerable<Trap> ClearSessions(Situation situation)
    {
        foreach (var trap in NotDeleted(situation)) yield return trap;
        if (EntraStatus.IsGuest(situation.Account))
            yield return Block("guest_sessions", "A guest's sessions belong to the guest's own organization: clearing them here does nothing. Suspend the guest account instead.");
        else
            yield return Warn("minutes_of_delay", "Takes effect within minutes; access that is open already can last up to an hour.");
    }

    private static IEnumerable<Trap> ChangeGroup(Situation situation)
    {
        foreach (var trap in NotDeleted(situation)) yield return trap;
        if (situation.Group?.Group is { NotChangeable: { } reason } group)
            yield return Block(EntraGroups.CodeOf(group.VendorType), $"The members of '{group.Name}' cannot be changed through this connection. {reason}");
    }

    private static IEnumerable<Trap> AddApplication(Situation situation)
    {
        foreach (var trap in NotDeleted(situation)) yield return trap;
        if (situation.Application is not { } application) yield break;
        if (!application.Active)
            yield return Block("application_inactive", $"Sign-in to '{application.Name}' is turned off at Entra: turn it on there first.");
        if (application.NotAssignable is { } reason)
            yield return Block("application_not_assignable", $"'{application.Name}' cannot be assigned. {reason}");
        if (application.OpenToEverybody)
            yield return Warn("open_to_everybody", $"Everybody in the tenant can use '{application.Name}' without an assignment; this one adds it to the person's own list.");
        if (AssignmentOf(situation) is { Direct: false } assignment)
            yield return Warn("becomes_direct", $"The account has '{assignment.Name}' through {GroupOf(assignment)}. A direct assignment outlives that membership.");
    }

    private static IEnumerable<Trap> RemoveApplication(Situation situation)
    {
        if (AssignmentOf(situation) is not { } assignment) yield break;
        if (situation.Application is { OpenToEverybody: true } application)
            yield return Block("open_to_everybody", $"'{application.Name}' asks for no assignment: everybody in the tenant can use it, so taking it away changes nothing. Have 'Assignment required' turned on at Entra first.");
        if (!assignment.Direct)
            yield return Block("application_from_group", $"The account has '{assignment.Name}' through {GroupOf(assignment)}: taking it away directly changes nothing. Remove the account from that group.");
        else if (assignment.ViaGroup is not null)
            yield return Block("application_from_group", $"The account has '{assignment.Name}' directly and through {GroupOf(assignment)}: it would keep the application. Remove the account from that group first.");
    }

    private static IEnumerable<Trap> Deactivate(Situation situation)
    {
        if (situation.Account.Status == AccountStatus.Deprovisioned) yield break;
        foreach (var trap in Synced(situation, "delete or move it there")) yield return trap;
        yield return Warn("erased_after_30_days", "Entra knows no deactivated accounts: this one goes to the deleted items, where an administrator can restore it, and Entra erases it 30 days later. To keep it, suspend it instead.");
    }

    private static IEnumerable<Trap> NotDeleted(Situation situation)
    {
        if (situation.Account.Status == AccountStatus.Deprovisioned)
            yield return Block("deleted", "The account is among Entra's deleted items; nothing can be changed on it until an administrator restores it.");
    }

    private static IEnumerable<Trap> Synced(Situation situation, string instead)
    {
        if (situation.Account.ManagedBy is { } master)
            yield return Block("mastered_elsewhere", $"This account is mastered by {master}, not by Entra: {instead}.");
    }

    private static ApplicationAssignment? AssignmentOf(Situation situation) =>
        situation.Picture?.Applications?.FirstOrDefault(assignment => assignment.Id == situation.Application?.Id);

    private static string GroupOf(ApplicationAssignment assignment) =>
        assignment.ViaGroupName is { } name ? $"the group '{name}'" : "a group";

    private static Trap Block(string code, string message) => new(code, message, Blocks: true);

    private static Trap Warn(string code, string message) => new(code, message, Blocks: false);
}
