using System.Text.Json.Nodes;
using Siit.Iam.Emulator.Common;
using Siit.Iam.Emulator.Entra;

namespace Siit.Iam.Agent.Tests.Emulator.Entra;

public sealed class EmulatedEntraTests
{
    public static TheoryData<string, string, string, string, string, int, string> TokenRefusals => new()
    {
        { EmulatedEntra.TenantId, EmulatedEntra.ClientId, "wrong", "https://graph.microsoft.com/.default", "client_credentials", 401, "invalid_client" },
        { EmulatedEntra.TenantId, "11111111-1111-4111-8111-111111111111", EmulatedEntra.ClientSecret, "https://graph.microsoft.com/.default", "client_credentials", 400, "unauthorized_client" },
        { "other", EmulatedEntra.ClientId, EmulatedEntra.ClientSecret, "https://graph.microsoft.com/.default", "client_credentials", 400, "invalid_request" },
        { EmulatedEntra.TenantId, EmulatedEntra.ClientId, EmulatedEntra.ClientSecret, "User.Read.All", "client_credentials", 400, "invalid_scope" },
        { EmulatedEntra.TenantId, EmulatedEntra.ClientId, EmulatedEntra.ClientSecret, "https://graph.microsoft.com/.default", "password", 400, "unsupported_grant_type" },
    };

