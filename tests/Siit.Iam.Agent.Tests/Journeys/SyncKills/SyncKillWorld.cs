using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using OtpNet;
using Siit.Iam.Agent.Cli;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Store;
using Siit.Iam.Agent.Tests.Idps.Entra;
using Siit.Iam.Agent.Tests.Idps.Google;
using Siit.Iam.Agent.Tests.Idps.JumpCloud;
using Siit.Iam.Agent.Tests.Idps.Okta;
using Siit.Iam.Agent.Tests.Journeys.Kills;
using Siit.Iam.Agent.Tests.Support;
using Siit.Iam.Emulator.Common;
using Siit.Iam.Emulator.Entra;
using Siit.Iam.Emulator.Google;
using Siit.Iam.Emulator.JumpCloud;
using Siit.Iam.Emulator.Okta;

namespace Siit.Iam.Agent.Tests.Journeys.SyncKills;

/// <summary>One emulated IdP, how somebody else changes it, and how it is looked at from beside the server.</summary>
/// <param name="Began">Where its log stood before the server saw it first.</param>
internal sealed record SyncKillIdp(string Name, IDirectorySource Source, string Began, Func<Random, int, Task> Change, Func<Random, (string Account, string Group)?> Tie)
{
    private int _changes;

    public int Changes => _changes;

    /// <summary>The server has saved that it imports, and the position from which it goes on: what happens now it has to tell.</summary>
    public bool Begun { get; set; }

    public bool Imported { get; set; }

    /// <summary>One change, possible or not.</summary>
    public async Task ChangeAsync(Random random)
    {
        try
        {
            await Change(random, Interlocked.Increment(ref _changes));
        }
        catch (Exception changing) when (changing is InvalidOperationException or ArgumentException or Xunit.Sdk.XunitException)
        {
            // The server changed what was just looked at for something to change.
        }
    }
}

/// <summary>Four emulated IdPs that outlive the server, its data folder, and a caller of it.</summary>
internal sealed class SyncKillWorld : IAsyncDisposable
{
    private const string Operator = "olga@desk.example";
    private readonly string _parent = Directory.CreateTempSubdirectory("siit-sync-kills-").FullName;
    private readonly Stack<IAsyncDisposable> _idps = [];
    private readonly Dictionary<string, string> _secrets = [];
    private readonly JsonObject _connections = [];
    private bool _keep = true;

    private SyncKillWorld()
    {
    }

    public DataFolder Data => new(Path.Combine(_parent, "data"));

    /// <summary>For copies of the data folder.</summary>
    public string Beside => Path.Combine(_parent, "beside");

    public OperatorsClient Door => new(Data);

    public List<SyncKillIdp> Idps { get; } = [];

    public string Token { get; private set; } = "";

    public static async Task<SyncKillWorld> StartAsync(int seed)
    {
        var world = new SyncKillWorld();
        var options = new EmulatorOptions
        {
            People = 400,
            Groups = 40,
            Memberships = 4,
            Seed = seed,
            Latency = TimeSpan.FromMilliseconds(5),
            RequestsPerMinute = 10_000_000,
            PageSizeCap = 100,
        };
        await world.AddOktaAsync(options, seed);
        await world.AddEntraAsync(options);
        await world.AddGoogleAsync(options, seed);
        await world.AddJumpCloudAsync(options, seed);
        Directory.CreateDirectory(Path.Combine(world._parent, "playbooks"));
        world.Data.Create();
        var settings = Path.Combine(world.Data.Path, ServerSettings.FileName);
        // Nobody is imported before there is a caller.
        await File.WriteAllTextAsync(settings, world.Settings(synced: false).ToJsonString());
        using (var server = world.Serve())
        {
            await world.ListensAsync(server);
            await world.EnrolAsync(await server.BootstrapCode.WaitAsync(TimeSpan.FromSeconds(30)));
            await server.KillAsync();
        }

        await File.WriteAllTextAsync(settings, world.Settings(synced: true).ToJsonString());
        return world;
    }

    public ServeProcess Serve() => ServeProcess.Start(Data.Path, _secrets);

