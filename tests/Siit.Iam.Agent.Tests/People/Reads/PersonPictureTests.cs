using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.People.Copy;
using Siit.Iam.Agent.People.Hris;
using Siit.Iam.Agent.People.Persons;
using Siit.Iam.Agent.People.Reads;
using Siit.Iam.Agent.People.Sync;
using Siit.Iam.Agent.Tests.Support;
using Siit.Iam.Emulator.Company;

namespace Siit.Iam.Agent.Tests.People.Reads;

/// <summary>Who somebody is, put together from the connections and the HRIS.</summary>
public sealed class PersonPictureTests : IDisposable
{
    private readonly string _file = Path.Combine(Directory.CreateTempSubdirectory("siit-hr-").FullName, "people.csv");

    [Fact]
    public async Task Person_IsToldFromAllSources_WithWhatDiffers()
    {
        await using var world = await StartAsync(ReadsWorld.Okta(), ReadsWorld.Entra());
        await LeaveAsync(world, Company());

        var answer = await world.AskAsync(await world.CallerAsync(), "find_person", ("person", "a.lopez@acme.example"));

        Assert.Equal(
            "Ana Lopez|ana@acme.example|Director|Sales|Lisbon|ben@acme.example|Ben Okafor|employed|2024-03-01|",
            string.Join('|', new[] { "name", "work_email", "title", "department", "location", "manager", "manager_name", "employment", "start_date", "end_date" }.Select(field => $"{answer[field]}")));
        Assert.Equal(["title (from hris, not as okta)"], Texts(answer, "differs"));
        Assert.Null(answer["conflicts"]);
        Assert.Equal("okta:00ana entra:e-ana", Accounts(answer));
    }

    [Theory]
    [InlineData("jo@acme.example")]
    [InlineData("JO@acme.example")]
    [InlineData("E9")]
    [InlineData("hr:E9")]
    [InlineData("hris:hr:E9")]
    public async Task KnownToTheHrisOnly_IsToldWithoutAnAccount(string person)
    {
        await using var world = await StartAsync(ReadsWorld.Okta());
        await LeaveAsync(world, Company());

        var answer = await world.AskAsync(await world.CallerAsync(), "find_person", ("person", person));

        Assert.Equal(("Jo Vega", "not_started", "2099-01-05", "Only the HRIS knows this person: no account yet."),
            ($"{answer["name"]}", $"{answer["employment"]}", $"{answer["start_date"]}", $"{answer["message"]}"));
        Assert.Equal("", Accounts(answer));
    }

    [Fact]
    public async Task Doubt_IsToldWithWhatSettlesIt_AndTheDecisionHolds()
    {
        await using var world = await StartAsync(ReadsWorld.Okta());
        var caller = await world.CallerAsync();

        var doubt = await world.AskAsync(caller, "find_person", ("person", "ben@acme.example"));
        var conflict = Assert.Single(await world.Get<PersonDesk>().ConflictsAsync(CancellationToken.None));
        await world.Get<PersonDesk>().SettleAsync(conflict.Id, ["okta:00dup"], "ap_rita", CancellationToken.None);
        var split = await world.AskAsync(caller, "find_person", ("person", "ben@acme.example"));
        var both = await world.AskAsync(caller, "find_person", ("person", "Ben Okafor"));

        Assert.Equal("okta:00ben okta:00dup", Accounts(doubt));
        Assert.Contains($"siit-iam people settle {conflict.Id} --same", Assert.Single(Texts(doubt, "conflicts")), StringComparison.Ordinal);
        Assert.Equal("okta:00ben", Accounts(split));
        Assert.Null(split["conflicts"]);
        Assert.Equal("okta:00ben", Accounts(both));
        Assert.Equal("okta:00dup", Accounts(await world.AskAsync(caller, "find_person", ("person", "okta:00dup"))));
    }

