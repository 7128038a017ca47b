using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace Siit.Iam.Emulator.JumpCloud;

/// <summary>Who calls: the owner of an API key, or a service account.</summary>
internal sealed record JumpCloudCaller(string Id, string Type, string Name, ImmutableArray<string> Scopes);

/// <summary>Who a request comes from and whether his role holds a scope for it.</summary>
internal sealed class JumpCloudAccess(TimeProvider time)
{
    /// <summary>The key of the administrator <c>svc-siit@acme.example</c>; a constant, because it opens nothing but an emulator.</summary>
    public const string ApiKey = "jca_emulated-api-key-of-svc-siit-for-local-use";

    private readonly ConcurrentDictionary<string, (string ClientId, DateTimeOffset Expires)> issued = new();

    public void Issue(string token, string clientId, DateTimeOffset expires) => issued[token] = (clientId, expires);

    public void Clear() => issued.Clear();

    public JumpCloudCaller Authenticate(IHeaderDictionary headers, JumpCloudState state)
    {
        if (headers["x-org-id"] is [{ Length: > 0 } organization] && organization != state.OrganizationId) throw JumpCloudErrors.Unauthorized();
        if (headers["x-api-key"] is [{ Length: > 0 } key]) return KeyOwner(key, state);
        var parts = headers.Authorization.ToString().Split(' ', 2, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length == 2 && parts[0].Equals("Bearer", StringComparison.OrdinalIgnoreCase)) return ServiceAccount(parts[1], state);
        throw JumpCloudErrors.Unauthorized();
    }

    /// <summary>Any one of the scopes will do.</summary>
    public static void Demand(JumpCloudCaller caller, IReadOnlyList<string> scopes)
    {
        if (!scopes.Any(s => caller.Scopes.Contains(s))) throw JumpCloudErrors.NotAllowed();
    }

    // The key dies with its owner: suspending that administrator cuts the connector off.
    private static JumpCloudCaller KeyOwner(string key, JumpCloudState state) =>
        key == ApiKey && state.Admins.GetValueOrDefault(state.ApiKeyOwnerId) is { Suspended: false } owner
            ? new(owner.Id, "admin", owner.Email, state.ScopesOf(owner.Roles))
            : throw JumpCloudErrors.Unauthorized();

    private JumpCloudCaller ServiceAccount(string token, JumpCloudState state) =>
        issued.TryGetValue(token, out var grant) && grant.Expires > time.GetUtcNow() && state.ServiceAccounts.TryGetValue(grant.ClientId, out var account)
            ? new(account.ClientId, "service_account", account.Name, state.ScopesOf([account.Role]))
            : throw JumpCloudErrors.Unauthorized();
}
