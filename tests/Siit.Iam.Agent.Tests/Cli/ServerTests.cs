using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Idps.Resilience;
using Siit.Iam.Agent.Store;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.Cli;

public sealed class ServerTests
{
    [Fact]
    public async Task Start_NewFolder_IsTheOwnersOnly()
    {
        if (OperatingSystem.IsWindows())
            return;
        await using var world = await CliWorld.StartAsync();

        Assert.Equal("0700", Mode(world.Data.Path));
        Assert.Equal("0600", Mode(world.Data.OperatorsSocket));
        Assert.Equal("0660", Mode(world.Data.CallersSocket));
    }

    [Fact]
    public async Task Build_NewFolder_OpensNothing()
    {
        var parent = Directory.CreateTempSubdirectory("siit-server-").FullName;
        try
        {
            await using var server = Server.Build(CliWorld.Settings(new DataFolder(Path.Combine(parent, "d")), []));

            Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(parent, "d")));
        }
        finally
        {
            Directory.Delete(parent, recursive: true);
        }
    }

    /// <summary>Imports give way to whoever asks. Whoever watches the server, or waits for the import itself, must not slow it down.</summary>
    [Fact]
    public async Task Requests_ThatAskForSomething_AreKnownToImports()
    {
        await using var world = await CliWorld.StartAsync();
        var askers = world.Get<Askers>();
        using var http = new HttpClient { BaseAddress = world.Address };
        while (askers.AreThere)
            await Task.Delay(50);

        using var alive = await http.GetAsync(new Uri("/healthz", UriKind.Relative));
        var status = await world.RunAsync("sync", "status");
        var watched = askers.AreThere;

        Assert.True(alive.IsSuccessStatusCode);
        Assert.True(status.ExitCode == 0, status.ToString());
        Assert.False(watched);
        // Again and again: known is who has asked within the last quarter of a second, and a busy machine may take that long to say so.
        await Eventually.Is(() => world.RunAsync("people", "find", "nobody@acme.example"), _ => askers.AreThere);
    }

    [Fact]
    public async Task Restart_Server_RemembersEverything()
    {
        await using var world = await CliWorld.StartAsync();
        await world.EnrolFirstAsync();
        await world.RegisterCallerAsync();
        var call = await world.AskAsync();

        await world.StopServerAsync();
        await world.StartServerAsync();

        var approved = await world.RunAsync("approvals", "approve", call.Id, "--as", "rita@acme.example", "--code", world.Code(), "--digest", call.Approval!.Digest);
        Assert.True(approved.ExitCode == 0, approved.ToString());
        var kinds = (await world.RunAsync("audit", "tail", "-n", "100", "--json")).Json.AsArray().Select(entry => entry!["kind"]!.GetValue<string>()).ToList();
        Assert.Equal((2, 1), (kinds.Count(kind => kind == "server.started"), kinds.Count(kind => kind == "server.stopped")));
    }

    [Fact]
    public async Task Probes_ServerIsReady_SaySo()
    {
        await using var world = await CliWorld.StartAsync();
        using var http = new HttpClient();

        Assert.Equal("ok", await http.GetStringAsync(new Uri(world.Address, "healthz")));
        Assert.Equal("""{"audit":"ok","store":"ok","connections":"ok"}""", await http.GetStringAsync(new Uri(world.Address, "readyz")));
    }

    [Fact]
    public async Task Readyz_NoConnection_IsNotReady()
    {
        var parent = Directory.CreateTempSubdirectory("siit-server-").FullName;
        try
        {
            await using var server = Server.Build(CliWorld.Settings(new DataFolder(Path.Combine(parent, "d")), new() { ["listen"] = "127.0.0.1:0" }));
            await server.StartAsync();
            using var http = new HttpClient();

            var answer = await http.GetAsync(new Uri(Server.AddressOf(server), "readyz"));

            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
            Assert.Equal("no connection is configured", JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["connections"]!.GetValue<string>());
        }
        finally
        {
            Directory.Delete(parent, recursive: true);
        }
    }

    [Fact]
    public async Task Serve_FolderInUse_IsOneSentenceAndFour()
    {
        await using var world = await CliWorld.StartAsync();

        var ran = await world.RunAsync("serve");

        Assert.Equal(4, ran.ExitCode);
        Assert.Equal($"{world.Data} is opened by another siit-iam serve (pid {Environment.ProcessId}). Stop that one first, or choose another folder with --data.\n", ran.Error);
    }

    [Fact]
    public async Task Serve_PortTaken_IsOneSentenceAndSix()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        await using var world = await CliWorld.StartAsync();
        await world.StopServerAsync();
        world.Environment["SIIT_IAM__LISTEN"] = taken.LocalEndpoint.ToString()!;

        var ran = await world.RunAsync("serve");

        Assert.Equal(6, ran.ExitCode);
        Assert.EndsWith($"Failed to bind to address http://{taken.LocalEndpoint}: address already in use. Stop what listens there, or set 'listen' to another port.\n", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Build_FolderOfTheDemo_RefusesAConnectionThatIsNotOnLoopback()
    {
        await using var world = await CliWorld.StartAsync();
        await world.StopServerAsync();
        await using (var demo = Server.Build(CliWorld.Settings(world.Data, new() { ["demo"] = "true", ["listen"] = "127.0.0.1:0" })))
        {
            await demo.StartAsync();
            await demo.StopAsync();
        }

        // Nothing in the settings says demo any more: the folder does.
        var refused = Assert.Throws<SettingsException>(() => Server.Build(CliWorld.Settings(world.Data, new()
        {
            ["connections:real:idp"] = "okta",
            ["connections:real:url"] = "https://acme.okta.com",
            ["connections:real:token:env"] = "X",
        })));

        Assert.Equal(
            $"connections:real: {world.Data} was used for the demo, whose codes and tokens are known to everybody: it connects to loopback only, not to https://acme.okta.com/. Use another data folder (--data).",
            Assert.Single(refused.Problems));
    }

    private static string Mode(string path) => OperatingSystem.IsWindows() ? "" : "0" + Convert.ToString((int)File.GetUnixFileMode(path), 8);
}
