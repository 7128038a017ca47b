namespace Siit.Iam.Agent.Idps.JumpCloud;

internal sealed partial class JumpCloudConnection
{
    private static readonly JumpCloudRequest ReadApplications = new("read applications", "applications.readonly");

    public Task<Page<IdpApplication>> FindApplicationsAsync(string? query, int limit, string? cursor, CancellationToken cancellationToken) =>
        FindAsync(ReadApplications, "applications", query, limit, cursor, skip => ApplicationPageAsync(skip, cancellationToken), ToApplication, app => app.Name);

    public async Task<IdpApplication> GetApplicationAsync(string applicationId, CancellationToken cancellationToken)
    {
        var id = Id(applicationId, "an application");
        return ToApplication(await ReadAsync(ReadApplications, () => v1.GetApplication(id, cancellationToken), cancellationToken));
    }

    public Task<WriteReceipt> AddApplicationAsync(Account account, IdpApplication application, CancellationToken cancellationToken) =>
        AssociateAsync("add", "assign the application", account, application, cancellationToken);

    public Task<WriteReceipt> RemoveApplicationAsync(Account account, IdpApplication application, CancellationToken cancellationToken) =>
        AssociateAsync("remove", "take the application away", account, application, cancellationToken);

    private Task<WriteReceipt> AssociateAsync(string op, string what, Account account, IdpApplication application, CancellationToken cancellationToken)
    {
        var (userId, id) = (Id(account.Id, "an account"), Id(application.Id, "an application"));
        return WriteAsync(new JumpCloudRequest(what, "associations.users", Changes: true),
            () => v2.ChangeAssociation(userId, new JumpCloudGraphChange(op, "application", id), cancellationToken), cancellationToken);
    }

    /// <summary>One entry for each path by which the account has an application: each has to be cut to take it away.</summary>
    private async Task<IReadOnlyList<ApplicationAssignment>> ApplicationsOfAsync(
        string accountId, Lazy<Task<IReadOnlyList<JumpCloudGroup>>> groupsOnce, CancellationToken cancellationToken)
    {
        var request = new JumpCloudRequest("read the account's applications", "applications.readonly");
        var reached = await AllAsync(request, skip => BarePageAsync(request, options.PageSize,
            () => v2.ListApplicationsOfUser(accountId, options.PageSize, skip, cancellationToken), cancellationToken));
        if (reached.Count == 0) return [];

        var applications = (await AllApplicationsAsync(cancellationToken)).ToDictionary(application => application.Id, StringComparer.Ordinal);
        var assignments = new List<ApplicationAssignment>();
        foreach (var item in reached)
        {
            var label = applications.TryGetValue(item.Id, out var application) ? NameOf(application) : item.Id;
            foreach (var via in PathsOf(item))
            {
                var group = via is null ? null : (await groupsOnce.Value).FirstOrDefault(group => group.Id == via);
                assignments.Add(new ApplicationAssignment(item.Id, label, Direct: via is null, via, group is null ? null : NameOf(group)));
            }
        }
        return assignments;
    }

    /// <summary>The group each path leads through; null for the direct one. Without any path it counts as direct.</summary>
    private static List<string?> PathsOf(JumpCloudGraphObject item)
    {
        List<string?> paths = [.. (item.Paths ?? []).Select(path => path.Select(edge => edge.To).FirstOrDefault(node => node.Type == "user_group")?.Id).Distinct()];
        return paths.Count == 0 ? [null] : paths;
    }

    private Task<IReadOnlyList<JumpCloudApplication>> AllApplicationsAsync(CancellationToken cancellationToken) =>
        AllAsync(ReadApplications, skip => ApplicationPageAsync(skip, cancellationToken));

    private Task<(IReadOnlyList<JumpCloudApplication> Items, bool More)> ApplicationPageAsync(int skip, CancellationToken cancellationToken) =>
        CountedPageAsync(ReadApplications, skip, () => v1.ListApplications(options.PageSize, skip, cancellationToken),
            (JumpCloudApplications list) => (list.TotalCount, list.Results), cancellationToken);

    private static IdpApplication ToApplication(JumpCloudApplication application) => new()
    {
        Id = application.Id,
        Name = NameOf(application),
        Active = application.Active != false,
    };

    private static string NameOf(JumpCloudApplication application) =>
        Text(application.DisplayLabel) ?? Text(application.DisplayName) ?? Text(application.Name) ?? application.Id;
}
