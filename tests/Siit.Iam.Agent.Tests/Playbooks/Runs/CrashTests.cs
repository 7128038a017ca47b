using System.Text.Json.Nodes;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Playbooks.Runs;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.Playbooks.Runs;

/// <summary>
/// The server is killed once at a thing it makes durable during a run, then started again: at every one of them with
/// <c>SIIT_CRASH_POINTS=all</c> (minutes), else at every fourth.
/// </summary>
public sealed class CrashTests
{
    private const string Ben = "ben@acme.example";

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Offboard_KilledAtADurableWrite_RepeatsNoEffect(int quarter)
    {
        var all = Environment.GetEnvironmentVariable("SIIT_CRASH_POINTS") == "all";
        var crashed = 0;
        for (var point = all ? quarter : 4 * quarter + 1; ; point += all ? 4 : 16)
        {
            if (!await KilledAtAsync(point))
                break;
            crashed++;
        }

        Assert.True(crashed > 2, $"Only {crashed} points.");
    }

    /// <returns>False when the run was over before that point.</returns>
    private static async Task<bool> KilledAtAsync(int point)
    {
        await using var world = await RunWorld.StartAsync();
        var approver = await world.Gate.ApproverAsync("dana@acme.example");
        var caller = await world.Gate.CallerAsync();
        var direct = world.Gate.Okta.State.Apps.Values.Count(app => app.Users.ContainsKey(world.Gate.Okta.User(Ben).Id));

        world.Crash.Arm(point);
        var run = await BeginAsync(world, caller);
        if (run is not null)
            await UntilOverOrDeadAsync(world, run, approver);
        var crashed = world.Crash.Dead;
        if (crashed)
        {
            await world.Gate.KillServerAsync();
            world.Crash.Arm(null);
            await world.Gate.StartServerAsync();
            run = (await world.Gate.Store.ListAsync<RunRecord>()).SingleOrDefault()?.Id;
            if (run is null)
            {
                Assert.Empty(world.Gate.Okta.Ledger.Effects);
                return true;
            }
        }

        else
        {
            world.Crash.Arm(null);
        }

        var ended = await UntilOverOrDeadAsync(world, run!, approver) ?? throw new InvalidOperationException("It died again.");

        var told = $"point {point}: {ended.Message}\n{string.Join('\n', ended.Steps)}";
        var ledger = world.Gate.Okta.Ledger;
        Assert.True(ended.State is RunState.Succeeded or RunState.Failed, told);
        Assert.True(ledger.Count("user.suspend") <= 1, told);
        Assert.True(ledger.Effects.GroupBy(effect => (effect.Verb, string.Join(',', effect.Objects))).All(same => same.Count() <= (same.Key.Verb.Contains("session", StringComparison.Ordinal) ? 2 : 1)), told);
        Assert.True(ledger.Effects.Count <= direct + 3, told);
        // What a person had to settle as not done, or what was certainly not sent, is told as failed and never done behind anybody's back.
        if (ended.State == RunState.Succeeded && ended.Outputs!["applicationsFailed"]!.GetValue<int>() == 0)
            Assert.True(ledger.Count("user.suspend") == 1 && ledger.Of("app.").Count == direct && ledger.Effects.Count > direct + 1, $"{told}\n{string.Join('\n', ledger.Effects)}");
        var calls = await world.Gate.Store.FindAsync<CallRecord>("run", run!, 500);
        Assert.Single(calls, call => call.Action == Plans.ActionName);
        Assert.All(calls.Where(call => call.State == CallState.Succeeded && call.Action != Plans.ActionName), call => Assert.NotNull(call.Plan));
        return crashed;
    }

    private static async Task<string?> BeginAsync(RunWorld world, CallerRecord caller)
    {
        try
        {
            return (await world.RunAsync(caller, "offboard", RunWorld.Person(Ben))).Run;
        }
        catch (Exception) when (world.Crash.Dead)
        {
            return null;
        }
    }

    /// <summary>Plays the people: approves what waits, and settles what nobody can tell by looking at the ledger.</summary>
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
                if (answer.WaitsFor is { } id && await world.Gate.Store.GetAsync<CallRecord>(id) is { } call)
                    await PlayAsync(world, call, approver);
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

    private static async Task PlayAsync(RunWorld world, CallRecord call, ApproverRecord approver)
    {
        if (call is { State: CallState.AwaitingApproval, Approval.CompleteAt: null })
            await world.Gate.DecideAsync(call.Id, approver);
        else if (call.State == CallState.NeedsPerson)
            await world.Gate.Calls.SettleAsync(call.Id, approver, happened: Happened(world, call), "looked", CancellationToken.None);
        else if (call.State is CallState.Executing or CallState.Unknown && world.Gate.Get<Effects>().InFlight.IsEmpty)
            world.Gate.Time.Advance(TimeSpan.FromMilliseconds(200));
    }

    private static bool Happened(RunWorld world, CallRecord call) =>
        world.Gate.Okta.Ledger.Effects.Any(effect => effect.At >= call.Intent!.At && effect.Objects.Contains(call.Target!.AccountId));
}
