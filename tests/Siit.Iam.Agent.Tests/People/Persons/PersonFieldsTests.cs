using Microsoft.Extensions.DependencyInjection;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.People.Copy;
using Siit.Iam.Agent.People.Persons;
using Siit.Iam.Agent.Store;
using Siit.Iam.Agent.Tests.Cli;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.People.Persons;

public sealed class PersonFieldsTests
{
    [Theory]
    [InlineData("nothing is said", "hris", "Sales", "hris", "google: sales; okta: Ops (differs)")]
    [InlineData("an order of its own", "okta,hris", "Ops", "okta", "hris: Sales (differs); google: sales (differs)")]
    [InlineData("the first says nothing", "entra,google", "sales", "google", "hris: Sales; okta: Ops (differs)")]
    [InlineData("who may win says nothing", "entra", null, null, "hris: Sales (differs); google: sales (differs); okta: Ops (differs)")]
    public void Field_BySources_TheFirstThatSaysSomethingWins(string what, string order, string? value, string? from, string others)
    {
        var rules = new SourceRules(
            ["google", "okta", "entra"],
            order == "hris" ? new Dictionary<string, IReadOnlyList<string>>() : new Dictionary<string, IReadOnlyList<string>> { ["department"] = order.Split(',') },
            new Dictionary<string, IReadOnlyDictionary<string, string>>());
        var person = Person("google:1 Department=sales", "okta:1 Department=Ops") with
        {
            Hris = new HrisRecord { Id = "7", WorkEmail = "ana@a.example", Values = new Dictionary<string, string> { ["department"] = "Sales" } },
        };

        var field = PersonFields.Of(person, "department", rules);

        Assert.Equal((value, from), (field.Used?.Value, field.Used?.Source));
        Assert.True(others == string.Join("; ", field.Others.Select(other => $"{other.Source}: {other.Value}{(field.Different.Contains(other) ? " (differs)" : "")}")), what);
    }

    [Fact]
    public void Field_SettingsNameAnAttribute_ItReplacesTheUsualOne()
    {
        var rules = new SourceRules(["okta"], new Dictionary<string, IReadOnlyList<string>>(), new Dictionary<string, IReadOnlyDictionary<string, string>>
        {
            ["okta"] = new Dictionary<string, string> { ["department"] = "profile.orgUnit", ["costCenter"] = "profile.costCenter" },
        });
        var person = Person("okta:1 Department=Ops profile.orgUnit=R&D profile.costCenter=4711");

        Assert.Equal("R&D", PersonFields.Of(person, "department", rules).Used?.Value);
        Assert.Equal("4711", PersonFields.Of(person, "costCenter", rules).Used?.Value);
        Assert.Null(PersonFields.Of(person, "title", rules).Used);
    }

    [Theory]
    [InlineData("by email", "ana", "m1", null)]
    [InlineData("by account id", "byid", "m1", null)]
    [InlineData("by login", "bylogin", "m1", null)]
    [InlineData("by the HRIS's id", "byhris", "m1", null)]
    [InlineData("two up", "low", "ana,m1", null)]
    [InlineData("nobody", "lost", "", "The manager 'zoe@acme.example' (okta) leads to nobody, or to several.")]
    [InlineData("themself", "ego", "", "ego@acme.example is named as their own manager.")]
    [InlineData("a circle", "round1", "round2", "The managers go round in a circle: round1@acme.example comes twice.")]
    public async Task Manager_AsWritten_LeadsToAPerson(string what, string who, string chain, string? problem)
    {
        var hris = new ListedHris();
        await using var world = await GateWorld.StartAsync(more: services =>
        {
            services.AddSingleton<IHrisRecords>(hris);
            services.AddSingleton(new PersonOptions { Sources = SourceRules.Default(["okta"]) });
        });
        hris.Records.Add(new HrisRecord { Id = "77", WorkEmail = "m1@acme.example" });
        hris.Records.Add(new HrisRecord { Id = "78", WorkEmail = "byhris@acme.example", Values = new Dictionary<string, string> { ["manager"] = "77" } });
        await world.Get<DirectoryCopy>().PutAsync("okta", world.Time.GetUtcNow(),
        [
            Account("m1", null, login: "boss"), Account("ana", "M1@acme.example"), Account("byid", null) with { ManagerId = "id-m1" }, Account("bylogin", "boss"),
            Account("byhris", null), Account("low", "ana@acme.example"), Account("lost", "zoe@acme.example"), Account("ego", "ego@acme.example"),
            Account("round1", "round2@acme.example"), Account("round2", "round1@acme.example"),
        ]);
        var person = Assert.Single(await world.Get<PersonLookup>().AtAsync($"{who}@acme.example", CancellationToken.None));

        var found = await world.Get<Managers>().OfAsync(person, CancellationToken.None);

        Assert.Equal((chain, problem), (string.Join(',', found.Chain.Select(manager => manager.Email!.Split('@')[0])), found.Problem));
        Assert.NotEmpty(what);
    }

