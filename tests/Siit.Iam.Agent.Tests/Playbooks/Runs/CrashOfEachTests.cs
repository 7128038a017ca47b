using System.Text.Json.Nodes;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Gate.Proofs;
using Siit.Iam.Agent.People.Hris;
using Siit.Iam.Agent.Playbooks.Runs;
using Siit.Iam.Agent.Requests;
using Siit.Iam.Emulator.Common;

namespace Siit.Iam.Agent.Tests.Playbooks.Runs;

/// <summary>
/// Each of the product's playbooks, killed at a thing that it makes durable, started again, and killed a second time while it recovers:
/// at every one with <c>SIIT_CRASH_POINTS=all</c> (many minutes), else at a few. What is read back from the IdP lags all the while. What
/// the emulated IdP did is compared with what it does undisturbed.
/// </summary>
public sealed class CrashOfEachTests
{
    private const string Ben = "ben@acme.example";
    private const string Request = "REQ-1";

    /// <summary>Longer than one look of the read-back, shorter than its patience.</summary>
    private const int Lag = 150;

    [Theory]
    [InlineData("app-access-request", 0)]
    [InlineData("compromised-account", 1)]
    [InlineData("contractor-expiry", 2)]
    [InlineData("day1-provisioning", 3)]
    [InlineData("department-change", 4)]
    [InlineData("group-membership-request", 5)]
    [InlineData("offboard-leaver", 6)]
    [InlineData("reset-mfa", 7)]
    [InlineData("side-panel-actions", 8)]
    [InlineData("reset-password", 9)]
    [InlineData("offboard", 10)]
    [InlineData("triage-request", 11)]
    public async Task Playbook_KilledAtADurableWrite_RepeatsNoEffectAndLosesNoDecision(string playbook, int first)
    {
        var undisturbed = await RunAsync(playbook, null);
        Assert.Equal(RunState.Succeeded, undisturbed.Ended!.State);

        var all = Environment.GetEnvironmentVariable("SIIT_CRASH_POINTS") == "all";
        var (crashed, twice, settledAsFailed) = (0, 0, 0);
        for (var point = all ? 0 : first; ; point += all ? 1 : 17)
        {
            var run = await RunAsync(playbook, point);
            if (!run.Crashed)
                break;
            crashed++;
            twice += run.CrashedAgain ? 1 : 0;
            settledAsFailed += run.Ended is { State: RunState.Failed } ? 1 : 0;
            if (run.Ended is null)
                continue;
            var told = $"point {point}: {run.Ended.State} {run.Ended.Message}\n{string.Join('\n', run.Ended.Steps)}\n{string.Join('\n', run.Effects)}";
            Assert.True(run.Ended.State is RunState.Succeeded or RunState.Failed, told);
            // What was certainly not done, or settled as not done, is told as failed, and never done behind anybody's back.
            if (!run.Ended.Steps.Any(step => step.Contains("FAILED.", StringComparison.Ordinal)))
                Assert.True(run.Ended.State == RunState.Succeeded && run.Effects.Order().SequenceEqual(undisturbed.Effects.Order()), told);
            Assert.True(run.Effects.Where(verb => !verb.Contains("session", StringComparison.Ordinal)).GroupBy(verb => verb).All(same => same.Count() <= Math.Max(1, Count(undisturbed, same.Key))), told);
        }

        Assert.True(crashed > 1, $"Only {crashed} points.");
        TestContext.Current.TestOutputHelper!.WriteLine($"{playbook}: {crashed} points, {twice} killed twice, {settledAsFailed} told as failed; {undisturbed.Effects.Count} effects undisturbed.");
    }

    private static int Count(Outcome run, string verb) => run.Effects.Count(effect => effect == verb);

