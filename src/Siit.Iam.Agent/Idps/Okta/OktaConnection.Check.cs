using System.Globalization;
using Refit;

namespace Siit.Iam.Agent.Idps.Okta;

/// <summary>What the credential can do here: read as far as Okta answers, worked out from scopes and roles for what cannot be tried.</summary>
internal sealed partial class OktaConnection : ICheckConnection
{
    private const string OwnRoles = "own roles";

    private static readonly OktaRequest ReadOwnRoles = new("read the connection's own administrator roles", "okta.roles.read");

    public async Task<ConnectionCheck> CheckAsync(CancellationToken cancellationToken)
    {
        var check = new ConnectionCheck { Connection = name, Idp = Idp, Tenant = options.Url, CheckedAt = time.GetUtcNow(), Reachable = true };
        try
        {
            var (scopes, ungranted) = await GrantedAsync(cancellationToken);
            if (ungranted.Length > 0)
                return WithoutSignIn(check with { Scopes = scopes }, ungranted);
            return await SignedInAsync(check with { Scopes = scopes }, cancellationToken);
        }
        catch (IdpException trouble)
        {
            return check.Failed(trouble, OktaNeeds.All.Select(needs => needs.Action));
        }
    }

    /// <summary>Of both credentials together; the scopes are null when one of them is not limited by any.</summary>
    private async Task<(IReadOnlyList<string>? Scopes, string[] Ungranted)> GrantedAsync(CancellationToken cancellationToken)
    {
        var scopes = await credentials.Reads.GrantedScopesAsync(cancellationToken);
        var ungranted = options.Scopes.Except(scopes ?? options.Scopes, StringComparer.Ordinal).ToArray();
        if (options.Changes is not { } changes) return (scopes, ungranted);
        var more = await credentials.Changes.GrantedScopesAsync(cancellationToken);
        return (scopes is null || more is null ? null : [.. scopes.Union(more, StringComparer.Ordinal)],
            [.. ungranted, .. changes.Scopes.Except(more ?? changes.Scopes, StringComparer.Ordinal)]);
    }

    private async Task<ConnectionCheck> SignedInAsync(ConnectionCheck check, CancellationToken cancellationToken)
    {
        var look = new ConnectionLook(Idp, time);
        // One alone first: when even that fails with the credential, the others would only say so again.
        var me = await At("okta.users.read", options.Token is null
            ? async () => await SendAsync(ReadAccount, () => api.FindUsers(OktaFilter.Equal("profile.login", "nobody"), 1, null, cancellationToken), cancellationToken)
            : async () => await SendAsync(ReadAccount, () => api.GetMe(cancellationToken), cancellationToken));
        if (look.Trouble.GetValueOrDefault("okta.users.read") is { Trouble: not IdpTrouble.NotAllowed } trouble)
            return check.Failed(trouble, OktaNeeds.All.Select(needs => needs.Action));
        var owner = (me as ApiResponse<OktaUser>)?.Content;
        // The roles that matter are those of the credential that changes; reads were tried.
        var changing = options.Changes ?? options;
        var changer = options.Changes?.Token is null
            ? options.Changes is null ? owner : null
            : (await At("credential for changes", async () => await SendAsync(ReadAccount, () => apiOfChanges.GetMe(cancellationToken), cancellationToken)) as ApiResponse<OktaUser>)?.Content;

        var roles = At(OwnRoles, async () => changing.Token is null
            ? await SendAsync(ReadOwnRoles, () => api.ListRolesOfClient(Id(changing.ClientId, "a client"), cancellationToken), cancellationToken)
            : await SendAsync(ReadOwnRoles, () => api.ListRolesOfUser(Id(changer?.Id, "an account"), cancellationToken), cancellationToken));
        await Task.WhenAll(
            roles,
            At("okta.apps.read", async () => await SendAsync(ReadApplications, () => api.FindApplications(null, null, 1, null, cancellationToken), cancellationToken)),
            At("okta.groups.read", async () => await SendAsync(ReadGroups, () => api.FindGroups(null, 1, null, cancellationToken), cancellationToken)),
            At("okta.logs.read", async () => await SendAsync(ReadSystemLog, () => api.ReadLog(Time(time.GetUtcNow()), null, 1, null, cancellationToken), cancellationToken)),
            At("okta.roles.read", async () => await SendAsync(ReadAssignees, () => api.ListAssignees(1, null, cancellationToken), cancellationToken)));

        var held = (await roles as ApiResponse<List<OktaRole>>)?.Content?.Where(role => role.Status is null or "ACTIVE")
            .Select(role => role.Type ?? role.Label ?? "").Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        return check with
        {
            SignedInAs = Who(options, owner) + (options.Changes is { } second ? $", for changes {Who(second, changer)}" : ""),
            Roles = held,
            Actions = [.. OktaNeeds.All.Select(needs => AccessFor(needs, check.Scopes, held, look.Trouble))],
            Copy = [.. OktaNeeds.Copy.Select(needs => needs.AccessWith(scope => OktaNeeds.Holds(check.Scopes, scope), look))],
            ClockSkew = look.Skew,
            Quotas = look.Quotas,
            Problems = [.. Problems(look, check.Scopes)],
            Advice = [.. Advice(held)],
        };

        Task<IApiResponse?> At(string what, Func<Task<IApiResponse>> send) => look.AtAsync(what, send, Read);
    }

