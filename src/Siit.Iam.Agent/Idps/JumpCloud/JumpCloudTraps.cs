namespace Siit.Iam.Agent.Idps.JumpCloud;

/// <summary>
/// What JumpCloud would refuse, ignore or do otherwise than asked, said before anybody is asked to approve. What is already as asked
/// is no trap: the gate finds that by reading.
/// </summary>
internal static class JumpCloudTraps
{
    public static IEnumerable<Trap> Of(string action, Situation situation, int exemptionDays) => action switch
    {
        "add_application" => AddApplication(situation),
        "add_to_group" => ChangeGroup(situation),
        "create_user" => [Warn("username_from_email", "The username comes from the email, with a number when somebody else has it; it is the account's name on devices and is not changed from here.")],
        "remove_application" => RemoveApplication(situation),
        "remove_from_group" => ChangeGroup(situation),
        "reset_mfa" => ResetMfa(situation, exemptionDays),
        "reset_password" => ResetPassword(situation),
        "suspend_user" => Suspend(situation),
        "unlock_user" => Unlock(situation),
        "unsuspend_user" => Unsuspend(situation),
        "update_user" => Update(situation),
        _ => [],
    };

    private static IEnumerable<Trap> Suspend(Situation situation)
    {
        var state = JumpCloudStatus.StateOf(situation.Account);
        if (state is not JumpCloudStatus.Activated and not JumpCloudStatus.Suspended)
            yield return Block("wrong_status", $"This account is {state}: nobody can sign in with it yet, and lifting a suspension later would activate it. Leave it as it is, or delete it in JumpCloud's console.");
        else if (state == JumpCloudStatus.Activated)
            yield return Warn("devices", "On devices that JumpCloud manages the local account is closed as well, once the device is online. JumpCloud has no call that ends portal sessions.");
        foreach (var trap in MasterMayUndo(situation)) yield return trap;
    }

    private static IEnumerable<Trap> Unsuspend(Situation situation)
    {
        var state = JumpCloudStatus.StateOf(situation.Account);
        if (state == JumpCloudStatus.Staged)
            yield return Block("wrong_status", "This account is STAGED, not suspended: it was never activated. Activate it in JumpCloud's console, which mails the invitation.");
        else if (state is not JumpCloudStatus.Activated and not JumpCloudStatus.Suspended)
            yield return Block("wrong_status", $"This account is {state}; JumpCloud lifts a suspension only from accounts that are SUSPENDED.");
        else if (situation.Account.Is(JumpCloudStatus.Locked))
            yield return Block("locked", state == JumpCloudStatus.Suspended
                ? "This account is also locked by failed sign-ins, and the lock outlives the suspension. Lift both in JumpCloud's console."
                : "This account is not suspended but locked by failed sign-ins: unlock it.");
        foreach (var trap in MasterMayUndo(situation)) yield return trap;
    }

    private static IEnumerable<Trap> Unlock(Situation situation)
    {
        if (situation.Account.Status is not AccountStatus.Locked and not AccountStatus.Active)
            yield return Block("wrong_status", $"This account is {situation.Account.VendorStatus}: there is no lock to open that would let the person in.");
        foreach (var trap in PasswordElsewhere(situation, "unlock it there")) yield return trap;
    }

    private static IEnumerable<Trap> Update(Situation situation)
    {
        var account = situation.Account;
        if (account.ManagedBy is null || JumpCloudMastery.ProfileOf(account) is not { Count: > 0 } fields) yield break;
        if (JumpCloudMastery.WholeProfile(account))
            yield return Block("mastered_elsewhere", $"The profile of this account is mastered by {JumpCloudMastery.MasterOf(account)}, not by JumpCloud: change it there.");
        else
            yield return Warn("mastered_elsewhere", $"{JumpCloudMastery.MasterOf(account)} masters {string.Join(", ", fields)} of this account: JumpCloud refuses to change those here.");
    }

