using System.Text.Json.Nodes;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.People.Copy;
using Siit.Iam.Agent.People.Persons;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.People.Persons;

/// <summary>No action runs on a person of whom it is not certain who it is.</summary>
public sealed class AmbiguousPersonTests
{
    private const string Ana = "ana@acme.example";

    [Theory]
    [InlineData("address")]
    [InlineData("id")]
    public async Task Call_AddressIsDoubtful_IsRefusedBeforeAnybodyIsAsked(string named)
    {
        await using var world = await WithTwoConnectionsAsync();
        var caller = await world.CallerAsync();
        var ana = world.Okta.User(Ana).Id;
        await world.Get<DirectoryCopy>().PutAsync("google", world.Time.GetUtcNow(), $"g7 ana.silva@acme.example alias={Ana}");
        var before = world.Okta.Ledger.Count("user.suspend");

        var answer = await world.CallAsync(caller, "suspend_user", new JsonObject { ["person"] = named == "id" ? $"okta:{ana}" : Ana, ["connection"] = "okta" });

        Assert.Equal((CallState.Refused, "ambiguous_person"), (answer.State, answer.Code));
        var conflict = Assert.Single(await world.Get<PersonDesk>().ConflictsAsync(CancellationToken.None));
        Assert.Contains($"siit-iam people settle {conflict.Id} --same or siit-iam people settle {conflict.Id} --apart google:g7", answer.Message, StringComparison.Ordinal);
        Assert.Equal(before, world.Okta.Ledger.Count("user.suspend"));
    }

    [Fact]
    public async Task Call_Settled_Runs()
    {
        await using var world = await WithTwoConnectionsAsync();
        var caller = await world.CallerAsync();
        await world.Get<DirectoryCopy>().PutAsync("google", world.Time.GetUtcNow(), $"g7 ana.silva@acme.example alias={Ana}");
        var conflict = Assert.Single(await world.Get<PersonDesk>().ConflictsAsync(CancellationToken.None));
        await world.Get<PersonDesk>().SettleAsync(conflict.Id, ["google:g7"], "ap_rita", CancellationToken.None);

        var answer = await world.CallAsync(caller, "clear_sessions", new JsonObject { ["person"] = Ana, ["connection"] = "okta" });

        Assert.Equal(CallState.Succeeded, answer.State);
    }

    [Fact]
    public async Task Approved_DoubtArisesMeanwhile_IsNotExecuted()
    {
        await using var world = await WithTwoConnectionsAsync();
        var caller = await world.CallerAsync();
        var approver = await world.ApproverAsync("dana@acme.example");
        await world.Get<DirectoryCopy>().PutAsync("google", world.Time.GetUtcNow(), "g1 ben@acme.example");
        var asked = await world.CallAsync(caller, "suspend_user", new JsonObject { ["person"] = Ana, ["connection"] = "okta" });
        Assert.Equal(CallState.AwaitingApproval, asked.State);
        await world.Get<DirectoryCopy>().PutAsync("google", world.Time.GetUtcNow(), $"g7 ana.silva@acme.example alias={Ana}");

        await world.DecideAsync(asked.Call!, approver);

        var ended = await world.EndAsync(asked.Call!);
        Assert.Equal((CallState.Refused, "ambiguous_person"), (ended.State, ended.Code));
        Assert.Equal(0, world.Okta.Ledger.Count("user.suspend"));
    }

