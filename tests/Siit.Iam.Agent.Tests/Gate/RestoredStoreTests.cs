using System.Text.Json.Nodes;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Store;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.Gate;

/// <summary>A store that was put back from an older copy, beside the log that went on: the log wins and nothing revives.</summary>
public sealed class RestoredStoreTests
{
    [Fact]
    public async Task ApprovedAndExecutedSince_IsNotExecutedAgain()
    {
        await using var world = await GateWorld.StartAsync();
        var caller = await world.CallerAsync();
        var approver = await world.ApproverAsync("dana@acme.example");
        var asked = await world.CallAsync(caller, "reset_mfa", new JsonObject { ["person"] = "ana@acme.example" });
        var copy = await CopyAsync(world);
        await world.DecideAsync(asked.Call!, approver);
        await world.EndAsync(asked.Call!);

        await PutBackAsync(world, copy);

        var call = (await world.Calls.FindAsync(asked.Call!, CancellationToken.None))!;
        Assert.Equal(CallState.Succeeded, call.State);
        Assert.Equal("not_waiting", (await world.DecideAsync(asked.Call!, approver)).Code);
        Assert.Equal(1, world.Okta.Ledger.Count("user.reset_factors"));
    }

    [Fact]
    public async Task DeniedSince_StaysDenied()
    {
        await using var world = await GateWorld.StartAsync();
        var caller = await world.CallerAsync();
        var approver = await world.ApproverAsync("dana@acme.example");
        var asked = await world.CallAsync(caller, "suspend_user", new JsonObject { ["person"] = "ben@acme.example" });
        var copy = await CopyAsync(world);
        await world.DecideAsync(asked.Call!, approver, approve: false);

        await PutBackAsync(world, copy);

        Assert.Equal(CallState.Denied, (await world.Calls.FindAsync(asked.Call!, CancellationToken.None))!.State);
    }

    [Fact]
    public async Task MadeAndExecutedSince_IsRememberedWithItsBudget()
    {
        await using var world = await GateWorld.StartAsync(new GateOptions
        {
            Budgets = [new BudgetRule { Actions = "clear_sessions", Per = BudgetScope.Tenant, Max = 2, Window = TimeSpan.FromHours(1) }],
        });
        var caller = await world.CallerAsync();
        var copy = await CopyAsync(world);
        var first = await world.CallAsync(caller, "clear_sessions", new JsonObject { ["person"] = "ben@acme.example" });
        var second = await world.CallAsync(caller, "clear_sessions", new JsonObject { ["person"] = "ana@acme.example" });

        await PutBackAsync(world, copy);

        Assert.Equal(CallState.Succeeded, (await world.Calls.FindAsync(first.Call!, CancellationToken.None))!.State);
        Assert.Equal(CallState.Succeeded, (await world.Calls.FindAsync(second.Call!, CancellationToken.None))!.State);
        Assert.Equal("budget_used_up", (await world.CallAsync(caller, "clear_sessions", new JsonObject { ["person"] = "paul@acme.example" })).Code);
    }

    [Fact]
    public async Task RemovedOrStoppedSince_StaysSo()
    {
        await using var world = await GateWorld.StartAsync();
        var approvers = world.Get<ApproverRegistry>();
        await OneTimeCodesTests.EnrolFirstAsync(world);
        var dana = (await approvers.FindAsync("dana@acme.example", CancellationToken.None))!;
        await approvers.EnrolAsync(new NewApprover("egon@acme.example", "Egon", ["security"], []), dana, CancellationToken.None);
        var added = await world.Get<CallerRegistry>().AddAsync(new NewCaller("agent", "olga@acme.example", null, ["*"], ["*"], ["*"]), dana, CancellationToken.None);
        var copy = await CopyAsync(world);
        Assert.Null(await world.Get<ApproverRegistry>().RemoveAsync("egon@acme.example", dana, CancellationToken.None));
        Assert.Null(await world.Get<CallerRegistry>().RemoveAsync("agent", "uid:1", CancellationToken.None));
        await world.Get<StopSwitches>().StopAsync("action:suspend_user", "look first", "uid:1", CancellationToken.None);

        await PutBackAsync(world, copy);

        Assert.Null(await world.Get<ApproverRegistry>().FindAsync("egon@acme.example", CancellationToken.None));
        Assert.Null(await world.Get<CallerRegistry>().FindByTokenAsync(added.Token!, CancellationToken.None));
        Assert.Equal("stopped", world.Get<StopSwitches>().Find("suspend_user", "okta")?.Code);
    }

