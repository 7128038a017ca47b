namespace Siit.Iam.Agent.Idps.Google;

/// <summary>
/// What Google would refuse, ignore or do otherwise than asked, said before anybody is asked to approve. What is already as asked
/// is no trap: the gate finds that by reading.
/// </summary>
internal static class GoogleTraps
{
    /// <summary>The status of 2-Step Verification that an administrator has made obligatory for the account.</summary>
    public const string Enforced = "ENFORCED";

    public static IEnumerable<Trap> Of(string action, Situation situation) => action switch
    {
        "add_application" => [.. NotReady(situation), .. Application(situation), .. FromInside(situation)],
        "add_to_group" => [.. NotReady(situation), .. ChangeGroup(situation)],
        "clear_sessions" => [.. NotReady(situation), Warn("grants_go_on", "Ends web and device sessions. Third-party applications keep what they were granted: revoke_grants takes that back.")],
        "deactivate_user" => [.. BeingCreated(situation), .. Deactivate(situation)],
        "remove_application" => [.. NotReady(situation), .. Application(situation), .. RemoveApplication(situation)],
        "remove_from_group" => [.. BeingCreated(situation), .. ChangeGroup(situation), .. Leave(situation)],
        "reset_mfa" => [.. NotReady(situation), .. ResetMfa(situation)],
        "reset_password" => [.. NotReady(situation), Warn("own_password_only", "Has no effect on who signs in through another identity provider: reset the password there, too.")],
        "revoke_grants" => BeingCreated(situation),
        "suspend_user" => [.. NotReady(situation), Warn("mfa_and_grants_first", "Google does not turn off 2-Step Verification of a suspended account. If that and the grants shall go as well, do reset_mfa and revoke_grants first.")],
        "unsuspend_user" => [.. NotReady(situation), .. Unsuspend(situation)],
        "update_user" => NotReady(situation),
        _ => [],
    };

    private static IEnumerable<Trap> NotReady(Situation situation)
    {
        foreach (var trap in BeingCreated(situation)) yield return trap;
        if (situation.Account.VendorStatus == GoogleStatus.Archived)
            yield return Block("archived", "The account is archived. It has to be unarchived in the Admin console first (Directory > Users > More options).");
    }

    /// <summary>Until then Google answers with 404 or 412, as it pleases.</summary>
    private static IEnumerable<Trap> BeingCreated(Situation situation)
    {
        if (situation.Account.VendorStatus == GoogleStatus.BeingCreated)
            yield return Block("being_created", "Google has not finished creating this account: nothing can be changed on it yet. Try again in a minute.");
    }

    private static IEnumerable<Trap> Unsuspend(Situation situation)
    {
        var status = situation.Account.VendorStatus;
        if (status == GoogleStatus.SuspendedForAbuse)
            yield return Block("suspended_by_google", "Google itself suspended this account for abuse, and lifts that only in the Admin console, after a review.");
        else if (status is not (GoogleStatus.Suspended or GoogleStatus.Active))
            yield return Warn("suspended_by_google", $"Google itself suspended this account ({status}) and may refuse or suspend it again.");
    }

    private static IEnumerable<Trap> ResetMfa(Situation situation)
    {
        if (situation.FactorId is { } id and not GoogleConnection.TwoStep)
        {
            yield return Block("no_such_factor", $"Google does not tell single second factors apart ('{id}'): leave the factor out to reset all.");
            yield break;
        }
        if (situation.Picture?.Factors is not [var twoStep, ..]) yield break;
        if (situation.Account.Status == AccountStatus.Suspended)
            yield return Block("suspended", "Google does not turn off 2-Step Verification of a suspended account. Lift the suspension, reset, then suspend again.");
        if (twoStep.VendorStatus == Enforced)
            yield return Block("mfa_enforced", "2-Step Verification is enforced for this account, and Google does not turn it off then. Let an administrator hand out a backup code (Admin console > user > Security > Get backup verification codes), or move the account to an organizational unit without enforcement first.");
    }

    private static IEnumerable<Trap> ChangeGroup(Situation situation)
    {
        if (situation.Group is not { Group: var group }) yield break;
        if (group.NotChangeable is { } reason)
            yield return Block("group_not_changeable", $"The members of '{group.Name}' cannot be changed at Google. {reason}");
        if (group.VendorType == GoogleGroupKind.Security)
            yield return Warn("security_group", $"'{group.Name}' is a security group: access in the cloud may depend on it.");
    }

    private static IEnumerable<Trap> Leave(Situation situation)
    {
        if (situation.Group is not { } group) yield break;
        if (group.Owners.Contains(situation.Account.Id))
            yield return Warn("group_owner", group.Owners.Count == 1
                ? $"This account is the only owner of '{group.Group.Name}': nobody but an administrator can decide about its members then."
                : $"This account is an owner of '{group.Group.Name}' and ceases to be one.");
        foreach (var application in group.Applications)
            yield return Warn("application_goes_too", $"'{application.Name}' is given through '{group.Group.Name}' and goes with it.");
    }

    private static IEnumerable<Trap> Application(Situation situation)
    {
        if (situation.Application is { NotAssignable: { } reason } application)
            yield return Block("application_not_assignable", $"'{application.Name}' cannot be given or taken here. {reason}");
    }

    private static IEnumerable<Trap> FromInside(Situation situation)
    {
        if (AssignmentOf(situation) is { Direct: false } assignment)
            yield return Warn("becomes_direct", $"The account has '{assignment.Name}' through a group inside the application's group. A direct membership outlives that one.");
    }

    private static IEnumerable<Trap> RemoveApplication(Situation situation)
    {
        if (AssignmentOf(situation) is { Direct: false } assignment)
            yield return Block("application_from_group", $"The account has '{assignment.Name}' through a group inside the application's group: taking it away directly changes nothing. Remove the account from the inner group.");
    }

    private static IEnumerable<Trap> Deactivate(Situation situation)
    {
        if (situation.Account.VendorStatus == GoogleStatus.Archived) yield break;
        yield return Warn("archives", "Archives the account: no sign-in and no services, mail and files are kept, group memberships stay. Needs an Archived User licence, and is undone only in the Admin console. Transfer of files and deletion are not done from here.");
        if (situation.Account.VendorStatus == GoogleStatus.Active)
            yield return Warn("mfa_and_grants_first", "If second factors and grants shall go as well, do reset_mfa and revoke_grants first: Google does not change them on an archived account.");
    }

    private static ApplicationAssignment? AssignmentOf(Situation situation) =>
        situation.Picture?.Applications?.FirstOrDefault(assignment => assignment.Id == situation.Application?.Id);

    private static Trap Block(string code, string message) => new(code, message, Blocks: true);

    private static Trap Warn(string code, string message) => new(code, message, Blocks: false);
}
