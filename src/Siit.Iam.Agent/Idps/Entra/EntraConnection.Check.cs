namespace Siit.Iam.Agent.Idps.Entra;

/// <summary>What the application can do here: its permissions as its token names them, and as much of them as can be tried by reading.</summary>
internal sealed partial class EntraConnection : ICheckConnection
{
    private const string OwnRoles = "own roles";

    private static readonly EntraRequest SignIn = new("sign this connection in", "");

    /// <summary>One read for each, by what it takes.</summary>
    private static EntraRequest[] Looks => [ReadApplications, ReadAudits, ReadMembers, ReadDomains, ReadEligible, ReadRoles];

    public async Task<ConnectionCheck> CheckAsync(CancellationToken cancellationToken)
    {
        var check = new ConnectionCheck { Connection = name, Idp = Idp, Tenant = Tenant, CheckedAt = time.GetUtcNow(), Reachable = true };
        try
        {
            var grant = await ReadAsync(SignIn, async api => await api.GrantAsync(cancellationToken), cancellationToken);
            return await SignedInAsync(check with { Scopes = grant.Permissions }, grant, cancellationToken);
        }
        catch (IdpException trouble)
        {
            return check.Failed(trouble, EntraNeeds.All.Select(needs => needs.Action));
        }
    }

    private async Task<ConnectionCheck> SignedInAsync(ConnectionCheck check, EntraClaims grant, CancellationToken cancellationToken)
    {
        var look = new ConnectionLook(Idp, time);
        // One alone first: when even that fails with the credential, the others would only say so again.
        await AtAsync(ReadAccount);
        if (look.Trouble.GetValueOrDefault(ReadAccount.Permission) is { Trouble: not IdpTrouble.NotAllowed } trouble)
            return check.Failed(trouble, EntraNeeds.All.Select(needs => needs.Action));
        var roles = look.AtAsync(OwnRoles, () => AllAsync(ReadRoles, (api, token) => api.ListRolesAsync(
            Id(grant.PrincipalId, "the application"), options.PageSize, token, cancellationToken), cancellationToken), _ => (null, null));
        await Task.WhenAll([roles, .. Looks.Where(request => grant.Permissions is null || EntraNeeds.Holds(grant.Permissions, request.Permission)).Select(AtAsync)]);

        IReadOnlyList<string>? held = (await roles)?.Select(role => NameOf(role.RoleDefinition, role.RoleDefinitionId))
            .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        return check with
        {
            SignedInAs = options.ClientId is { } client ? $"application {client}" : "managed identity",
            Roles = held,
            Actions = [.. EntraNeeds.All.Select(needs => AccessFor(needs, grant.Permissions, look))],
            Copy = [.. EntraNeeds.Copy.Select(needs => needs.AccessWith(permission => grant.Permissions is null || EntraNeeds.Holds(grant.Permissions, permission), look))],
            ClockSkew = look.Skew,
            Quotas = look.Quotas,
            Problems = [.. Problems(look, grant.Permissions)],
            Advice = [.. Advice(grant.Permissions, held)],
        };

        Task AtAsync(EntraRequest request) => look.AtAsync(request.Permission,
            () => ReadAsync(request, async api => await api.LookAsync(request.Permission, cancellationToken), cancellationToken),
            receipt => (receipt.Date, receipt.LimitUsed is { } used ? new QuotaState($"requests in percent (to {request.What})", 100, (int)Math.Max(0, 100 - 100 * used), null) : null));
    }

    private static ActionAccess AccessFor(EntraNeeds needs, IReadOnlyList<string>? permissions, ConnectionLook look)
    {
        var missing = permissions is null ? [] : needs.Missing(permissions).ToList();
        if (missing.Count > 0) return new ActionAccess(needs.Action, Access.No, missing);
        var closed = needs.Permissions.Where(look.IsRefused).ToList();
        if (closed.Count > 0)
            return new ActionAccess(needs.Action, Access.No, closed, "Entra refuses the reading that it takes: grant the permission with admin consent; what was granted just now can take an hour.");
        if (needs.Permissions.Any(look.Trouble.ContainsKey)) return new ActionAccess(needs.Action, Access.Unclear, [], "A read that it takes failed; check again.");
        return permissions is null
            ? new ActionAccess(needs.Action, Access.Unclear, [], "The token does not show the application's permissions.")
            : new ActionAccess(needs.Action, Access.Yes, []);
    }

    private static IEnumerable<string> Problems(ConnectionLook look, IReadOnlyList<string>? permissions)
    {
        foreach (var problem in look.Problems(except: OwnRoles)) yield return problem;
        foreach (var needed in new[] { ReadRoles.Permission, ReadEligible.Permission })
        {
            if (!look.IsRefused(needed) && (permissions is null || EntraNeeds.Holds(permissions, needed))) continue;
            yield return $"Administrator roles cannot be read ({needed}), so every change is refused: nobody could tell whether it hits an administrator.";
        }
    }

    private static IEnumerable<string> Advice(IReadOnlyList<string>? permissions, IReadOnlyList<string>? roles)
    {
        if (roles is { Count: > 0 })
            yield return $"The application holds the directory role {string.Join(", ", roles)}. Without any, Entra itself refuses to change administrators, which is a second line of defence.";
        if (permissions?.Contains("RoleManagement.ReadWrite.Directory") == true)
            yield return "RoleManagement.ReadWrite.Directory makes administrators and is needed for nothing here: take it away.";
        if (permissions?.Contains("Directory.ReadWrite.All") == true)
            yield return "Directory.ReadWrite.All allows far more than is needed: grant the least permissions of the setup guide instead.";
        if (permissions?.Contains("AppRoleAssignment.ReadWrite.All") == true)
            yield return "AppRoleAssignment.ReadWrite.All can grant the application itself anything: take it away unless you need add_application and remove_application.";
    }
}
