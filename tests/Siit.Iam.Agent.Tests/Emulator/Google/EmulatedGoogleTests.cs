using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Siit.Iam.Agent.Tests.Support;
using Siit.Iam.Emulator.Common;
using Siit.Iam.Emulator.Google;

namespace Siit.Iam.Agent.Tests.Emulator.Google;

/// <summary>What the emulated Google answers to anybody, without our connector.</summary>
public sealed class EmulatedGoogleTests
{
    private const string Directory = "/admin/directory/v1";

    /// <summary>Each rule of the token endpoint broken once.</summary>
    public static TheoryData<string, int, string?> Assertions => new()
    {
        { "right", 200, null },
        { "as itself", 200, null },
        { "other key", 400, "invalid_grant" },
        { "other issuer", 400, "invalid_grant" },
        { "other audience", 400, "invalid_grant" },
        { "too long", 400, "invalid_grant" },
        { "expired", 400, "invalid_grant" },
        { "unknown subject", 400, "invalid_grant" },
        { "no scope", 400, "invalid_scope" },
        { "foreign scope", 401, "unauthorized_client" },
    };

    [Theory]
    [MemberData(nameof(Assertions))]
    public async Task Token_ForEachAssertion_IsGivenOnlyToTheRightOne(string story, int status, string? error)
    {
        await using var google = await EmulatedGoogle.StartAsync();
        using var http = Client(google);

        var (answered, body) = await TokenAsync(google, http, story);

        Assert.Equal((status, error), (answered, (string?)body["error"]));
    }

    [Fact]
    public async Task Request_WithoutAToken_Is401InGooglesShape()
    {
        await using var google = await EmulatedGoogle.StartAsync();
        using var http = Client(google);

        var answer = await http.GetAsync($"{Directory}/users?customer=my_customer");

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal("authError", await ReasonAsync(answer));
    }

    [Fact]
    public async Task Users_PageByPage_AreAllThereOnce()
    {
        await using var google = await EmulatedGoogle.StartAsync(new EmulatorOptions { People = 40 });
        using var http = await SignedInAsync(google);
        var seen = new List<string>();
        string? token = null;
        do
        {
            var page = await http.GetFromJsonAsync<JsonObject>($"{Directory}/users?customer=my_customer&maxResults=7{(token is null ? "" : $"&pageToken={token}")}");
            Assert.InRange(page!["users"]!.AsArray().Count, 1, 7);
            seen.AddRange(page["users"]!.AsArray().Select(user => (string)user!["id"]!));
            token = (string?)page["nextPageToken"];
        }
        while (token is not null);

        Assert.Equal(google.State.Users.Keys.Order(), seen.Order());
    }

    /// <summary>method, path, body, status, reason: as the vendor's description and its clients tell.</summary>
    public static TheoryData<string, string, string?, int, string> Errors => new()
    {
        { "GET", "/users", null, 400, "badRequest" },
        { "GET", "/users/nobody@acme.example", null, 404, "notFound" },
        { "GET", "/users/ana@elsewhere.example", null, 403, "forbidden" },
        { "POST", "/users", """{"primaryEmail":"ana@acme.example","name":{"givenName":"A","familyName":"B"},"password":"long-enough-1"}""", 409, "duplicate" },
        { "POST", "/users", """{"primaryEmail":"zoe@acme.example","name":{"givenName":"A","familyName":"B"},"password":"short"}""", 400, "invalid" },
        { "POST", "/users", """{"primaryEmail":"zoe@acme.example","name":{"givenName":"A","familyName":"B"}}""", 400, "required" },
        { "PUT", "/users/ana@acme.example", """{"no_such_field":1}""", 400, "badRequest" },
        { "PUT", "/users/spammed@acme.example", """{"suspended":false}""", 403, "adminCannotUnsuspend" },
        { "POST", "/users/theo@acme.example/twoStepVerification/turnOff", null, 400, "invalid" },
        { "DELETE", "/users/ana@acme.example/tokens/unknown", null, 404, "notFound" },
        { "GET", "/groups?customer=my_customer&userKey=ana@acme.example", null, 400, "badRequest" },
        { "POST", "/groups/engineering@acme.example/members", """{"email":"ben@acme.example"}""", 409, "duplicate" },
        { "POST", "/groups/engineering@acme.example/members", """{"email":"nobody@acme.example"}""", 404, "notFound" },
        { "POST", "/groups/engineering@acme.example/members", "{}", 400, "required" },
        { "POST", "/groups/all-sales@acme.example/members", """{"email":"ben@acme.example"}""", 400, "invalid" },
        { "POST", "/groups/figma-guests@acme.example/members", """{"email":"figma-editors@acme.example"}""", 412, "conditionNotMet" },
        { "DELETE", "/groups/engineering@acme.example/members/ana@acme.example", null, 404, "notFound" },
        { "DELETE", "/groups/engineering@acme.example/members/ana@elsewhere.example", null, 400, "required" },
        { "GET", "/customer/C0other/roles", null, 400, "badRequest" },
    };

