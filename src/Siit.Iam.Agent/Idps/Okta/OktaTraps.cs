namespace Siit.Iam.Agent.Idps.Okta;

/// <summary>
/// What Okta would refuse, ignore or do otherwise than asked, said before anybody is asked to approve. What is already as asked is
/// no trap: the gate finds that by reading.
/// </summary>
internal static class OktaTraps
{
    public static IEnumerable<Trap> Of(string action, Situation situation) => action switch
    {
        "add_application" => AddApplication(situation),
        "add_to_group" => ChangeGroup(situation),
        "clear_sessions" => [Warn("sessions_of_applications", "Ends Okta sessions and the OAuth tokens that Okta gave out. Applications that are open already stay open until their own session ends.")],
        "deactivate_user" => Deactivate(situation),
        "remove_application" => RemoveApplication(situation),
        "remove_from_group" => [.. ChangeGroup(situation), .. RuleExclusion(situation)],
        "reset_mfa" => ResetMfa(situation),
        "reset_password" => ResetPassword(situation),
        "revoke_grants" => NotDeprovisioned(situation),
        "suspend_user" => OnlyFrom(OktaStatus.Active, OktaStatus.Suspended, situation, "Okta suspends only accounts that are ACTIVE", "Deactivate it instead, or let the person finish what is pending first"),
        "unlock_user" => Unlock(situation),
        "unsuspend_user" => OnlyFrom(OktaStatus.Suspended, OktaStatus.Active, situation, "Okta lifts a suspension only from accounts that are SUSPENDED", "There is no suspension to lift"),
        "update_user" => Update(situation),
        _ => [],
    };

    private static IEnumerable<Trap> OnlyFrom(string from, string to, Situation situation, string rule, string instead)
    {
        var status = situation.Account.VendorStatus;
        if (status != from && status != to) yield return Block("wrong_status", $"{rule}; this one is {status}. {instead}.");
    }

    private static IEnumerable<Trap> Unlock(Situation situation) =>
    [
        .. OnlyFrom(OktaStatus.LockedOut, OktaStatus.Active, situation, "Okta unlocks only accounts that are LOCKED_OUT", "There is no lock to open"),
        .. MasteredElsewhere(situation, "unlock it there"),
    ];

    private static IEnumerable<Trap> Update(Situation situation) =>
        [.. NotDeprovisioned(situation), .. MasteredElsewhere(situation, "change the profile there")];

    private static IEnumerable<Trap> ResetPassword(Situation situation)
    {
        var (account, mode) = (situation.Account, situation.PasswordMode ?? PasswordMode.Link);
        if (account.ManagedBy is { } master)
            yield return Block("mastered_elsewhere", $"The password of this account belongs to {master}, not to Okta: reset it there.");
        if (!MayReset(account.VendorStatus, mode))
            yield return Block("wrong_status", $"Okta does not reset the password of an account that is {account.VendorStatus}. {Instead(account.VendorStatus)}");
        else if (mode == PasswordMode.Link)
            yield return Warn("no_sign_in_until_done", "From now on the person cannot sign in until the mailed link is used. Is the mailbox reachable without Okta?");
    }

    private static bool MayReset(string status, PasswordMode mode) => mode switch
    {
        PasswordMode.Link => status is OktaStatus.Active or OktaStatus.PasswordExpired or OktaStatus.Recovery,
        _ => status is OktaStatus.Active or OktaStatus.PasswordExpired,
    };

    private static string Instead(string status) => status switch
    {
        OktaStatus.LockedOut => "Unlock it first.",
        OktaStatus.Suspended => "Lift the suspension first.",
        OktaStatus.Deprovisioned => "It has to be activated at Okta first.",
        _ => "The person has to finish activation or recovery first.",
    };

    private static IEnumerable<Trap> ResetMfa(Situation situation)
    {
        foreach (var trap in NotDeprovisioned(situation)) yield return trap;
        if (situation.FactorId is not { } id || situation.Picture?.Factors is not { } factors) yield break;
        var factor = factors.FirstOrDefault(factor => factor.Id == id);
        if (factor is null)
            yield return Block("no_such_factor", "The account has no second factor with this id. Read its factors again; Okta may hide some from this connection's network zone.");
        else if (factor.Kind == "push")
            yield return Warn("whole_app", "Okta Verify is one app: removing this factor removes its other factors, too.");
    }

    private static IEnumerable<Trap> ChangeGroup(Situation situation)
    {
        foreach (var trap in NotDeprovisioned(situation)) yield return trap;
        if (situation.Group?.Group is { NotChangeable: { } reason } group)
            yield return Block("group_not_changeable", $"The members of '{group.Name}' cannot be changed at Okta. {reason}");
    }

    private static IEnumerable<Trap> RuleExclusion(Situation situation)
    {
        if (situation.Group is { Rules: { Count: > 0 } rules } group)
            yield return Warn("rule_exclusion", $"Rules fill '{group.Group.Name}' ({string.Join(", ", rules)}). Okta puts the person on their exclusion list: no rule will bring the membership back.");
    }

    private static IEnumerable<Trap> AddApplication(Situation situation)
    {
        foreach (var trap in NotDeprovisioned(situation)) yield return trap;
        if (situation.Application is { Active: false } application)
            yield return Block("application_inactive", $"'{application.Name}' is not active at Okta: activate it there first.");
        if (AssignmentOf(situation) is { Direct: false } assignment)
            yield return Warn("becomes_direct", $"The account has '{assignment.Name}' through {GroupOf(assignment)}. A direct assignment outlives that membership.");
    }

    private static IEnumerable<Trap> RemoveApplication(Situation situation)
    {
        if (AssignmentOf(situation) is not { } assignment) yield break;
        if (!assignment.Direct)
            yield return Block("application_from_group", $"The account has '{assignment.Name}' through {GroupOf(assignment)}: taking it away directly changes nothing. Remove the account from that group.");
        else
            yield return Warn("application_profile_lost", $"The account's settings in '{assignment.Name}' at Okta are lost; with provisioning the account in the application may be closed.");
    }

    private static IEnumerable<Trap> Deactivate(Situation situation)
    {
        if (situation.Account.VendorStatus == OktaStatus.Deprovisioned) yield break;
        yield return Warn("destructive", "Takes every application away and closes the accounts in them where provisioning is on. Activating again does not bring that back.");
        if (situation.Account.ManagedBy is { } master)
            yield return Warn("mastered_elsewhere", $"This account comes from {master} and may be created again by the next import: close it there, too.");
    }

    private static IEnumerable<Trap> NotDeprovisioned(Situation situation)
    {
        if (situation.Account.VendorStatus == OktaStatus.Deprovisioned)
            yield return Block("deprovisioned", "The account is deactivated; Okta changes nothing on it until it is activated again.");
    }

    private static IEnumerable<Trap> MasteredElsewhere(Situation situation, string instead)
    {
        if (situation.Account.ManagedBy is "ACTIVE_DIRECTORY" or "LDAP")
            yield return Block("mastered_elsewhere", $"This account is mastered by {situation.Account.ManagedBy}, not by Okta: {instead}.");
    }

    private static ApplicationAssignment? AssignmentOf(Situation situation) =>
        situation.Picture?.Applications?.FirstOrDefault(assignment => assignment.Id == situation.Application?.Id);

    private static string GroupOf(ApplicationAssignment assignment) =>
        assignment.ViaGroupName is { } name ? $"the group '{name}'" : "a group";

    private static Trap Block(string code, string message) => new(code, message, Blocks: true);

    private static Trap Warn(string code, string message) => new(code, message, Blocks: false);
}
