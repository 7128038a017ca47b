using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Store;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.Gate;

public sealed class StopSwitchesTests
{
    public static TheoryData<string, bool> Stops => new()
    {
        { "all", true },
        { "action:clear_sessions", true },
        { "connection:okta", true },
        { "action:suspend_user", false },
    };

    [Theory]
    [MemberData(nameof(Stops))]
    public async Task Stop_TakesHoldAtOnceAndAcrossARestart(string stop, bool stopped)
    {
        await using var world = await GateWorld.StartAsync();
        var caller = await world.CallerAsync();
        await world.Get<StopSwitches>().StopAsync(stop, "something odd", "uid:1", CancellationToken.None);

        var now = await ClearAsync(world, caller, "ben@acme.example");
        await world.StopServerAsync();
        await world.StartServerAsync();
        var later = await ClearAsync(world, caller, "ana@acme.example");

        Assert.Equal(stopped ? "stopped" : null, now.Code);
        Assert.Equal(stopped ? "stopped" : null, later.Code);
        Assert.Equal(stopped ? 0 : 2, world.Okta.Ledger.Effects.Count);
    }

    [Fact]
    public async Task Stop_BetweenApprovalAndEffect_Refuses()
    {
        await using var world = await GateWorld.StartAsync();
        var approver = await world.ApproverAsync("dana@acme.example");
        var asked = await world.CallAsync(await world.CallerAsync(), "suspend_user", new JsonObject { ["person"] = "ben@acme.example" });
        await world.Get<StopSwitches>().StopAsync("all", "something odd", "uid:1", CancellationToken.None);

        await world.DecideAsync(asked.Call!, approver);

        Assert.Equal("stopped", (await world.EndAsync(asked.Call!)).Code);
        Assert.Empty(world.Okta.Ledger.Effects);
    }

    [Fact]
    public async Task Stop_WhileACallStandsBeforeItsEffect_Refuses()
    {
        await using var world = await GateWorld.StartAsync();
        var caller = await world.CallerAsync();
        var ben = world.Okta.State.Users.Values.Single(user => user.Login == "ben@acme.example").Id;
        Task<CallAnswer> call;
        using (await world.Get<KeyedLocks>().AcquireAsync($"okta:{ben}", CancellationToken.None))
        {
            call = ClearAsync(world, caller, "ben@acme.example");
            // Whether anything is stopped it has asked before it asks the IdP who that is.
            await Eventually.Is(() => Task.FromResult(world.Okta.Requests.Requests.Any(request => request.Target.Contains("ben", StringComparison.Ordinal))), asked => asked);
            await world.Get<StopSwitches>().StopAsync("action:clear_sessions", "something odd", "uid:1", CancellationToken.None);
        }

        Assert.Equal("stopped", (await call).Code);
        Assert.Empty(world.Okta.Ledger.Effects);
        Assert.DoesNotContain(world.Audit(), entry => entry.Kind == AuditKinds.EffectIntent);
    }

    [Fact]
    public async Task Stop_AgainAfterTheStoreCouldNotTakeIt_OutlivesARestart()
    {
        FailingOnce? store = null;
        await using var world = await GateWorld.StartAsync(more: services => services.AddSingleton<IStore>(
            provider => store = new FailingOnce(provider.GetRequiredService<LiteDbStore>())));
        var stops = world.Get<StopSwitches>();
        store!.Fails = true;
        await Assert.ThrowsAsync<StoreUnavailableException>(() => stops.StopAsync("all", "something odd", "uid:1", CancellationToken.None));
        Assert.Equal("stopped", stops.Find("suspend_user", "okta")?.Code);

        await stops.StopAsync("all", "something odd", "uid:1", CancellationToken.None);
        await stops.StopAsync("all", "and once more", "uid:1", CancellationToken.None);
        await world.StopServerAsync();
        await world.StartServerAsync();

        Assert.Equal("stopped", world.Get<StopSwitches>().Find("suspend_user", "okta")?.Code);
        Assert.Single(world.Audit(), entry => entry.Kind == AuditKinds.StopSet);
    }

    [Fact]
    public async Task Resume_ByAnApprover_LetsGoOnAndIsAudited()
    {
        await using var world = await GateWorld.StartAsync();
        var caller = await world.CallerAsync();
        var approver = await world.ApproverAsync("dana@acme.example");
        var stops = world.Get<StopSwitches>();
        await stops.StopAsync("all", "something odd", "uid:1", CancellationToken.None);

        Assert.Equal("not_stopped", (await stops.ResumeAsync("connection:okta", approver, CancellationToken.None))?.Code);
        Assert.Null(await stops.ResumeAsync("all", approver, CancellationToken.None));

        Assert.Null((await ClearAsync(world, caller, "ben@acme.example")).Code);
        Assert.Equal([AuditKinds.StopSet, AuditKinds.StopLifted], world.Audit().Select(entry => entry.Kind).Where(kind => kind.StartsWith("stop.", StringComparison.Ordinal)));
    }

    private static Task<CallAnswer> ClearAsync(GateWorld world, CallerRecord caller, string person) =>
        world.CallAsync(caller, "clear_sessions", new JsonObject { ["person"] = person });

    private sealed class FailingOnce(IStore store) : StoreAround(store)
    {
        public bool Fails { get; set; }

        public override ValueTask<CommitResult> CommitAsync(IReadOnlyList<Change> changes, CancellationToken cancellationToken = default)
        {
            // Others commit at the same time: the failure is the switches'.
            if (!Fails || changes.All(change => change.Type != typeof(StopRecord)))
                return base.CommitAsync(changes, cancellationToken);
            Fails = false;
            throw new StoreUnavailableException("The disk is full.");
        }
    }
}