    [Theory]
    [MemberData(nameof(TokenRefusals))]
    public async Task Token_WithOneThingWrong_IsRefusedWithItsWord(string tenant, string client, string secret, string scope, string grant, int status, string error)
    {
        await using var graph = await EntraClient.StartAsync();

        var (answered, body) = await graph.TokenAsync(tenant, client, secret, scope, grant);

        Assert.Equal((status, error), (answered, body["error"]!.GetValue<string>()));
        Assert.StartsWith("AADSTS", body["error_description"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Users_Unselected_HaveFewPropertiesAndSelectedTheOnesAskedFor()
    {
        await using var graph = await EntraClient.StartAsync();

        var few = await graph.GetAsync(graph.User("ben"));
        var chosen = await graph.GetAsync(graph.User("ben") + "?$select=id,accountEnabled,department");

        Assert.False(few.ContainsKey("accountEnabled"));
        Assert.Equal(["@odata.context", "accountEnabled", "department", "id"], chosen.Select(property => property.Key).Order(StringComparer.Ordinal));
        Assert.Equal((400, "BadRequest"), await graph.RefusalAsync("GET", graph.User("ben") + "?$select=shoeSize"));
    }

    public static TheoryData<string, string, int> Filters => new()
    {
        { "/users", "mail eq 'ben@acme.example'", 1 },
        { "/users", "mail eq 'BEN@ACME.EXAMPLE'", 1 },
        { "/users", "userPrincipalName eq 'ben@acme.example' or mail eq 'ana@acme.example'", 2 },
        { "/users", "proxyAddresses/any(p:p eq 'smtp:ivan.horvat@acme.example')", 1 },
        { "/users", "startswith(displayName,'Ben ') and accountEnabled eq true", 1 },
        { "/users", "accountEnabled eq false", 2 },
        { "/users", "userType eq 'Guest'", 2 },
        { "/users", "department in ('Security','Executive')", 3 },
        { "/users", "onPremisesSyncEnabled eq null and mail eq 'greta@acme.example'", 0 },
        { "/groups", "groupTypes/any(c:c eq 'Unified')", 1 },
        { "/groups", "isAssignableToRole eq true", 2 },
        { "/servicePrincipals", "displayName eq 'Slack'", 1 },
        { "/auditLogs/directoryAudits", "activityDateTime ge 2100-01-01T00:00:00Z", 0 },
        { "/oauth2PermissionGrants", "consentType eq 'AllPrincipals'", 1 },
    };

    [Theory]
    [MemberData(nameof(Filters))]
    public async Task Filter_OfAList_FindsWhatItSays(string list, string filter, int count)
    {
        await using var graph = await EntraClient.StartAsync(new EmulatorOptions { People = 30 });

        var found = await graph.GetAsync($"{list}?$filter={Uri.EscapeDataString(filter)}");

        Assert.Equal(count, found["value"]!.AsArray().Count);
    }

    [Theory]
    [InlineData("/users?$filter=accountEnabled ne true")]
    [InlineData("/users?$filter=endswith(mail,'acme.example')")]
    [InlineData("/users?$search=\"displayName:ben\"")]
    public async Task AdvancedQuery_WithoutItsHeader_IsRefused(string path)
    {
        await using var graph = await EntraClient.StartAsync();

        Assert.Equal((400, "Request_UnsupportedQuery"), await graph.RefusalAsync("GET", path));
        Assert.NotNull((await graph.GetAsync($"{path}&$count=true", eventual: true))["@odata.count"]);
    }

    [Theory]
    [InlineData("/users?$filter=mail eq")]
    [InlineData("/users?$filter=mail like 'x'")]
    [InlineData("/users?$top=0")]
    [InlineData("/users?$top=1000")]
    [InlineData("/users?$skiptoken=made-up")]
    public async Task Query_ThatIsWrong_Is400(string path)
    {
        await using var graph = await EntraClient.StartAsync();

        Assert.Equal(400, (await graph.RefusalAsync("GET", path)).Status);
    }

    [Fact]
    public async Task Paging_ThroughNextLinks_GivesEverythingOnceThoughSomebodyLeaves()
    {
        await using var graph = await EntraClient.StartAsync();
        var seen = new List<string>();
        for (var link = "/users?$top=7&$select=id"; link is not null;)
        {
            var page = await graph.GetAsync(link);
            seen.AddRange(page["value"]!.AsArray().Select(user => user!["id"]!.GetValue<string>()));
            link = page["@odata.nextLink"]?.GetValue<string>();
            if (seen.Count == 14) await graph.SendAsync("DELETE", $"/users/{seen[0]}");
        }

        Assert.Equal(seen.Count, seen.Distinct().Count());
        Assert.Equal(graph.Entra.State.Users.Count + graph.Entra.State.Deleted.Count, seen.Count);
    }

    [Fact]
    public async Task Member_DeletedWithoutItsSuffix_IsTheAccountThatIsDeleted()
    {
        await using var graph = await EntraClient.StartAsync();
        var (group, ben) = (graph.Entra.Group("Engineering"), graph.Entra.User("ben@acme.example"));

        await graph.SendAsync("DELETE", $"/groups/{group.Id}/members/{ben.Id}");

        Assert.Contains(ben.Id, graph.Entra.State.Deleted.Keys);
    }

    [Fact]
    public async Task Permissions_OfTheApplication_AreAskedFor()
    {
        await using var graph = await EntraClient.StartAsync();

        // Nobody but a signed-in administrator may, whatever was consented.
        Assert.Equal((403, "Authorization_RequestDenied"), await graph.RefusalAsync("POST", graph.User("ben") + $"/authentication/methods/{Guid.Empty}/resetPassword", "{}"));
        // Administrators need a directory role of the application as well.
        Assert.Equal((403, "Authorization_RequestDenied"), await graph.RefusalAsync("PATCH", graph.User("dora"), """{"accountEnabled": false}"""));
        graph.Entra.Arrange(JsonNode.Parse($$"""{"client": "{{EmulatedEntra.ClientId}}", "roles": ["Privileged Authentication Administrator"]}""")!.AsObject());
        Assert.Equal(204, (await graph.SendAsync("PATCH", graph.User("dora"), """{"accountEnabled": false}""")).Status);
    }

    [Fact]
    public async Task Authorization_MissingOrWrong_Is401()
    {
        await using var graph = await EntraClient.StartAsync();
        graph.Entra.WithdrawTokens();

        Assert.Equal((401, "InvalidAuthenticationToken"), await graph.RefusalAsync("GET", "/users"));
    }

    [Fact]
    public async Task Throttle_SaysHowLongAndWhose()
    {
        await using var graph = await EntraClient.StartAsync(new EmulatorOptions { RequestsPerMinute = 2 });
        await graph.GetAsync("/users");
        await graph.GetAsync("/users");

        var (status, body, response) = await graph.SendAsync("GET", "/users");

        Assert.Equal((429, "TooManyRequests"), (status, body["error"]!["code"]!.GetValue<string>()));
        Assert.InRange(response.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 60);
        Assert.True(response.Headers.Contains("x-ms-throttle-scope"));
    }

    [Fact]
    public async Task DeletedUser_CanBeRestoredWithItsLoginAndGroups()
    {
        await using var graph = await EntraClient.StartAsync();
        var ben = graph.Entra.User("ben@acme.example").Id;

        await graph.SendAsync("DELETE", $"/users/{ben}");
        Assert.Equal((404, "Request_ResourceNotFound"), await graph.RefusalAsync("GET", $"/users/{ben}"));
        Assert.Single((await graph.GetAsync("/directory/deletedItems/microsoft.graph.user"))["value"]!.AsArray());
        await graph.SendAsync("POST", $"/directory/deletedItems/{ben}/restore");

        Assert.Equal(ben, graph.Entra.User("ben@acme.example").Id);
        Assert.Contains(graph.Entra.State.GroupsOf(ben), group => group.Name == "Engineering");
    }

    [Fact]
    public async Task StaleRead_OnRequest_ShowsTheStateBefore()
    {
        await using var graph = await EntraClient.StartAsync();
        graph.Entra.Faults.Add(new Fault { Kind = FaultKind.StaleReads, Writes = 1 });
        await graph.SendAsync("PATCH", graph.User("ben"), """{"accountEnabled": false}""");

        Assert.True((await graph.GetAsync(graph.User("ben") + "?$select=accountEnabled"))["accountEnabled"]!.GetValue<bool>());
        Assert.False((await graph.GetAsync(graph.User("ben") + "?$select=accountEnabled"))["accountEnabled"]!.GetValue<bool>());
    }

    [Fact]
    public async Task State_OnDisk_OutlivesARestart()
    {
        var data = Directory.CreateTempSubdirectory("siit-entra-").FullName;
        await using (var graph = await EntraClient.StartAsync(new EmulatorOptions { Data = data }))
            await graph.SendAsync("PATCH", graph.User("ben"), """{"accountEnabled": false}""");

        await using (var again = await EntraClient.StartAsync(new EmulatorOptions { Data = data }))
        {
            Assert.False(again.Entra.User("ben@acme.example").Enabled);
            Assert.Equal(1, again.Entra.Ledger.Count("user.suspend"));
            again.Entra.Reset();
            Assert.True(again.Entra.User("ben@acme.example").Enabled);
        }

        Directory.Delete(data, recursive: true);
    }

    [Fact]
    public async Task Subscription_LastsNoLongerThanItMay()
    {
        await using var graph = await EntraClient.StartAsync();
        string Body(int days) => $$"""{"changeType": "updated", "notificationUrl": "https://example.com/hook", "resource": "users", "expirationDateTime": "{{TimeProvider.System.GetUtcNow().AddDays(days):yyyy-MM-ddTHH:mm:ssZ}}"}""";

        Assert.Equal(400, (await graph.RefusalAsync("POST", "/subscriptions", Body(30))).Status);
        Assert.Equal(201, (await graph.SendAsync("POST", "/subscriptions", Body(28))).Status);
        Assert.Single((await graph.GetAsync("/subscriptions"))["value"]!.AsArray());
    }
}
