using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Playbooks.Runs;
using Siit.Iam.Agent.Tests.Playbooks.Runs;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.Journeys;

/// <summary>The same file at each of the four IdPs, unchanged: it does what the IdP can, and says what it cannot.</summary>
public sealed class OnePlaybookFourIdpsTests
{
    /// <summary>What the IdP's ledger holds afterwards (Ben has one application directly), and the steps that were left out.</summary>
    public static TheoryData<string, string[], string[]> Offboarding => new()
    {
        // At Okta nothing was left to clear after the suspension.
        { "okta", ["user.clear_sessions", "app.remove_user", "user.suspend"], [] },
        { "entra", ["user.clear_sessions", "app.remove_user", "user.suspend", "user.clear_sessions"], [] },
        { "google", ["user.clear_sessions", "group.remove_member", "user.suspend", "user.clear_sessions"], [] },
        { "jumpcloud", ["app.remove_user", "user.suspend"], ["/sessions", "/closing"] },
    };

    [Theory]
    [MemberData(nameof(Offboarding))]
    public async Task Offboard_OnePlanApproved_DoesWhatTheIdpCanAndSaysWhatItCannot(string idp, string[] effects, string[] leftOut)
    {
        await using var world = await RunWorld.StartAsync(company: await EmulatedCompany.StartAsync());

        var ended = await RunAsync(world, "offboard", "ben@acme.example", idp, leftOut);

        Assert.True(ended.State == RunState.Succeeded, $"{ended.Code} {ended.Message}\n{string.Join('\n', ended.Steps)}");
        Agree(world, ended, idp, effects, leftOut);
        Assert.Equal(0, ended.Outputs!["applicationsFailed"]!.GetValue<int>());
    }

    public static TheoryData<string, string[], string[]> Resetting => new()
    {
        { "okta", ["user.clear_sessions", "user.reset_factors"], [] },
        { "entra", ["user.clear_sessions", "user.remove_factor", "user.remove_factor"], [] },
        { "google", ["user.clear_sessions", "user.turn_off_2sv"], [] },
        { "jumpcloud", ["user.reset_mfa"], ["/sessions"] },
    };

    [Theory]
    [MemberData(nameof(Resetting))]
    public async Task ResetMfa_OnePlanApproved_DoesWhatTheIdpCanAndSaysWhatItCannot(string idp, string[] effects, string[] leftOut)
    {
        await using var world = await RunWorld.StartAsync(company: await EmulatedCompany.StartAsync());

        var ended = await RunAsync(world, "reset-mfa", "sam.lee@acme.example", idp, leftOut);

        Assert.True(ended.State == RunState.Succeeded, $"{ended.Code} {ended.Message}\n{string.Join('\n', ended.Steps)}");
        Agree(world, ended, idp, effects, leftOut);
    }

    private static async Task<RunAnswer> RunAsync(RunWorld world, string playbook, string person, string idp, string[] leftOut)
    {
        var approver = await world.Gate.ApproverAsync("dana@acme.example");
        var inputs = RunWorld.Person(person, idp);
        if (playbook == "reset-mfa") inputs["because"] = "Lost the phone";
        var started = await world.RunAsync(await world.Gate.CallerAsync(), playbook, inputs, requester: "rita@acme.example");
        Assert.True(started.Run is not null, $"{started.Code} {started.Message}");
        // Said beforehand, to who approves, and not only by the run.
        var waiting = await world.StopsAsync(started.Run);
        Assert.True(waiting.WaitsFor is not null, $"{waiting.Code} {waiting.Message}");
        var plan = (await world.Gate.Calls.FindAsync(waiting.WaitsFor, CancellationToken.None))!;
        Assert.Equal(leftOut, plan.Card!.Warnings.Where(warning => warning.Contains("is left out", StringComparison.Ordinal)).Select(warning => warning.Split(' ')[0]));
        return await world.DriveAsync(started.Run, approver);
    }

    private static void Agree(RunWorld world, RunAnswer ended, string idp, string[] effects, string[] leftOut)
    {
        Assert.Equal(effects, world.Gate.Company.Idp(idp).Ledger.Effects.Select(effect => effect.Verb));
        foreach (var other in new[] { "okta", "entra", "google", "jumpcloud" }.Where(other => other != idp))
            Assert.Empty(world.Gate.Company.Idp(other).Ledger.Effects);
        Assert.Equal(leftOut, ended.Steps.Where(step => step.Contains("has no way to do", StringComparison.Ordinal)).Select(step => step.Split(' ')[1].TrimEnd(':')));
    }
}
