using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace Siit.Iam.Emulator.Entra;

internal sealed record EntraAccessToken(string ClientId, ImmutableArray<string> Permissions, DateTimeOffset Expires);

/// <summary>Who a request comes from and whether its permissions suffice.</summary>
internal sealed class EntraAccess(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, EntraAccessToken> issued = new();

    public void Issue(string token, EntraAccessToken grant) => issued[token] = grant;

    /// <summary>All tokens lose their worth, as after a secret that leaked.</summary>
    public void Clear() => issued.Clear();

    public EntraCaller Authenticate(string? authorization, EntraState state)
    {
        var parts = (authorization ?? "").Split(' ', 2, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length != 2 || !parts[0].Equals("Bearer", StringComparison.OrdinalIgnoreCase)) throw EntraErrors.NoToken();
        if (!issued.TryGetValue(parts[1], out var grant) || !state.Clients.TryGetValue(grant.ClientId, out var client)) throw EntraErrors.BadToken();
        return grant.Expires > time.GetUtcNow() ? new(client, grant.Permissions) : throw EntraErrors.ExpiredToken();
    }

    /// <param name="anyOf">Permissions of which one will do; none means that no application may call this at all.</param>
    public static void Demand(EntraCaller caller, ImmutableArray<string> anyOf)
    {
        if (!anyOf.Any(permission => caller.Permissions.Contains(permission))) throw EntraErrors.NotAllowed();
    }
}
