using System.Text.Json.Nodes;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.People.Reads;

public sealed class FindPersonTests
{
    /// <summary>What is asked, which accounts are answered, whom the caller may choose from.</summary>
    public static TheoryData<string, string, string> Stories => new()
    {
        { "ana@acme.example", "okta:00ana entra:e-ana", "" },
        { "ANA@ACME.example", "okta:00ana entra:e-ana", "" },
        { "a.lopez@acme.example", "okta:00ana entra:e-ana", "" },
        { "ana@acme.onmicrosoft.example", "okta:00ana entra:e-ana", "" },
        { "00ana", "okta:00ana entra:e-ana", "" },
        { "entra:e-ana", "okta:00ana entra:e-ana", "" },
        { "okta:e-ana", "", "" },
        // The other Ana's name has a letter that only looks the same.
        { "ana lopez", "okta:00ana entra:e-ana", "" },
        { "svc-backup", "okta:00svc", "" },
        { "bokafor", "okta:00ben okta:00dup", "" },
        { "Maria Silva", "", "maria.silva@acme.example mia@acme.example" },
        { "Maria", "", "maria.silva@acme.example mia@acme.example" },
        { "silva mar", "", "maria.silva@acme.example mia@acme.example" },
        // One that begins so is still not the one that was asked for.
        { "Gus", "", "gus@partner.example" },
        { "okaf", "", "ben@acme.example" },
        { "anna@acme.example", "", "ana@acme.example" },
        { "qna@acme.example", "", "ana@acme.example okta:00fak" },
        { "bokafro", "", "ben@acme.example" },
        { "ana@acme.com", "", "ana@acme.example" },
        { "Bne Okafor", "", "ben@acme.example" },
        { "zzz-nobody", "", "" },
    };

    [Fact]
    public async Task Text_LeadsToOnePersonOrSomeToChooseFromOrNobody()
    {
        await using var world = await ReadsWorld.StartAsync(ReadsWorld.Okta(), ReadsWorld.Entra());
        var caller = await world.CallerAsync();
        foreach (var (text, accounts, choices) in Stories.Select(story => story.Data))
        {
            var answer = await world.AskAsync(caller, "find_person", ("person", text));

            Assert.Equal((text, accounts), (text, Accounts(answer)));
            Assert.Equal((text, choices), (text, string.Join(' ', List(answer, "choices").Select(choice => choice["person"]!.GetValue<string>()).Order(StringComparer.Ordinal))));
            Assert.Equal(accounts.Length == 0, answer["message"] is not null);
        }
    }

    [Fact]
    public async Task Known_IsToldWithWhatIsGrantedAndHow_WithoutAskingAnIdp()
    {
        var (okta, entra) = (ReadsWorld.Okta(), ReadsWorld.Entra());
        await using var world = await ReadsWorld.StartAsync(okta, entra);

        var answer = await world.AskAsync(await world.CallerAsync(), "find_person", ("person", "ana@acme.example"));

        var account = answer["accounts"]![0]!;
        Assert.Equal(("active", "Sales", "Lead", "ben@acme.example", true), (
            Text(account, "status"), Text(account, "department"), Text(account, "title"), Text(account, "manager"), account["has_mfa"]!.GetValue<bool>()));
        Assert.Equal(["IT Admins", "Sales"], List(account, "groups").Select(group => Text(group, "name")));
        Assert.Equal(["CRM:False:Sales", "Figma:True:"], List(account, "applications").Select(application => $"{application["name"]}:{application["direct"]!.GetValue<bool>()}:{application["via_group"]}"));
        Assert.Equal(["Read Only", "Help Desk (through group IT Admins)"], account["roles"]!.AsArray().Select(role => role!.GetValue<string>()));
        Assert.Null(answer["accounts"]![1]!["has_mfa"]);
        Assert.All(List(answer, "sources"), source => Assert.True(Text(source, "source") == "copy" && source["as_of"] is not null));
        Assert.Equal(0, okta.Asked + entra.Asked);
    }

    [Fact]
    public async Task Fresh_AsksTheIdps()
    {
        var (okta, entra) = (ReadsWorld.Okta(), ReadsWorld.Entra());
        await using var world = await ReadsWorld.StartAsync(okta, entra);
        okta.Change("00ana", account => account with { Account = account.Account with { Title = "Director" } });
        var caller = await world.CallerAsync();

        var copied = await world.AskAsync(caller, "find_person", ("person", "ana@acme.example"));
        var fresh = await world.AskAsync(caller, "find_person", ("person", "ana@acme.example"), ("fresh", true));

        Assert.Equal(("Lead", "Director"), (Text(copied["accounts"]![0]!, "title"), Text(fresh["accounts"]![0]!, "title")));
        Assert.All(List(fresh, "sources"), source => Assert.True(Text(source, "source") == "idp" && source["as_of"] is null));
    }

    [Fact]
    public async Task NotImported_IsAskedOfTheIdp_WithTheWorkEmailThatTheCopyKnows()
    {
        var (okta, entra) = (ReadsWorld.Okta(), ReadsWorld.Entra());
        entra.Holding = new TaskCompletionSource();
        await using var world = await ReadsWorld.StartAsync(okta, entra);

        // No IdP finds this alias.
        var answer = await world.AskAsync(await world.CallerAsync(), "find_person", ("person", "a.lopez@acme.example"));

        Assert.Equal("okta:00ana entra:e-ana", Accounts(answer));
        Assert.Equal(["okta copy", "entra idp"], List(answer, "sources").Select(source => $"{source["connection"]} {source["source"]}"));
        Assert.Equal(0, okta.Asked);
    }