    private static string Who(OktaOptions credential, OktaUser? owner) =>
        owner is null ? $"service app {credential.ClientId}" : $"{owner.Profile?.Login ?? owner.Id} (API token)";

    private static ActionAccess AccessFor(
        OktaNeeds needs, IReadOnlyList<string>? scopes, IReadOnlyList<string>? roles, IReadOnlyDictionary<string, IdpException> trouble)
    {
        var missing = needs.MissingScopes(scopes).ToList();
        if (missing.Count > 0) return new ActionAccess(needs.Action, Access.No, missing);
        var closed = needs.Scopes.Where(scope => trouble.GetValueOrDefault(scope)?.Trouble == IdpTrouble.NotAllowed).ToList();
        if (closed.Count > 0)
            return new ActionAccess(needs.Action, Access.No, closed, "Okta refuses the reading that it takes: give the credential an administrator role that covers it.");
        if (needs.Scopes.Any(trouble.ContainsKey)) return new ActionAccess(needs.Action, Access.Unclear, [], "A read that it takes failed; check again.");
        if (needs.Roles.Count == 0 || roles?.Intersect(needs.Roles, StringComparer.Ordinal).Any() == true) return new ActionAccess(needs.Action, Access.Yes, []);
        if (roles is null) return new ActionAccess(needs.Action, Access.Unclear, [], "Okta does not show the credential's administrator roles.");
        return roles.Contains("CUSTOM")
            ? new ActionAccess(needs.Action, Access.Unclear, [], "It depends on what the custom administrator role permits.")
            : new ActionAccess(needs.Action, Access.No, [needs.Roles[0]], $"One of the administrator roles {string.Join(", ", needs.Roles)} is needed, or a custom one.");
    }

    private static IEnumerable<string> Problems(ConnectionLook look, IReadOnlyList<string>? scopes)
    {
        foreach (var problem in look.Problems(except: OwnRoles)) yield return problem;
        if (look.IsRefused("okta.roles.read") || scopes?.Contains("okta.roles.read") == false)
            yield return "Administrator roles cannot be read, so every change is refused: nobody could tell whether it hits an administrator.";
    }

    private IEnumerable<string> Advice(List<string>? roles)
    {
        if (options.Token is not null || options.Changes?.Token is not null)
            yield return "An API token carries all rights of the administrator who made it and ends with that account: a service app is safer.";
        if (roles?.Contains("SUPER_ADMIN") == true)
            yield return "The credential is a super administrator. Without that role it could not touch administrators, which is a second line of defence.";
    }

    /// <summary>The token is asked for all scopes at once, and Okta refuses that as a whole.</summary>
    private static ConnectionCheck WithoutSignIn(ConnectionCheck check, string[] ungranted) => check with
    {
        Actions = [.. OktaNeeds.All.Select(needs => new ActionAccess(needs.Action, Access.No, [.. needs.MissingScopes(check.Scopes)], "The connection cannot sign in."))],
        Problems =
        [
            $"Okta has not granted the scopes {string.Join(", ", ungranted)}, so it refuses the whole sign-in: grant them on the application's tab 'Okta API Scopes', or list in 'scopes' only those that are granted.",
        ],
    };

    private static (DateTimeOffset? Date, QuotaState? Quota) Read(IApiResponse response)
    {
        using (response)
        {
            if (response.Headers is not { } headers) return (null, null);
            var reset = Number("X-Rate-Limit-Reset") is { } seconds ? DateTimeOffset.FromUnixTimeSeconds(seconds) : (DateTimeOffset?)null;
            return (headers.Date, Number("X-Rate-Limit-Limit") is { } limit
                ? new QuotaState($"GET {response.RequestMessage?.RequestUri?.AbsolutePath}", limit, Number("X-Rate-Limit-Remaining"), reset)
                : null);

            int? Number(string header) => headers.TryGetValues(header, out var values) && int.TryParse(values.First(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
        }
    }
}
