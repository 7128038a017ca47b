using System.Globalization;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.People.Events;
using Siit.Iam.Agent.People.Sync;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.People.Reads;

public sealed class ListsTests
{
    [Fact]
    public async Task Groups_OverAllConnections_PageByPage_AreEachToldOnceInOrder()
    {
        var (okta, entra) = (ReadsWorld.Okta(), ReadsWorld.Entra());
        await using var world = await ReadsWorld.StartAsync(okta, entra);
        var caller = await world.CallerAsync();

        var names = new List<string>();
        string? cursor = null;
        do
        {
            (string, JsonNode)[] input = cursor is null ? [("limit", 1)] : [("limit", 1), ("cursor", cursor)];
            var page = await world.AskAsync(caller, "find_group", input);
            names.Add($"{page["groups"]![0]!["name"]} {page["groups"]![0]!["connection"]} {page["groups"]![0]!["members"]}");
            cursor = page["next_cursor"]?.GetValue<string>();
        }
        while (cursor is not null);

        Assert.Equal(["All Staff entra 1", "Empty okta 0", "IT Admins okta 2", "Sales okta 2"], names);
        Assert.Equal(0, okta.Asked + entra.Asked);
    }

    [Fact]
    public async Task Applications_AreToldWithWhoHasThem()
    {
        await using var world = await ReadsWorld.StartAsync(ReadsWorld.Okta());

        var answer = await world.AskAsync(await world.CallerAsync(), "find_application", ("name", "c"));

        var crm = Assert.Single(answer["applications"]!.AsArray())!;
        Assert.Equal(("a-crm", 0, "Sales"), (crm["id"]!.GetValue<string>(), crm["users"]!.GetValue<int>(), crm["given_by"]![0]!.GetValue<string>()));
    }

    [Fact]
    public async Task Members_OfAGroupThatTheCopyDoesNotKnow_AreAskedOfTheIdp()
    {
        var okta = ReadsWorld.Okta();
        okta.WithGroup("g-nest", "Nest");
        okta.Tie(TieKind.NestedGroup, "g-sales", "g-nest");
        await using var world = await ReadsWorld.StartAsync(okta);
        var caller = await world.CallerAsync();

        var known = await world.AskAsync(caller, "list_members", ("group", "g-sales"));
        Assert.Equal(0, okta.Asked);
        await world.AskAsync(caller, "list_members", ("group", "g-young"));

        Assert.Equal(["00ana", "00mia"], known["members"]!.AsArray().Select(member => member!["id"]!.GetValue<string>()));
        Assert.Equal((2, "Nest"), (known["member_count"]!.GetValue<int>(), known["groups"]![0]!["name"]!.GetValue<string>()));
        Assert.Equal(1, okta.Asked);
    }

    [Fact]
    public async Task Cursor_OfAnotherQuestion_IsNotTaken()
    {
        var okta = ReadsWorld.Okta();
        await using var world = await ReadsWorld.StartAsync(okta);
        var caller = await world.CallerAsync();
        var cursor = (await world.AskAsync(caller, "find_group", ("limit", 1)))["next_cursor"]!.GetValue<string>();

        // It may be the IdP's own, from before the copy was ready: the IdP says whether it is.
        await world.AskAsync(caller, "find_application", ("cursor", cursor));

        Assert.Equal(1, okta.Asked);
    }

    [Fact]
    public async Task Events_AreToldOfAllOrOnePerson_SinceATimeOrTheLatest_PageByPage()
    {
        var okta = ReadsWorld.Okta();
        await using var world = await ReadsWorld.StartAsync(okta, ReadsWorld.Entra());
        var caller = await world.CallerAsync();
        var begin = world.Time.GetUtcNow();
        for (var i = 1; i <= 9; i++)
            okta.Log(Happened(i, begin, i % 3 == 0 ? "00ana" : "00ben", i == 6 ? LifecycleKind.AccountLocked : LifecycleKind.PasswordChanged));
        await world.Get<DirectorySync>().Find("okta")!.WakeAsync(new SyncWish(SyncWishKind.Changes), CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(20));

        Assert.Equal("9 8 7 6 5 4 3 2 1", await ActorsAsync());
        Assert.Equal("9 8 7 6 5 4 3 2 1", await ActorsAsync(("limit", 2)));
        Assert.Equal("5 6 7 8 9", await ActorsAsync(("since", Since(5)), ("limit", 2)));
        Assert.Equal("9 6 3", await ActorsAsync(("person", "a.lopez@acme.example"), ("limit", 1)));
        Assert.Equal("6 9", await ActorsAsync(("person", "ana@acme.example"), ("since", Since(5)), ("limit", 1)));
        Assert.Equal("6", await ActorsAsync(("kind", "account.locked")));
        Assert.Equal("9 6 3", await ActorsAsync(("account", "00ana"), ("connection", "okta")));
        Assert.Equal("", await ActorsAsync(("connection", "entra")));

        async Task<string> ActorsAsync(params (string, JsonNode)[] input)
        {
            var actors = new List<string>();
            JsonObject page;
            string? cursor = null;
            do
            {
                page = await world.AskAsync(caller, "list_events", [.. input.Select(pair => (pair.Item1, pair.Item2.DeepClone())), .. cursor is null ? Array.Empty<(string, JsonNode)>() : [("cursor", cursor)]]);
                actors.AddRange(page["events"]!.AsArray().Select(happened => happened!["actor"]!.GetValue<string>()));
                cursor = page["next_cursor"]?.GetValue<string>();
            }
            while (cursor is not null);
            return string.Join(' ', actors);
        }

        string Since(int second) => begin.AddSeconds(second).ToString("O", CultureInfo.InvariantCulture);
    }

    [Fact]
    public async Task Events_OfAPersonWhoIsNotExactlyOne_AreRefused()
    {
        await using var world = await ReadsWorld.StartAsync(ReadsWorld.Okta());
        var caller = await world.CallerAsync();

        foreach (var (input, words) in new[]
        {
            (new JsonObject { ["person"] = "Ana Lopez" }, "find_person looks for names"),
            (new JsonObject { ["kind"] = "account.exploded" }, "'kind' must be one of account.created, account.updated"),
            (new JsonObject { ["since"] = "yesterday" }, "'since' must be a time"),
        })
        {
            var answer = await world.CallAsync(caller, "list_events", input);
            Assert.Equal((CallState.Refused, "invalid_input"), (answer.State, answer.Code));
            Assert.Contains(words, answer.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Kinds_AreWrittenAsEverywhere() => Assert.Equal(
        Enum.GetValues<LifecycleKind>().Select(kind => System.Text.Json.JsonSerializer.Serialize(kind, Siit.Iam.Agent.Store.StoreJson.Options).Trim('"')),
        Enum.GetValues<LifecycleKind>().Select(Siit.Iam.Agent.Actions.Answers.Word));

    private static FeedEvent Happened(int second, DateTimeOffset begin, string account, LifecycleKind kind) => new()
    {
        Id = $"ev{second}",
        Time = begin.AddSeconds(second),
        Kind = kind,
        Account = account,
        Actor = second.ToString(CultureInfo.InvariantCulture),
        VendorType = "test",
    };
}
