using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Tests.Cli;

public sealed class PolicyVerbsTests
{
    [Fact]
    public async Task Try_ACall_TellsWhatWouldBeAskedAndByWhichRule_AndMakesNone()
    {
        await using var world = await CliWorld.StartAsync(
            null, ("gate:approvalRules:0:name", "resets need security"), ("gate:approvalRules:0:actions:0", "reset_mfa"), ("gate:approvalRules:0:seats:0", "group:security"),
            ("gate:dangerouslyWithoutProof:0", "reset_mfa"));
        await world.EnrolFirstAsync();

        var tried = await world.RunAsync("policy", "try", "reset_mfa", "-i", "person=ana@acme.example", "--requester", "mia@acme.example");
        var json = await world.RunAsync("policy", "try", "suspend_user", "-i", $"person={CliWorld.Somebody}", "--requester", "rita@acme.example", "--json");
        var free = await world.RunAsync("policy", "try", "clear_sessions", "-i", $"person={CliWorld.Somebody}");

        Assert.True(tried.ExitCode == 0, tried.ToString());
        Assert.StartsWith("It would wait for other people, at most 60 min; silence is a no.\n  needs an approver of the group security (the rule 'resets need security')\n", tried.Out, StringComparison.Ordinal);
        Assert.Contains("rules that hold: resets need security\n  who could decide: rita@acme.example\n", tried.Out, StringComparison.Ordinal);
        // The only approver is the requester.
        Assert.Equal(("refused", "no_approver"), (json.Json["outcome"]!.GetValue<string>(), json.Json["refusals"]![0]!["code"]!.GetValue<string>()));
        Assert.StartsWith("It would run at once.\n  needs no approval (clear_sessions needs no approval by its definition)\n", free.Out, StringComparison.Ordinal);
        Assert.Empty(await world.Get<IStore>().ListAsync<CallRecord>());
        Assert.Empty(world.Okta.Ledger.Effects);
        Assert.Equal(3, (await world.RunAsync("audit", "tail", "--json")).Out.Split(AuditKinds.PolicyTried).Length - 1);
    }

    [Fact]
    public async Task Try_AsACallerThatThereIsNot_SaysSo()
    {
        await using var world = await CliWorld.StartAsync();

        var tried = await world.RunAsync("policy", "try", "reset_mfa", "-i", "person=ana@acme.example", "--caller", "nobody");

        Assert.Equal("It would be refused.\n  unknown_caller: There is no caller 'nobody'. siit-iam callers list shows them.\n", tried.Out);
    }
}
