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

    /// <summary>In this process: <c>idps PEOPLE LATENCY DATA</c>. Tells where they are in one line, then goes on until its standard input ends.</summary>
    public static async Task RunAsync(string[] arguments)
    {
        var command = new CommandLine
        {
            People = int.Parse(arguments[0]),
            Latency = int.Parse(arguments[1]),
            EntraPort = 0,
            GooglePort = 0,
            JumpCloudPort = 0,
            OktaPort = 0,
            // The vendors' limits would be what is measured.
            RequestsPerMinute = 100_000_000,
        };
        await using var idps = await EmulatedIdps.StartAsync(command, null);
        System.Console.WriteLine(new JsonObject
        {
            ["connections"] = idps.Connections(new DemoFolder(arguments[2])),
            ["addresses"] = new JsonObject(idps.Addresses.Select(one => KeyValuePair.Create(one.Name.ToLowerInvariant(), (JsonNode?)one.Address.ToString()))),
        }.ToJsonString());
        await System.Console.In.ReadToEndAsync();
    }

    public static async Task<EmulatedIdpsChild> StartAsync(int people, int latency, string data)
    {
        var process = Child.Itself("idps", $"{people}", $"{latency}", data);
        var told = JsonNode.Parse(await process.LineAsync())!;
        return new EmulatedIdpsChild(
            process, told["connections"]!.DeepClone().AsObject(), told["addresses"]!.AsObject().ToDictionary(one => one.Key, one => new Uri(one.Value!.GetValue<string>())));
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
