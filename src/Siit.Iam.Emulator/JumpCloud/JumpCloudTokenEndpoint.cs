using System.Text;
using System.Text.Json.Nodes;
using Siit.Iam.Emulator.Common;

namespace Siit.Iam.Emulator.JumpCloud;

/// <summary><c>/oauth2/token</c>: client credentials with HTTP Basic, nothing else.</summary>
internal sealed class JumpCloudTokenEndpoint(JumpCloudAccess access, SeededIds ids, EmulatorOptions options)
{
    public (int Status, JsonObject Body) Issue(IFormCollection form, string? authorization, JumpCloudState state)
    {
        if (!TryRead(authorization, out var clientId, out var secret)) return Refuse(401, "invalid_client", "Client authentication with HTTP Basic is required.");
        if (!state.ServiceAccounts.TryGetValue(clientId, out var account) || account.Secret != secret)
            return Refuse(401, "invalid_client", "Client authentication failed.");
        if (form["grant_type"] != "client_credentials") return Refuse(400, "unsupported_grant_type", "Only client_credentials is supported for service accounts.");
        if (form["scope"] != "api") return Refuse(400, "invalid_scope", "The scope must be api.");

        var token = ids.New("eyJ", 64);
        access.Issue(token, account.ClientId, options.TimeProvider.GetUtcNow().AddHours(1));
        return (200, new JsonObject { ["access_token"] = token, ["token_type"] = "bearer", ["expires_in"] = 3599, ["scope"] = "api" });
    }

    private static bool TryRead(string? authorization, out string clientId, out string secret)
    {
        (clientId, secret) = ("", "");
        var parts = (authorization ?? "").Split(' ', 2);
        if (parts.Length != 2 || !parts[0].Equals("Basic", StringComparison.OrdinalIgnoreCase)) return false;
        var bytes = new byte[parts[1].Length];
        if (!Convert.TryFromBase64String(parts[1], bytes, out var length)) return false;
        var pair = Encoding.UTF8.GetString(bytes, 0, length).Split(':', 2);
        if (pair.Length != 2) return false;
        (clientId, secret) = (pair[0], pair[1]);
        return true;
    }

    private static (int Status, JsonObject Body) Refuse(int status, string error, string description) =>
        (status, new JsonObject { ["error"] = error, ["error_description"] = description });
}