    [Theory]
    [MemberData(nameof(Errors))]
    public async Task Request_ThatIsWrong_HasItsStatusAndReasonAndChangesNothing(string method, string path, string? body, int status, string reason)
    {
        await using var google = await EmulatedGoogle.StartAsync();
        using var http = await SignedInAsync(google);

        var answer = await http.SendAsync(new HttpRequestMessage(new HttpMethod(method), Directory + path) { Content = body is null ? null : new StringContent(body) });

        Assert.Equal((status, reason), ((int)answer.StatusCode, await ReasonAsync(answer)));
        Assert.Empty(google.Ledger.Effects);
    }

    [Fact]
    public async Task User_ByAddressAliasAndId_IsTheSame()
    {
        await using var google = await EmulatedGoogle.StartAsync();
        using var http = await SignedInAsync(google);
        var id = google.User("lena@acme.example").Id;

        foreach (var key in new[] { id, "LENA@acme.example", "lena.nowak@acme.example" })
            Assert.Equal(id, (string?)(await http.GetFromJsonAsync<JsonObject>($"{Directory}/users/{key}"))!["id"]);
    }

    [Fact]
    public async Task User_Renamed_KeepsTheFormerAddressAndIsClosedForAWhile()
    {
        var time = new ManualTime();
        await using var google = await EmulatedGoogle.StartAsync(new EmulatorOptions { TimeProvider = time, TransitionTime = TimeSpan.FromMinutes(1) });
        using var http = await SignedInAsync(google);

        (await http.PutAsJsonAsync($"{Directory}/users/ana@acme.example", new { primaryEmail = "ana.lima@acme.example" })).EnsureSuccessStatusCode();

        Assert.Equal("ana.lima@acme.example", google.User("ana@acme.example").PrimaryEmail);
        var early = await http.PutAsJsonAsync($"{Directory}/users/ana.lima@acme.example", new { suspended = true });
        Assert.Equal((HttpStatusCode.Conflict, "conflict"), (early.StatusCode, await ReasonAsync(early)));
        time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(HttpStatusCode.OK, (await http.PutAsJsonAsync($"{Directory}/users/ana.lima@acme.example", new { suspended = true })).StatusCode);
    }

    [Fact]
    public async Task SameChange_Twice_IsOneEffect()
    {
        await using var google = await EmulatedGoogle.StartAsync();
        using var http = await SignedInAsync(google);

        for (var i = 0; i < 2; i++) (await http.PutAsJsonAsync($"{Directory}/users/ana@acme.example", new { suspended = true })).EnsureSuccessStatusCode();

        Assert.Equal("user.suspend", Assert.Single(google.Ledger.Effects).Verb);
        Assert.Equal("SUSPEND_USER", google.State.Log[^1].Events[0].Name);
    }

    [Fact]
    public async Task Activities_AreNewestFirstAndFiltered()
    {
        await using var google = await EmulatedGoogle.StartAsync();
        using var http = await SignedInAsync(google);
        foreach (var login in new[] { "ana", "ben" }) await http.PostAsync($"{Directory}/users/{login}@acme.example/signOut", null);

        var all = await http.GetFromJsonAsync<JsonObject>("/admin/reports/v1/activity/users/all/applications/admin?maxResults=2");
        var one = await http.GetFromJsonAsync<JsonObject>("/admin/reports/v1/activity/users/all/applications/admin?eventName=RESET_SIGNIN_COOKIES&filters=USER_EMAIL==ana@acme.example");

        Assert.NotNull(all!["nextPageToken"]);
        Assert.Equal("ben@acme.example", (string?)all["items"]![0]!["events"]![0]!["parameters"]![0]!["value"]);
        Assert.Equal("ana@acme.example", (string?)Assert.Single(one!["items"]!.AsArray())!["events"]![0]!["parameters"]![0]!["value"]);
    }

