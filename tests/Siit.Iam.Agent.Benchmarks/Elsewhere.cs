using System.Text.Json.Nodes;
using Siit.Iam.Agent.Store;
using Siit.Iam.Emulator;
using Siit.Iam.Emulator.Demo;

namespace Siit.Iam.Agent.Benchmarks;

/// <summary>
/// Emulated IdPs in a process of their own that gives way to every other: they stand for machines of somebody else, and neither their
/// collector's pauses nor their work are to be counted as the server's or the measuring client's.
/// </summary>
internal sealed class Elsewhere : IDisposable
{
    private readonly Child _child;
    private readonly JsonNode _told;

    private Elsewhere(Child child, JsonNode told) => (_child, _told) = (child, told);

    /// <summary>The section <c>connections</c> of an agent in front of them.</summary>
    public JsonObject Connections => _told["connections"]!.DeepClone().AsObject();

    /// <summary>Work emails of people at the emulated Okta.</summary>
    public IReadOnlyList<string> Logins => [.. _told["logins"]!.AsArray().Select(login => login!.GetValue<string>())];

    /// <param name="data">Folder of the agent; the connections' keys are written into it.</param>
    public static async Task<Elsewhere> StartAsync(DataFolder data, int people, int groups, int memberships, int latency)
    {
        var child = Child.GivingWay("Siit.Iam.Agent.Benchmarks", "idps", data.Path, $"{people}", $"{groups}", $"{memberships}", $"{latency}");
        return new Elsewhere(child, JsonNode.Parse(await child.LineAsync() ?? throw new InvalidOperationException("The emulated IdPs have not started."))!);
    }

    /// <summary>How many requests each has answered so far, by connection.</summary>
    public async Task<IReadOnlyDictionary<string, double>> RequestsAsync()
    {
        await _child.TellAsync("requests");
        return JsonNode.Parse((await _child.LineAsync())!)!.AsObject().ToDictionary(one => one.Key, one => one.Value!.GetValue<double>());
    }

    public void Dispose() => _child.Dispose();

    /// <summary>The other end: this program as the IdPs. Says where they are, then counts requests whenever it is asked.</summary>
    public static async Task RunAsync(string[] args)
    {
        await using var idps = await EmulatedIdps.StartAsync(
            new CommandLine
            {
                People = int.Parse(args[1], null), Groups = int.Parse(args[2], null), Memberships = int.Parse(args[3], null), Latency = int.Parse(args[4], null),
                EntraPort = 0, GooglePort = 0, JumpCloudPort = 0, OktaPort = 0,
            }, null);
        System.Console.WriteLine(new JsonObject
        {
            ["connections"] = idps.Connections(new DemoFolder(args[0])),
            ["logins"] = new JsonArray([.. idps.Okta.State.Users.Values.Select(user => (JsonNode)user.Login)]),
        }.ToJsonString());
        while (await System.Console.In.ReadLineAsync() is not null)
        {
            System.Console.WriteLine(new JsonObject
            {
                ["entra"] = idps.Entra.Requests.Count,
                ["google"] = idps.Google.Requests.Count,
                ["jumpcloud"] = idps.JumpCloud.Requests.Count,
                ["okta"] = idps.Okta.Requests.Count,
            }.ToJsonString());
        }
    }
}
