using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Cli;
using Siit.Iam.Agent.People;
using Siit.Iam.Agent.Tests.Mcp;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.Journeys.SyncKills;

/// <summary>Others change the IdPs, an agent does, and operators ask for syncs of every kind, until the server dies under them.</summary>
internal sealed class SyncKillLoad(SyncKillWorld world, ServeProcess server, int seed)
{
    private readonly TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _allBegun = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when an import of each connection has begun.</summary>
    public Task AllBegun => _allBegun.Task;

    /// <summary>Completes with the first answer to an agent: a server that has just started takes its time for that one.</summary>
    public Task Answered => _answered.Task;

    public Task RunAsync(CancellationToken stop) => Task.WhenAll(
    [
        .. world.Idps.Select((idp, i) => ChangeAsync(idp, new Random(seed + i), stop)),
        .. Enumerable.Range(0, 2).Select(i => ActAsync(new Random(seed + 10 + i), stop)),
        WatchAsync(stop),
        WishAsync(new Random(seed + 20), stop),
    ]);

    private static async Task ChangeAsync(SyncKillIdp idp, Random random, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            if (idp.Begun)
                await idp.ChangeAsync(random);
            await PauseAsync(random.Next(idp.Begun ? 150 : 20), stop);
        }
    }

    private async Task WatchAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await TryAsync(async () =>
            {
                foreach (var line in (await world.Door.GetAsync("/sync", stop)).AsArray().Select(line => WireJson.Read<SyncLine>(line!)))
                {
                    var idp = world.Idps.Single(idp => idp.Name == line.Connection);
                    idp.Imported |= line.ImportedAt is not null;
                    idp.Begun |= line.Import is not null || idp.Imported;
                }

                if (world.Idps.TrueForAll(idp => idp.Begun))
                    _allBegun.TrySetResult();
            });
            await PauseAsync(_allBegun.Task.IsCompleted ? 200 : 20, stop);
        }
    }

    private async Task WishAsync(Random random, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var idp = world.Idps[random.Next(world.Idps.Count)];
            // A first import that begins anew has another beginning, and what happened before is in it.
            if (idp.Imported)
                await TryAsync(() => world.Door.PostAsync("/sync", new JsonObject { ["connection"] = idp.Name, ["full"] = random.Next(3) != 0 }, stop));
            await PauseAsync(random.Next(50, 400), stop);
        }
    }

    private async Task ActAsync(Random random, CancellationToken stop)
    {
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", world.Token);
        http.DefaultRequestHeaders.Accept.ParseAdd("application/json, text/event-stream");
        while (!stop.IsCancellationRequested)
        {
            var idp = world.Idps[random.Next(world.Idps.Count)];
            if (idp.Begun && idp.Tie(random) is var (account, group))
                await TryAsync(async () => await CallAsync(http, await server.Endpoint.WaitAsync(stop), random.Next(3) == 0 ? "remove_from_group" : "add_to_group", new JsonObject
                {
                    ["person"] = $"{idp.Name}:{account}",
                    ["connection"] = idp.Name,
                    ["group"] = group,
                    ["reason"] = "kills",
                }));
            await PauseAsync(random.Next(100), stop);
        }
    }

    // Never hung up on: a caller that does withdraws its call.
    private async Task CallAsync(HttpClient http, Uri endpoint, string tool, JsonObject arguments)
    {
        var message = new JsonObject { ["jsonrpc"] = "2.0", ["id"] = 1, ["method"] = "tools/call", ["params"] = new JsonObject { ["name"] = tool, ["arguments"] = arguments } };
        using var content = new StringContent(message.ToJsonString(), Encoding.UTF8, "application/json");
        using var response = await http.PostAsync(endpoint, content);
        await McpHost.MessageAsync(response);
        _answered.TrySetResult();
    }

    private static async Task TryAsync(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (Exception dead) when (dead is HttpRequestException or IOException or OperationCanceledException or CliException or System.Text.Json.JsonException
            || (dead is InvalidOperationException && dead.Message == ServeProcess.HasEnded))
        {
            // It is dead, or not up yet.
        }
    }

    private static Task PauseAsync(int milliseconds, CancellationToken stop) => Task.Delay(milliseconds, stop).ContinueWith(_ => { }, TaskScheduler.Default);
}
