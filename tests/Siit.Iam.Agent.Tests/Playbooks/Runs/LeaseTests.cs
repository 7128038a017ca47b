using System.Text.Json.Nodes;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Playbooks.Runs;
using Siit.Iam.Agent.Store;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.Playbooks.Runs;

/// <summary>Two runs never change one person at once, also while an effect waits for people, and after a restart; and none waits for ever.</summary>
public sealed class LeaseTests
{
    private const string Ben = "ben@acme.example";
    private const string Ana = "ana@acme.example";

    private static string Own(string id, string steps, string policy = "") => $$"""
        schema: playbook/v1
        id: {{id}}
        version: 1.0.0
        title: A test
        owner: group:it-identity
        triggers: [manual]
        inputs:
          person: { type: Person }
          other: { type: Person }
        policy:
          tools: [suspend_user, unsuspend_user, clear_sessions]
          targets: { person: "person in [input.person, input.other]" }
          limits: { people: 2, writes: 4 }
          {{policy}}
        steps:
        {{steps}}
        onFailure: continue
        """;

    private static string Step(string id, string action, string person = "=input.person") =>
        $"  - id: {id}\n    do: {action}\n    with: {{ person: {person}, connection: okta }}\n    undo: none\n    because: A test\n";

    private static Task<RunWorld> StartAsync(string first, string second, string policy = "") =>
        RunWorld.StartAsync(playbook: Own("own", first), others: new Dictionary<string, string> { ["second.yaml"] = Own("second", second, policy) });

    private static JsonObject People(string person, string other = Ana) => new() { ["person"] = person, ["other"] = other };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Effect_AwaitingApproval_KeepsOthersFromThePerson(bool restarted)
    {
        await using var world = await StartAsync(Step("suspend", "suspend_user"), Step("clear", "clear_sessions"));
        var approver = await world.Gate.ApproverAsync("dana@acme.example");
        var caller = await world.Gate.CallerAsync();
        var first = (await world.RunAsync(caller, "own", People(Ben))).Run!;
        var call = (await world.StopsAsync(first)).WaitsFor!;

        var second = (await world.RunAsync(caller, "second", People(Ben))).Run!;
        var elsewhere = (await world.RunAsync(caller, "second", People("sam.lee@acme.example"))).Run!;
        await Eventually.Is(() => world.GetAsync(second), answer => answer.Message.Contains($"waits until run {first}", StringComparison.Ordinal));
        Assert.Equal(RunState.Succeeded, (await world.EndAsync(elsewhere)).State);
        if (restarted)
        {
            await world.Gate.StopServerAsync();
            await world.Gate.StartServerAsync();
            world.Gate.Time.Advance(TimeSpan.FromSeconds(16));
            await world.Gate.Get<RunKeeper>().SweepAsync(waiting: true, CancellationToken.None);
            await Task.Delay(200);
            Assert.Equal(RunState.Waiting, (await world.GetAsync(second)).State);
        }

        Assert.DoesNotContain(world.Gate.Okta.Ledger.Effects, effect => effect.Objects.Contains(world.Gate.Okta.User(Ben).Id));
        await world.Gate.DecideAsync(call, approver);

        Assert.Equal(RunState.Succeeded, (await world.EndAsync(first)).State);
        var ended = await world.EndAsync(second);
        Assert.True(ended.State == RunState.Succeeded, $"{ended.Message} {string.Join(' ', ended.Steps)}");
        Assert.Empty(await world.Gate.Store.ListAsync<PersonLease>());
    }

    [Fact]
    public async Task Lease_OfARunThatIsOver_CountsForNothing()
    {
        await using var world = await StartAsync(Step("clear", "clear_sessions"), Step("clear", "clear_sessions"));
        var caller = await world.Gate.CallerAsync();
        var over = (await world.RunAsync(caller, "own", People(Ben))).Run!;
        await world.EndAsync(over);
        var key = await world.Gate.Get<PersonLeases>().KeyAsync(Ben, CancellationToken.None);
        Assert.True((await world.Gate.Store.CommitAsync([Change.Create(new PersonLease { Id = key, Run = over, Since = world.Gate.Time.GetUtcNow() })])).Done);

        var ended = await world.EndAsync((await world.RunAsync(caller, "second", People(Ben))).Run!);

        Assert.True(ended.State == RunState.Succeeded, ended.Message);
        Assert.Empty(await world.Gate.Store.ListAsync<PersonLease>());
    }

