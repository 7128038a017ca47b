using System.Text.Json.Nodes;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Playbooks.Runs;
using Siit.Iam.Agent.Store;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.Playbooks.Runs;

/// <summary>A run that is cancelled leaves what it did, or takes it back in reverse; what it cannot take back waits for a person.</summary>
public sealed class CancelTests
{
    private const string Ben = "ben@acme.example";

    private static string Own(string steps, string tools = "add_to_group, remove_from_group", string id = "own") => $$"""
        schema: playbook/v1
        id: {{id}}
        version: 1.0.0
        title: A test
        owner: group:it-identity
        triggers: [manual]
        inputs:
          person: { type: Person }
          one: { type: string, max: 100 }
          two: { type: string, max: 100 }
        policy:
          tools: [{{tools}}]
          targets: { person: person == input.person }
          limits: { people: 1, writes: 4 }
        steps:
        {{steps}}
        onFailure: stop
        """;

    private static string Join(string group) =>
        $"  - id: join{group}\n    do: add_to_group\n    with: {{ person: =input.person, group: =input.{group}, connection: okta }}\n    undo: inverse\n";

    private const string Term = "  - id: term\n    wait: { for: days(1) }\n";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Cancelled_TakesBackInReverse_OnlyWhenItIsWished(bool undo)
    {
        await using var world = await RunWorld.StartAsync(playbook: Own(Join("one") + Join("two") + Term));
        var (run, one, two) = await WaitingAsync(world);

        await world.Desk.CancelRunAsync("olga@acme.example", run, CancellationToken.None, undo);
        var ended = await world.EndAsync(run);

        Assert.Equal(RunState.Cancelled, ended.State);
        Assert.Contains(undo ? "Taken back: 2." : "stays done", ended.Message, StringComparison.Ordinal);
        Assert.Equal(!undo, IsIn(world, one));
        if (undo)
        {
            var removed = world.Gate.Okta.Ledger.Effects.Where(effect => effect.Verb == "group.remove_member").ToList();
            Assert.Contains(two, removed[0].Objects);
            Assert.Contains(one, removed[1].Objects);
        }
    }

    [Fact]
    public async Task Undo_OfWhatCannotBeTakenBack_WaitsForAPersonAndEndsWhenSettled()
    {
        // Its own policy does not allow what would take it back.
        await using var world = await RunWorld.StartAsync(playbook: Own(Join("one") + Join("two") + Term, tools: "add_to_group"));
        var approver = await world.Gate.ApproverAsync("dana@acme.example");
        var (run, one, _) = await WaitingAsync(world);

        await world.Desk.CancelRunAsync("olga@acme.example", run, CancellationToken.None, undo: true);
        var left = await Eventually.Is(() => world.GetAsync(run), answer => answer.Code == RunRecord.NeedsPerson);

        Assert.Equal(RunState.Waiting, left.State);
        Assert.Contains("/joinone", left.Message, StringComparison.Ordinal);
        Assert.Contains("/jointwo", left.Message, StringComparison.Ordinal);
        await world.Gate.StopServerAsync();
        await world.Gate.StartServerAsync();
        var (_, refusal) = await world.Desk.SettleRunAsync(run, approver, "taken out by hand", CancellationToken.None);
        Assert.Null(refusal);
        var ended = await world.EndAsync(run);
        Assert.Equal(RunState.Cancelled, ended.State);
        Assert.Contains("taken out by hand", ended.Message, StringComparison.Ordinal);
        Assert.True(IsIn(world, one));
        Assert.Single(world.Gate.Audit(), entry => entry.Kind == AuditKinds.RunSettled);
        Assert.Equal("nothing_to_settle", (await world.Desk.SettleRunAsync(run, approver, "again", CancellationToken.None)).Refusal!.Code);
    }

    [Fact]
    public async Task Settle_ByWhoeverWishedTheRun_IsRefused()
    {
        await using var world = await RunWorld.StartAsync(playbook: Own(Join("one") + Join("two") + Term, tools: "add_to_group"));
        var approver = await world.Gate.ApproverAsync("dana@acme.example");
        var (run, _, _) = await WaitingAsync(world, requester: "dana@acme.example");
        await world.Desk.CancelRunAsync("olga@acme.example", run, CancellationToken.None, undo: true);
        await Eventually.Is(() => world.GetAsync(run), answer => answer.Code == RunRecord.NeedsPerson);

        Assert.Equal("is_requester", (await world.Desk.SettleRunAsync(run, approver, "fine", CancellationToken.None)).Refusal!.Code);
    }

