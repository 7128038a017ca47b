using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Siit.Iam.Emulator.Common;
using Siit.Iam.Emulator.JumpCloud;

namespace Siit.Iam.Agent.Tests.Emulator.JumpCloud;

/// <summary>The emulated JumpCloud as any other client would meet it.</summary>
public sealed class EmulatedJumpCloudTests : IAsyncLifetime
{
    private EmulatedJumpCloud _jumpCloud = null!;
    private HttpClient _http = null!;

    public async ValueTask InitializeAsync()
    {
        _jumpCloud = await EmulatedJumpCloud.StartAsync();
        _http = new HttpClient { BaseAddress = _jumpCloud.BaseAddress, DefaultRequestHeaders = { { "x-api-key", EmulatedJumpCloud.ApiKey } } };
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _jumpCloud.DisposeAsync();
    }

    [Theory]
    [InlineData(EmulatedJumpCloud.ClientSecret, "client_credentials", "api", 200, null)]
    [InlineData("wrong", "client_credentials", "api", 401, "invalid_client")]
    [InlineData(EmulatedJumpCloud.ClientSecret, "password", "api", 400, "unsupported_grant_type")]
    [InlineData(EmulatedJumpCloud.ClientSecret, "client_credentials", "admin", 400, "invalid_scope")]
    public async Task Token_ByClientCredentials_IsGivenToWhoeverProvesIt(string secret, string grant, string scope, int status, string? error)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/oauth2/token");
        request.Headers.Authorization = new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{EmulatedJumpCloud.ClientId}:{secret}")));
        request.Content = new FormUrlEncodedContent(new Dictionary<string, string> { ["grant_type"] = grant, ["scope"] = scope });

        using var response = await _http.SendAsync(request);
        var body = await response.Content.ReadFromJsonAsync<JsonObject>();