    private static IEnumerable<Trap> ResetPassword(Situation situation)
    {
        var (account, mode) = (situation.Account, situation.PasswordMode ?? PasswordMode.Link);
        foreach (var trap in PasswordElsewhere(situation, "reset it there")) yield return trap;
        var state = JumpCloudStatus.StateOf(account);
        if (state != JumpCloudStatus.Activated)
            yield return Block("wrong_status", $"JumpCloud does not reset the password of an account that is {state}. {(state == JumpCloudStatus.Suspended ? "Lift the suspension first." : "Activate it in JumpCloud's console first.")}");
        else if (mode == PasswordMode.Link)
            yield return Warn("old_password_goes_on", "The mail does not end the old password: it works until the person sets a new one. If somebody else may know it, expire it or suspend the account.");
        else if (mode == PasswordMode.Temporary)
            yield return Warn("devices", "On devices that JumpCloud manages the local account gets the new password, too, once the device is online.");
        else if (account.Is(JumpCloudStatus.NoPassword))
            yield return Block("no_password", "The person has not set a password yet, so none can expire. Send the link instead.");
        else if (account.Is(JumpCloudStatus.PasswordExpired))
            yield return Block("expired_already", "The password has expired already: the person must change it at the next sign-in.");
    }

    private static IEnumerable<Trap> ResetMfa(Situation situation, int exemptionDays)
    {
        if (situation.Picture?.Factors is not { } factors) yield break;
        if (JumpCloudStatus.StateOf(situation.Account) != JumpCloudStatus.Activated)
            yield return Block("wrong_status", $"This account is {situation.Account.VendorStatus}: the days for enrolling again would run while nobody can sign in. Make it active first.");
        if (situation.FactorId is { } id)
        {
            if (factors.FirstOrDefault(factor => factor.Id == id) is not { } factor)
                yield return Block("no_such_factor", "The account has no second factor with this id. Read its factors again.");
            else if (JumpCloudFactors.IsNoEndpoint(factor.Id))
                yield return Block("factor_not_removable", $"JumpCloud removes single second factors only when they are push endpoints; this one is {factor.Kind}. Leave the factor out to reset the person's second factors.");
            yield break;
        }
        if (!factors.Any(factor => JumpCloudFactors.IsReset(factor) || JumpCloudFactors.MayBeReset(factor)))
        {
            yield return Block("nothing_to_reset", factors.Count == 0
                ? "The account has no second factor enrolled, so there is none to reset."
                : $"JumpCloud's reset takes TOTP (and push) away and nothing else; this account has {Kinds(factors)}. Remove that in JumpCloud's console.");
            yield break;
        }
        yield return Warn("mfa_exemption", $"For {exemptionDays} days JumpCloud lets the person in without a second factor, to enrol again. Who has not enrolled by then is locked out of all that demands one.");
        if (factors.Where(factor => !JumpCloudFactors.IsReset(factor) && !JumpCloudFactors.MayBeReset(factor)).ToList() is { Count: > 0 } staying)
            yield return Warn("factors_stay", $"JumpCloud's reset does not touch {Kinds(staying)}: remove that in its console.");
        if (factors.Where(JumpCloudFactors.MayBeReset).ToList() is { Count: > 0 })
            yield return Warn("push_may_stay", "Push endpoints go only where the organization has Unified MFA; otherwise remove each of them by its factor id.");
    }

    private static IEnumerable<Trap> ChangeGroup(Situation situation)
    {
        if (situation.Group is not { } picture) yield break;
        if (picture.Group.NotChangeable is { } reason)
            yield return Block("group_not_changeable", $"The members of '{picture.Group.Name}' cannot be changed at JumpCloud. {reason}");
        else if (picture.Rules.Count > 0)
            yield return Warn("member_query", $"'{picture.Group.Name}' has a member query whose suggestions an administrator reviews: a review may undo this. An exemption in the group's settings prevents that.");
    }

    private static IEnumerable<Trap> AddApplication(Situation situation)
    {
        if (situation.Application is { Active: false } application)
            yield return Block("application_inactive", $"'{application.Name}' is not active at JumpCloud: activate it there first.");
        yield return Warn("direct_association", "JumpCloud is meant to give applications through groups. A direct association is easily overlooked: look for a group that has it first.");
    }

    private static IEnumerable<Trap> RemoveApplication(Situation situation)
    {
        var paths = (situation.Picture?.Applications ?? []).Where(assignment => assignment.Id == situation.Application?.Id).ToList();
        if (paths.Count == 0) yield break;
        var groups = paths.Where(path => !path.Direct).Select(path => path.ViaGroupName ?? path.ViaGroup ?? "?").ToList();
        if (groups.Count == 0)
            yield return Warn("application_account_lost", $"With provisioning on, '{paths[0].Name}' may close or delete the person's account in it.");
        else
            yield return Block("application_from_group", $"The account has '{paths[0].Name}' through {(groups.Count == 1 ? "the group" : "the groups")} '{string.Join("', '", groups)}': taking it away directly leaves that. Remove the account from {(groups.Count == 1 ? "that group" : "those groups")} first.");
    }

    private static IEnumerable<Trap> PasswordElsewhere(Situation situation, string instead)
    {
        if (JumpCloudMastery.Masters(situation.Account, JumpCloudMastery.Password))
            yield return Block("mastered_elsewhere", $"The password of this account belongs to {JumpCloudMastery.MasterOf(situation.Account)}, not to JumpCloud: {instead}.");
    }

    private static IEnumerable<Trap> MasterMayUndo(Situation situation)
    {
        if (situation.Account.ManagedBy is not null)
            yield return Warn("mastered_elsewhere", $"This account comes from {JumpCloudMastery.MasterOf(situation.Account)}, whose next synchronization may undo this: change it there, too.");
    }

    private static string Kinds(IEnumerable<Factor> factors) => string.Join(", ", factors.Select(factor => factor.VendorKind).Distinct());

    private static Trap Block(string code, string message) => new(code, message, Blocks: true);

    private static Trap Warn(string code, string message) => new(code, message, Blocks: false);
}
