using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Idps.Okta;
using Siit.Iam.Agent.Idps.Resilience;
using Siit.Iam.Agent.Secrets;
using Siit.Iam.Agent.Tests.Support;
using Siit.Iam.Emulator.Common;
using Siit.Iam.Emulator.Okta;

namespace Siit.Iam.Agent.Tests.Gate;

/// <summary>What a caller hears while a call waits, on a clock that moves only when told to.</summary>
public sealed class WaitingCallsTests
{
    private readonly SteppedTime _time = new();

    [Fact]
    public async Task Call_Throttled_HearsTheTimeToGo_AndTheNextOneOnTheAccountWhatItWaitsFor()
    {
        await using var world = await StartAsync();
        var caller = await world.CallerAsync();
        world.Okta.Faults.Add(new Fault { Kind = FaultKind.Throttle, Method = "POST", Path = "suspend", Times = 1, ResetSeconds = 25 });
        var (first, second) = (new Heard(), new Heard());

        var suspending = CallAsync(world, caller, "suspend_user", first);
        await first.HearsAsync(said => said.StartsWith("The IdP throttles this server; going on in 2", StringComparison.Ordinal));
        var behind = CallAsync(world, caller, "clear_sessions", second);
        await Eventually.Is(() => Task.FromResult(world.Audit().Count(entry => entry.Kind == AuditKinds.CallReceived)), received => received == 2);
        await StepAsync(second, said => said == "Waiting for the account's turn.");

        // Counted down at least every two seconds.
        Assert.True(first.Count >= 2, string.Join('\n', first.All));
        Assert.True(Seconds(first.All[^1]) < Seconds(first.All[0]), string.Join('\n', first.All));
        Assert.False(suspending.IsCompleted);
        await StepUntilAsync(() => suspending.IsCompleted && behind.IsCompleted);

        Assert.Equal(CallState.Succeeded, (await suspending).State);
        await behind;
        Assert.Equal(1, world.Okta.Ledger.Count("user.suspend"));
    }

    [Fact]
    public async Task Call_OfALoop_LeavesTheRestOfTheQuotaToSingleCalls_AndSaysSo()
    {
        await using var world = await StartAsync(emulator: new EmulatorOptions { BucketLimits = new Dictionary<string, int> { ["GET /api/v1/groups"] = 10 } });
        var caller = await world.CallerAsync();
        for (var call = 0; call < 8; call++)
            Assert.Equal(CallState.Succeeded, (await FindAsync(world, caller, null, null)).State);
        Assert.Equal(CallState.Succeeded, (await FindAsync(world, caller, "/look", null)).State);
        var heard = new Heard();

        var item = FindAsync(world, caller, "/each[3]/look", heard);
        await heard.HearsAsync(said => said.StartsWith("The IdP's quota is nearly used up", StringComparison.Ordinal));

        Assert.False(item.IsCompleted);
        await StepUntilAsync(() => item.IsCompleted);
        Assert.Equal(CallState.Succeeded, (await item).State);
    }

    [Fact]
    public async Task Call_OfASecondIdentity_IsProtectedLikeTheFirst()
    {
        await using var world = await StartAsync(options => options with
        {
            Token = null,
            ClientId = EmulatedOkta.ClientId,
            PrivateKey = SecretSource.FromEnvironment("SIIT_TEST_OKTA_KEY"),
            Changes = options,
        });
        Environment.SetEnvironmentVariable("SIIT_TEST_OKTA_KEY", world.Okta.PrivateKeyPem);

        var answer = await world.CallAsync(await world.CallerAsync(), "suspend_user", new JsonObject { ["person"] = "svc-siit@acme.example" });

        Assert.Equal((CallState.Refused, "own_identity"), (answer.State, answer.Code));
    }

    private static int Seconds(string said) => int.Parse(said.Split(' ')[^2]);

    /// <summary>In small steps: what is told may be told before its timer is set, and one large step would end requests that are under way.</summary>
    private async Task StepUntilAsync(Func<bool> done)
    {
        for (var step = 0; !done(); step++)
        {
            Assert.True(step < 600, "It goes on waiting.");
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(25, TestContext.Current.CancellationToken);
        }
    }

    private async Task StepAsync(Heard heard, Func<string, bool> wanted)
    {
        for (var step = 0; step < 4 && !heard.All.Any(wanted); step++)
        {
            _time.Advance(TimeSpan.FromSeconds(2));
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }

        await heard.HearsAsync(wanted);
    }

    private Task<GateWorld> StartAsync(Func<OktaOptions, OktaOptions>? change = null, EmulatorOptions? emulator = null) => GateWorld.StartAsync(
        new GateOptions { DangerouslyRunWithoutApproval = ["suspend_user", "clear_sessions"] },
        emulator,
        more: services =>
        {
            services.AddSingleton<TimeProvider>(_time);
            // In place of the world's own connection, to the same Okta.
            var own = services.Last(service => service.ServiceType == typeof(IdpConnections)).ImplementationFactory!;
            services.AddSingleton(provider => new IdpConnections([Connect(((IdpConnections)own(provider)).All[0].Tenant, change)]));
        });

    private OktaConnection Connect(Uri okta, Func<OktaOptions, OktaOptions>? change)
    {
        Environment.SetEnvironmentVariable("SIIT_TEST_OKTA_TOKEN", EmulatedOkta.SswsToken);
        var options = new OktaOptions { Url = okta, Token = SecretSource.FromEnvironment("SIIT_TEST_OKTA_TOKEN") };
        return OktaSetup.Create("okta", change?.Invoke(options) ?? options, new ResilienceOptions(), _time);
    }

    private static Task<CallAnswer> CallAsync(GateWorld world, CallerRecord caller, string action, Heard heard) => Task.Run(() => world.Executor.ExecuteAsync(
        new ActionCall
        {
            Action = action,
            Input = new JsonObject { ["person"] = "ana@acme.example", ["reason"] = "test" },
            Caller = caller,
            Door = Doors.McpHttp,
            Progress = heard,
        },
        CancellationToken.None));

    private static Task<CallAnswer> FindAsync(GateWorld world, CallerRecord caller, string? path, Heard? heard) => world.Executor.ExecuteAsync(
        new ActionCall
        {
            Action = "find_group",
            Input = new JsonObject { ["name"] = "Sales" },
            Caller = caller,
            Door = path is null ? Doors.McpHttp : Doors.Playbook,
            Step = path is null ? null : new RunStep("run_1", path, "look v1", Requester.Unnamed, null),
            Progress = heard,
        },
        CancellationToken.None);

    private sealed class Heard : IProgress<string>
    {
        private readonly ConcurrentQueue<string> _all = new();

        public IReadOnlyList<string> All => [.. _all];

        public int Count => _all.Count;

        public void Report(string value) => _all.Enqueue(value);

        public Task<string> HearsAsync(Func<string, bool> wanted) => Eventually.Is(() => Task.FromResult(string.Join('\n', _all)), all => all.Split('\n').Any(wanted));
    }
}
