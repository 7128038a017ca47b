using System.Text.Json.Nodes;

namespace Siit.Iam.Agent.Tests.Emulator.Okta;

public sealed class LogRoutesTests
{
    [Fact]
    public async Task Poll_CaughtUp_KeepsItsCursorAndFindsWhatComesLater()
    {
        await using var org = await OktaOrg.StartAsync();
        var first = await org.SendAsync("GET", $"/api/v1/logs?since={DateTime.UtcNow:yyyy-MM-ddTHH:mm:ssZ}&sortOrder=ASCENDING");
        Assert.Empty(first.Body!.AsArray());
        var cursor = first.Link("next")!;
        Assert.DoesNotContain("since=", cursor, StringComparison.Ordinal);
        Assert.Equal(cursor, (await org.SendAsync("GET", cursor)).Link("next"));

        await org.SendAsync("POST", $"/api/v1/users/{org.Id("ana")}/lifecycle/suspend");
        var later = await org.SendAsync("GET", cursor);

        var entry = Assert.Single(later.Body!.AsArray())!;
        Assert.Equal(("user.lifecycle.suspend", org.Id("ana")), ((string?)entry["eventType"], (string?)entry["target"]![0]!["id"]));
        Assert.NotEqual(cursor, later.Link("next"));
    }

    /// <summary>As when somebody does it at the console; a name that nobody has is told.</summary>
    [Fact]
    public async Task Arranged_MembershipThatIsTold_StandsInTheLog()
    {
        await using var org = await OktaOrg.StartAsync();
        var before = org.Okta.State.Log.Count;

        Assert.Equal("There is no user nobody@acme.example.", org.Okta.Arrange(new JsonObject { ["group"] = "HR", ["add"] = "nobody@acme.example" }));
        Assert.Null(org.Okta.Arrange(new JsonObject { ["group"] = "HR", ["add"] = "omar@acme.example" }));
        Assert.Equal(before, org.Okta.State.Log.Count);
        Assert.Null(org.Okta.Arrange(new JsonObject { ["group"] = "HR", ["remove"] = "omar@acme.example", ["told"] = true }));

        var entry = org.Okta.State.Log[^1];
        Assert.Equal(("group.user_membership.remove", org.Id("omar"), org.Okta.Group("HR").Id), (entry.EventType, entry.Targets[0].Id, entry.Targets[1].Id));
    }

    [Fact]
    public async Task Bounded_EndsWithoutANextLink()
    {
        await using var org = await OktaOrg.StartAsync();

        var page = await org.SendAsync("GET", $"/api/v1/logs?since={DateTime.UtcNow.AddDays(-3):yyyy-MM-dd}&until={DateTime.UtcNow.AddDays(1):yyyy-MM-dd}&limit=1000");

        Assert.Equal(org.Okta.State.Log.Count, page.Body!.AsArray().Count);
        Assert.Null(page.Link("next"));
    }

    [Theory]
    [InlineData("filter=nonsense+eq+\"a\"", "E0000053")]
    [InlineData("since=2001-01-01", "E0000001")]
    [InlineData("since=yesterday", "E0000001")]
    [InlineData("limit=1001", "E0000001")]
    [InlineData("after=nonsense", "E0000001")]
    [InlineData("after=x&since=2026-01-01", "E0000001")]
    public async Task Logs_AskedWrongly_AreRefused(string query, string code)
    {
        await using var org = await OktaOrg.StartAsync();

        var answer = await org.SendAsync("GET", $"/api/v1/logs?{query}");

        Assert.Equal((400, code), ((int)answer.Status, answer.Code));
    }
}
