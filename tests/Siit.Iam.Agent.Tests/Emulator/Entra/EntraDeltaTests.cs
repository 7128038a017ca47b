using System.Text.Json.Nodes;
using Siit.Iam.Agent.Tests.Support;
using Siit.Iam.Emulator.Common;

namespace Siit.Iam.Agent.Tests.Emulator.Entra;

public sealed class EntraDeltaTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    public async Task Users_FirstRoundThenChanges_TellWhoChangedAndWhoWent(int pageSize)
    {
        await using var graph = await EntraClient.StartAsync(new EmulatorOptions { PageSizeCap = pageSize });
        var (everybody, link) = await RoundAsync(graph, "/users/delta?$select=displayName,accountEnabled");
        var (ben, ana) = (graph.Entra.User("ben@acme.example").Id, graph.Entra.User("ana@acme.example").Id);
        await graph.SendAsync("PATCH", $"/users/{ben}", """{"accountEnabled": false}""");
        await graph.SendAsync("DELETE", $"/users/{ana}");

        var (changed, next) = await RoundAsync(graph, link);

        Assert.Equal(graph.Entra.State.Users.Count + 1, everybody.Count);
        Assert.Equal(2, changed.Count);
        Assert.False(changed[ben]["accountEnabled"]!.GetValue<bool>());
        Assert.Equal("changed", changed[ana]["@removed"]!["reason"]!.GetValue<string>());
        Assert.Empty((await RoundAsync(graph, next)).Objects);
    }

    [Fact]
    public async Task Users_ErasedForEver_AreRemovedAsDeleted()
    {
        await using var graph = await EntraClient.StartAsync();
        var (_, link) = await RoundAsync(graph, "/users/delta?$deltatoken=latest");
        var ben = graph.Entra.User("ben@acme.example").Id;
        await graph.SendAsync("DELETE", $"/users/{ben}");
        await graph.SendAsync("DELETE", $"/directory/deletedItems/{ben}");

        Assert.Equal("deleted", (await RoundAsync(graph, link)).Objects[ben]["@removed"]!["reason"]!.GetValue<string>());
    }

    [Fact]
    public async Task Groups_Changes_NameWhoJoinedAndWhoLeft()
    {
        await using var graph = await EntraClient.StartAsync();
        var (groups, link) = await RoundAsync(graph, "/groups/delta?$select=displayName,members");
        var (group, ana, ben) = (graph.Entra.Group("Engineering"), graph.Entra.User("ana@acme.example").Id, graph.Entra.User("ben@acme.example").Id);
        await graph.SendAsync("POST", $"/groups/{group.Id}/members/$ref", $$"""{"@odata.id": "https://graph.microsoft.com/v1.0/directoryObjects/{{ana}}"}""");
        await graph.SendAsync("DELETE", $"/groups/{group.Id}/members/{ben}/$ref");

        var (changed, _) = await RoundAsync(graph, link);

        Assert.Equal(group.Members.Count, groups[group.Id]["members@delta"]!.AsArray().Count);
        var members = changed[group.Id]["members@delta"]!.AsArray().ToDictionary(member => member!["id"]!.GetValue<string>(), member => member!["@removed"] is not null);
        Assert.Equal(new Dictionary<string, bool> { [ana] = false, [ben] = true }, members);
    }

    [Fact]
    public async Task Link_OlderThanSevenDays_IsGoneAndSaysWhereToBeginAgain()
    {
        var time = new ManualTime();
        await using var graph = await EntraClient.StartAsync(new EmulatorOptions { TimeProvider = time });
        var (_, link) = await RoundAsync(graph, "/users/delta?$select=displayName");
        time.Advance(TimeSpan.FromDays(7) + TimeSpan.FromMinutes(1));
        var (_, token) = await graph.TokenAsync();
        graph.Use(token["access_token"]!.GetValue<string>());

        var (status, body, response) = await graph.SendAsync("GET", link);

        Assert.Equal((410, "syncStateNotFound"), (status, body["error"]!["code"]!.GetValue<string>()));
        Assert.NotEmpty((await RoundAsync(graph, response.Headers.Location!.AbsoluteUri)).Objects);
    }

    [Theory]
    [InlineData("/users/delta?$top=5")]
    [InlineData("/users/delta?$deltatoken=made-up")]
    public async Task Query_ThatDeltaDoesNotKnow_Is400(string path)
    {
        await using var graph = await EntraClient.StartAsync();

        Assert.Equal(400, (await graph.RefusalAsync("GET", path)).Status);
    }

    private static async Task<(Dictionary<string, JsonObject> Objects, string Link)> RoundAsync(EntraClient graph, string link)
    {
        var objects = new Dictionary<string, JsonObject>();
        while (true)
        {
            var page = await graph.GetAsync(link);
            foreach (var found in page["value"]!.AsArray().OfType<JsonObject>()) objects.Add(found["id"]!.GetValue<string>(), found);
            if (page["@odata.nextLink"] is not { } next) return (objects, page["@odata.deltaLink"]!.GetValue<string>());
            link = next.GetValue<string>();
        }
    }
}
