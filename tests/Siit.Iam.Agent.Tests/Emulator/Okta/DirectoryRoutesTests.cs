using System.Text.Json.Nodes;
using Siit.Iam.Emulator.Common;

namespace Siit.Iam.Agent.Tests.Emulator.Okta;

/// <summary>Lists, filters, groups and applications.</summary>
public sealed class DirectoryRoutesTests
{
    public static TheoryData<string, string[]> Searches => new()
    {
        { "filter=profile.login eq \"ana@acme.example\"", ["ana"] },
        { "filter=profile.login eq \"ANA@acme.example\"", ["ana"] },
        { "filter=profile.email eq \"dupe@acme.example\"", ["dupe1", "dupe2"] },
        { "filter=status eq \"DEPROVISIONED\"", ["gone"] },
        { "filter=status eq \"LOCKED_OUT\" or status eq \"SUSPENDED\"", ["locked", "suspended"] },
        { "search=profile.firstName eq \"Sam\" and profile.lastName sw \"L\"", ["sam.lee", "sam.lee2"] },
        { "search=(profile.firstName eq \"Sam\" or profile.firstName eq \"Rosa\") and profile.department eq \"Security\"", ["rosa"] },
        { "q=Lorenzo", ["locked"] },
    };

    [Theory]
    [MemberData(nameof(Searches))]
    public async Task Users_Asked_FindsExactly(string query, string[] logins)
    {
        await using var org = await OktaOrg.StartAsync();

        var found = (await org.GetAsync($"/api/v1/users?{Uri.EscapeDataString(query).Replace("%3D", "=", StringComparison.Ordinal)}")).AsArray();

        Assert.Equal(logins.Select(login => $"{login}@acme.example").Order(StringComparer.Ordinal), found.Select(user => (string)user!["profile"]!["login"]!).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("filter=profile.nonsense eq \"a\"", 400, "E0000031")]
    [InlineData("filter=status", 400, "E0000031")]
    [InlineData("search=status eq \"", 400, "E0000031")]
    [InlineData("search=status eq \"A\" and", 400, "E0000031")]
    [InlineData("limit=x", 400, "E0000001")]
    [InlineData("after=nonsense", 400, "E0000001")]
    public async Task Users_AskedWrongly_IsRefusedInOktasShape(string query, int status, string code)
    {
        await using var org = await OktaOrg.StartAsync();

        var answer = await org.SendAsync("GET", $"/api/v1/users?{Uri.EscapeDataString(query).Replace("%3D", "=", StringComparison.Ordinal)}");

        Assert.Equal((status, code), ((int)answer.Status, answer.Code));
        Assert.Equal(["errorCode", "errorSummary", "errorLink", "errorId", "errorCauses"], answer.Body!.AsObject().Select(field => field.Key));
        Assert.Equal(answer.Headers["X-Okta-Request-Id"].Single(), (string?)answer.Body["errorId"]);
    }

    [Fact]
    public async Task Users_WithoutASearch_LeavesTheDeprovisionedOut()
    {
        await using var org = await OktaOrg.StartAsync();

        var all = (await org.GetAsync("/api/v1/users")).AsArray();

        Assert.Equal(org.Okta.State.Users.Values.Count(user => user.Status != "DEPROVISIONED"), all.Count);
    }

    [Fact]
    public async Task Users_PagedByTheirLinks_EachOnce()
    {
        await using var org = await OktaOrg.StartAsync();
        var ids = new List<string>();
        var next = (string?)"/api/v1/users?limit=7";
        while (next is not null)
        {
            var page = await org.SendAsync("GET", next);
            ids.AddRange(page.Body!.AsArray().Select(user => (string)user!["id"]!));
            Assert.NotNull(page.Link("self"));
            next = page.Link("next");
        }

        Assert.Equal(ids.Distinct(), ids);
        Assert.Equal(org.Okta.State.Users.Values.Count(user => user.Status != "DEPROVISIONED"), ids.Count);
    }

    [Fact]
    public async Task Cursor_OfAnotherList_IsRefused()
    {
        await using var org = await OktaOrg.StartAsync();
        var next = (await org.SendAsync("GET", "/api/v1/users?limit=1")).Link("next")!;
        var after = next[(next.IndexOf("after=", StringComparison.Ordinal) + 6)..].Split('&')[0];

        Assert.Equal("E0000001", (await org.SendAsync("GET", $"/api/v1/groups?limit=1&after={after}")).Code);
    }

    [Fact]
    public async Task Limits_StandOnEveryAnswer_AndEndInA429()
    {
        await using var org = await OktaOrg.StartAsync(new EmulatorOptions { BucketLimits = new Dictionary<string, int> { ["GET /api/v1/groups"] = 2 } });

        var answers = new List<Answer>();
        for (var i = 0; i < 3; i++) answers.Add(await org.SendAsync("GET", "/api/v1/groups?limit=1"));

        Assert.Equal(["1", "0", "0"], answers.Select(answer => answer.Headers["X-Rate-Limit-Remaining"].Single()));
        Assert.Equal((429, "E0000047"), ((int)answers[2].Status, answers[2].Code));
        Assert.InRange(long.Parse(answers[2].Headers["X-Rate-Limit-Reset"].Single()) - DateTimeOffset.UtcNow.ToUnixTimeSeconds(), 1, 61);
        Assert.Equal(200, (int)(await org.SendAsync("GET", "/api/v1/apps?limit=1")).Status);
    }

    [Theory]
    [InlineData("SSWS wrong")]
    [InlineData("Bearer wrong")]
    [InlineData("DPoP wrong")]
    [InlineData("nonsense")]
    public async Task Token_Wrong_Is401(string token)
    {
        await using var org = await OktaOrg.StartAsync();
        using var http = new HttpClient { BaseAddress = org.Okta.BaseAddress };
        http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", token);

        using var response = await http.GetAsync("/api/v1/users/me");

        Assert.Equal(401, (int)response.StatusCode);
        Assert.Contains("E0000011", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Create_LoginTakenOrFieldsMissing_IsRefused()
    {
        await using var org = await OktaOrg.StartAsync();
        JsonObject Body(string login, string? last = "O") => new() { ["profile"] = new JsonObject { ["login"] = login, ["email"] = "zoe@acme.example", ["firstName"] = "Z", ["lastName"] = last } };

        Assert.Equal("E0000001", (await org.SendAsync("POST", "/api/v1/users", Body("ana@acme.example"))).Code);
        Assert.Equal("E0000001", (await org.SendAsync("POST", "/api/v1/users", Body("zoe@acme.example", last: null))).Code);
        Assert.Equal("E0000001", (await org.SendAsync("POST", "/api/v1/users", Body("zoe"))).Code);
        var created = await org.SendAsync("POST", "/api/v1/users?activate=false", Body("zoe@acme.example"));

        Assert.Equal((200, "STAGED"), ((int)created.Status, (string?)created.Body!["status"]));
        Assert.Single(org.Okta.Ledger.Effects);
    }

    [Fact]
    public async Task Put_NullsWhatIsLeftOut_PostDoesNot()
    {
        await using var org = await OktaOrg.StartAsync();
        var path = $"/api/v1/users/{org.Id("ana")}";
        var profile = new JsonObject { ["login"] = "ana@acme.example", ["email"] = "ana@acme.example", ["firstName"] = "Ana", ["lastName"] = "S" };

        await org.SendAsync("POST", path, new JsonObject { ["profile"] = new JsonObject { ["title"] = "Lead" } });
        Assert.Equal("Sales", (string?)(await org.GetAsync(path))["profile"]!["department"]);
        await org.SendAsync("PUT", path, new JsonObject { ["profile"] = profile });

        Assert.Null((await org.GetAsync(path))["profile"]!["department"]);
    }

    [Fact]
    public async Task Rule_FollowsTheAttribute_AndRespectsTheExclusion()
    {
        await using var org = await OktaOrg.StartAsync();
        var (group, ben, ana) = (org.Okta.Group("All Sales").Id, org.Id("ben"), org.Id("ana"));
        Task DepartmentAsync(string id, string department) =>
            org.SendAsync("POST", $"/api/v1/users/{id}", new JsonObject { ["profile"] = new JsonObject { ["department"] = department } });

        await DepartmentAsync(ben, "Sales");
        Assert.Contains(ben, org.Okta.Group("All Sales").Members.Keys);
        await org.SendAsync("DELETE", $"/api/v1/groups/{group}/users/{ana}");
        await DepartmentAsync(ana, "Support");
        await DepartmentAsync(ana, "Sales");

        Assert.DoesNotContain(ana, org.Okta.Group("All Sales").Members.Keys);
        var rule = (await org.GetAsync("/api/v1/groups/rules")).AsArray().Single()!;
        Assert.Equal([ana], rule["conditions"]!["people"]!["users"]!["exclude"]!.AsArray().Select(id => (string?)id));
        Assert.Contains("group.user_membership.rule.add_exclusion", org.Okta.State.Log.Select(entry => entry.EventType));
    }

    [Fact]
    public async Task Application_ThroughAGroup_ComesBackWhenRemovedDirectly()
    {
        await using var org = await OktaOrg.StartAsync();
        var path = $"/api/v1/apps/{org.Okta.App("Slack").Id}/users/{org.Id("ana")}";

        Assert.Equal("GROUP", (string?)(await org.GetAsync(path))["scope"]);
        await org.SendAsync("DELETE", path);

        Assert.Equal("GROUP", (string?)(await org.GetAsync(path))["scope"]);
    }

    [Fact]
    public async Task Assignees_ArePagedInTheBody()
    {
        await using var org = await OktaOrg.StartAsync();
        var ids = new List<string?>();
        var next = (string?)"/api/v1/iam/assignees/users?limit=1";
        while (next is not null)
        {
            var page = await org.SendAsync("GET", next);
            Assert.Null(page.Link("next"));
            ids.AddRange(page.Body!["value"]!.AsArray().Select(one => (string?)one!["id"]));
            next = (string?)page.Body["_links"]?["next"]?["href"];
        }

        Assert.Equal(new[] { "breakglass", "dora", "hugo", "svc-siit", "theo" }.Select(org.Id).Order(), ids.Order());
    }
}