        Assert.Equal((status, error), ((int)response.StatusCode, (string?)body!["error"]));
        if (status == 200) Assert.Equal(("bearer", 3599), ((string)body["token_type"]!, (int)body["expires_in"]!));
    }

    [Theory]
    [InlineData("x-api-key", "wrong")]
    [InlineData("Authorization", "Bearer wrong")]
    public async Task Anything_WithAWrongCredential_Is401(string header, string value)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/systemusers");
        request.Headers.Add(header, value);
        using var http = new HttpClient { BaseAddress = _jumpCloud.BaseAddress };

        using var response = await http.SendAsync(request);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    [Fact]
    public async Task ApiKey_OfASuspendedAdministrator_IsDead()
    {
        Arrange($$"""{"admin": "{{EmulatedJumpCloud.ApiKeyOwner}}", "suspended": true}""");

        Assert.Equal(401, (await GetAsync("/api/systemusers")).Status);
    }

    [Fact]
    public async Task Users_ByDefault_ComeTenAtATime()
    {
        var (_, body) = await GetAsync("/api/systemusers?sort=_id");

        Assert.Equal(10, body!["results"]!.AsArray().Count);
        Assert.Equal(_jumpCloud.State.Users.Count, (int)body["totalCount"]!);
    }

    /// <summary>A question and how many answer to it.</summary>
    [Theory]
    [InlineData("/api/systemusers?filter=email:$eq:ana@acme.example", 1)]
    [InlineData("/api/systemusers?filter=email:$eq:ANA@acme.example", 0)]
    [InlineData("/api/systemusers?filter=state:$eq:SUSPENDED", 1)]
    [InlineData("/api/systemusers?search={\"searchTerm\":\"SOUZA\",\"fields\":[\"lastname\"]}", 1)]
    [InlineData("/api/users?limit=100", 7)]
    [InlineData("/api/applications?limit=100", 10)]
    [InlineData("/api/v2/roles?limit=100", 5)]
    [InlineData("/api/organizations", 1)]
    public async Task Lists_ThatAreCounted_Filter(string address, int count)
    {
        var (status, body) = await GetAsync(address);

        Assert.Equal((200, count), (status, (int)body!["totalCount"]!));
    }

    [Fact]
    public async Task Users_ByAMalformedFilter_Is400() => Assert.Equal(400, (await GetAsync("/api/systemusers?filter=email:eq:x")).Status);

    [Fact]
    public async Task Users_WithFields_ShowsOnlyThose()
    {
        var (_, body) = await GetAsync("/api/systemusers?fields=username email&limit=1");

        Assert.Equal(["_id", "email", "username"], body!["results"]![0]!.AsObject().Select(field => field.Key).Order());
    }

    [Fact]
    public async Task Groups_OfTheSecondApi_AreABareArrayThatAnnouncesItsNextPage()
    {
        using var response = await _http.GetAsync("/api/v2/usergroups?limit=5&filter=membershipMethod:eq:STATIC");

        Assert.Equal(5, (await response.Content.ReadFromJsonAsync<JsonArray>())!.Count);
        Assert.EndsWith("skip=5>; rel=\"next\"", response.Headers.GetValues("Link").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Search_OfAnIndexThatLags_ShowsThePast()
    {
        await PutAsync(User("ana"), """{"department": "Support"}""");
        _jumpCloud.Faults.Add(new Fault { Kind = FaultKind.StaleReads, Path = "/search/" });

        Assert.Equal("Sales", (string)(await SearchAsync())["department"]!);
        Assert.Equal("Support", (string)(await SearchAsync())["department"]!);

        async Task<JsonNode> SearchAsync() => (await PostAsync("/api/search/systemusers", """{"filter": {"email": "ana@acme.example"}}""")).Body!["results"]![0]!;
    }

    /// <summary>A change of the state, from where, what it answers and where the user is then.</summary>
    [Theory]
    [InlineData("ana", "POST", "/state/suspend", null, 200, "SUSPENDED")]
    [InlineData("suspended", "POST", "/state/suspend", null, 409, "SUSPENDED")]
    [InlineData("ana", "POST", "/state/suspend", "{}", 400, "ACTIVATED")]
    [InlineData("ana", "POST", "/state/activate", "{}", 409, "ACTIVATED")]
    [InlineData("staged", "POST", "/state/activate", "{}", 200, "ACTIVATED")]
    [InlineData("ana", "PUT", "", """{"state":"SUSPENDED"}""", 200, "SUSPENDED")]
    [InlineData("suspended", "PUT", "", """{"state":"SUSPENDED"}""", 200, "SUSPENDED")]
    [InlineData("suspended", "PUT", "", """{"suspended":false}""", 200, "ACTIVATED")]
    [InlineData("ana", "PUT", "", """{"state":"SUSPENDED","suspended":false}""", 400, "ACTIVATED")]
    [InlineData("ana", "PUT", "", """{"state":"STAGED"}""", 400, "ACTIVATED")]
    [InlineData("suspended", "POST", "/expire", null, 409, "SUSPENDED")]
    [InlineData("greta", "POST", "/expire", null, 400, "ACTIVATED")]
    [InlineData("ana", "POST", "/unlock", null, 200, "ACTIVATED")]
    [InlineData("staged", "POST", "/reactivate", "{}", 409, "STAGED")]
    [InlineData("ana", "POST", "/resetmfa", """{"exclusion":true,"exclusionDays":0}""", 400, "ACTIVATED")]
    public async Task State_OfAUser_ChangesAsDocumented(string login, string method, string path, string? body, int status, string state)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), User(login) + path);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");

        using var response = await _http.SendAsync(request);

        Assert.Equal((status, state), ((int)response.StatusCode, _jumpCloud.User(login).State));
        if (status >= 400) Assert.Equal(status, (int)(await response.Content.ReadFromJsonAsync<JsonObject>())!["code"]!);
    }

    [Fact]
    public async Task Create_WithoutAState_StagesByTheOrganizationsDefault()
    {
        var (status, body) = await PostAsync("/api/systemusers", """{"username": "zoe", "email": "zoe@acme.example"}""");

        Assert.Equal((200, "STAGED"), (status, (string)body!["state"]!));
    }

    [Theory]
    [InlineData("""{"username": "zoe", "email": "ana@acme.example"}""")]
    [InlineData("""{"username": "ana", "email": "zoe@acme.example"}""")]
    [InlineData("""{"username": "zoe"}""")]
    [InlineData("""{"username": "z o e", "email": "zoe@acme.example"}""")]
    [InlineData("""{"username": "zoe", "email": "zoe@acme.example", "manager": "mona"}""")]
    public async Task Create_TakenOrWrong_Is400(string body)
    {
        Assert.Equal(400, (await PostAsync("/api/systemusers", body)).Status);
        Assert.Empty(_jumpCloud.Ledger.Effects);
    }

    [Fact]
    public async Task Update_WithAttributes_ReplacesAllOfThem()
    {
        await PutAsync(User("ana"), """{"attributes": [{"name": "team", "value": "west"}]}""");

        Assert.Equal("team", Assert.Single(_jumpCloud.User("ana").Attributes).Key);
    }

    [Theory]
    [InlineData("carla", """{"department": "HR"}""", 400)]
    [InlineData("carla", """{"jobTitle": "Head of HR"}""", 200)]
    [InlineData("greta", """{"password": "correct horse battery"}""", 400)]
    public async Task Update_OfAFieldMasteredElsewhere_IsRefused(string login, string body, int status) =>
        Assert.Equal(status, (await PutAsync(User(login), body)).Status);

    [Fact]
    public async Task Delete_OfAManager_IsAConflictUnlessHisPeopleLoseHim()
    {
        var (mona, ana) = (_jumpCloud.User("mona"), _jumpCloud.User("ana"));
        Assert.Equal(mona.Id, ana.Manager);

        using var refused = await _http.DeleteAsync(User("mona"));
        Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
        Assert.NotNull(_jumpCloud.State.Users.GetValueOrDefault(mona.Id));

        using var done = await _http.DeleteAsync(User("mona") + "?cascade_manager=null");
        Assert.Equal(HttpStatusCode.OK, done.StatusCode);
        Assert.Null(_jumpCloud.User("ana").Manager);
        Assert.DoesNotContain(_jumpCloud.State.Groups.Values, group => group.Members.Contains(mona.Id));
        using var again = await _http.DeleteAsync($"/api/systemusers/{mona.Id}");
        Assert.Equal(HttpStatusCode.NotFound, again.StatusCode);
    }

    /// <summary>The same change of the graph twice: what the first and the second are answered.</summary>
    [Theory]
    [InlineData("add", "nina", 204, 409)]
    [InlineData("remove", "ana", 204, 404)]
    public async Task Member_ChangedTwice_IsSaidToBeSoAlready(string op, string login, int first, int second)
    {
        var address = $"/api/v2/usergroups/{_jumpCloud.Group("Sales").Id}/members";
        var change = $$"""{"op": "{{op}}", "type": "user", "id": "{{_jumpCloud.User(login).Id}}"}""";

        Assert.Equal((first, second), ((await PostAsync(address, change)).Status, (await PostAsync(address, change)).Status));
        Assert.Equal(1, _jumpCloud.Ledger.Count(op == "add" ? "group.add_member" : "group.remove_member"));
    }

    [Fact]
    public async Task Applications_OfAUser_TellEveryPath()
    {
        var (_, body) = await GetAsync($"/api/v2/users/{_jumpCloud.User("ana").Id}/applications?limit=100");

        var salesforce = body!.AsArray().Single(app => (string)app!["id"]! == _jumpCloud.App("Salesforce").Id)!["paths"]!.AsArray();
        Assert.Equal(["application", "user_group>application"], salesforce.Select(path => string.Join('>', path!.AsArray().Select(edge => (string)edge!["to"]!["type"]!))));
    }

    [Fact]
    public async Task Associations_WithoutTargets_Is400()
    {
        var address = $"/api/v2/users/{_jumpCloud.User("ana").Id}/associations";

        Assert.Equal(400, (await GetAsync(address)).Status);
        Assert.Equal(200, (await GetAsync(address + "?targets=application")).Status);
    }

    [Fact]
    public async Task Dynamic_Group_FollowsTheDepartment()
    {
        await PutAsync(User("ana"), """{"department": "Support"}""");

        var (_, body) = await GetAsync($"/api/v2/users/{_jumpCloud.User("ana").Id}/memberof?limit=100");

        Assert.DoesNotContain(body!.AsArray(), group => (string)group!["id"]! == _jumpCloud.Group("All Sales").Id);
    }

    [Theory]
    [InlineData("/api/systemusers/nonsense", 400)]
    [InlineData("/api/systemusers/0123456789abcdef01234567", 404)]
    [InlineData("/api/v2/usergroups/0123456789abcdef01234567", 404)]
    [InlineData("/api/v2/nothing", 404)]
    public async Task Unknown_Things_AreToldApartFromMalformedIds(string address, int status) => Assert.Equal(status, (await GetAsync(address)).Status);

    [Fact]
    public async Task Insights_PagedWithSearchAfter_TellsEachEventOnce()
    {
        await PutAsync(User("ana"), """{"state": "SUSPENDED"}""");
        var total = _jumpCloud.State.Log.Count;
        var seen = new List<string>();
        JsonNode? after = null;
        for (var more = true; more;)
        {
            var query = new JsonObject { ["service"] = new JsonArray("directory"), ["start_time"] = "2020-01-01T00:00:00Z", ["limit"] = 10, ["search_after"] = after };
            using var response = await _http.PostAsJsonAsync("/insights/directory/v1/events", query);
            seen.AddRange((await response.Content.ReadFromJsonAsync<JsonArray>())!.Select(entry => (string)entry!["id"]!));
            more = response.Headers.GetValues("X-Result-Count").Single() == response.Headers.GetValues("X-Limit").Single();
            if (response.Headers.TryGetValues("X-Search_after", out var places)) after = JsonNode.Parse(places.Single());
        }

        Assert.Equal(total, seen.Distinct().Count());
        Assert.Equal(total, seen.Count);
    }

    [Theory]
    [InlineData("""{"service": ["sso"], "start_time": "2020-01-01T00:00:00Z"}""", 0)]
    [InlineData("""{"service": ["all"], "start_time": "2020-01-01T00:00:00Z", "search_term": {"and": {"event_type": "user_suspended"}}}""", 1)]
    [InlineData("""{"service": ["all"], "start_time": "2020-01-01T00:00:00Z", "search_term": {"and": {"event_type": ["user_suspended"], "resource.username": "BOKAFOR"}}}""", 0)]
    public async Task Insights_WithTerms_CountsWhatMatches(string query, int count)
    {
        await PostAsync($"{User("ana")}/state/suspend", "");

        Assert.Equal(count, (int)(await PostAsync("/insights/directory/v1/events/count", query)).Body!["count"]!);
    }

    [Theory]
    [InlineData("""{"organization": true, "insights": false}""", """{"service": ["all"], "start_time": "2020-01-01T00:00:00Z"}""", 402)]
    [InlineData("""{"organization": true}""", """{"start_time": "2020-01-01T00:00:00Z"}""", 400)]
    [InlineData("""{"organization": true}""", """{"service": ["all"], "start_time": "2020-01-01T00:00:00Z", "search_after": ["x"]}""", 400)]
    public async Task Insights_NotBookedOrMisasked_IsRefused(string scene, string query, int status)
    {
        Arrange(scene);

        Assert.Equal(status, (await PostAsync("/insights/directory/v1/events", query)).Status);
    }

    [Fact]
    public void Company_IsTheSameByEmail_WithDifferences()
    {
        Assert.Equal(("bokafor", "Eng"), (_jumpCloud.User("ben@acme.example").Username, _jumpCloud.User("ben@acme.example").Texts["department"]));
        Assert.Equal("ACTIVATED", _jumpCloud.User("gone@acme.example").State);
        Assert.True(_jumpCloud.User("greta").ExternallyManaged);
        Assert.Null(_jumpCloud.State.FindUser("ana.s"));
        Assert.Contains(_jumpCloud.State.Admins.Values, admin => _jumpCloud.State.FindUser(admin.Email) is null);
    }

    [Fact]
    public async Task State_KeptOnDisk_OutlivesARestart()
    {
        var folder = Directory.CreateTempSubdirectory("jumpcloud-").FullName;
        string id;
        await using (var first = await EmulatedJumpCloud.StartAsync(new EmulatorOptions { Data = folder }))
        {
            id = first.User("ana").Id;
            using var http = new HttpClient { BaseAddress = first.BaseAddress, DefaultRequestHeaders = { { "x-api-key", EmulatedJumpCloud.ApiKey } } };
            using var response = await http.PostAsync($"/api/systemusers/{id}/state/suspend", null);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        await using var second = await EmulatedJumpCloud.StartAsync(new EmulatorOptions { Data = folder });
        Assert.Equal(("SUSPENDED", 1), (second.User(id).State, second.Ledger.Count("user.suspend", id)));
        second.Reset();
        Assert.Equal(("ACTIVATED", 0), (second.User(id).State, second.Ledger.Effects.Count));
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Throttling_SaysNothingButThat()
    {
        await using var narrow = await EmulatedJumpCloud.StartAsync(new EmulatorOptions { RequestsPerMinute = 1 });
        using var http = new HttpClient { BaseAddress = narrow.BaseAddress, DefaultRequestHeaders = { { "x-api-key", EmulatedJumpCloud.ApiKey } } };
        using var first = await http.GetAsync("/api/systemusers");

        using var second = await http.GetAsync("/api/systemusers");

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.TooManyRequests), (first.StatusCode, second.StatusCode));
        Assert.Null(second.Headers.RetryAfter);
    }

    private string User(string login) => $"/api/systemusers/{_jumpCloud.User(login).Id}";

    private void Arrange(string change) => Assert.Null(_jumpCloud.Arrange(JsonNode.Parse(change)!.AsObject()));

    private async Task<(int Status, JsonNode? Body)> GetAsync(string address)
    {
        using var response = await _http.GetAsync(address);
        return await ReadAsync(response);
    }

    private async Task<(int Status, JsonNode? Body)> PostAsync(string address, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await _http.PostAsync(address, content);
        return await ReadAsync(response);
    }

    private async Task<(int Status, JsonNode? Body)> PutAsync(string address, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await _http.PutAsync(address, content);
        return await ReadAsync(response);
    }

    private static async Task<(int Status, JsonNode? Body)> ReadAsync(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync();
        return ((int)response.StatusCode, text.Length == 0 ? null : JsonNode.Parse(text));
    }
}
