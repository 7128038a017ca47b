using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Idps.Okta;

namespace Siit.Iam.Agent.Tests.Idps.Okta;

public sealed class OktaTrapsTests
{
    private static readonly string[] Statuses = ["STAGED", "PROVISIONED", "ACTIVE", "RECOVERY", "PASSWORD_EXPIRED", "LOCKED_OUT", "SUSPENDED", "DEPROVISIONED"];

    /// <summary>From which statuses each action passes. What is as asked already is no trap.</summary>
    public static TheoryData<string, string[]> Passes => new()
    {
        { "suspend_user", ["ACTIVE", "SUSPENDED"] },
        { "unsuspend_user", ["ACTIVE", "SUSPENDED"] },
        { "unlock_user", ["ACTIVE", "LOCKED_OUT"] },
        { "deactivate_user", Statuses },
        { "reset_password", ["ACTIVE", "PASSWORD_EXPIRED", "RECOVERY"] },
        { "reset_mfa", Without("DEPROVISIONED") },
        { "add_to_group", Without("DEPROVISIONED") },
        { "remove_from_group", Without("DEPROVISIONED") },
        { "add_application", Without("DEPROVISIONED") },
        { "remove_application", Statuses },
        { "update_user", Without("DEPROVISIONED") },
        { "revoke_grants", Without("DEPROVISIONED") },
        { "clear_sessions", Statuses },
        { "create_user", Statuses },
    };

    [Theory]
    [MemberData(nameof(Passes))]
    public void Action_FromEachStatus_PassesOrIsBlocked(string action, string[] statuses) => Assert.Equal(
        statuses.Order(),
        Statuses.Where(status => !OktaTraps.Of(action, Situation(status)).Any(trap => trap.Blocks)).Order());

    [Fact]
    public void ExpirePassword_OfAnAccountInRecovery_IsBlocked() =>
        Assert.Equal(["wrong_status"], Codes("reset_password", Situation("RECOVERY") with { PasswordMode = PasswordMode.Expire }));

    public static TheoryData<string, string, bool> Mastered => new()
    {
        { "reset_password", "mastered_elsewhere", true },
        { "unlock_user", "mastered_elsewhere", true },
        { "update_user", "mastered_elsewhere", true },
        { "deactivate_user", "mastered_elsewhere", false },
    };

    [Theory]
    [MemberData(nameof(Mastered))]
    public void Action_OnAnAccountOfADirectory_SendsThere(string action, string code, bool blocks)
    {
        var trap = OktaTraps.Of(action, Situation(action == "unlock_user" ? "LOCKED_OUT" : "ACTIVE", "ACTIVE_DIRECTORY")).Single(trap => trap.Code == code);

        Assert.Equal(blocks, trap.Blocks);
        Assert.Contains("ACTIVE_DIRECTORY", trap.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Group_ThatCannotBeChanged_IsBlocked()
    {
        var situation = Situation("ACTIVE") with { Group = Group("Everyone", notChangeable: "Okta fills it.") };

        Assert.Equal(["group_not_changeable"], Codes("add_to_group", situation));
        Assert.Equal(["group_not_changeable"], Codes("remove_from_group", situation));
    }

    [Fact]
    public void RemoveFromGroup_ThatARuleFills_WarnsOfTheExclusion()
    {
        var situation = Situation("ACTIVE") with { Group = Group("All Sales", rules: "by department") };

        var trap = Assert.Single(OktaTraps.Of("remove_from_group", situation));

        Assert.Equal(("rule_exclusion", false), (trap.Code, trap.Blocks));
        Assert.Contains("by department", trap.Message, StringComparison.Ordinal);
        Assert.Empty(OktaTraps.Of("add_to_group", situation));
    }

    [Fact]
    public void Application_ThroughAGroup_IsRemovedThere()
    {
        var situation = Situation("ACTIVE", application: new ApplicationAssignment("0oa1", "Slack", Direct: false, "00g1", "Everyone"));

        var trap = Assert.Single(OktaTraps.Of("remove_application", situation));

        Assert.Equal(("application_from_group", true), (trap.Code, trap.Blocks));
        Assert.Contains("'Everyone'", trap.Message, StringComparison.Ordinal);
        Assert.Equal(["becomes_direct"], Codes("add_application", situation));
    }

    [Fact]
    public void Application_Inactive_CannotBeAdded() => Assert.Equal(
        ["application_inactive"],
        Codes("add_application", Situation("ACTIVE") with { Application = new IdpApplication { Id = "0oa1", Name = "Slack", Active = false } }));

    [Theory]
    [InlineData("opf1", "whole_app", false)]
    [InlineData("ost9", "no_such_factor", true)]
    public void ResetMfa_OfOneFactor(string factor, string code, bool blocks)
    {
        var situation = Situation("ACTIVE");
        situation = situation with { FactorId = factor, Picture = situation.Picture! with { Factors = [new Factor("opf1", "push", "push", "ACTIVE", null)] } };

        var trap = Assert.Single(OktaTraps.Of("reset_mfa", situation));

        Assert.Equal((code, blocks), (trap.Code, trap.Blocks));
    }

    private static string[] Without(string status) => [.. Statuses.Where(one => one != status)];

    private static string[] Codes(string action, Situation situation) => [.. OktaTraps.Of(action, situation).Where(trap => trap.Blocks || trap.Code is "becomes_direct").Select(trap => trap.Code)];

    private static GroupPicture Group(string name, string? notChangeable = null, string? rules = null) => new()
    {
        Group = new IdpGroup { Id = "00g1", Name = name, VendorType = "OKTA_GROUP", NotChangeable = notChangeable },
        Roles = [],
        Applications = [],
        Rules = rules is null ? [] : [rules],
    };

    private static Situation Situation(string status, string? managedBy = null, ApplicationAssignment? application = null) => new()
    {
        Picture = new AccountPicture
        {
            Account = new Account { Id = "00u1", Login = "ana@acme.example", Status = OktaStatus.Of(status), VendorStatus = status, ManagedBy = managedBy },
            Applications = application is null ? [] : [application],
            ReadAt = DateTimeOffset.UnixEpoch,
        },
        Application = application is null ? null : new IdpApplication { Id = application.Id, Name = application.Name },
    };
}