    [Theory]
    [InlineData(30, "userRateLimitExceeded")]
    [InlineData(120, "quotaExceeded")]
    public async Task Throttled_Is403WithItsReason(int seconds, string reason)
    {
        await using var google = await EmulatedGoogle.StartAsync();
        using var http = await SignedInAsync(google);
        google.Faults.Add(new Fault { Kind = FaultKind.Throttle, ResetSeconds = seconds });

        var answer = await http.GetAsync($"{Directory}/users/ana@acme.example");

        Assert.Equal((HttpStatusCode.Forbidden, reason), (answer.StatusCode, await ReasonAsync(answer)));
    }

    [Fact]
    public async Task Company_HasItsDifferencesAndLeftovers()
    {
        await using var google = await EmulatedGoogle.StartAsync();
        var state = google.State;

        Assert.Null(state.Users.Values.FirstOrDefault(user => user.PrimaryEmail == "paul@acme.example"));
        Assert.Equal("ivan@acme.example", state.FindUser("paul@acme.example")!.PrimaryEmail);
        Assert.False(state.FindUser("gone@acme.example")!.Suspended);
        Assert.Equal("Human Resources", state.FindUser("carla@acme.example")!.Department);
        Assert.NotNull(state.FindUser("olaf.hand@acme.example"));
        Assert.NotNull(state.FindUser("frontdesk@acme.example"));
    }

    [Fact]
    public async Task State_OutlivesARestart()
    {
        var folder = System.IO.Directory.CreateTempSubdirectory("siit-google-state-").FullName;
        string key;
        await using (var google = await EmulatedGoogle.StartAsync(new EmulatorOptions { Data = folder }))
        {
            key = google.KeyJson;
            using var http = await SignedInAsync(google);
            (await http.PutAsJsonAsync($"{Directory}/users/ana@acme.example", new { suspended = true })).EnsureSuccessStatusCode();
        }

        await using (var google = await EmulatedGoogle.StartAsync(new EmulatorOptions { Data = folder }))
        {
            Assert.True(google.User("ana@acme.example").Suspended);
            Assert.Equal(1, google.Ledger.Count("user.suspend"));
            Assert.Equal((string?)JsonNode.Parse(key)!["private_key"], (string?)JsonNode.Parse(google.KeyJson)!["private_key"]);
        }

        System.IO.Directory.Delete(folder, recursive: true);
    }

    private static HttpClient Client(EmulatedGoogle google) => new(new SocketsHttpHandler()) { BaseAddress = google.BaseAddress };

    private static async Task<HttpClient> SignedInAsync(EmulatedGoogle google)
    {
        var http = Client(google);
        var (_, body) = await TokenAsync(google, http, "right");
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (string?)body["access_token"]);
        return http;
    }

    private static async Task<(int Status, JsonObject Body)> TokenAsync(EmulatedGoogle google, HttpClient http, string story)
    {
        var key = JsonNode.Parse(google.KeyJson)!;
        using var rsa = RSA.Create(2048);
        if (story != "other key") rsa.ImportFromPem((string)key["private_key"]!);
        var claims = new Dictionary<string, object>
        {
            ["scope"] = story switch
            {
                "no scope" => "",
                "foreign scope" => "https://www.googleapis.com/auth/drive",
                _ => string.Join(' ', GoogleRoutes.All.Select(route => "https://www.googleapis.com/auth/" + route.Scopes[0]).Distinct()),
            },
        };
        if (story != "as itself") claims["sub"] = story == "unknown subject" ? "nobody@acme.example" : EmulatedGoogle.Subject;
        var issued = DateTime.UtcNow - (story == "expired" ? TimeSpan.FromHours(2) : TimeSpan.Zero);
        var assertion = new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = story == "other issuer" ? "other@acme-siit.iam.gserviceaccount.com" : (string)key["client_email"]!,
            Audience = story == "other audience" ? google.TokenAddress.AbsoluteUri : "https://oauth2.googleapis.com/token",
            Claims = claims,
            IssuedAt = issued,
            Expires = issued.AddMinutes(story == "too long" ? 120 : 60),
            SigningCredentials = new SigningCredentials(new RsaSecurityKey(rsa) { CryptoProviderFactory = new() { CacheSignatureProviders = false } }, "RS256"),
        });
        using var answer = await http.PostAsync("/token", new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["grant_type"] = "urn:ietf:params:oauth:grant-type:jwt-bearer",
            ["assertion"] = assertion,
        }));
        return ((int)answer.StatusCode, (await answer.Content.ReadFromJsonAsync<JsonObject>())!);
    }

    private static async Task<string?> ReasonAsync(HttpResponseMessage answer) =>
        (string?)(await answer.Content.ReadFromJsonAsync<JsonObject>())!["error"]!["errors"]![0]!["reason"];
}
