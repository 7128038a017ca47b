using Refit;

namespace Siit.Iam.Agent.Idps.Google;

/// <summary>What the service account can do here: read as far as Google answers, worked out from scopes and roles for what cannot be tried.</summary>
internal sealed partial class GoogleConnection : ICheckConnection
{
    private const string OwnRoles = "own roles";

    public async Task<ConnectionCheck> CheckAsync(CancellationToken cancellationToken)
    {
        var check = new ConnectionCheck { Connection = name, Idp = Idp, Tenant = options.Url, CheckedAt = time.GetUtcNow(), Reachable = true };
        try
        {
            IReadOnlyList<string> granted = [.. (await GrantedAsync(cancellationToken)).Select(Short).Order(StringComparer.Ordinal)];
            check = check with { Scopes = granted };
            return options.Scopes.Select(Short).Except(granted, StringComparer.Ordinal).ToArray() is { Length: > 0 } missing
                ? WithoutSignIn(check, granted, missing)
                : await SignedInAsync(check, granted, cancellationToken);
        }
        catch (IdpException trouble)
        {
            return check.Failed(trouble, GoogleNeeds.All.Select(needs => needs.Action));
        }
    }

    /// <summary>Of both credentials together.</summary>
    private async Task<IEnumerable<string>> GrantedAsync(CancellationToken cancellationToken)
    {
        var granted = await credentials.Reads.GrantedScopesAsync(cancellationToken);
        return ReferenceEquals(credentials.Reads, credentials.Changes)
            ? granted
            : granted.Union(await credentials.Changes.GrantedScopesAsync(cancellationToken), StringComparer.Ordinal);
    }

