using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Siit.Iam.Agent.Benchmarks;

/// <summary>What a call costs beyond the HTTP requests that it makes at the IdP, and how many there can be in a second; with every fsync.</summary>
internal static class Calls
{
    private const int Warm = 300;
    private const int Counted = 500;
    private static readonly TimeSpan Load = TimeSpan.FromSeconds(5);

    public static async Task MeasureAsync(Report report)
    {
        await using var scene = await Scene.StartAsync();
        using var server = scene.Serve();
        await server.AnswersAsync(scene.Port);
        using var agent = scene.Client(atIdp: false);
        using var idp = scene.Client(atIdp: true);
        await OneByOneAsync(report, scene, agent, idp);
        foreach (var callers in new[] { 1, 16, 64 })
            await TogetherAsync(report, scene, server, callers);
    }

    /// <summary>Keeps adding and removing people until the returned task is awaited; for other measurements.</summary>
    public static Task<int> LoadAsync(Scene scene, int callers, TimeSpan time) => RunAsync(callers, time, i => Writer(scene, i));

    private static async Task OneByOneAsync(Report report, Scene scene, HttpClient agent, HttpClient idp)
    {
        var (person, group) = (People(scene)[0], scene.Okta.Group("Figma Editors").Id);
        var member = scene.Okta.User(person).Id;
        Task ReadAsync() => Scene.CallAsync(agent, "find_person", new JsonObject { ["person"] = person });
        Task WriteAsync() => Scene.CallAsync(agent, "add_to_group", new JsonObject { ["person"] = person, ["group"] = group, ["reason"] = "measured" });
        async Task RemoveAsync() => (await idp.DeleteAsync(new Uri($"/api/v1/groups/{group}/users/{member}", UriKind.Relative))).Dispose();

        await PairsAsync(report, scene, "find_person", ReadAsync, idp, () => Task.CompletedTask);
        await PairsAsync(report, scene, "add_to_group, no approval needed", WriteAsync, idp, RemoveAsync);
    }

    private static async Task PairsAsync(Report report, Scene scene, string what, Func<Task> call, HttpClient idp, Func<Task> undo)
    {
        await undo();
        var replay = await Replay.OfAsync(scene.Okta, call);
        var (ours, plain, beyond) = (new List<double>(), new List<double>(), new List<double>());
        for (var i = -Warm; i < Counted; i++)
        {
            await undo();
            var called = await TimeAsync(call);
            await undo();
            var replayed = await TimeAsync(() => replay.RunAsync(idp));
            if (i < 0)
                continue;
            ours.Add(called);
            plain.Add(replayed);
            beyond.Add(called - replayed);
        }

        report.Compare($"{what} through MCP", "ms", ours, $"its {replay.Requests} requests ({replay.Waves} in turn)", plain);
        report.Tell($"{what}: beyond them", "ms", beyond);
    }

    private static async Task<double> TimeAsync(Func<Task> work)
    {
        var started = Stopwatch.GetTimestamp();
        await work();
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
    }

    private static async Task TogetherAsync(Report report, Scene scene, Child server, int callers)
    {
        await CountAsync(report, server, $"find_person, {callers} callers", callers, i => Reader(scene, i));
        await CountAsync(report, server, $"add_to_group and remove_from_group, {callers} callers", callers, i => Writer(scene, i));
    }

    private static async Task CountAsync(Report report, Child server, string what, int callers, Func<int, Func<Task>> work)
    {
        var before = server.ProcessorMilliseconds;
        var calls = await RunAsync(callers, Load, work);
        report.Tell(what, "calls/s", [calls / Load.TotalSeconds]);
        report.Tell($"{what}: processor time of the server", "ms/call", [(server.ProcessorMilliseconds - before) / calls]);
    }

    private static async Task<int> RunAsync(int callers, TimeSpan time, Func<int, Func<Task>> work)
    {
        var started = Stopwatch.GetTimestamp();
        var done = await Task.WhenAll(Enumerable.Range(0, callers).Select(async i =>
        {
            var next = work(i);
            var count = 0;
            for (; Stopwatch.GetElapsedTime(started) < time; count++)
                await next();
            return count;
        }));
        return done.Sum();
    }

    private static Func<Task> Reader(Scene scene, int caller)
    {
        var (agent, person) = (scene.Client(atIdp: false), People(scene)[caller]);
        return () => Scene.CallAsync(agent, "find_person", new JsonObject { ["person"] = person });
    }

    /// <summary>Each caller works on somebody else; of one account there is one change at a time.</summary>
    private static Func<Task> Writer(Scene scene, int caller)
    {
        var (agent, person, group) = (scene.Client(atIdp: false), People(scene)[caller], scene.Okta.Group("VPN Users"));
        var id = scene.Okta.User(person).Id;
        return () => Scene.CallAsync(
            agent,
            scene.Okta.Group("VPN Users").Members.ContainsKey(id) ? "remove_from_group" : "add_to_group",
            new JsonObject { ["person"] = person, ["group"] = group.Id, ["reason"] = "measured" });
    }

    /// <summary>Ordinary people of the company: their logins have a point in them.</summary>
    private static List<string> People(Scene scene) =>
        [.. scene.Okta.State.Users.Values.Where(user => user.Status == "ACTIVE" && user.Roles.Count == 0 && user.Login.Split('@')[0].Contains('.')).Select(user => user.Login).Order(StringComparer.Ordinal)];
}