    [Fact]
    public async Task TwoRuns_WantingTwoPeopleInOppositeOrder_BothComeToTheirEnd()
    {
        const string Both = "  - id: both\n    parallel:\n      one:\n        - id: a\n          do: suspend_user\n          with: { person: =input.person, connection: okta }\n          undo: none\n          because: A test\n      two:\n        - id: b\n          do: clear_sessions\n          with: { person: =input.other, connection: okta }\n          undo: none\n          because: A test\n";
        await using var world = await StartAsync(Both + Step("c", "suspend_user", "=input.other"), Both + Step("c", "suspend_user", "=input.other"));
        var approver = await world.Gate.ApproverAsync("dana@acme.example");
        var caller = await world.Gate.CallerAsync();
        var (one, other) = ((await world.RunAsync(caller, "own", People(Ben, Ana))).Run!, (await world.RunAsync(caller, "second", People(Ana, Ben))).Run!);

        for (var round = 0; round < 200; round++)
        {
            foreach (var run in new[] { one, other })
            {
                if ((await world.GetAsync(run)).WaitsFor is { } call)
                    await world.Gate.DecideAsync(call, approver);
            }

            world.Gate.Time.Advance(TimeSpan.FromSeconds(16));
            await world.Gate.Get<RunKeeper>().SweepAsync(waiting: true, CancellationToken.None);
            if ((await world.GetAsync(one)).State.IsEnded() && (await world.GetAsync(other)).State.IsEnded())
                break;
            await Task.Delay(20);
        }

        foreach (var run in new[] { one, other })
        {
            var ended = await world.GetAsync(run);
            Assert.True(ended.State == RunState.Succeeded, $"{ended.State} {ended.Message}\n{string.Join('\n', ended.Steps)}");
        }

        Assert.Equal(2, world.Gate.Okta.Ledger.Count("user.suspend"));
        Assert.Empty(await world.Gate.Store.ListAsync<PersonLease>());
    }

    /// <summary>Also where the other run is about somebody else and only one of its steps stands in the way.</summary>
    [Fact]
    public async Task RunThatGoesFirst_WithdrawsWhatWaitsForApprovalAboutThePerson()
    {
        await using var world = await StartAsync(Step("far", "suspend_user", "=input.other"), Step("hold", "clear_sessions"), "preempts: true");
        await world.Gate.ApproverAsync("dana@acme.example");
        var caller = await world.Gate.CallerAsync();
        var slow = (await world.RunAsync(caller, "own", People(Ana, Ben))).Run!;
        var call = (await world.StopsAsync(slow)).WaitsFor!;

        var first = await world.EndAsync((await world.RunAsync(caller, "second", People(Ben))).Run!);

        Assert.True(first.State == RunState.Succeeded, first.Message);
        Assert.Equal(CallState.Cancelled, (await world.Gate.Calls.FindAsync(call, CancellationToken.None))!.State);
        Assert.Equal(RunState.Failed, (await world.EndAsync(slow)).State);
    }

    [Fact]
    public async Task TakenTwiceAtOnce_OneOfThemGetsIt()
    {
        await using var world = await StartAsync(Step("clear", "clear_sessions"), Step("clear", "clear_sessions"));
        var caller = await world.Gate.CallerAsync();
        var runs = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => world.RunAsync(caller, i % 2 == 0 ? "own" : "second", People(Ben))));

        for (var round = 0; round < 100 && (await world.RunsAsync()).Any(run => !run.State.IsEnded()); round++)
        {
            world.Gate.Time.Advance(TimeSpan.FromSeconds(16));
            await world.Gate.Get<RunKeeper>().SweepAsync(waiting: true, CancellationToken.None);
            await Task.Delay(30);
        }

        Assert.Equal(6, (await world.RunsAsync()).Count);
        Assert.All(await world.RunsAsync(), run => Assert.True(run.State == RunState.Succeeded, run.Message));
        Assert.DoesNotContain(runs, run => run.Run is null);
        Assert.Empty(await world.Gate.Store.ListAsync<PersonLease>());
    }
}