    private async Task<ConnectionCheck> SignedInAsync(ConnectionCheck check, IReadOnlyList<string> scopes, CancellationToken cancellationToken)
    {
        var look = new ConnectionLook(Idp, time);
        var account = credentials.Changes.WhoIs();
        // One alone first: when even that fails with the credential, the others would only say so again.
        var first = await At(GoogleNeeds.ReadUsers, options.Subject is { } subject
            ? async () => await SendAsync(ReadAccount, () => _directory.GetUser(subject, cancellationToken), cancellationToken)
            : async () => await SendAsync(ReadAccount, () => _directory.FindUsers(options.Customer, "isAdmin=true", 1, null, cancellationToken), cancellationToken));
        if (look.Trouble.GetValueOrDefault(GoogleNeeds.ReadUsers) is { Trouble: not IdpTrouble.NotAllowed } trouble)
            return check.Failed(trouble, GoogleNeeds.All.Select(needs => needs.Action));
        var me = (first as ApiResponse<GoogleUser>)?.Content;
        var somebody = me ?? ((first as ApiResponse<GoogleUsers>)?.Content?.Users is [var someone, ..] ? someone : null);

        var names = At(GoogleNeeds.ReadRoles, async () => await SendAsync(new GoogleRequest("read the names of administrator roles", RoleScope),
            () => _directory.ListRoles(options.Customer, Math.Min(MostRoles, options.PageSize), null, cancellationToken), cancellationToken));
        var assignments = At(OwnRoles, async () => await SendAsync(new GoogleRequest("read administrator roles", RoleScope),
            () => _directory.ListRoleAssignments(
                options.Customer, Id(options.Subject is null ? account.Id : me?.Id, "an account"), "true", options.PageSize, null, cancellationToken), cancellationToken));
        await Task.WhenAll(
            names,
            assignments,
            At(GoogleNeeds.ReadGroups, async () => await SendAsync(ReadGroups, () => _directory.FindGroups(options.Customer, null, 1, null, cancellationToken), cancellationToken)),
            At(GoogleNeeds.ReadLog, async () => await SendAsync(ReadLog,
                () => apis.Reports.ListActivities("all", Logs[0], null, Time(time.GetUtcNow() - TimeSpan.FromHours(1)), null, 1, null, cancellationToken), cancellationToken)),
            somebody is null ? Task.CompletedTask : At(GoogleNeeds.Security, async () => await SendAsync(new GoogleRequest("read an account's grants", SecurityScope),
                () => _directory.ListTokens(Id(somebody.Id, "an account"), cancellationToken), cancellationToken)));

        var held = Roles(me, (await assignments as ApiResponse<GoogleRoleAssignments>)?.Content, (await names as ApiResponse<GoogleRoles>)?.Content);
        return check with
        {
            SignedInAs = options.Subject is null ? $"service account {account.Email}" : $"{options.Subject} (by the service account {account.Email})",
            Roles = held is null ? null : [.. held.Select(role => role.RoleName ?? role.RoleId).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
            Actions = [.. GoogleNeeds.All.Select(needs => AccessFor(needs, scopes, held, look))],
            Copy = [.. GoogleNeeds.Copy.Select(needs => Stopping(needs.AccessWith(scope => GoogleNeeds.Holds(scopes, scope), look)))],
            ClockSkew = look.Skew,
            Quotas = look.Quotas,
            Problems = [.. Problems(look, scopes)],
            Advice = [.. Advice(scopes, held)],
        };

        // Roles that no scope covers are left out of an import; where Google refuses them, it stops.
        CopyAccess Stopping(CopyAccess part) => part.Missing.Contains(GoogleNeeds.ReadRoles) && look.IsRefused(GoogleNeeds.ReadRoles) ? part with { Without = null } : part;

        // What the scopes do not cover would only be refused.
        Task<IApiResponse?> At(string scope, Func<Task<IApiResponse>> send) => GoogleNeeds.Holds(scopes, scope == OwnRoles ? GoogleNeeds.ReadRoles : scope)
            ? look.AtAsync(scope, send, Read)
            : Task.FromResult<IApiResponse?>(null);
    }

    /// <summary>Roles with names, also what the flags on the account say; null when nothing tells.</summary>
    private static List<GoogleRole>? Roles(GoogleUser? me, GoogleRoleAssignments? assignments, GoogleRoles? names)
    {
        var super = new GoogleRole(GoogleNeeds.SuperAdministrator, GoogleNeeds.SuperAdministrator, null, IsSuperAdminRole: true, IsSystemRole: true);
        if (assignments is null || names is null) return me?.IsAdmin == true ? [super] : null;
        var roles = (assignments.List ?? [])
            .Select(assignment => names.List?.FirstOrDefault(role => role.RoleId == assignment.RoleId) ?? new GoogleRole(assignment.RoleId, null, null, null, null)).ToList();
        if (me?.IsAdmin == true && !roles.Any(role => role.IsSuperAdminRole == true)) roles.Add(super);
        return roles;
    }

    private ActionAccess AccessFor(GoogleNeeds needs, IReadOnlyList<string> scopes, IReadOnlyList<GoogleRole>? roles, ConnectionLook look)
    {
        if (needs.Action is "add_application" or "remove_application" && NoApplicationsBecause is { } because) return new ActionAccess(needs.Action, Access.No, [], because);
        var missing = needs.Missing(scopes).ToList();
        if (missing.Count > 0) return new ActionAccess(needs.Action, Access.No, missing);
        var closed = needs.Scopes.Where(look.IsRefused).ToList();
        if (closed.Count > 0)
            return new ActionAccess(needs.Action, Access.No, closed, "Google refuses the reading that it takes: an administrator role must cover it, and its API be enabled for the project.");
        if (needs.Scopes.Any(look.Trouble.ContainsKey)) return new ActionAccess(needs.Action, Access.Unclear, [], "A read that it takes failed; check again.");
        if (needs.Roles.Count == 0) return new ActionAccess(needs.Action, Access.Yes, []);
        if (roles is null) return new ActionAccess(needs.Action, Access.Unclear, [], "Google does not show the connection's administrator roles.");
        if (roles.Any(role => role.IsSuperAdminRole == true || (role.IsSystemRole == true && needs.Roles.Contains(role.RoleName)))) return new ActionAccess(needs.Action, Access.Yes, []);
        return roles.Any(role => role.IsSystemRole != true)
            ? new ActionAccess(needs.Action, Access.Unclear, [], "It depends on what the custom administrator role permits.")
            : new ActionAccess(needs.Action, Access.No, [needs.Roles[0]], $"One of the administrator roles {string.Join(", ", needs.Roles)} is needed, or a custom one.");
    }

    private static IEnumerable<string> Problems(ConnectionLook look, IReadOnlyList<string> scopes)
    {
        foreach (var problem in look.Problems(except: OwnRoles)) yield return problem;
        if (look.IsRefused(GoogleNeeds.ReadRoles) || !GoogleNeeds.Holds(scopes, GoogleNeeds.ReadRoles))
            yield return "Administrator roles cannot be read, so every change is refused: nobody could tell whether it hits an administrator.";
    }

    private static IEnumerable<string> Advice(IReadOnlyList<string> scopes, IReadOnlyList<GoogleRole>? roles)
    {
        if (roles?.Any(role => role.IsSuperAdminRole == true) == true)
            yield return "The connection acts as a super administrator. A service account with roles of its own (no 'subject') could not change administrators, which is a second line of defence.";
        if (!scopes.Contains(Short(GoogleOptions.IdentityScope)))
            yield return $"Without the scope {Short(GoogleOptions.IdentityScope)}, changes of dynamic and locked groups fail at Google instead of being refused beforehand.";
    }

    private static ConnectionCheck WithoutSignIn(ConnectionCheck check, IReadOnlyList<string> granted, string[] ungranted) => check with
    {
        Actions = [.. GoogleNeeds.All.Select(needs => new ActionAccess(needs.Action, Access.No, [.. needs.Missing(granted)], "The connection cannot sign in."))],
        Problems =
        [
            $"Google does not delegate the scopes {string.Join(", ", ungranted)} to the service account, so it refuses the whole sign-in: add them to its client id in the Admin console (domain-wide delegation; each begins with {GoogleOptions.Auth}), or list in 'scopes' only those that are delegated.",
        ],
    };

    private static (DateTimeOffset? Date, QuotaState? Quota) Read(IApiResponse response)
    {
        // Google states no quota.
        using (response) return (response.Headers?.Date, null);
    }

    private static string Short(string scope) => scope.StartsWith(GoogleOptions.Auth, StringComparison.Ordinal) ? scope[GoogleOptions.Auth.Length..] : scope;
}