    public async Task ListensAsync(ServeProcess server)
    {
        try
        {
            await server.Endpoint.WaitAsync(TimeSpan.FromSeconds(120));
        }
        catch (Exception trouble) when (trouble is TimeoutException or InvalidOperationException)
        {
            Assert.Fail($"The server does not start on {Data.Path} (exit {server.ExitCode}):\n{server.Said}");
        }
    }

    /// <summary>Asks for a sync and waits for its end.</summary>
    public async Task SyncAsync(bool full)
    {
        // A first import that is asked for anew has another beginning.
        await Eventually.Is(() => Door.GetAsync("/sync", CancellationToken.None), lines => lines.AsArray().All(line => line!["imported_at"] is not null), seconds: 300);
        foreach (var ticket in (await Door.PostAsync("/sync", new JsonObject { ["full"] = full }, CancellationToken.None)).AsArray())
        {
            var id = ticket!["id"]!.GetValue<string>();
            var end = await Eventually.Is(() => Door.GetAsync($"/sync/tickets/{id}", CancellationToken.None), end => end["done"]!.GetValue<bool>(), seconds: 300);
            Assert.True(end["succeeded"]!.GetValue<bool>(), end.ToJsonString());
        }
    }

    /// <summary>Nothing was wrong: the data folder may go. Otherwise it stays as evidence.</summary>
    public void NothingWrong() => _keep = false;

    public async ValueTask DisposeAsync()
    {
        while (_idps.TryPop(out var idp))
            await idp.DisposeAsync();
        if (!_keep)
            Directory.Delete(_parent, recursive: true);
    }

    private async Task AddOktaAsync(EmulatorOptions options, int seed)
    {
        var idp = Kept(await OktaWorld.StartAsync(options));
        Assert.Null(idp.Okta.Arrange(new JsonObject { ["user"] = "svc-siit@acme.example", ["role"] = "SUPER_ADMIN" }));
        var http = new HttpClient { BaseAddress = idp.Okta.BaseAddress };
        http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", $"SSWS {EmulatedOkta.SswsToken}");
        _connections["okta"] = new JsonObject
        {
            ["idp"] = "okta",
            ["url"] = idp.Okta.BaseAddress.ToString(),
            ["clientId"] = EmulatedOkta.ClientId,
            ["privateKey"] = Secret("OKTA", idp.Okta.PrivateKeyPem),
        };
        var state = idp.Okta.State;
        await AddAsync("okta", idp.Connect(), (random, number) => OktaHistoryTests.ChangeAsync(http, idp.Okta, random, number),
            random => One(random, state.Users.Keys, state.Groups.Values.Where(group => group.Type == "OKTA_GROUP").Select(group => group.Id)));
    }

    private async Task AddEntraAsync(EmulatorOptions options)
    {
        var idp = Kept(await EntraScript.StartAsync(emulator: options));
        _connections["entra"] = new JsonObject
        {
            ["idp"] = "entra",
            ["tenantId"] = EmulatedEntra.TenantId,
            ["clientId"] = EmulatedEntra.ClientId,
            ["clientSecret"] = Secret("ENTRA", EmulatedEntra.ClientSecret),
            ["url"] = idp.Entra.GraphAddress.ToString(),
            ["tokenUrl"] = idp.Entra.BaseAddress.ToString(),
        };
        await AddAsync("entra", idp.Connection, (random, number) => EntraHistoryTests.ChangeAsync(idp, random, number),
            random => One(random, idp.Entra.State.Users.Keys, idp.Entra.State.Groups.Keys));
    }

    private async Task AddGoogleAsync(EmulatorOptions options, int seed)
    {
        var idp = Kept(await GoogleWorld.StartAsync(options));
        var history = new GoogleHistoryTests.History(idp, new Random(seed));
        _connections["google"] = new JsonObject
        {
            ["idp"] = "google",
            ["url"] = idp.Google.BaseAddress.ToString(),
            ["tokenUrl"] = idp.Google.TokenAddress.ToString(),
            ["key"] = Secret("GOOGLE", idp.Google.KeyJson),
            ["subject"] = EmulatedGoogle.Subject,
            ["applications"] = new JsonArray(
                new JsonObject { ["id"] = "figma", ["name"] = "Figma", ["group"] = idp.GroupId("Figma Editors") },
                new JsonObject { ["id"] = "vpn", ["name"] = "VPN", ["group"] = idp.GroupId("VPN Users") }),
        };
        await AddAsync("google", idp.Connect(), (_, _) => history.StepAsync(),
            random => One(random, idp.Google.State.Users.Values.Where(user => user.Deleted is null).Select(user => user.Id), idp.Google.State.Groups.Keys));
    }

