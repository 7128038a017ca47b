using System.Text.Json.Nodes;
using Siit.Iam.Agent.Idps.Entra;
using Siit.Iam.Emulator.Common;
using Siit.Iam.Emulator.Entra;
using EntraClient = Siit.Iam.Agent.Tests.Emulator.Entra.EntraClient;

namespace Siit.Iam.Agent.Tests.Idps.Entra;

/// <summary>Somebody else's script that changes a tenant through Graph, and our connection to the same tenant.</summary>
internal sealed class EntraScript : IAsyncDisposable
{
    private const string ClientId = "5c21b700-0000-4000-8000-000000000001";
    private const string Secret = "a-script-of-the-hr-department";

    private readonly EntraClient _client;

    private EntraScript(EntraClient client, int pageSize)
    {
        _client = client;
        Environment.SetEnvironmentVariable(EntraWorld.SecretVariable, EmulatedEntra.ClientSecret);
        Connection = EntraWorld.Connect(EntraWorld.OptionsFor(client.Entra) with { PageSize = pageSize });
    }

    public EmulatedEntra Entra => _client.Entra;

    public EntraConnection Connection { get; }

    public static async Task<EntraScript> StartAsync(int pageSize = 999, EmulatorOptions? emulator = null)
    {
        var client = await EntraClient.StartAsync(emulator);
        Assert.Null(client.Entra.Arrange(new JsonObject
        {
            ["client"] = ClientId,
            ["name"] = "HR script",
            ["secret"] = Secret,
            ["permissions"] = new JsonArray("Directory.ReadWrite.All", "AppRoleAssignment.ReadWrite.All"),
            ["roles"] = new JsonArray("Global Administrator"),
        }));
        var (status, body) = await client.TokenAsync(client: ClientId, secret: Secret);
        Assert.Equal(200, status);
        client.Use(body["access_token"]!.GetValue<string>());
        return new EntraScript(client, pageSize);
    }

    /// <summary>What Graph says to it; null when it refuses.</summary>
    public async Task<JsonObject?> SendAsync(string method, string path, string? body = null)
    {
        var (status, answer, _) = await _client.SendAsync(method, path, body);
        return status < 300 ? answer : null;
    }

    public static string Reference(string id) => $$"""{"@odata.id": "https://graph.microsoft.com/v1.0/directoryObjects/{{id}}"}""";

    public ValueTask DisposeAsync() => _client.DisposeAsync();
}