    private static async Task<Outcome> RunAsync(string playbook, int? point)
    {
        await using var world = playbook.StartsWith("reset-", StringComparison.Ordinal) ? await RunWorld.StartProvingAsync(withModel: false) : await RunWorld.StartAsync();
        var approver = await world.Gate.ApproverAsync("dana@acme.example");
        world.Gate.Okta.Faults.Add(new Fault { Kind = FaultKind.StaleReads, Milliseconds = Lag, Times = null });
        var caller = await world.Gate.CallerAsync();
        await world.TriggersAsync();
        if (playbook == "triage-request")
            Assert.Empty((await world.Gate.Get<RequestDesk>().SubmitAsync(Request, "ana@acme.example", "Hi, I lost my phone on the train and cannot sign in.", CancellationToken.None)).Item2);
        var email = playbook == "day1-provisioning" ? "nina.new@acme.example" : Ben;
        if (playbook is "day1-provisioning" or "department-change" or "offboard-leaver" or "contractor-expiry")
        {
            await world.EmployAsync("E1", new HrisFacts
            {
                WorkEmail = email,
                FirstName = "Nina",
                LastName = "New",
                Department = "Engineering",
                EmploymentType = "contractor",
                Manager = "dana@acme.example",
                End = playbook == "contractor-expiry" ? world.Today.AddDays(13) : null,
            });
        }

        world.Crash.Arm(point);
        var again = false;
        var run = await BeginAsync(world, caller, playbook);
        if (run is not null)
            await UntilOverOrDeadAsync(world, run, approver);
        var crashed = world.Crash.Dead;
        if (crashed)
        {
            run = await RestartedAsync(world, playbook);
            // Anywhere in what it does to recover, in another place each time.
            world.Crash.Arm((point!.Value * 7 % 11) + 1);
            if (run is not null)
                await UntilOverOrDeadAsync(world, run, approver);
            again = world.Crash.Dead;
            if (again)
                run = await RestartedAsync(world, playbook);
        }

        world.Crash.Arm(null);
        var ended = run is null ? null : await UntilOverOrDeadAsync(world, run, approver);
        // A question on somebody's device changes nothing, and is asked again when nobody knows that it was.
        return new Outcome(crashed, again, ended, [.. world.Gate.Okta.Ledger.Effects.Select(effect => effect.Verb).Where(verb => verb != "user.push")]);
    }

    private static async Task<string?> RestartedAsync(RunWorld world, string playbook)
    {
        await world.Gate.KillServerAsync();
        world.Crash.Arm(null);
        await world.Gate.StartServerAsync();
        if (playbook == "contractor-expiry")
            await world.TriggersAsync();
        return (await world.RunsAsync(playbook)).SingleOrDefault()?.Id;
    }

    private static async Task<string?> BeginAsync(RunWorld world, CallerRecord caller, string playbook)
    {
        try
        {
            if (playbook == "contractor-expiry")
            {
                world.Gate.Time.Advance(TimeSpan.FromMinutes(20));
                await world.TriggersAsync();
                return (await world.RunsAsync(playbook)).SingleOrDefault()?.Id;
            }

            return (await world.RunAsync(caller, playbook, Inputs(playbook), request: playbook.StartsWith("reset-", StringComparison.Ordinal) ? Request : null)).Run;
        }
        catch (Exception) when (world.Crash.Dead)
        {
            return null;
        }
    }

    private static JsonObject Inputs(string playbook) => playbook switch
    {
        "app-access-request" => new JsonObject { ["person"] = Ben, ["application"] = "Workday", ["days"] = 3, ["reason"] = "x" },
        "compromised-account" => new JsonObject { ["person"] = Ben, ["evidence"] = "x" },
        "department-change" => new JsonObject { ["employee"] = "hr:E1", ["before"] = "Support", ["after"] = "HR" },
        "group-membership-request" => new JsonObject { ["person"] = Ben, ["group"] = "HR", ["days"] = 3, ["reason"] = "x" },
        "reset-mfa" or "reset-password" => new JsonObject { ["person"] = "ana@acme.example", ["connection"] = "okta", ["because"] = "lost it" },
        "offboard" => RunWorld.Person(Ben),
        "triage-request" => new JsonObject { ["request"] = Request, ["connection"] = "okta" },
        "side-panel-actions" => new JsonObject { ["person"] = Ben, ["action"] = "suspend" },
        _ => new JsonObject { ["employee"] = "hr:E1" },
    };