    [Fact]
    public async Task Call_AccountIsNewerThanTheCopy_IsJudgedByWhatWasReadFresh()
    {
        await using var world = await WithTwoConnectionsAsync(imported: false);
        var caller = await world.CallerAsync();
        var copy = world.Get<DirectoryCopy>();
        // Google's Ana had the address; the account at Okta is one that the copy has not seen yet.
        await copy.PutAsync("okta", world.Time.GetUtcNow());
        await copy.PutAsync("google", world.Time.GetUtcNow(), $"g7 {Ana}");
        await copy.PutAsync("google", world.Time.GetUtcNow(), "g7 ana.silva@acme.example", "g8 ben@acme.example");

        var answer = await world.CallAsync(caller, "suspend_user", new JsonObject { ["person"] = Ana, ["connection"] = "okta" });

        Assert.Equal("ambiguous_person", answer.Code);
        Assert.Contains("the address was somebody's before", answer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_NothingImportedYet_FreshReadStandsAlone()
    {
        await using var world = await WithTwoConnectionsAsync(imported: false);
        var caller = await world.CallerAsync();

        Assert.Equal(CallState.Succeeded, (await world.CallAsync(caller, "clear_sessions", new JsonObject { ["person"] = Ana, ["connection"] = "okta" })).State);
    }

    [Fact]
    public async Task Decision_StoreIsOlder_TheLogWins()
    {
        await using var world = await WithTwoConnectionsAsync();
        await world.Get<DirectoryCopy>().PutAsync("google", world.Time.GetUtcNow(), $"g7 ana.silva@acme.example alias={Ana}");
        var taken = await world.Get<PersonDesk>().JoinAsync(["google:g7", "hris:1"], "ap_rita", CancellationToken.None);
        Assert.Equal("unknown_account", taken.Code);
        var first = await world.Get<DecisionBook>().AddAsync(DecisionKind.Join, [new("a", "1"), new("b", "2")], [], null, "ap_rita", CancellationToken.None);
        await world.StopServerAsync();
        var store = await File.ReadAllBytesAsync(Path.Combine(world.Folder, "store.db"));
        await world.StartServerAsync();
        world.Get<DirectoryCopy>().Load();
        var conflict = Assert.Single(await world.Get<PersonDesk>().ConflictsAsync(CancellationToken.None));
        Assert.Null((await world.Get<PersonDesk>().SettleAsync(conflict.Id, [], "ap_rita", CancellationToken.None)).Code);
        Assert.Null((await world.Get<PersonDesk>().TakeBackAsync(first.Id, "ap_rita", CancellationToken.None)).Code);

        await world.StopServerAsync();
        await File.WriteAllBytesAsync(Path.Combine(world.Folder, "store.db"), store);
        File.Delete(Path.Combine(world.Folder, "store-log.db"));
        await world.StartServerAsync();
        world.Get<DirectoryCopy>().Load();

        Assert.Empty(await world.Get<PersonDesk>().ConflictsAsync(CancellationToken.None));
        var decisions = await world.Get<PersonDesk>().DecisionsAsync(CancellationToken.None);
        Assert.Equal([false, true], decisions.OrderBy(decision => decision.Id, StringComparer.Ordinal).Select(decision => decision.IsInForce));
    }

    [Fact]
    public async Task Settle_EveryWay_IsAuditedAndCanBeTakenBack()
    {
        await using var world = await WithTwoConnectionsAsync();
        var desk = world.Get<PersonDesk>();
        await world.Get<DirectoryCopy>().PutAsync("google", world.Time.GetUtcNow(), "g1 eve@acme.example", "g2 eve@acme.example");
        var conflict = Assert.Single(await desk.ConflictsAsync(CancellationToken.None));

        Assert.Equal("unknown_conflict", (await desk.SettleAsync("conflict_1", [], "ap_rita", CancellationToken.None)).Code);
        Assert.Equal("invalid_input", (await desk.SettleAsync(conflict.Id, ["google:g1", "google:g2"], "ap_rita", CancellationToken.None)).Code);
        Assert.Equal("invalid_input", (await desk.SettleAsync(conflict.Id, ["google:g9"], "ap_rita", CancellationToken.None)).Code);
        var apart = await desk.SplitAsync("google:g2", "EVE@acme.example", "ap_rita", CancellationToken.None);
        Assert.Null(apart.Code);
        Assert.Equal("decided_otherwise", (await desk.JoinAsync(["google:g1", "google:g2"], "ap_rita", CancellationToken.None)).Code);
        Assert.Empty(await desk.ConflictsAsync(CancellationToken.None));
        Assert.Null((await desk.TakeBackAsync(apart.Decision!.Id, "ap_rita", CancellationToken.None)).Code);
        Assert.Equal("unknown_decision", (await desk.TakeBackAsync(apart.Decision!.Id, "ap_rita", CancellationToken.None)).Code);
        Assert.Equal(conflict.Id, Assert.Single(await desk.ConflictsAsync(CancellationToken.None)).Id);
        Assert.Null((await desk.JoinAsync(["google:g1", "google:g2"], "ap_rita", CancellationToken.None)).Code);
        Assert.Empty(await desk.ConflictsAsync(CancellationToken.None));
        Assert.Equal("not_joined", (await desk.SplitAsync("google:g2", "nobody@acme.example", "ap_rita", CancellationToken.None)).Code);

        Assert.Equal(
            [AuditKinds.PersonDecided, AuditKinds.PersonDecisionTakenBack, AuditKinds.PersonDecided],
            world.Audit().Select(entry => entry.Kind).Where(kind => kind.StartsWith("person.", StringComparison.Ordinal)));
    }

    private static async Task<GateWorld> WithTwoConnectionsAsync(bool imported = true)
    {
        var world = await GateWorld.StartBeforeAsync(await EmulatedCompany.StartAsync(null, "okta", "google"));
        var copy = world.Get<DirectoryCopy>();
        copy.Load();
        if (imported)
            await copy.PutAsync("okta", world.Time.GetUtcNow(), $"{world.Okta.User(Ana).Id} {Ana}");
        return world;
    }
}
