using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace Siit.Iam.Emulator.Okta;

/// <summary>What a route asks of its caller's admin roles.</summary>
internal enum OktaRight
{
    Read,
    ReadRoles,
    HelpDesk,
    People,
    Membership,
    Apps,
    Org,
}

/// <param name="BoundTo">Thumbprint of the key that every request must prove to have; null for a bearer token.</param>
internal sealed record OktaAccessToken(string ClientId, ImmutableArray<string> Scopes, DateTimeOffset Expires, string? BoundTo = null);

/// <summary>Who a request comes from and whether that suffices: a scope for service apps, and an admin role for everybody.</summary>
internal sealed class OktaAccess(TimeProvider time, OktaDpop dpop)
{
    /// <summary>The token of the service account; a constant, because it opens nothing but an emulator.</summary>
    public const string SswsToken = "00emulated-ssws-token-of-svc-siit-for-local-use";

    private readonly ConcurrentDictionary<string, OktaAccessToken> issued = new();

    public void Issue(string token, OktaAccessToken grant) => issued[token] = grant;

    public void Clear() => issued.Clear();

    public OktaCaller Authenticate(HttpRequest request, OktaState state, IReadOnlyList<string> origins)
    {
        var parts = request.Headers.Authorization.ToString().Split(' ', 2, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length == 2 && parts[0].Equals("SSWS", StringComparison.OrdinalIgnoreCase)) return TokenOwner(parts[1], state);
        if (parts.Length == 2 && parts[0].Equals("Bearer", StringComparison.OrdinalIgnoreCase)) return Client(parts[1], state, boundTo: null);
        if (parts.Length == 2 && parts[0].Equals("DPoP", StringComparison.OrdinalIgnoreCase)
            && dpop.Check(request.Headers["DPoP"], request.Method, [.. origins.Select(o => o + request.Path)], parts[1]) is { Thumbprint: { } key })
            return Client(parts[1], state, key);
        throw OktaErrors.BadToken();
    }

    public static void Demand(OktaCaller caller, string scope, OktaRight right)
    {
        // A manage scope includes reading.
        var manage = scope.Replace(".read", ".manage", StringComparison.Ordinal);
        if (caller.Scopes is { } scopes && !scopes.Contains(scope) && !scopes.Contains(manage)) throw OktaErrors.NotAllowed();
        if (!caller.Roles.Any(role => Grants(role, right))) throw OktaErrors.NotAllowed();
    }

    private static bool Grants(string role, OktaRight right) => (role, right) switch
    {
        ("SUPER_ADMIN" or "ORG_ADMIN", _) => true,
        ("READ_ONLY_ADMIN", OktaRight.Read or OktaRight.ReadRoles) => true,
        ("HELP_DESK_ADMIN", OktaRight.Read or OktaRight.HelpDesk) => true,
        ("GROUP_MEMBERSHIP_ADMIN", OktaRight.Read or OktaRight.Membership) => true,
        ("USER_ADMIN", OktaRight.Read or OktaRight.HelpDesk or OktaRight.People or OktaRight.Membership) => true,
        ("APP_ADMIN", OktaRight.Read or OktaRight.Apps) => true,
        _ => false,
    };

    // The token dies with its owner: deactivating that account cuts the connector off.
    private static OktaCaller TokenOwner(string token, OktaState state) =>
        token == SswsToken && state.Users.GetValueOrDefault(state.SswsOwnerId) is { Status: "ACTIVE" } owner
            ? new(owner.Target(), [.. state.RolesOf(owner).Select(r => r.Role.Type)], null)
            : throw OktaErrors.BadToken();

    private OktaCaller Client(string token, OktaState state, string? boundTo) =>
        issued.TryGetValue(token, out var grant) && grant.BoundTo == boundTo && grant.Expires > time.GetUtcNow() && state.ServiceApps.TryGetValue(grant.ClientId, out var app)
            ? new(new(app.ClientId, "PublicClientApp", app.ClientId, app.Name), app.Roles, grant.Scopes)
            : throw OktaErrors.BadToken();
}
