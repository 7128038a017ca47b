using System.Collections.Concurrent;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using Siit.Iam.Agent.People.Copy;
using Siit.Iam.Agent.Tests.People.Reads;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.Mcp;

public sealed class SyncStatusTests
{
    [Fact]
    public async Task Import_IsWatchedUntilItIsThrough()
    {
        var okta = ReadsWorld.Okta();
        okta.Holding = new TaskCompletionSource();
        await using var host = await McpHost.StartAsync(more: services => ReadsWorld.Add(services, okta));
        await host.CallerAsync();
        await using var client = await host.ConnectAsync();
        var told = new ConcurrentQueue<string>();
        await Eventually.Is(() => client.CallToolAsync("sync_status").AsTask(), status => Line(status).GetProperty("doing").GetString() == "importing");

        var watched = client.CallToolAsync("sync_status", progress: new Telling(told)).AsTask();
        await Eventually.Is(() => Task.FromResult(told.ToArray()), lines => lines.Any(line => line.StartsWith("okta: importing, 1 pages, 7 of 7 accounts", StringComparison.Ordinal)));
        Assert.False(watched.IsCompleted);
        okta.Holding.SetResult();
        var line = Line(await watched.WaitAsync(TimeSpan.FromSeconds(20)));

        Assert.Equal(("copy", 7, 3), (line.GetProperty("reads_from").GetString(), line.GetProperty("accounts").GetInt32(), line.GetProperty("groups").GetInt32()));
        Assert.True(line.TryGetProperty("imported_at", out _) && line.TryGetProperty("synced_at", out _) && line.GetProperty("position_known").GetBoolean());
        Assert.False(line.TryGetProperty("import", out _));
    }

    [Fact]
    public async Task HeldImport_SaysWhyAndWhatToDo()
    {
        var okta = ReadsWorld.Okta();
        await using var host = await McpHost.StartAsync(more: services => ReadsWorld.Add(services, okta));
        await host.CallerAsync();
        await using var client = await host.ConnectAsync();
        await ReadsWorld.ImportedAsync(host.World.Get<DirectoryCopy>(), "okta");
        okta.Delete("00ana", "00ben", "00mia", "00mar");
        var end = await host.World.Get<Siit.Iam.Agent.People.SyncDesk>().Ask("okta", everything: true).Tickets[0].End.WaitAsync(TimeSpan.FromSeconds(20));

        var line = Line(await client.CallToolAsync("sync_status"));

        Assert.False(end.Succeeded);
        Assert.Equal("held", line.GetProperty("doing").GetString());
        Assert.StartsWith("4 of 7 accounts at okta are not there any more", line.GetProperty("held").GetString(), StringComparison.Ordinal);
        Assert.Contains("siit-iam sync agree okta", line.GetProperty("held").GetString(), StringComparison.Ordinal);
        Assert.Equal(7, line.GetProperty("accounts").GetInt32());
    }

    [Fact]
    public async Task Connection_ThatTheCallerMayNotUse_IsNotTold()
    {
        await using var host = await McpHost.StartAsync(more: services => ReadsWorld.Add(services, ReadsWorld.Okta(), ReadsWorld.Entra()));
        await host.CallerAsync(connections: ["entra"]);
        await using var client = await host.ConnectAsync();

        var status = await client.CallToolAsync("sync_status");

        Assert.Equal("entra", Line(status).GetProperty("connection").GetString());
        Assert.Equal(1, status.StructuredContent!.Value.GetProperty("count").GetInt32());
    }

    private static System.Text.Json.JsonElement Line(CallToolResult status) => status.StructuredContent!.Value.GetProperty("connections")[0];

    private sealed class Telling(ConcurrentQueue<string> told) : IProgress<ProgressNotificationValue>
    {
        public void Report(ProgressNotificationValue value) => told.Enqueue(value.Message ?? "");
    }
}
