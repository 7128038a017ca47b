namespace Siit.Iam.Agent.Idps.Okta;

internal sealed partial class OktaConnection
{
    private static readonly OktaRequest ReadApplications = new("read applications", "okta.apps.read");

    public Task<Page<IdpApplication>> FindApplicationsAsync(string? query, int limit, string? cursor, CancellationToken cancellationToken)
    {
        var begins = string.IsNullOrWhiteSpace(query) ? null : query.Trim();
        return CursorPageAsync(ReadApplications, "/api/v1/apps", begins ?? "", cursor,
            after => api.FindApplications(begins, null, Limit(limit), after, cancellationToken),
            // Okta's q also compares an internal name that nobody sees.
            found => found.Select(ToApplication).Where(app => begins is null || app.Name.StartsWith(begins, StringComparison.OrdinalIgnoreCase)),
            cancellationToken);
    }

    /// <summary>With its groups: of somebody who has it both ways Okta tells the direct assignment only.</summary>
    public async Task<IdpApplication> GetApplicationAsync(string applicationId, CancellationToken cancellationToken)
    {
        var id = Id(applicationId, "an application");
        var (application, groups) = (ApplicationAsync(id, cancellationToken), GroupsOfApplicationAsync(id, cancellationToken));
        await Task.WhenAll(application, groups);
        return await application with { AssignedGroups = [.. (await groups).Select(group => group.Id)] };
    }

    private async Task<IdpApplication> ApplicationAsync(string id, CancellationToken cancellationToken) =>
        ToApplication(await ReadAsync(ReadApplications, () => api.GetApplication(id, cancellationToken), cancellationToken));

    /// <summary>The one that counts first.</summary>
    private async Task<IReadOnlyList<OktaApplicationGroup>> GroupsOfApplicationAsync(string id, CancellationToken cancellationToken) =>
    [
        .. (await AllAsync(new OktaRequest("read the application's groups", "okta.apps.read"), $"/api/v1/apps/{id}/groups",
            // Okta takes no fewer than 20 here.
            after => api.ListGroupsOfApplication(id, Math.Max(20, options.PageSize), after, cancellationToken), cancellationToken)).OrderBy(group => group.Priority ?? int.MaxValue),
    ];

    public Task<WriteReceipt> AddApplicationAsync(Account account, IdpApplication application, CancellationToken cancellationToken)
    {
        var (id, userId) = (Id(application.Id, "an application"), Id(account.Id, "an account"));
        return WriteAsync(new OktaRequest("assign the application", "okta.apps.manage", Changes: true),
            () => api.AssignApplication(id, new OktaApplicationUserWrite(userId, "USER"), cancellationToken), cancellationToken);
    }

    public Task<WriteReceipt> RemoveApplicationAsync(Account account, IdpApplication application, CancellationToken cancellationToken)
    {
        var (id, userId) = (Id(application.Id, "an application"), Id(account.Id, "an account"));
        return WriteAsync(new OktaRequest("take the application away", "okta.apps.manage", Changes: true),
            () => api.UnassignApplication(id, userId, cancellationToken), cancellationToken);
    }

    private static readonly OktaRequest ReadAssignments = new("read the account's applications", "okta.apps.read");

    /// <summary>
    /// Real assignments, not the tiles on a person's page: those leave out hidden ones. How each is assigned is asked for one by one: the
    /// list could embed it, but what Okta describes for that is not what it sends.
    /// </summary>
    private async Task<IReadOnlyList<ApplicationAssignment>> ApplicationsOfAsync(
        string accountId, Lazy<Task<IReadOnlyList<OktaGroup>>> groups, CancellationToken cancellationToken)
    {
        var applications = await AllAsync(ReadAssignments, "/api/v1/apps",
            after => api.FindApplications(null, OktaFilter.Equal("user.id", accountId), options.PageSize, after, cancellationToken), cancellationToken);
        var assignments = await Task.WhenAll(applications.Select(application => ToAssignmentAsync(accountId, application, groups, cancellationToken)));
        return [.. assignments.OfType<ApplicationAssignment>()];
    }

    /// <summary>Null when it was taken away meanwhile.</summary>
    private async Task<ApplicationAssignment?> ToAssignmentAsync(
        string accountId, OktaApplication application, Lazy<Task<IReadOnlyList<OktaGroup>>> groups, CancellationToken cancellationToken)
    {
        var (id, name) = (Id(application.Id, "an application"), NameOf(application));
        if (await ScopeOfAsync(id, accountId, cancellationToken) is not { } scope) return null;
        if (scope != "GROUP") return new ApplicationAssignment(application.Id, name, Direct: true);
        var assigned = await GroupsOfApplicationAsync(id, cancellationToken);
        var mine = (await groups.Value).DistinctBy(group => group.Id).ToDictionary(group => group.Id, StringComparer.Ordinal);
        var via = assigned.FirstOrDefault(group => mine.ContainsKey(group.Id));
        return new ApplicationAssignment(application.Id, name, Direct: false, via?.Id, via is null ? null : NameOf(mine[via.Id]));
    }

    private async Task<string?> ScopeOfAsync(string id, string accountId, CancellationToken cancellationToken)
    {
        try
        {
            return (await ReadAsync(ReadAssignments, () => api.GetAssignment(id, accountId, cancellationToken), cancellationToken)).Scope ?? "USER";
        }
        catch (IdpException e) when (e.Trouble == IdpTrouble.NotFound)
        {
            return null;
        }
    }

    private static IdpApplication ToApplication(OktaApplication application) => new()
    {
        Id = application.Id,
        Name = NameOf(application),
        Active = application.Status == "ACTIVE",
    };

    private static string NameOf(OktaApplication application) => application.Label ?? application.Name ?? application.Id;
}
