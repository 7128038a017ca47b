using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.People.Hris;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Tests.People.Hris;

/// <summary>SCIM 2.0 over HTTP at the real server: RFC 7644's examples, what common clients send, and what must not happen.</summary>
public sealed class ScimTests
{
    /// <summary>RFC 7643 §8.3, shortened, with our dates beside.</summary>
    private const string Whole = """
        {
          "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
          "externalId": "701984", "userName": "bjensen@acme.example",
          "name": { "formatted": "Ms. Barbara J Jensen, III", "familyName": "Jensen", "givenName": "Barbara", "middleName": "Jane" },
          "displayName": "Babs Jensen", "nickName": "Babs", "profileUrl": "https://login.acme.example/bjensen",
          "emails": [ { "value": "babs@jensen.example", "type": "home" }, { "value": "b.jensen@acme.example", "type": "work", "primary": true } ],
          "addresses": [ { "type": "work", "locality": "Hollywood" } ],
          "phoneNumbers": [ { "value": "555-555-5555", "type": "work" } ],
          "userType": "Employee", "title": "Tour Guide", "active": true, "password": "t1meMa$heen",
          "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
            "employeeNumber": "701984", "costCenter": "4130", "organization": "Universal Studios", "department": "Tour Operations",
            "manager": { "value": "26118915-6090-4610-87e4-49d8ca9f808d", "displayName": "John Smith" } },
          "urn:siit:params:scim:schemas:hris:2.0:User": { "startDate": "2026-12-01", "probationEndDate": "2027-03-01T00:00:00Z" },
          "urn:example:unknown": { "shoeSize": 41 }
        }
        """;