    /// <summary>Plays the people and the clock: approves what waits, settles what nobody can tell by looking at the ledger, lets time pass.</summary>
    private static async Task<RunAnswer?> UntilOverOrDeadAsync(RunWorld world, string run, ApproverRecord approver)
    {
        for (var round = 0; round < 6000; round++)
        {
            if (world.Crash.Dead)
                return null;
            try
            {
                var answer = await world.GetAsync(run);
                if (answer.State.IsEnded())
                    return answer;
                foreach (var waiting in (await world.RunsAsync()).Where(other => other.State == RunState.Waiting))
                    await PlayAsync(world, waiting, approver);
            }
            catch (Exception) when (world.Crash.Dead)
            {
                return null;
            }

            await Task.Delay(10);
        }

        var late = await world.GetAsync(run);
        throw new TimeoutException($"{late.State} {late.Message}\n{string.Join('\n', late.Steps)}");
    }

    private static async Task PlayAsync(RunWorld world, RunRecord waiting, ApproverRecord approver)
    {
        if (waiting.WaitsFor is { } id && await world.Gate.Store.GetAsync<CallRecord>(id) is { } call)
        {
            if (call is { State: CallState.AwaitingApproval, Approval.CompleteAt: null })
                await world.Gate.DecideAsync(call.Id, approver);
            else if (call.State == CallState.NeedsPerson)
                await world.Gate.Calls.SettleAsync(call.Id, approver, Happened(world, call), "looked", CancellationToken.None);
            else if (call.State is CallState.Executing or CallState.Unknown && world.Gate.Get<Effects>().InFlight.IsEmpty)
                world.Gate.Time.Advance(TimeSpan.FromMilliseconds(200));
        }
        // Nobody answers on the device: the codes are enough.
        else if (await world.Gate.Store.FindAsync<ProofRecord>("request", Request) is var proofs && proofs.Any(proof => proof.Challenges.Any(sent => sent.Push is null && sent.IsOpen(world.Gate.Time.GetUtcNow()))))
        {
            await world.ProveAsync(Request);
        }
        else if (waiting.DueAt is { } due)
        {
            // Where a code is about to be sent, the end of the time for it is not what comes next.
            var ahead = due - world.Gate.Time.GetUtcNow() + TimeSpan.FromSeconds(1);
            if (ahead > TimeSpan.FromSeconds(1))
                world.Gate.Time.Advance(waiting.Playbook.StartsWith("reset-", StringComparison.Ordinal) && proofs.All(proof => proof.UsedBy is null) && ahead > TimeSpan.FromSeconds(5) ? TimeSpan.FromSeconds(1) : ahead);
            await world.Gate.Get<RunKeeper>().SweepAsync(waiting: false, CancellationToken.None);
        }
    }

    /// <summary>The IdP stays at the real time while the clock is put forward: what is looked for is told by its verb.</summary>
    private static bool Happened(RunWorld world, CallRecord call) => world.Gate.Okta.Ledger.Effects.Any(effect =>
        (call.Target is null || effect.Objects.Contains(call.Target.AccountId)) && effect.Verb.StartsWith(VerbOf(call.Action), StringComparison.Ordinal));

    private static string VerbOf(string action) => action switch
    {
        "add_application" => "app.add_user",
        "add_to_group" => "group.add_member",
        "create_user" => "user.create",
        "remove_application" => "app.remove_user",
        "remove_from_group" => "group.remove_member",
        "reset_mfa" => "user.reset_factors",
        "reset_password" => "user.temporary_password",
        "suspend_user" => "user.suspend",
        "unsuspend_user" => "user.unsuspend",
        _ => "user.clear_sessions",
    };

    private sealed record Outcome(bool Crashed, bool CrashedAgain, RunAnswer? Ended, IReadOnlyList<string> Effects);
}
