using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Gate.Rules;
using Siit.Iam.Agent.Gate.StandingApprovals;
using Siit.Iam.Agent.Tests.Cli;

namespace Siit.Iam.Agent.Tests.Gate.Rules;

/// <summary>A rule with a slip in a name would hold for nothing: the start tells instead.</summary>
public sealed class RuleNamesTests
{
    private static readonly RuleNames Known = new(["security", "desk", "desk"], ["nightly"], ["offboard-leaver", "welcome"]);

    [Fact]
    public void Names_AllKnown_NothingIsWrong()
    {
        var options = new GateOptions
        {
            EscalateTo = "desk",
            ApprovalRules = [new() { Name = "a", Seats = ["group:security", "any", "manager"], Fallback = "desk", Callers = ["nightly", "playbook:welcome"], Playbooks = ["welcome"] }],
            StandingApprovals = [new StandingApproval { Id = "SA", Owner = "security", Playbooks = ["offboard-leaver", new string('a', 64)] }],
        };

        Assert.Empty(Known.Problems(options));
    }

    [Fact]
    public void Names_Unknown_AreAllToldAtOnceWithTheRightOnes()
    {
        var options = new GateOptions
        {
            EscalateTo = "dseks",
            ApprovalRules =
            [
                new() { Name = "a", Seats = ["group:securty", "manager"], Fallback = "dsk" },
                new() { Name = "b", Demand = Siit.Iam.Agent.Actions.Approvers.Refuse, Callers = ["nightli", "playbook:wellcome"], Playbooks = ["offboard"] },
            ],
            StandingApprovals = [new StandingApproval { Id = "SA", Owner = "secure", Playbooks = ["leave", new string('A', 64)] }],
        };

        Assert.Equal(
        [
            "gate:approvalRules: 'a' has the seat 'group:securty', and no approver was ever in that group. The approver groups: desk, security. A new one begins with somebody in it: siit-iam approvers add.",
            "gate:approvalRules: 'a' has the fallback 'dsk', and no approver was ever in that group. The approver groups: desk, security. A new one begins with somebody in it: siit-iam approvers add.",
            "gate:approvalRules: 'b' names the caller 'nightli', which was never registered. The callers: nightly. A new one is registered first: siit-iam callers add.",
            "gate:approvalRules: 'b' names the playbook 'wellcome', which there is not. The playbooks: offboard-leaver, welcome.",
            "gate:approvalRules: 'b' names the playbook 'offboard', which there is not. The playbooks: offboard-leaver, welcome.",
            "gate:escalateTo is 'dseks', and no approver was ever in that group. The approver groups: desk, security. A new one begins with somebody in it: siit-iam approvers add.",
            "gate:standingApprovals: 'SA' has the owner 'secure', and no approver was ever in that group. The approver groups: desk, security. A new one begins with somebody in it: siit-iam approvers add.",
            "gate:standingApprovals: 'SA' names the playbook 'leave', which there is not. The playbooks: offboard-leaver, welcome.",
            $"gate:standingApprovals: 'SA' names the playbook '{new string('A', 64)}', which there is not. The playbooks: offboard-leaver, welcome.",
        ], Known.Problems(options));
    }

    [Fact]
    public void Names_NobodyIsEnrolledYet_PlaybooksAreStillLookedAt()
    {
        var options = new GateOptions { ApprovalRules = [new() { Name = "a", Seats = ["group:security"], Callers = ["nightly"], Playbooks = ["welcome"] }] };

        Assert.Equal(["gate:approvalRules: 'a' names the playbook 'welcome', which there is not. The playbooks: none."], new RuleNames([], [], []).Problems(options));
    }

    [Fact]
    public async Task Serve_NamesThatNothingHas_DoesNotStartAndNothingIsWritten()
    {
        await using var world = await CliWorld.StartAsync(
            null, ("gate:approvalRules:0:name", "resets"), ("gate:approvalRules:0:actions:0", "reset_mfa"), ("gate:approvalRules:0:seats:0", "group:securty"), ("gate:approvalRules:0:callers:0", "desc"));
        // The first start: nobody is enrolled, so nobody can be missing.
        await world.EnrolFirstAsync();
        await world.RegisterCallerAsync();
        await world.StopServerAsync();
        var log = new FileInfo(Path.Combine(world.Data.Audit, "audit.jsonl")).Length;

        var wrong = await Assert.ThrowsAsync<SettingsException>(world.StartServerAsync);

        Assert.Equal(2, wrong.Problems.Count);
        Assert.Contains("'group:securty', and no approver was ever in that group. The approver groups: security.", wrong.Message, StringComparison.Ordinal);
        Assert.Contains("'desc', which was never registered. The callers: desk.", wrong.Message, StringComparison.Ordinal);
        Assert.Equal(log, new FileInfo(Path.Combine(world.Data.Audit, "audit.jsonl")).Length);
        await world.StopServerAsync();
        await File.WriteAllTextAsync(Path.Combine(world.Data.Path, "siit-iam.json"), """{ "listen": "127.0.0.1:0", "gate": { "escalateAfter": "40m", "escalateTo": "leads" } }""");
        var served = await world.RunAsync("serve");
        Assert.Equal(2, served.ExitCode);
        Assert.Contains("  - gate:escalateTo is 'leads', and no approver was ever in that group.", served.Error, StringComparison.Ordinal);
    }
}
