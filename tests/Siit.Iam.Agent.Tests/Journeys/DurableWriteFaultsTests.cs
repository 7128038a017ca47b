using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Store;
using Siit.Iam.Agent.Tests.Audit;
using Siit.Iam.Agent.Tests.Store;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.Journeys;

/// <summary>
/// Asked, approved, done, and an action without approval beside it: at each step that makes something durable, in the store's files
/// or the audit log's, each fault. Then the server starts on what is on the disk. Every <c>SIIT_FAULT_STEP</c>-th step
/// (1: all, minutes).
/// </summary>
public sealed class DurableWriteFaultsTests
{
    private const string Ben = "ben@acme.example";

    public enum Disk
    {
        Store,
        AuditLog,
    }

    public static TheoryData<Disk, Fault> Faults
    {
        get
        {
            var all = new TheoryData<Disk, Fault>();
            foreach (var disk in Enum.GetValues<Disk>())
                foreach (var fault in Enum.GetValues<Fault>())
                    all.Add(disk, fault);
            return all;
        }
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Scenario_FaultyAtADurableWrite_ActsOnceAndForgetsNoDecision(Disk disk, Fault fault)
    {
        var all = await RunAsync(disk, new FaultPoints(fault, int.MaxValue), "no fault");
        Assert.True(all.Steps - all.FirstCall > 15, $"{all.Steps} steps");
        var every = Longer.Number("SIIT_FAULT_STEP", 16);
        // Other steps with each fault.
        for (var at = all.FirstCall + ((int)fault * every / 4); at < all.Steps; at += every)
            await RunAsync(disk, new FaultPoints(fault, at), $"{fault} at step {at} of the {disk}");
        TestContext.Current.TestOutputHelper!.WriteLine($"{disk}, {fault}: {all.Steps - all.FirstCall} steps, every {every}.");
    }

    /// <returns>How many steps there were, and how many before the first call.</returns>
    private static async Task<(int Steps, int FirstCall)> RunAsync(Disk disk, FaultPoints points, string where)
    {
        var faulty = false;
        var opened = new List<Stream>();
        await using var world = await GateWorld.StartAsync(more: services =>
        {
            // Asked for at each start.
            if (!faulty)
                return;
            if (disk == Disk.Store)
                services.AddSingleton(provider => LiteDbStore.Open(provider.GetRequiredService<DataFolder>(), StoreSetup.Migrations, path => FaultyStream.Open(points, path, opened)));
            else
                services.AddSingleton(provider => AuditLog.Open(provider.GetRequiredService<AuditOptions>(), provider.GetRequiredService<TimeProvider>(), NullLogger.Instance, points.Open));
        });
        var caller = await world.CallerAsync();
        var approver = await world.ApproverAsync("dana@acme.example");
        await world.StopServerAsync();

        faulty = true;
        var (first, decided) = (0, false);
        if (await TryAsync(world.StartServerAsync))
        {
            first = points.Steps;
            await TryAsync(() => world.CallAsync(caller, "clear_sessions", Person("ana@acme.example", "sessions")));
            await TryAsync(async () =>
            {
                var asked = await world.CallAsync(caller, "suspend_user", Person(Ben, "suspend"));
                if (asked.State != CallState.AwaitingApproval)
                    return;
                decided = (await world.DecideAsync(asked.Call!, approver)).Taken;
                for (var wait = 0; wait < 40 && (await world.Calls.FindAsync(asked.Call!, CancellationToken.None))?.State.IsEnded() == false; wait++)
                    await Task.Delay(25);
            });
            await TryAsync(() => world.Get<CallKeeper>().SweepAsync(CancellationToken.None));
            await world.KillServerAsync();
        }

        opened.ForEach(stream => stream.Dispose());
        faulty = false;
        Assert.True(world.Okta.Ledger.Count("user.suspend") == 0 || HasApproval(world), $"{where}: an effect that nobody had approved");
        Assert.True(await TryAsync(world.StartServerAsync), $"{where}: it does not start on what is on the disk: {_last}");
        await world.Get<CallKeeper>().SweepAsync(CancellationToken.None);
        if (decided)
            Assert.True(world.Audit().Any(entry => entry.Kind == AuditKinds.ApprovalDecided), $"{where}: the decision that was acknowledged is not in the log");
        var end = await AgainAsync(world, caller, approver, "suspend", decided, where);
        if (end.State is CallState.Failed or CallState.Refused)
        {
            // It ended without an effect, and said so; it does not revive.
            Assert.True(world.Okta.Ledger.Count("user.suspend") == 0, $"{where}: {end.Code}: {end.Message}");
            end = await AgainAsync(world, caller, approver, "suspend anew", decided: false, where);
        }

        Assert.True(end.State is CallState.Succeeded or CallState.AlreadySo, $"{where}: {end.State}: {end.Message}");
        Assert.True(world.Okta.Ledger.Count("user.suspend") == 1, $"{where}: {world.Okta.Ledger.Count("user.suspend")} effects");
        await world.StopServerAsync();
        var verified = AuditVerifier.Verify(new AuditFiles(Path.GetDirectoryName(world.AuditFile)!));
        Assert.True(verified.IsWhole, $"{where}: {verified.Problem?.What}");
        await world.StartServerAsync();
        return (points.Steps, first);
    }

    private static Exception? _last;

    /// <summary>Asked for again, approved if that is still needed, to its end.</summary>
    private static async Task<CallRecord> AgainAsync(GateWorld world, CallerRecord caller, ApproverRecord approver, string key, bool decided, string where)
    {
        var again = await world.CallAsync(caller, "suspend_user", Person(Ben, key));
        // What is approved is executed by the keeper, soon.
        if (again.State == CallState.AwaitingApproval && (await world.Calls.FindAsync(again.Call!, CancellationToken.None))!.Approval!.CompleteAt is null)
        {
            Assert.False(decided, $"{where}: the decision that was acknowledged is asked for again");
            Assert.True((await world.DecideAsync(again.Call!, approver)).Taken, where);
        }

        return await world.EndAsync(again.Call!);
    }

    private static bool HasApproval(GateWorld world) => world.Audit().Any(entry => entry.Kind == AuditKinds.ApprovalDecided);

    private static JsonObject Person(string email, string key) => new() { ["person"] = email, ["reason"] = "test", ["idempotency_key"] = key };

    private static async Task<bool> TryAsync(Func<Task> step)
    {
        _last = null;
        try
        {
            await step();
            return true;
        }
        catch (Exception e) when (e is AuditUnavailableException or StoreUnavailableException or IOException)
        {
            // As it should be: nobody is told what is not so.
            _last = e;
            return false;
        }
    }
}