    [Fact]
    public async Task StepOfARun_IsNeverAnsweredFromTheCopy()
    {
        var okta = ReadsWorld.Okta();
        await using var world = await ReadsWorld.StartAsync(okta);

        var answer = await world.Executor.ExecuteAsync(new ActionCall
        {
            Action = "find_person",
            Input = new JsonObject { ["person"] = "ana@acme.example" },
            Caller = await world.CallerAsync(),
            Door = Doors.Playbook,
            Step = new RunStep("run_1", "/found", "offboard@1", Requester.Unnamed, null),
        }, CancellationToken.None);

        Assert.Equal("idp", Text(answer.Data!["sources"]![0]!, "source"));
        Assert.True(okta.Asked > 0);
    }

    [Fact]
    public async Task ConnectionThatTheCallerMayNotUse_IsNotSeenByAnyWay()
    {
        await using var world = await ReadsWorld.StartAsync(ReadsWorld.Okta(), ReadsWorld.Entra());
        var caller = await world.CallerAsync() with { Connections = ["okta"] };

        foreach (var text in new[] { "ana@acme.example", "ana@acme.onmicrosoft.example", "e-ana", "entra:e-ana", "gus@partner.example", "Gus", "Ana Lopez", "gsu@partner.example" })
        {
            var answer = (await world.AskAsync(caller, "find_person", ("person", text))).ToJsonString();
            Assert.DoesNotContain("\"entra\"", answer, StringComparison.Ordinal);
            Assert.DoesNotContain("Gus Guest", answer, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task AddressThatChanged_IsToldAsAFormerOne_UntilSomebodyElseHasIt()
    {
        var okta = ReadsWorld.Okta();
        await using var world = await ReadsWorld.StartAsync(okta);
        var caller = await world.CallerAsync();
        okta.Change("00mia", account => account with { Account = account.Account with { Email = "mia.costa@acme.example", Login = "mia.costa@acme.example" } });
        await world.SyncAsync("okta");

        var former = await world.AskAsync(caller, "find_person", ("person", "mia@acme.example"));
        okta.With("00new", "Mia Novak", "mia@acme.example");
        await world.SyncAsync("okta");
        var recycled = await world.AskAsync(caller, "find_person", ("person", "mia@acme.example"));

        Assert.Equal("okta:00mia", Accounts(former));
        Assert.Contains("This is a former address, until ", Text(former, "message"), StringComparison.Ordinal);
        Assert.Contains("which now has mia.costa@acme.example", Text(former, "message"), StringComparison.Ordinal);
        Assert.Equal("okta:00new", Accounts(recycled));
    }

    [Fact]
    public async Task AccountThatVanished_IsMarkedGone()
    {
        var okta = ReadsWorld.Okta();
        await using var world = await ReadsWorld.StartAsync(okta, ReadsWorld.Entra());
        okta.Delete("00ana");
        await world.SyncAsync("okta");

        var answer = await world.AskAsync(await world.CallerAsync(), "find_person", ("person", "ana@acme.example"));

        Assert.Equal("entra:e-ana", Accounts(answer));
        var gone = Assert.Single(List(answer, "gone"));
        Assert.Equal("00ana", Text(gone, "id"));
        Assert.NotNull(gone["gone_at"]);
    }

    [Fact]
    public async Task LookAlikes_AreMadeVisibleAndNeverJoined()
    {
        await using var world = await ReadsWorld.StartAsync(ReadsWorld.Okta());

        var answer = await world.AskAsync(await world.CallerAsync(), "find_person", ("person", "qna@acme.example"));

        var fake = List(answer, "choices").Single(choice => Text(choice, "person") == "okta:00fak");
        Assert.Equal("\u0430<U+0430>na@acme.example", Text(fake, "email"));
        Assert.Equal("\u0410<U+0410>na Lopez", Text(fake, "name"));
    }

    [Fact]
    public async Task Choices_OfMany_AreTenAndTheirCount()
    {
        var okta = new CopiedIdp("okta");
        for (var i = 0; i < 40; i++)
            okta.With($"00u{i:00}", $"Kim Number{i:00}", $"kim{i:00}@acme.example");
        await using var world = await ReadsWorld.StartAsync(okta);

        var answer = await world.AskAsync(await world.CallerAsync(), "find_person", ("person", "kim"));

        Assert.Equal((10, 40), (List(answer, "choices").Count(), answer["choice_count"]!.GetValue<int>()));
    }

    /// <summary>Names, beginnings, aliases and former addresses find people to look at; none of them selects whom to change.</summary>
    [Theory]
    [InlineData("Ana Lopez", "unknown_person")]
    [InlineData("ana", "unknown_person")]
    [InlineData("a.lopez@acme.example", "unknown_person")]
    [InlineData("00ana", "unknown_person")]
    [InlineData("anna@acme.example", "unknown_person")]
    [InlineData("ben@acme.example", "several_accounts")]
    public async Task FreeText_NeverSelectsATarget(string person, string code)
    {
        await using var world = await ReadsWorld.StartAsync(ReadsWorld.Okta());

        var answer = await world.CallAsync(await world.CallerAsync(), "suspend_user", new JsonObject { ["person"] = person });

        Assert.Equal((CallState.Refused, code), (answer.State, answer.Code));
    }

    private static string Accounts(JsonNode answer) => string.Join(' ', List(answer, "accounts").Select(account => $"{account["connection"]}:{account["id"]}"));

    private static IEnumerable<JsonNode> List(JsonNode answer, string name) => (answer[name] as JsonArray ?? []).OfType<JsonNode>();

    private static string Text(JsonNode node, string name) => node[name]!.GetValue<string>();
}
