using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace Siit.Iam.Emulator.Google;

/// <summary>What a route asks of its caller's administrator roles.</summary>
internal enum GoogleRight
{
    ReadUsers,
    ManageUsers,
    Security,
    Groups,
    ReadRoles,
    Reports,
    SuperAdmin,
}

/// <param name="Subject">Id of the user that is acted as; null for the service account itself.</param>
internal sealed record GoogleAccessToken(string ServiceAccount, string? Subject, ImmutableArray<string> Scopes, DateTimeOffset Expires);

/// <summary>Who a request comes from and whether that suffices: one of the route's scopes, and an administrator role.</summary>
internal sealed class GoogleAccess(TimeProvider time)
{
    public const string Auth = "https://www.googleapis.com/auth/";

    private readonly ConcurrentDictionary<string, GoogleAccessToken> issued = new();

    public void Issue(string token, GoogleAccessToken grant) => issued[token] = grant;

    public void Clear() => issued.Clear();

    public GoogleCaller Authenticate(string? authorization, GoogleState state)
    {
        var parts = (authorization ?? "").Split(' ', 2, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (parts is not ["Bearer", var token] || !issued.TryGetValue(token, out var grant) || grant.Expires <= time.GetUtcNow()) throw GoogleErrors.BadToken();
        if (!state.ServiceAccounts.TryGetValue(grant.ServiceAccount, out var account)) throw GoogleErrors.BadToken();
        if (grant.Subject is null) return Caller(account.UniqueId, account.Email, grant, state);
        // The token dies with whom it acts as.
        return state.FindUser(grant.Subject) is { Suspended: false, Archived: false } subject
            ? Caller(subject.Id, subject.PrimaryEmail, grant, state)
            : throw GoogleErrors.BadToken();
    }

    public static void Demand(GoogleCaller caller, GoogleRoute route)
    {
        if (!route.Scopes.Any(scope => caller.Scopes.Contains(Auth + scope))) throw GoogleErrors.NoScope();
        if (!caller.IsSuper && !caller.Roles.Any(role => Grants(role, route.Right))) throw GoogleErrors.NotAllowed();
    }

    private static GoogleCaller Caller(string id, string email, GoogleAccessToken grant, GoogleState state) =>
        new(id, email, [.. state.AssignmentsOf(id, indirect: true).Select(a => state.Role(a).Name)], grant.Scopes, state.IsSuperAdmin(id));

    private static bool Grants(string role, GoogleRight right) => (role, right) switch
    {
        ("_USER_MANAGEMENT_ADMIN_ROLE", GoogleRight.ReadUsers or GoogleRight.ManageUsers or GoogleRight.Security) => true,
        ("_GROUPS_ADMIN_ROLE", GoogleRight.ReadUsers or GoogleRight.Groups) => true,
        ("_HELP_DESK_ADMIN_ROLE", GoogleRight.ReadUsers) => true,
        (GoogleSeed.ReaderRole, GoogleRight.ReadUsers or GoogleRight.ReadRoles or GoogleRight.Reports) => true,
        _ => false,
    };
}