    [Fact]
    public async Task BegunSinceWithUnknownOutcome_NeedsAPersonAndHoldsNothingUp()
    {
        await using var world = await GateWorld.StartAsync();
        var caller = await world.CallerAsync();
        await world.ApproverAsync("dana@acme.example");
        var asked = await world.CallAsync(caller, "suspend_user", new JsonObject { ["person"] = "ben@acme.example" });
        var copy = await CopyAsync(world);
        var call = (await world.Calls.FindAsync(asked.Call!, CancellationToken.None))!;
        await world.Get<AuditTrail>().WriteAsync(AuditKinds.EffectIntent, call, new JsonObject { ["input"] = call.Input.DeepClone() }, CancellationToken.None);
        await world.Get<AuditTrail>().WriteAsync(AuditKinds.EffectOutcome, call, new JsonObject { ["state"] = "unknown" }, CancellationToken.None);

        await PutBackAsync(world, copy);
        await world.Get<CallKeeper>().SweepAsync(CancellationToken.None);

        Assert.Equal(CallState.NeedsPerson, (await world.Calls.FindAsync(asked.Call!, CancellationToken.None))!.State);
        Assert.Equal("account_unsettled", (await world.CallAsync(caller, "clear_sessions", new JsonObject { ["person"] = "ben@acme.example" })).Code);
    }

    [Fact]
    public async Task LogCutOff_DoesNotStart()
    {
        await using var world = await GateWorld.StartAsync();
        var caller = await world.CallerAsync();
        await world.CallAsync(caller, "clear_sessions", new JsonObject { ["person"] = "ben@acme.example" });
        await world.StopServerAsync();
        var whole = await File.ReadAllBytesAsync(world.AuditFile);
        var lines = await File.ReadAllLinesAsync(world.AuditFile);
        await File.WriteAllTextAsync(world.AuditFile, string.Concat(lines[..1].Select(line => line + "\n")));

        var stopped = await Assert.ThrowsAsync<AuditDamagedException>(world.StartServerAsync);

        Assert.Contains("entries are missing", stopped.Message, StringComparison.Ordinal);
        await File.WriteAllBytesAsync(world.AuditFile, whole);
        await world.StartServerAsync();
    }

    /// <summary>An older copy of the whole log, with its own signed checkpoint: in order, but the store has seen more.</summary>
    [Fact]
    public async Task LogRolledBack_StoreKnowsMore_DoesNotStart()
    {
        await using var world = await GateWorld.StartAsync();
        var caller = await world.CallerAsync();
        var audit = Path.GetDirectoryName(world.AuditFile)!;
        await world.CallAsync(caller, "clear_sessions", new JsonObject { ["person"] = "ana@acme.example" });
        await world.StopServerAsync();
        var older = Directory.GetFiles(audit, "*", SearchOption.AllDirectories).ToDictionary(file => file, File.ReadAllBytes);
        await world.StartServerAsync();
        await world.CallAsync(caller, "clear_sessions", new JsonObject { ["person"] = "ben@acme.example" });
        await world.StopServerAsync();
        foreach (var (file, content) in older)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await File.WriteAllBytesAsync(file, content);
        }

        var stopped = await Assert.ThrowsAsync<StoreUnavailableException>(world.StartServerAsync);

        Assert.Contains("entries are missing", stopped.Message, StringComparison.Ordinal);

        // Stopping what did not start leaves it so.
        await world.StopServerAsync();
        await Assert.ThrowsAsync<StoreUnavailableException>(world.StartServerAsync);
    }

    internal static async Task<byte[]> CopyAsync(GateWorld world)
    {
        await world.StopServerAsync();
        var copy = await File.ReadAllBytesAsync(Path.Combine(world.Folder, "store.db"));
        await world.StartServerAsync();
        return copy;
    }

    internal static async Task PutBackAsync(GateWorld world, byte[] copy)
    {
        await world.StopServerAsync();
        await File.WriteAllBytesAsync(Path.Combine(world.Folder, "store.db"), copy);
        File.Delete(Path.Combine(world.Folder, "store-log.db"));
        await world.StartServerAsync();
    }
}