    [Theory]
    [InlineData("the name as text", "Maria Berg", false)]
    [InlineData("in other letters", "maria BERG ", false)]
    [InlineData("an account's id", "id-m1", false)]
    [InlineData("their address", "M1@acme.example", false)]
    [InlineData("somebody else", "Mario Berg", true)]
    [InlineData("somebody else who is known", "m2@acme.example", true)]
    [InlineData("somebody else's account", "id-m2", true)]
    public async Task Manager_WrittenInAnotherWay_IsNotAnotherOne(string what, string written, bool differs)
    {
        var hris = new ListedHris();
        await using var world = await GateWorld.StartAsync(more: services =>
        {
            services.AddSingleton<IHrisRecords>(hris);
            services.AddSingleton(new PersonOptions { Sources = SourceRules.Default(["okta"]) });
        });
        hris.Records.Add(new HrisRecord { Id = "77", WorkEmail = "m1@acme.example" });
        hris.Records.Add(new HrisRecord { Id = "78", WorkEmail = "ana@acme.example", Values = new Dictionary<string, string> { ["manager"] = "77" } });
        var boss = Account("m1", null);
        await world.Get<DirectoryCopy>().PutAsync("okta", world.Time.GetUtcNow(),
            [boss with { Account = boss.Account with { FirstName = "Maria", LastName = "Berg" } }, Account("m2", null), Account("ana", written)]);

        var ana = Assert.Single(await world.Get<FieldDesk>().OfAsync("ana@acme.example", CancellationToken.None));

        var line = Assert.Single(ana.Fields, field => field.Field == "manager");
        Assert.Equal("m1@acme.example", line.Value);
        Assert.True(differs == Assert.Single(line.Others).Differs, what);
    }

    [Theory]
    [InlineData("people:sources:departmnt:0", "okta", "people:sources:departmnt is no field of a person. Did you mean 'department'?")]
    [InlineData("people:sources:department:0", "otka", "people:sources:department names 'otka', which is no source. The sources: hris, okta.")]
    [InlineData("people:domains:0", "acme", "people:domains: 'acme' is no domain such as acme.example.")]
    [InlineData("people:domains", "acme.example", "people:domains must be a list: [\"acme.example\"].")]
    [InlineData("people:domainAliases:ext.example", "acme", "people:domainAliases:ext.example: 'acme' is no domain such as acme.example.")]
    [InlineData("people:serviceAccounts:0", "*", "people:serviceAccounts: '*' must be a login, a work email or connection:id, with at most one * at its end.")]
    [InlineData("people:joinAliases", "maybe", "people:joinAliases must be true or false, not 'maybe'.")]
    [InlineData("people:domain", "x", "people:domain is not known.")]
    [InlineData("connections:hris:idp", "okta", "connections: 'hris' cannot be a connection's name, it stands for the HRIS. Choose another.")]
    public void Settings_Wrong_StopTheStartWithTheRightOnes(string key, string value, string problem)
    {
        var folder = new DataFolder(Path.Combine(Path.GetTempPath(), "siit-none"));

        var settings = CliWorld.Settings(folder, new() { ["connections:okta:idp"] = "okta", [key] = value, ["people:sources:nothing:0"] = "nobody" });

        Assert.Contains(settings.Problems, told => told.StartsWith(problem, StringComparison.Ordinal));
        // All at once.
        Assert.Contains(settings.Problems, told => told.StartsWith("people:sources:nothing is no field", StringComparison.Ordinal) && told.Contains("The fields: costCenter, department", StringComparison.Ordinal));
        Assert.Contains(settings.Problems, told => told.StartsWith("people:sources:nothing names 'nobody'", StringComparison.Ordinal));
    }

    private static DirectoryAccount Account(string name, string? manager, string? login = null) => new()
    {
        Account = new Account
        {
            Id = $"id-{name}",
            Login = login ?? $"{name}@acme.example",
            Email = $"{name}@acme.example",
            Status = AccountStatus.Active,
            VendorStatus = "ACTIVE",
            Manager = manager,
        },
    };

    private static Person Person(params string[] lines) => new()
    {
        Id = "x",
        Accounts = [.. lines.Select(line =>
        {
            var words = line.Split(' ');
            var told = words[1..].Select(word => word.Split('=')).ToDictionary(pair => pair[0], pair => pair[1]);
            var found = CopiedDirectory.Account("1 ana@a.example");
            var entry = new AccountEntry
            {
                Found = found with { Attributes = told, Account = found.Account with { Department = told.GetValueOrDefault("Department") } },
                FirstSeenAt = Story.Day("0"),
                ReadAt = Story.Day("0"),
            };
            return new Candidate(PersonDecision.KeyOf(words[0])!.Value, Copying.Known(entry, 0), () => entry);
        })],
    };
}