    [Fact]
    public async Task Create_WholeUser_KeepsWhatWeKnowAndLeavesTheRestOut()
    {
        await using var world = await ScimWorld.StartAsync();

        var created = await world.SendAsync("POST", "Users", Whole);

        Assert.Equal((201, "application/scim+json"), (created.Status, created.Response.Content.Headers.ContentType!.MediaType));
        Assert.Equal(created.Response.Headers.Location!.ToString(), created.Body!["meta"]!["location"]!.GetValue<string>());
        Assert.Equal("W/\"1\"", created.Response.Headers.ETag!.ToString());
        Assert.DoesNotContain("t1meMa$heen", created.Body.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal(
            new HrisFacts
            {
                WorkEmail = "b.jensen@acme.example",
                FirstName = "Barbara",
                LastName = "Jensen",
                PreferredName = "Babs",
                Title = "Tour Guide",
                Department = "Tour Operations",
                CostCenter = "4130",
                EmploymentType = "Employee",
                Location = "Hollywood",
                Manager = "26118915-6090-4610-87e4-49d8ca9f808d",
                Start = new DateOnly(2026, 12, 1),
                ProbationEnd = new DateOnly(2027, 3, 1),
            },
            (await world.PersonAsync(created.Id)).Facts);
        var read = await world.SendAsync("GET", $"Users/{created.Id}");
        Assert.True(JsonNode.DeepEquals(created.Body, read.Body), read.ToString());
        var entry = Assert.Single(Entries(world), entry => entry.Kind == AuditKinds.HrisChanged);
        Assert.Equal(($"workday:{created.Id}", "hris"), (entry.Target, entry.Actor!.Door));
        Assert.DoesNotContain("ensen", entry.Data!.ToJsonString(), StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>PATCH operations and what of the facts is different afterwards.</summary>
    [Theory]
    [InlineData("""[{"op":"replace","path":"title","value":"Lead"}]""", "title=Lead")]
    [InlineData("""[{"op":"Replace","path":"name.givenName","value":"Bab"}]""", "first=Bab")]
    [InlineData("""[{"op":"add","value":{"name.givenName":"Bab","title":"Lead"}}]""", "first=Bab title=Lead")]
    [InlineData("""[{"op":"replace","value":{"name":{"familyName":"Smith"}}}]""", "last=Smith")]
    [InlineData("""[{"op":"replace","path":"emails[type eq \"work\"].value","value":"babs@acme.example"}]""", "email=babs@acme.example")]
    [InlineData("""[{"op":"add","path":"emails","value":[{"value":"home@jensen.example","type":"home"}]}]""", "")]
    [InlineData("""[{"op":"replace","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department","value":"Support"}]""", "department=Support")]
    [InlineData("""[{"op":"add","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager","value":{"value":"m2"}}]""", "manager=m2")]
    [InlineData("""[{"op":"add","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager","value":"m2"}]""", "manager=m2")]
    [InlineData("""[{"op":"replace","path":"URN:ietf:params:scim:schemas:extension:enterprise:2.0:user:MANAGER.value","value":"m2"}]""", "manager=m2")]
    [InlineData("""[{"op":"remove","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager"}]""", "manager=")]
    [InlineData("""[{"op":"replace","value":{"urn:siit:params:scim:schemas:hris:2.0:User":{"endDate":"2099-01-31"}}}]""", "end=2099-01-31")]
    [InlineData("""[{"op":"replace","path":"urn:siit:params:scim:schemas:hris:2.0:User:endDate","value":"2099-01-31T10:00:00+02:00"}]""", "end=2099-01-31")]
    [InlineData("""[{"op":"replace","path":"active","value":"False"}]""", "status=Left")]
    [InlineData("""[{"op":"replace","path":"addresses[type eq \"work\"].locality","value":"Porto"}]""", "location=Porto")]
    [InlineData("""[{"op":"replace","path":"urn:example:unknown:shoeSize","value":42},{"op":"add","path":"shoeSize","value":42}]""", "")]
    [InlineData("""[{"op":"add","path":"externalId","value":"x-1"},{"op":"remove","path":"title"}]""", "title=")]
    public async Task Patch_Operations_ChangeWhatTheyName(string operations, string changes)
    {
        await using var world = await ScimWorld.StartAsync();
        var created = await world.SendAsync("POST", "Users", Whole);
        var before = Told((await world.PersonAsync(created.Id)).Facts);

        var patched = await world.PatchAsync(created.Id, operations);

        Assert.True(patched.Status == 200, patched.ToString());
        var after = Told((await world.PersonAsync(created.Id)).Facts);
        Assert.Equal(changes.Split(' ', StringSplitOptions.RemoveEmptyEntries), after.Except(before));
    }

    [Theory]
    [InlineData("""[{"op":"move","path":"title"}]""", 400, "invalidSyntax")]
    [InlineData("""[]""", 400, "invalidSyntax")]
    [InlineData("""[{"op":"remove"}]""", 400, "noTarget")]
    [InlineData("""[{"op":"replace","path":"emails[type eq \"other\"].value","value":"x@acme.example"}]""", 400, "noTarget")]
    [InlineData("""[{"op":"replace","path":"emails[type ne \"work\"].value","value":"x@acme.example"}]""", 400, "invalidFilter")]
    [InlineData("""[{"op":"replace","path":"a b","value":1}]""", 400, "invalidPath")]
    [InlineData("""[{"op":"replace","path":"id","value":"2"}]""", 400, "mutability")]
    [InlineData("""[{"op":"replace","path":"title","value":"Lead"},{"op":"replace","path":"active","value":"perhaps"}]""", 400, "invalidValue")]
    [InlineData("""[{"op":"remove","path":"userName"}]""", 400, "invalidValue")]
    [InlineData("""[{"op":"replace","path":"title","value":["Lead"]}]""", 400, "invalidValue")]
    [InlineData("""[{"op":"replace","path":"urn:siit:params:scim:schemas:hris:2.0:User:endDate","value":"31.01.2099"}]""", 400, "invalidValue")]
    public async Task Patch_WrongOperations_ChangeNothingAndSayWhy(string operations, int status, string type)
    {
        await using var world = await ScimWorld.StartAsync();
        var created = await world.SendAsync("POST", "Users", Whole);

        var answer = await world.PatchAsync(created.Id, operations);

        Assert.Equal((status, type, $"{status}"), (answer.Status, answer.Type, answer.Body!["status"]!.GetValue<string>()));
        Assert.Equal("urn:ietf:params:scim:api:messages:2.0:Error", answer.Body["schemas"]![0]!.GetValue<string>());
        Assert.Equal(1, (await world.PersonAsync(created.Id)).Version);
    }

    [Fact]
    public async Task ActiveFalse_HasLeft_AndTrueAgainHasReturned()
    {
        await using var world = await ScimWorld.StartAsync();
        var created = await world.CreateAsync("ana@acme.example");

        var left = await world.PatchAsync(created.Id, """[{"op":"replace","value":{"active":false}}]""");
        Assert.True((await world.PersonAsync(created.Id)).HasLeft);
        Assert.False(left.Body!["active"]!.GetValue<bool>());
        await world.PatchAsync(created.Id, """[{"op":"replace","value":{"active":true}}]""");

        Assert.Equal(["Left ana@acme.example", "Returned ana@acme.example"], await world.EventsAsync());
    }

    [Fact]
    public async Task Leavers_PastTheLimit_AreHeldAndTheHrisReadsWhatItWrote()
    {
        await using var world = await ScimWorld.StartAsync();
        var ids = new List<string?>();
        for (var number = 0; number < 8; number++)
            ids.Add((await world.CreateAsync($"p{number}@acme.example")).Id);

        foreach (var id in ids)
        {
            var answer = await world.PatchAsync(id, """[{"op":"replace","path":"active","value":false},{"op":"replace","path":"title","value":"Gone"}]""");
            Assert.False(answer.Body!["active"]!.GetValue<bool>());
        }

        Assert.Equal(3, (await world.EventsAsync()).Count(told => told.StartsWith("Left", StringComparison.Ordinal)));
        Assert.Equal(8, (await world.EventsAsync()).Count(told => told.StartsWith("Title", StringComparison.Ordinal)));
        var held = Assert.Single(await world.Get<HrisDesk>().HeldAsync(TestContext.Current.CancellationToken));
        Assert.Equal(5, (await world.Get<HrisDesk>().HeldPeopleAsync(held.Id, TestContext.Current.CancellationToken)).Count);
        Assert.Equal(0, (await world.SendAsync("GET", "Users?filter=active%20eq%20true")).Body!["totalResults"]!.GetValue<int>());
        Assert.Null(await world.Get<HrisBook>().DecideAsync(held.Id, confirm: true, "ap_rita", TestContext.Current.CancellationToken));
        Assert.Equal(8, (await world.EventsAsync()).Count(told => told.StartsWith("Left", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Put_ReplacesEverything_AndTheSameAgainIsNothingNew()
    {
        await using var world = await ScimWorld.StartAsync();
        var created = await world.SendAsync("POST", "Users", Whole);

        var same = await world.SendAsync("PUT", $"Users/{created.Id}", Whole);
        var less = await world.SendAsync("PUT", $"Users/{created.Id}", """{"userName":"bjensen@acme.example","externalId":"701984"}""");

        Assert.Equal("W/\"1\"", same.Response.Headers.ETag!.ToString());
        Assert.Equal((200, "W/\"2\""), (less.Status, less.Response.Headers.ETag!.ToString()));
        Assert.Equal(new HrisFacts { WorkEmail = "bjensen@acme.example" }, (await world.PersonAsync(created.Id)).Facts);
        Assert.Equal(2, Entries(world).Count(entry => entry.Kind == AuditKinds.HrisChanged));
    }

    [Fact]
    public async Task UserName_ChangesAndNoAddressWasEverSent_TheWorkEmailFollows()
    {
        await using var world = await ScimWorld.StartAsync();
        var created = await world.CreateAsync("old@acme.example");

        await world.PatchAsync(created.Id, """[{"op":"replace","path":"userName","value":"new@acme.example"}]""");

        Assert.Equal("new@acme.example", (await world.PersonAsync(created.Id)).Facts.WorkEmail);
        Assert.Empty(await world.Get<HrisDesk>().ByEmailAsync("old@acme.example", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Create_NameOrIdIsTaken_IsAConflict()
    {
        await using var world = await ScimWorld.StartAsync();
        await world.CreateAsync("ana@acme.example", "1");

        var name = await world.SendAsync("POST", "Users", """{"userName":"ANA@acme.example","externalId":"2"}""");
        var id = await world.SendAsync("POST", "Users", """{"userName":"ben@acme.example","externalId":"1"}""");
        var other = await world.SendAsync("POST", "Users", """{"userName":"ana@acme.example","externalId":"1"}""", ScimWorld.OtherToken);

        Assert.Equal((409, "uniqueness", 409, "uniqueness", 201), (name.Status, name.Type, id.Status, id.Type, other.Status));
    }

    [Fact]
    public async Task Delete_IsNotLeft_AndTheSameExternalIdComesBackAsTheSamePerson()
    {
        await using var world = await ScimWorld.StartAsync();
        var created = await world.CreateAsync("ana@acme.example", "1");

        Assert.Equal(204, (await world.SendAsync("DELETE", $"Users/{created.Id}")).Status);

        Assert.True(await world.PersonAsync(created.Id) is { RemovedAt: not null, HasLeft: false });
        Assert.Empty(await world.EventsAsync());
        Assert.Equal(404, (await world.SendAsync("GET", $"Users/{created.Id}")).Status);
        Assert.Equal(404, (await world.SendAsync("DELETE", $"Users/{created.Id}")).Status);
        Assert.Equal(0, (await world.SendAsync("GET", "Users")).Body!["totalResults"]!.GetValue<int>());
        // Another person may have the name by now.
        var other = await world.CreateAsync("ana@acme.example", "2");
        var again = await world.CreateAsync("ana.souza@acme.example", "1");
        Assert.Equal((created.Id, true), (again.Id, other.Id != again.Id));
        Assert.Equal(2, (await world.Get<HrisDesk>().StatusAsync(TestContext.Current.CancellationToken)).Single(status => status.Name == "workday").State!.Employed);
    }

    [Theory]
    [InlineData("filter=userName%20eq%20%22P3%40acme.example%22", 1, "p3@acme.example")]
    [InlineData("filter=userName%20Eq%20%22nobody%40acme.example%22", 0, "")]
    [InlineData("filter=externalId%20eq%20%223%22", 1, "p3@acme.example")]
    [InlineData("filter=emails.value%20eq%20%22p2%40acme.example%22", 1, "p2@acme.example")]
    [InlineData("filter=active%20eq%20false", 1, "p1@acme.example")]
    [InlineData("startIndex=2&count=2", 5, "p2@acme.example p3@acme.example")]
    [InlineData("startIndex=-3&count=1", 5, "p1@acme.example")]
    [InlineData("startIndex=9", 5, "")]
    [InlineData("count=0", 5, "")]
    public async Task List_FilteredOrPaged_IsWhatWasAskedFor(string query, int total, string names)
    {
        await using var world = await ScimWorld.StartAsync();
        for (var number = 1; number <= 5; number++)
            await world.CreateAsync($"p{number}@acme.example", $"{number}", number == 1 ? ",\"active\":false" : "");

        var list = await world.SendAsync("GET", $"Users?{query}");

        Assert.Equal((200, total), (list.Status, list.Body!["totalResults"]!.GetValue<int>()));
        Assert.Equal(names, string.Join(' ', list.Body["Resources"]!.AsArray().Select(user => user!["userName"]!.GetValue<string>())));
        Assert.Empty((await world.SendAsync("GET", "Users", token: ScimWorld.OtherToken)).Body!["Resources"]!.AsArray());
    }

    [Theory]
    [InlineData("GET", "Users?filter=title%20eq%20%22x%22", null, 400, "invalidFilter")]
    [InlineData("GET", "Users?filter=userName%20co%20%22x%22", null, 400, "invalidFilter")]
    [InlineData("GET", "Users?filter=userName%20eq%20x", null, 400, "invalidFilter")]
    [InlineData("GET", "Users?count=many", null, 400, "invalidValue")]
    [InlineData("GET", "Users/nobody", null, 404, null)]
    [InlineData("GET", "Groups", null, 404, null)]
    [InlineData("PUT", "Users", "{}", 405, null)]
    [InlineData("POST", "Users", "{", 400, "invalidSyntax")]
    [InlineData("POST", "Users", "[]", 400, "invalidSyntax")]
    [InlineData("POST", "Users", """{"userName":"a@acme.example","userName":"b@acme.example"}""", 400, "invalidSyntax")]
    [InlineData("POST", "Users", """{"userName":"\ud800@acme.example"}""", 400, "invalidSyntax")]
    [InlineData("POST", "Users", """{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":1}}}}}}}}}}}}}}}}}""", 400, "invalidSyntax")]
    [InlineData("POST", "Users", """{"externalId":"1"}""", 400, "invalidValue")]
    [InlineData("POST", "Users", """{"userName":"no address"}""", 400, "invalidValue")]
    [InlineData("POST", "Users", """{"userName":"a\u200b@acme.example"}""", 400, "invalidValue")]
    [InlineData("POST", "Users", """{"userName":"ana","emails":[{"type":"home","value":"ana@home.example"}]}""", 400, "invalidValue")]
    [InlineData("POST", "Users", """{"userName":"a@acme.example","name":"Ana"}""", 400, "invalidValue")]
    public async Task Request_IsWrong_IsAScimErrorAndNothingIsKept(string method, string path, string? body, int status, string? type)
    {
        await using var world = await ScimWorld.StartAsync();

        var answer = await world.SendAsync(method, path, body);

        Assert.Equal((status, type, $"{status}"), (answer.Status, answer.Type, answer.Body!["status"]!.GetValue<string>()));
        Assert.Empty(await world.Get<HrisDesk>().ListAsync(10, null, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task SignIn_NoWrongOrOldToken_IsRefused()
    {
        await using var world = await ScimWorld.StartAsync();

        var none = await world.SendAsync("GET", "Users", token: null);
        var wrong = await world.SendAsync("GET", "ServiceProviderConfig", token: "x");
        var foreign = await world.SendAsync("GET", "Users", change: request => request.Headers.Host = "evil.example");

        Assert.Equal((401, 401, 403), (none.Status, wrong.Status, foreign.Status));
        Assert.Equal("Bearer", Assert.Single(none.Response.Headers.WwwAuthenticate).Scheme);
        for (var tries = 0; tries < 60; tries++)
            wrong = await world.SendAsync("GET", "Users", token: $"guess{tries}");
        Assert.Equal((429, 200), (wrong.Status, (await world.SendAsync("GET", "Users")).Status));
    }

    [Fact]
    public async Task Limits_TooManyOrTooLarge_AreRefused()
    {
        await using var world = await ScimWorld.StartAsync(("hris:requestsPerMinute", "3"), ("hris:maxRequestBytes", "4096"));

        var large = await world.SendAsync("POST", "Users", $$"""{"userName":"a@acme.example","title":"{{new string('x', 5000)}}"}""");
        await world.SendAsync("GET", "Users");
        await world.SendAsync("GET", "Users");
        var fourth = await world.SendAsync("GET", "Users");

        Assert.Equal((413, 429, 200), (large.Status, fourth.Status, (await world.SendAsync("GET", "Users", token: ScimWorld.OtherToken)).Status));
        Assert.NotNull(fourth.Response.Headers.RetryAfter);
    }

    [Fact]
    public async Task Version_OldOne_IsNotOverwritten()
    {
        await using var world = await ScimWorld.StartAsync();
        var created = await world.CreateAsync("ana@acme.example");
        await world.PatchAsync(created.Id, """[{"op":"add","path":"title","value":"Lead"}]""");

        var old = await world.SendAsync("PUT", $"Users/{created.Id}", """{"userName":"x@acme.example"}""", change: request => request.Headers.IfMatch.Add(EntityTagHeaderValue.Parse("W/\"1\"")));
        var known = await world.SendAsync("GET", $"Users/{created.Id}", change: request => request.Headers.IfNoneMatch.Add(EntityTagHeaderValue.Parse("W/\"2\"")));

        Assert.Equal((412, 304), (old.Status, known.Status));
    }

    [Fact]
    public async Task Restart_PeopleAndEventsAreStillThere()
    {
        await using var world = await ScimWorld.StartAsync();
        var created = await world.CreateAsync("ana@acme.example", "1", $$""","urn:siit:params:scim:schemas:hris:2.0:User":{"startDate":"{{HrisText.Date(world.Today)}}"}""");

        await world.StopServerAsync();
        await world.StartServerAsync();

        Assert.Equal(409, (await world.SendAsync("POST", "Users", """{"userName":"ana@acme.example","externalId":"1"}""")).Status);
        Assert.Equal(200, (await world.SendAsync("GET", $"Users/{created.Id}")).Status);
        Assert.Equal(["Hired ana@acme.example"], await world.EventsAsync());
    }

    [Fact]
    public async Task Discovery_SaysWhatIsOffered()
    {
        await using var world = await ScimWorld.StartAsync();

        var config = await world.SendAsync("GET", "ServiceProviderConfig");
        var types = await world.SendAsync("GET", "ResourceTypes");
        var schemas = await world.SendAsync("GET", "Schemas");
        var ours = await world.SendAsync("GET", "Schemas/urn:siit:params:scim:schemas:hris:2.0:User");

        Assert.True(config.Body!["patch"]!["supported"]!.GetValue<bool>() && config.Body["filter"]!["supported"]!.GetValue<bool>());
        Assert.Equal("/Users", types.Body!["Resources"]![0]!["endpoint"]!.GetValue<string>());
        Assert.Equal(3, schemas.Body!["totalResults"]!.GetValue<int>());
        Assert.Equal(["startDate", "endDate", "probationEndDate"], ours.Body!["attributes"]!.AsArray().Select(attribute => attribute!["name"]!.GetValue<string>()));
    }

    [Fact]
    public async Task NotConfigured_ThereIsNoDoor()
    {
        await using var world = await Tests.Cli.CliWorld.StartAsync();
        using var http = new HttpClient();

        Assert.Equal(404, (int)(await http.GetAsync(new Uri(world.Address, "scim/v2/Users"), TestContext.Current.CancellationToken)).StatusCode);
    }

    private static IReadOnlyList<AuditEntry> Entries(ScimWorld world) => [.. AuditReader.ReadAll(new AuditFiles(world.Get<DataFolder>().Audit).Log)];

    private static IReadOnlyList<string> Told(HrisFacts facts) =>
    [
        $"email={facts.WorkEmail}", $"first={facts.FirstName}", $"last={facts.LastName}", $"title={facts.Title}", $"department={facts.Department}",
        $"manager={facts.Manager}", $"location={facts.Location}", $"status={facts.Status}", $"end={(facts.End is { } end ? HrisText.Date(end) : "")}",
    ];
}
