using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.People;
using Siit.Iam.Agent.People.Copy;
using Siit.Iam.Agent.People.Sync;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.People.Reads;

/// <summary>The real gate, sync and copy before connections with state; a small company whose members stand for what real directories have.</summary>
internal static class ReadsWorld
{
    public static async Task<GateWorld> StartAsync(params CopiedIdp[] idps)
    {
        var world = await GateWorld.StartAsync(more: services => Add(services, idps));
        foreach (var idp in idps.Where(idp => idp.Holding is null && idp.Failing is null))
            await ImportedAsync(world.Get<DirectoryCopy>(), idp.Name);
        return world;
    }

    /// <summary>Puts these in the place of the connections, and switches their sync on.</summary>
    public static void Add(IServiceCollection services, params CopiedIdp[] idps)
    {
        services.AddSingleton(new SyncOptions());
        services.AddSingleton(new IdpConnections(idps));
    }

    public static Task ImportedAsync(DirectoryCopy copy, string connection) =>
        Eventually.Is(() => Task.FromResult(copy.IsLoaded && copy.State(connection).ImportedAt is not null), imported => imported, seconds: 120);

    /// <summary>Everything is read again, now.</summary>
    public static async Task SyncAsync(this GateWorld world, string connection)
    {
        var end = await world.Get<DirectorySync>().Find(connection)!.WakeAsync(new SyncWish(SyncWishKind.Everything), CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(20));
        Assert.True(end.Succeeded, end.Message);
    }

    public static async Task<JsonObject> AskAsync(this GateWorld world, CallerRecord caller, string action, params (string Name, JsonNode Value)[] input)
    {
        var answer = await world.CallAsync(caller, action, new JsonObject(input.Select(pair => KeyValuePair.Create(pair.Name, (JsonNode?)pair.Value)))).WaitAsync(TimeSpan.FromSeconds(20));
        Assert.True(answer.State == CallState.Succeeded, answer.Message);
        return answer.Data!;
    }

    public static CopiedIdp Okta() => new CopiedIdp("okta")
        .With("00ana", "Ana Lopez", "ana@acme.example", more: account => account with
        {
            Aliases = ["a.lopez@acme.example"],
            HasMfa = true,
            ManagerId = "00ben",
            Account = account.Account with { Department = "Sales", Title = "Lead" },
        })
        .With("00ben", "Ben Okafor", "ben@acme.example", login: "bokafor")
        .With("00mia", "Maria Silva", "mia@acme.example", more: account => account with { Account = account.Account with { Department = "Legal" } })
        .With("00mar", "Maria Silva", "maria.silva@acme.example", AccountStatus.Suspended)
        .With("00fak", "\u0410na Lopez", "\u0430na@acme.example")
        .With("00svc", "Backup Robot", null, login: "svc-backup", more: account => account with { Kind = AccountKind.Service })
        .With("00dup", "Ben Okafor Test", "ben@acme.example", login: "bokafor-test")
        .WithGroup("g-sales", "Sales", "00ana", "00mia")
        .WithGroup("g-it", "IT Admins", "00ana", "00ben")
        .WithGroup("g-empty", "Empty")
        .WithApplication("a-figma", "Figma", users: ["00ana"])
        .WithApplication("a-crm", "CRM", groups: ["g-sales"])
        .WithApplication("a-none", "Unused")
        .WithRole("r-help", "Help Desk", groups: ["g-it"])
        .WithRole("r-read", "Read Only", users: ["00ana"]);

    public static CopiedIdp Entra() => new CopiedIdp("entra", IdpKind.Entra)
        .With("e-ana", "Ana Lopez", "ana@acme.example", login: "ana@acme.onmicrosoft.example")
        .With("e-gue", "Gus Guest", "gus@partner.example", more: account => account with { Kind = AccountKind.Guest })
        .WithGroup("eg-all", "All Staff", "e-ana");
}
