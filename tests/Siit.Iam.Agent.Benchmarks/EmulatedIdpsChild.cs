using System.Text.Json.Nodes;
using Siit.Iam.Emulator;
using Siit.Iam.Emulator.Demo;

namespace Siit.Iam.Agent.Benchmarks;

/// <summary>The four emulated IdPs in a process of their own, so that what they cost is not taken for the server's or the measurement's.</summary>
internal sealed class EmulatedIdpsChild : IDisposable
{
    private static readonly HttpClient Http = new();
    private readonly IReadOnlyDictionary<string, Uri> _addresses;

    private EmulatedIdpsChild(Child process, JsonObject connections, IReadOnlyDictionary<string, Uri> addresses) => (Process, Connections, _addresses) = (process, connections, addresses);

    public Child Process { get; }

    /// <summary>The section <c>connections</c> of the server in front of them.</summary>
    public JsonObject Connections { get; }

    public IEnumerable<string> Names => _addresses.Keys;

    /// <summary>Work emails of people at the emulated Okta.</summary>
    public required IReadOnlyList<string> Logins { get; init; }

    /// <summary>In this process: <c>idps DATA PEOPLE GROUPS MEMBERSHIPS LATENCY REQUESTS-PER-MINUTE</c>. Tells where they are in one line, then goes on until its standard input ends.</summary>
    public static async Task RunAsync(string[] arguments)
    {
        var command = new CommandLine
        {
            People = int.Parse(arguments[1]),
            Groups = int.Parse(arguments[2]),
            Memberships = int.Parse(arguments[3]),
            Latency = int.Parse(arguments[4]),
            RequestsPerMinute = int.Parse(arguments[5]),
            EntraPort = 0,
            GooglePort = 0,
            JumpCloudPort = 0,
            OktaPort = 0,
        };
        await using var idps = await EmulatedIdps.StartAsync(command, null);
        System.Console.WriteLine(new JsonObject
        {
            ["connections"] = idps.Connections(new DemoFolder(arguments[0])),
            ["logins"] = new JsonArray([.. idps.Okta.State.Users.Values.Select(user => (JsonNode)user.Login)]),
            ["addresses"] = new JsonObject(idps.Addresses.Select(one => KeyValuePair.Create(one.Name.ToLowerInvariant(), (JsonNode?)one.Address.ToString()))),
        }.ToJsonString());
        await System.Console.In.ReadToEndAsync();
    }

    /// <param name="data">Folder of the server; the connections' keys are written into it.</param>
    /// <param name="latency">Of each answer, in ms.</param>
    /// <param name="limited">With the limits that the vendors have; else there are none that matter.</param>
    /// <param name="givesWay">They stand for somebody else's machines: neither the server nor whoever measures waits for a core that they have.</param>
    public static async Task<EmulatedIdpsChild> StartAsync(string data, int people, int groups, int memberships, int latency, bool limited, bool givesWay)
    {
        string[] arguments = ["idps", data, $"{people}", $"{groups}", $"{memberships}", $"{latency}", limited ? "6000" : "100000000"];
        var process = givesWay ? Child.GivingWay(arguments) : Child.Itself(arguments);
        var told = JsonNode.Parse(await process.LineAsync())!;
        return new EmulatedIdpsChild(
            process, told["connections"]!.DeepClone().AsObject(), told["addresses"]!.AsObject().ToDictionary(one => one.Key, one => new Uri(one.Value!.GetValue<string>())))
        {
            Logins = [.. told["logins"]!.AsArray().Select(login => login!.GetValue<string>())],
        };
    }

    /// <summary>How many requests each IdP has had.</summary>
    public async Task<IReadOnlyDictionary<string, long>> RequestsAsync()
    {
        var counts = new Dictionary<string, long>();
        foreach (var name in Names)
            counts[name] = (await GetAsync(name, "requests?last=1")).AsArray() is [{ } last] ? last["sequence"]!.GetValue<long>() : 0;
        return counts;
    }

    public Task<JsonNode> StateAsync(string name) => GetAsync(name, "state");

    /// <summary>What really happened there: verb and objects, in order.</summary>
    public async Task<IReadOnlyList<(string Verb, string Objects)>> LedgerAsync(string name) =>
        [.. (await GetAsync(name, "ledger")).AsArray().Select(effect => (effect!["verb"]!.GetValue<string>(), string.Join(' ', effect["objects"]!.AsArray().Select(one => one!.GetValue<string>()))))];

    public void Dispose() => Process.Dispose();

    private async Task<JsonNode> GetAsync(string name, string what) => JsonNode.Parse(await Http.GetStringAsync(new Uri(_addresses[name], $"/_emulator/{what}")))!;
}