    private async Task AddJumpCloudAsync(EmulatorOptions options, int seed)
    {
        var idp = Kept(await JumpCloudWorld.StartAsync(options));
        var history = new JumpCloudHistory(idp.JumpCloud, seed);
        _connections["jumpcloud"] = new JsonObject
        {
            ["idp"] = "jumpcloud",
            ["url"] = idp.JumpCloud.BaseAddress.ToString(),
            ["clientId"] = EmulatedJumpCloud.ClientId,
            ["clientSecret"] = Secret("JUMPCLOUD", EmulatedJumpCloud.ClientSecret),
        };
        await AddAsync("jumpcloud", idp.Connect(), (_, _) => history.ChangeAsync(), random => One(random, idp.JumpCloud.State.Users.Keys, idp.JumpCloud.State.Groups.Keys));
    }

    private async Task AddAsync(string name, IDirectorySource source, Func<Random, int, Task> change, Func<Random, (string Account, string Group)?> tie) =>
        Idps.Add(new SyncKillIdp(name, source, await source.GetPositionAsync(CancellationToken.None), change, tie));

    private T Kept<T>(T idp)
        where T : IAsyncDisposable
    {
        _idps.Push(idp);
        return idp;
    }

    private JsonObject Secret(string name, string text)
    {
        var variable = $"SIIT_SYNC_KILLS_{name}_SECRET";
        _secrets[variable] = text;
        return new JsonObject { ["env"] = variable };
    }

    private JsonObject Settings(bool synced) => new()
    {
        ["listen"] = "127.0.0.1:0",
        ["playbooks"] = Path.Combine(_parent, "playbooks"),
        ["connections"] = _connections.DeepClone(),
        // Few readers, so that an import takes its time; and whatever is gone is gone.
        ["sync"] = new JsonObject { ["enabled"] = synced, ["changes"] = "5s", ["sweep"] = "10m", ["readers"] = 4, ["goneShare"] = 100 },
        ["gate"] = new JsonObject
        {
            ["callsPerMinute"] = 1_000_000,
            ["repeatWindow"] = "0s",
            ["readBackPatience"] = "2s",
            ["settlePatience"] = "6s",
            ["budgets"] = new JsonArray(new JsonObject { ["actions"] = "*", ["per"] = "tenant", ["max"] = 1_000_000, ["window"] = "1s" }),
        },
    };

    private async Task EnrolAsync(string bootstrap)
    {
        var enrolled = await Door.PostAsync(
            "/approvers", new JsonObject { ["email"] = Operator, ["name"] = "Olga", ["groups"] = new JsonArray("desk"), ["bootstrap"] = bootstrap }, CancellationToken.None);
        var secret = Regex.Match(enrolled["uri"]!.GetValue<string>(), "secret=([A-Z2-7]+)").Groups[1].Value;
        var caller = new JsonObject
        {
            ["id"] = "agent",
            ["operator"] = Operator,
            ["actions"] = new JsonArray("*"),
            ["connections"] = new JsonArray("*"),
            ["acts_for"] = new JsonArray("*"),
            ["as"] = Operator,
            ["code"] = new KillApprover(Operator, "desk", Base32Encoding.ToBytes(secret)).TakeCode(),
        };
        Token = (await Door.PostAsync("/callers", caller, CancellationToken.None))["token"]!.GetValue<string>();
    }

    private static (string Account, string Group)? One(Random random, IEnumerable<string> accounts, IEnumerable<string> groups)
    {
        try
        {
            var (all, some) = (accounts.ToList(), groups.ToList());
            return (all[random.Next(all.Count)], some[random.Next(some.Count)]);
        }
        catch (Exception changing) when (changing is InvalidOperationException or ArgumentException)
        {
            return null;
        }
    }
}