    [Fact]
    public async Task Undo_WithACalledRun_TakesItsChangesBackFirst()
    {
        var parent = Own(Join("one") + "  - id: inner\n    call: { playbook: inner, version: ^1 }\n    with: { person: =input.person, one: =input.two, two: none }\n");
        var inner = Own(Join("one") + Term, id: "inner");
        await using var world = await RunWorld.StartAsync(playbook: parent, others: new Dictionary<string, string> { ["inner.yaml"] = inner });
        var (run, one, two) = await WaitingAsync(world);
        await Eventually.Is(async () => (await world.RunsAsync("inner")).SingleOrDefault(), called => called is { State: RunState.Waiting });

        await world.Desk.CancelRunAsync("olga@acme.example", run, CancellationToken.None, undo: true);
        var ended = await world.EndAsync(run);

        Assert.True(ended.State == RunState.Cancelled && ended.Message.Contains("Taken back: 1.", StringComparison.Ordinal), ended.Message);
        Assert.False(IsIn(world, one) || IsIn(world, two));
        TestContext.Current.TestOutputHelper!.WriteLine($"{string.Join('\n', ended.Steps)}\n--\n{string.Join('\n', (await world.GetAsync((await world.RunsAsync("inner"))[0].Id)).Steps)}\n{string.Join('\n', world.Gate.Okta.Ledger.Effects)}");
        Assert.Equal([two, one], world.Gate.Okta.Ledger.Effects.Where(effect => effect.Verb == "group.remove_member").Select(effect => effect.Objects.Single(id => id == one || id == two)));
    }

    /// <summary>Killed at every durable write of taking back: each change is taken back once.</summary>
    [Fact]
    public async Task Undo_KilledAtAnyDurableWrite_TakesEachBackOnce()
    {
        var all = Environment.GetEnvironmentVariable("SIIT_CRASH_POINTS") == "all";
        for (var point = 0; ; point += all ? 1 : 5)
        {
            await using var world = await RunWorld.StartAsync(playbook: Own(Join("one") + Join("two") + Term));
            var approver = await world.Gate.ApproverAsync("dana@acme.example");
            var (run, one, two) = await WaitingAsync(world);
            world.Crash.Arm(point);
            try
            {
                await world.Desk.CancelRunAsync("olga@acme.example", run, CancellationToken.None, undo: true);
            }
            catch (Exception) when (world.Crash.Dead)
            {
                // The process is gone.
            }

            for (var round = 0; round < 300 && !world.Crash.Dead && !(await world.GetAsync(run)).State.IsEnded(); round++)
                await Task.Delay(10);
            var crashed = world.Crash.Dead;
            if (crashed)
            {
                await world.Gate.KillServerAsync();
                world.Crash.Arm(null);
                await world.Gate.StartServerAsync();
            }

            world.Crash.Arm(null);
            if ((await world.Gate.Store.GetAsync<RunRecord>(run))!.CancelledBy is null)
                continue;
            var ended = await Eventually.Is(async () =>
            {
                var answer = await world.GetAsync(run);
                if (answer.WaitsFor is { } id && await world.Gate.Store.GetAsync<CallRecord>(id) is { State: CallState.NeedsPerson } call)
                    await world.Gate.Calls.SettleAsync(id, approver, world.Gate.Okta.Ledger.Effects.Any(effect => effect.Verb == "group.remove_member" && effect.Objects.Contains(call.Input["group"]!.GetValue<string>())), "looked", CancellationToken.None);
                else if (answer.WaitsFor is not null)
                    world.Gate.Time.Advance(TimeSpan.FromMilliseconds(200));
                return answer;
            }, answer => answer.State.IsEnded() || answer.Code == RunRecord.NeedsPerson);

            var told = $"point {point}: {ended.State} {ended.Message}\n{string.Join('\n', ended.Steps)}";
            var removed = world.Gate.Okta.Ledger.Effects.Where(effect => effect.Verb == "group.remove_member").ToList();
            Assert.True(removed.Count(effect => effect.Objects.Contains(one)) <= 1 && removed.Count(effect => effect.Objects.Contains(two)) <= 1, told);
            // What was certainly not sent is told as not taken back, and never done behind anybody's back.
            if (ended.Code != RunRecord.NeedsPerson)
                Assert.True(ended.State == RunState.Cancelled && removed.Count == 2, told);
            if (!crashed)
                break;
        }
    }

    private static async Task<(string Run, string One, string Two)> WaitingAsync(RunWorld world, string? requester = null)
    {
        var groups = world.Gate.Okta.State.Groups.Values
            .Where(group => group.Type == "OKTA_GROUP" && group.Roles.IsEmpty && !group.Members.ContainsKey(world.Gate.Okta.User(Ben).Id)).Take(2).Select(group => group.Id).ToList();
        var run = (await world.RunAsync(await world.Gate.CallerAsync(), "own", new JsonObject { ["person"] = Ben, ["one"] = groups[0], ["two"] = groups[1] }, requester)).Run;
        Assert.True(run is not null, string.Join(' ', world.Desk.Check().Select(finding => $"{finding.Code} {finding.Line} {finding.Message}")));
        await Eventually.Is(() => world.GetAsync(run), answer => answer.State == RunState.Waiting);
        Assert.True(IsIn(world, groups[0]));
        return (run, groups[0], groups[1]);
    }

    private static bool IsIn(RunWorld world, string group) => world.Gate.Okta.State.Groups[group].Members.ContainsKey(world.Gate.Okta.User(Ben).Id);
}