    [Fact]
    public async Task Joined_IsOnePersonForReadsAndForEvents()
    {
        var google = new CopiedIdp("google", IdpKind.Google).With("g-ana", "Ana L", "ana@contractors.example");
        await using var world = await StartAsync(ReadsWorld.Okta(), google);
        var caller = await world.CallerAsync();
        await world.Get<PersonDesk>().JoinAsync(["okta:00ana", "google:g-ana"], "ap_rita", CancellationToken.None);
        google.Log(new FeedEvent { Id = "e1", Time = world.Time.GetUtcNow(), Kind = LifecycleKind.AccountLocked, Account = "g-ana", VendorType = "x" });
        await world.SyncAsync("google");

        var person = await world.AskAsync(caller, "find_person", ("person", "ana@acme.example"));
        var events = await world.AskAsync(caller, "list_events", ("person", "ana@acme.example"));
        var oktaOnly = await world.AskAsync(caller with { Connections = ["okta"] }, "find_person", ("person", "ana@acme.example"));

        Assert.Equal("okta:00ana google:g-ana", Accounts(person));
        Assert.Equal("account.locked", $"{Assert.Single(List(events, "events"))["kind"]}");
        Assert.DoesNotContain("g-ana", oktaOnly.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task CallerOfOneConnection_SeesTheHris_AndNothingOfOtherConnections()
    {
        var google = new CopiedIdp("google", IdpKind.Google)
            .With("g-ana", "Hidden Ana", "ana.hidden@acme.example", more: account => account with { Aliases = ["ana@acme.example"], Account = account.Account with { Title = "Hidden title" } });
        await using var world = await StartAsync(ReadsWorld.Okta(), google);
        await LeaveAsync(world, Company());
        var caller = await world.CallerAsync() with { Connections = ["okta"] };

        var answer = await world.AskAsync(caller, "find_person", ("person", "ana@acme.example"));

        Assert.Equal(("okta:00ana", "Director"), (Accounts(answer), $"{answer["title"]}"));
        Assert.Contains("siit-iam people conflicts", Assert.Single(Texts(answer, "conflicts")), StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", answer.ToJsonString(), StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("google", answer.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task NewsOfTheHris_AreAmongTheEvents()
    {
        await using var world = await StartAsync(ReadsWorld.Okta());
        await LeaveAsync(world, Company());
        await LeaveAsync(world, [.. Company().Select(person => person.Id == "E1" ? (person.Id, person.Facts with { Title = "Vice President" }) : person)]);

        var answer = await world.AskAsync(await world.CallerAsync(), "find_person", ("person", "ana@acme.example"));

        var told = Assert.Single(List(answer, "events"));
        Assert.Equal(("hris.title_changed", "hris", "Vice President"), ($"{told["kind"]}", $"{told["connection"]}", $"{told["object"]}"));
    }

    [Fact]
    public async Task NewsOfTheHris_AreListedWithTheAccountsEvents_InTheOrderOfTheirTimes()
    {
        var okta = ReadsWorld.Okta();
        await using var world = await StartAsync(okta);
        var caller = await world.CallerAsync();
        await LeaveAsync(world, Company());
        for (var round = 1; round <= 3; round++)
        {
            var title = $"Title {round}";
            await LeaveAsync(world, [.. Company().Select(person => person.Id == "E1" ? (person.Id, person.Facts with { Title = title }) : person)]);
            world.Time.Advance(TimeSpan.FromMinutes(1));
            okta.Log(new FeedEvent { Id = $"ev{round}", Time = world.Time.GetUtcNow(), Kind = LifecycleKind.PasswordChanged, Account = "00ana", Actor = "x", VendorType = "v" });
            world.Time.Advance(TimeSpan.FromMinutes(1));
        }

        await world.Get<DirectorySync>().Find("okta")!.WakeAsync(new SyncWish(SyncWishKind.Changes), CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(20));

        Assert.Equal("password.changed Title 3 password.changed Title 2 password.changed Title 1", await ListedAsync());
        Assert.Equal("Title 1 password.changed Title 2 password.changed Title 3 password.changed", await ListedAsync(("since", "2000-01-01")));
        Assert.Equal("password.changed password.changed password.changed", await ListedAsync(("connection", "okta")));

        async Task<string> ListedAsync(params (string, JsonNode)[] input)
        {
            var told = new List<string>();
            string? cursor = null;
            do
            {
                var page = await world.AskAsync(caller, "list_events",
                    [("person", "ana@acme.example"), ("limit", 2), .. input.Select(pair => (pair.Item1, pair.Item2.DeepClone())), .. cursor is null ? Array.Empty<(string, JsonNode)>() : [("cursor", cursor)]]);
                told.AddRange(List(page, "events").Select(happened => $"{happened["object"] ?? happened["kind"]}"));
                cursor = page["next_cursor"]?.GetValue<string>();
            }
            while (cursor is not null);
            return string.Join(' ', told);
        }
    }

    [Fact]
    public async Task Leaver_WhoseAccountsAreGone_IsToldAsLeft()
    {
        var okta = ReadsWorld.Okta();
        await using var world = await StartAsync(okta);
        await LeaveAsync(world, [.. Company(), ("E5", new HrisFacts { WorkEmail = "mia@acme.example", FirstName = "Maria", LastName = "Silva", Status = EmploymentStatus.Left, End = new DateOnly(2020, 1, 31) })]);
        okta.Delete("00mia");
        await world.SyncAsync("okta");

        var answer = await world.AskAsync(await world.CallerAsync(), "find_person", ("person", "mia@acme.example"));

        Assert.Equal(("left", "2020-01-31", ""), ($"{answer["employment"]}", $"{answer["end_date"]}", Accounts(answer)));
        Assert.Equal("00mia", $"{Assert.Single(List(answer, "gone"))["id"]}");
    }

    [Theory]
    [InlineData("google", "Sales; All (Sales); World (Sales > All)", "CRM via Sales, Wiki via Sales > All > World", "Reader (through group Sales > All)")]
    // Neither applications nor roles reach through nested groups there.
    [InlineData("entra", "Sales; All (Sales); World (Sales > All)", "CRM via Sales", "")]
    public async Task MemberOfAnInnerGroup_IsAMemberOfTheOuterOne_AlsoInACircle(string name, string groups, string applications, string roles)
    {
        var idp = new CopiedIdp(name, name == "entra" ? IdpKind.Entra : IdpKind.Google).With("u1", "Ana Lopez", "ana@acme.example").With("u2", "Ben Okafor", "ben@acme.example")
            .WithGroup("sales", "Sales", "u1").WithGroup("all", "All", "u2").WithGroup("world", "World")
            .WithApplication("crm", "CRM", groups: ["sales"]).WithApplication("wiki", "Wiki", groups: ["world"]).WithRole("read", "Reader", groups: ["all"]);
        idp.Tie(TieKind.NestedGroup, "all", "sales");
        idp.Tie(TieKind.NestedGroup, "world", "all");
        idp.Tie(TieKind.NestedGroup, "sales", "world");
        await using var world = await StartAsync(idp);

        var account = (await world.AskAsync(await world.CallerAsync(), "find_person", ("person", "ana@acme.example")))["accounts"]![0]!;

        Assert.Equal(groups, string.Join("; ", List(account, "groups").OrderBy(group => group["via_group"] is null ? 0 : 1)
            .Select(group => $"{group["name"]}{(group["via_group"] is { } via ? $" ({via})" : "")}")));
        Assert.Equal(applications, string.Join(", ", List(account, "applications").Select(application => $"{application["name"]} via {application["via_group"]}")));
        Assert.Equal(roles, string.Join(", ", Texts(account, "roles")));
    }

    /// <summary>The demo's company at all four IdPs, with its people.csv.</summary>
    [Fact]
    public async Task Acme_AtFourIdPs_IsToldAsTheDemoPromises()
    {
        await using var world = await GateWorld.StartBeforeAsync(await EmulatedCompany.StartAsync(), more: services =>
        {
            services.AddSingleton(new SyncOptions());
            services.AddHris(new HrisOptions { Sources = [new HrisSource("hr", _file, null)] });
        });
        foreach (var connection in new[] { "okta", "entra", "google", "jumpcloud" })
            await ReadsWorld.ImportedAsync(world.Get<DirectoryCopy>(), connection);
        await LeaveAsync(world, System.Text.Encoding.UTF8.GetBytes(HrisPeople.Csv(Acme.Of(60, 1).People, DateOnly.FromDateTime(world.Time.GetUtcNow().UtcDateTime))));
        var caller = await world.CallerAsync();

        var ana = await world.AskAsync(caller, "find_person", ("person", "ana@acme.example"));
        var jo = await world.AskAsync(caller, "find_person", ("person", "jo@acme.example"));
        var paul = await world.AskAsync(caller, "find_person", ("person", "paul@acme.example"));
        var dupe = await world.AskAsync(caller, "find_person", ("person", "dupe@acme.example"));
        var review = await world.Get<ImportReviews>().OfAsync(["okta", "entra", "google", "jumpcloud"], CancellationToken.None);

        Assert.Null(ana["conflicts"]);
        Assert.Equal(["entra", "google", "jumpcloud", "okta"], List(ana, "accounts").Select(account => $"{account["connection"]}").Order(StringComparer.Ordinal));
        Assert.Equal(("Ana Souza", "Account Executive", "employed", "mona@acme.example", "Mona Fischer"),
            ($"{ana["name"]}", $"{ana["title"]}", $"{ana["employment"]}", $"{ana["manager"]}", $"{ana["manager_name"]}"));
        Assert.Equal(("not_started", ""), ($"{jo["employment"]}", Accounts(jo)));
        Assert.StartsWith("alias: ", Assert.Single(Texts(paul, "conflicts")), StringComparison.Ordinal);
        Assert.Contains(Texts(dupe, "conflicts"), conflict => conflict.StartsWith("two_accounts: ", StringComparison.Ordinal));
        Assert.Equal(1, review.WithoutAccount);
        Assert.True(review.Conflicts > 0 && review.AtSeveral > 10, $"{review.Conflicts} {review.AtSeveral} {review.Persons}");
    }

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_file)!, recursive: true);

    private static IReadOnlyList<(string Id, HrisFacts Facts)> Company() =>
    [
        ("E1", new HrisFacts { WorkEmail = "ana@acme.example", FirstName = "Ana", LastName = "Lopez", Title = "Director", Department = "Sales", Location = "Lisbon", Manager = "E2", Start = new DateOnly(2024, 3, 1) }),
        ("E2", new HrisFacts { WorkEmail = "ben@acme.example", FirstName = "Ben", LastName = "Okafor" }),
        ("E9", new HrisFacts { WorkEmail = "jo@acme.example", FirstName = "Johanna", LastName = "Vega", PreferredName = "Jo", Start = new DateOnly(2099, 1, 5) }),
    ];

    private async Task<GateWorld> StartAsync(params CopiedIdp[] idps)
    {
        var world = await GateWorld.StartAsync(more: services =>
        {
            ReadsWorld.Add(services, idps);
            services.AddHris(new HrisOptions { Sources = [new HrisSource("hr", _file, null)] });
        });
        foreach (var idp in idps)
            await ReadsWorld.ImportedAsync(world.Get<DirectoryCopy>(), idp.Name);
        return world;
    }

    private Task LeaveAsync(GateWorld world, IReadOnlyList<(string Id, HrisFacts Facts)> people) => LeaveAsync(world, System.Text.Encoding.UTF8.GetBytes(PeopleCsv.Write(people)));

    /// <summary>The HRIS leaves a file, which lies there long enough.</summary>
    private async Task LeaveAsync(GateWorld world, byte[] content)
    {
        await File.WriteAllBytesAsync(_file + ".new", content);
        File.Move(_file + ".new", _file, overwrite: true);
        await world.Get<HrisKeeper>().LookAsync(CancellationToken.None);
        world.Time.Advance(TimeSpan.FromSeconds(11));
        await world.Get<HrisKeeper>().LookAsync(CancellationToken.None);
    }

    private static string Accounts(JsonNode answer) => string.Join(' ', List(answer, "accounts").Select(account => $"{account["connection"]}:{account["id"]}"));

    private static IEnumerable<JsonNode> List(JsonNode answer, string name) => (answer[name] as JsonArray ?? []).OfType<JsonNode>();

    private static IEnumerable<string> Texts(JsonNode answer, string name) => List(answer, name).Select(text => text.GetValue<string>());
}
