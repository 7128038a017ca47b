using System.Globalization;
using Refit;

namespace Siit.Iam.Agent.Idps.JumpCloud;

/// <summary>What the credential can do here: read as far as JumpCloud answers, worked out from its role's scopes for what cannot be tried.</summary>
internal sealed partial class JumpCloudConnection : ICheckConnection
{
    private const string ServiceAccounts = "serviceaccounts.readonly";

    /// <summary>A list leaves out whose secret is whose, so accounts are asked for one by one; not for more than so many.</summary>
    private const int MostServiceAccounts = 20;

    private static readonly TimeSpan SecretEndsSoon = TimeSpan.FromDays(14);

    private static readonly JumpCloudRequest ReadServiceAccounts = new("read the service accounts", ServiceAccounts);

    public async Task<ConnectionCheck> CheckAsync(CancellationToken cancellationToken)
    {
        var check = new ConnectionCheck { Connection = name, Idp = Idp, Tenant = Tenant, CheckedAt = time.GetUtcNow(), Reachable = true };
        var look = new ConnectionLook(Idp, time);
        // One alone first: when even that fails with the credential, the others would only say so again.
        await look.AtAsync(SearchAccounts.Scope, () => SendAsync(SearchAccounts, () => v1.FindUsers(null, 1, 0, cancellationToken), cancellationToken), Read);
        if (look.Trouble.GetValueOrDefault(SearchAccounts.Scope) is { Trouble: not IdpTrouble.NotAllowed } trouble)
            return check.Failed(trouble, JumpCloudNeeds.All.Select(needs => needs.Action));

        var roles = look.AtAsync(ReadRoles.Scope, () => SendAsync(ReadRoles, () => v2.ListRoles(options.PageSize, 0, cancellationToken), cancellationToken), Read);
        var administrators = look.AtAsync(ReadAdministrators.Scope, () => AllAdministratorsAsync(cancellationToken), _ => (null, null));
        var itself = options.ApiKey is null ? ItselfAsync(look, cancellationToken) : Task.FromResult<JumpCloudServiceAccountInfo?>(null);
        await Task.WhenAll(
            roles,
            administrators,
            itself,
            look.AtAsync(ReadGroups.Scope, () => SendAsync(ReadGroups, () => v2.ListGroups(1, 0, cancellationToken), cancellationToken), Read),
            ApplicationsAsync(look, cancellationToken),
            look.AtAsync(ReadLog.Scope, () => SendAsync(ReadLog, () => insights.ReadEvents(Newest(), cancellationToken), cancellationToken), Read));

        var ours = await itself;
        var owner = options.ApiKeyOwner is { } address ? (await administrators)?.FirstOrDefault(administrator => Same(administrator.Email, address)) : null;
        var held = (await roles)?.Content?.Results?.Where(role => owner is not null
            ? RoleNames(owner).Contains(role.Name)
            : JumpCloudIds.Of(role.Id) is { } id && id == JumpCloudIds.Of(ours?.RoleId)).ToList() is { Count: > 0 } own ? own : null;
        IReadOnlyList<string>? scopes = held is null || held.Any(role => role.Scopes is null)
            ? null
            : [.. held.SelectMany(role => role.Scopes!).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        return check with
        {
            SignedInAs = options.ApiKeyOwner is { } key ? $"{key} (API key)" : $"service account {ours?.Name ?? options.ClientId}",
            Scopes = scopes,
            Roles = held is null ? null : [.. held.Select(role => role.Name).Order(StringComparer.Ordinal)],
            Actions = [.. JumpCloudNeeds.All.Select(needs => AccessFor(needs, scopes, look))],
            Copy = [.. JumpCloudNeeds.Copy.Select(needs => needs.AccessWith(scope => scopes is null || JumpCloudNeeds.Holds(scopes, scope), look))],
            ClockSkew = look.Skew,
            Quotas = look.Quotas,
            Problems = [.. Problems(look, owner is null && options.ApiKeyOwner is not null && (await administrators) is not null)],
            Advice = [.. Advice(ours, scopes)],
        };
    }

    /// <summary>The list, and who has the first one: reading that takes a scope of its own.</summary>
    private async Task ApplicationsAsync(ConnectionLook look, CancellationToken cancellationToken)
    {
        var list = await look.AtAsync(ReadApplications.Scope,
            () => SendAsync(ReadApplications, () => v1.ListApplications(1, 0, cancellationToken), cancellationToken), Read);
        if (list?.Content?.Results is not [{ Id: { } id }, ..]) return;
        await look.AtAsync(ReadAssignments.Scope,
            () => SendAsync(ReadAssignments, () => v2.ListAssociationsOfApplication(Id(id, "an application"), 1, 0, cancellationToken), cancellationToken), Read);
    }

    /// <summary>Our own service account, as far as JumpCloud tells: it has no call that says who asks.</summary>
    private async Task<JumpCloudServiceAccountInfo?> ItselfAsync(ConnectionLook look, CancellationToken cancellationToken)
    {
        var list = await look.AtAsync(ServiceAccounts,
            () => SendAsync(ReadServiceAccounts, () => v2.ListServiceAccounts(options.PageSize, 0, cancellationToken), cancellationToken), Read);
        foreach (var account in (list?.Content?.Results ?? []).Take(MostServiceAccounts))
        {
            if (IsOurs(account)) return account;
            if (account.AuthConfigList is { Count: > 0 } || JumpCloudIds.Of(account.ObjectId) is not { } id) continue;
            var found = await look.AtAsync(ServiceAccounts,
                () => ReadAsync(ReadServiceAccounts, () => v2.GetServiceAccount(id, cancellationToken), cancellationToken), _ => (null, null));
            if (found is not null && IsOurs(found)) return found;
        }
        return null;
    }

    private bool IsOurs(JumpCloudServiceAccountInfo account) => account.AuthConfigList?.Any(config => config.ClientSecretConfig?.ClientId == options.ClientId) == true;

    private ActionAccess AccessFor(JumpCloudNeeds needs, IReadOnlyList<string>? scopes, ConnectionLook look)
    {
        var missing = scopes is null ? [] : needs.Missing(scopes).ToList();
        if (missing.Count > 0) return new ActionAccess(needs.Action, Access.No, missing);
        var closed = needs.Scopes.Where(look.IsRefused).ToList();
        if (closed.Count > 0) return new ActionAccess(needs.Action, Access.No, closed, "JumpCloud refuses the reading that it takes.");
        if (needs.Scopes.Any(look.Trouble.ContainsKey)) return new ActionAccess(needs.Action, Access.Unclear, [], "A read that it takes failed; check again.");
        if (scopes is not null) return ByWay(needs, scopes);
        // What only reads has been tried.
        return needs.Ways.Count == 0 && needs.Scopes.All(scope => scope.EndsWith(".readonly", StringComparison.Ordinal))
            ? new ActionAccess(needs.Action, Access.Yes, [])
            : new ActionAccess(needs.Action, Access.Unclear, [], options.ApiKey is null
                ? $"JumpCloud does not show the service account's role: with the scope {ServiceAccounts} this check could see it."
                : "JumpCloud does not show the role of the key's owner.");
    }

    private static ActionAccess ByWay(JumpCloudNeeds needs, IReadOnlyList<string> scopes)
    {
        var closed = needs.Ways.Where(way => !JumpCloudNeeds.Holds(scopes, way.Scope)).ToList();
        if (closed.Count == 0) return new ActionAccess(needs.Action, Access.Yes, []);
        return new ActionAccess(
            needs.Action, closed.Count == needs.Ways.Count ? Access.No : Access.Yes, [.. closed.Select(way => way.Scope)],
            $"Not possible: {string.Join(", ", closed.Select(way => $"{way.Name} (takes {way.Scope})"))}.");
    }

    private static IEnumerable<string> Problems(ConnectionLook look, bool ownerIsNone)
    {
        foreach (var problem in look.Problems(except: ServiceAccounts)) yield return problem;
        foreach (var needed in new[] { ReadAdministrators.Scope, ReadRoles.Scope }.Where(look.IsRefused))
            yield return $"Administrator roles cannot be read ({needed}), so every change is refused: nobody could tell whether it hits an administrator.";
        if (ownerIsNone) yield return JumpCloudErrors.NoOwner().Message;
    }

    private IEnumerable<string> Advice(JumpCloudServiceAccountInfo? itself, IReadOnlyList<string>? scopes)
    {
        if (options.ApiKey is not null)
            yield return "An API key carries all rights of the administrator whose it is and ends with that account: a service account is safer.";
        if (scopes?.Contains("administrators") == true)
            yield return "The credential's role may change administrators, which is needed for nothing here: give it a role without the scope administrators.";
        var ends = itself?.AuthConfigList?.FirstOrDefault(config => config.ClientSecretConfig?.ClientId == options.ClientId)?.ClientSecretConfig?.ExpiresAt;
        if (ends - time.GetUtcNow() < SecretEndsSoon)
            yield return $"The service account's secret ends at {ends:u}: make a second one, put it in its place, then delete the first.";
    }

    private JumpCloudEventQuery Newest() => new()
    {
        Service = ["all"],
        StartTime = (time.GetUtcNow() - TimeSpan.FromMinutes(1)).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
        Limit = 1,
        Sort = "ASC",
    };

    private static (DateTimeOffset? Date, QuotaState? Quota) Read(IApiResponse response)
    {
        // JumpCloud states no quota.
        using (response) return (response.Headers?.Date, null);
    }
}
