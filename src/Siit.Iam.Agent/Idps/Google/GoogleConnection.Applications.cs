namespace Siit.Iam.Agent.Idps.Google;

/// <summary>
/// Google ties no application to a person: a service is turned on for an access group. Which group gives which application stands
/// in the settings, and an application is given and taken by that group's membership.
/// </summary>
internal sealed partial class GoogleConnection
{
    public string? NoApplicationsBecause => options.Applications.Count > 0
        ? null
        : "Google Workspace has no applications to assign to a person. Map an application to its access group in the connection's settings ('applications'), use add_to_group or remove_from_group with that group, or revoke_grants for third-party applications.";

    public Task<Page<IdpApplication>> FindApplicationsAsync(string? query, int limit, string? cursor, CancellationToken cancellationToken)
    {
        var begins = query?.Trim() ?? "";
        var list = $"{name}\napplications\n{begins}";
        var start = Position(list, cursor) is not { } position ? 0 : int.TryParse(position, out var at) && at > 0 ? at : throw GoogleErrors.BadCursor();
        var found = options.Applications.Where(application => application.Name.StartsWith(begins, StringComparison.OrdinalIgnoreCase)).ToList();
        var end = start + Limit(limit);
        return Task.FromResult(new Page<IdpApplication>(
            [.. found.Skip(start).Take(Limit(limit)).Select(application => ToApplication(application))], end < found.Count ? PageCursor.Encode(list, $"{end}") : null));
    }

    /// <summary>With its group, read fresh: an application whose group gives administrator roles is no mere application.</summary>
    public async Task<IdpApplication> GetApplicationAsync(string applicationId, CancellationToken cancellationToken)
    {
        var application = Mapped(applicationId);
        var group = await GetGroupAsync(application.Group, cancellationToken);
        var reason = group.Roles.Count > 0
            ? $"Its group '{group.Group.Name}' gives administrator roles. Use add_to_group or remove_from_group, where that is judged."
            : group.Group.NotChangeable is { } why ? $"The members of its group '{group.Group.Name}' cannot be changed. {why}" : null;
        return ToApplication(application) with { AccessGroup = group.Group, NotAssignable = reason };
    }

    public Task<WriteReceipt> AddApplicationAsync(Account account, IdpApplication application, CancellationToken cancellationToken) =>
        JoinAsync(account, Mapped(application.Id).Group, "add the account to the application's group", cancellationToken);

    public Task<WriteReceipt> RemoveApplicationAsync(Account account, IdpApplication application, CancellationToken cancellationToken) =>
        LeaveAsync(account, Mapped(application.Id).Group, "remove the account from the application's group", cancellationToken);

    private async Task<IReadOnlyList<ApplicationAssignment>> ApplicationsOfAsync(
        string accountId, Lazy<Task<IReadOnlyList<GoogleGroup>>> groups, CancellationToken cancellationToken)
    {
        if (options.Applications.Count == 0) return [];
        var mine = (await groups.Value).DistinctBy(group => group.Id).ToDictionary(group => group.Id, StringComparer.Ordinal);
        var held = await Task.WhenAll(options.Applications.Select(async application =>
            mine.TryGetValue(application.Group, out var group)
                ? new ApplicationAssignment(application.Id, application.Name, Direct: true, group.Id, NameOf(group))
                : await IsInsideAsync(application.Group, accountId, cancellationToken) ? new ApplicationAssignment(application.Id, application.Name, Direct: false) : null));
        return [.. held.OfType<ApplicationAssignment>()];
    }

    private async Task<bool> IsInsideAsync(string groupId, string accountId, CancellationToken cancellationToken) =>
        (await ReadAsync(new GoogleRequest("read whether the account is in the application's group", MemberScope),
            () => _directory.HasMember(groupId, accountId, cancellationToken), cancellationToken)).IsMember == true;

    private MappedApplication Mapped(string id) => options.Applications.FirstOrDefault(application => application.Id == id) ?? throw GoogleErrors.NoApplication();

    private static IdpApplication ToApplication(MappedApplication application) => new() { Id = application.Id, Name = application.Name };
}
