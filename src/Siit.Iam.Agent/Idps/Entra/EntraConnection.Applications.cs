using Microsoft.Graph.Models;

namespace Siit.Iam.Agent.Idps.Entra;

/// <summary>Enterprise applications (service principals) and who may use them.</summary>
internal sealed partial class EntraConnection
{
    private static readonly EntraRequest ReadApplications = new("read applications", "Application.Read.All");

    private static readonly EntraRequest ReadAssignments = new("read the account's applications", "Directory.Read.All");

    /// <summary>What the admin center lists: without the tag there are hundreds of Microsoft's own.</summary>
    private const string IntegratedTag = "WindowsAzureActiveDirectoryIntegratedApp";

    private const string Integrated = $"tags/any(t:t eq '{IntegratedTag}')";

    public Task<Page<IdpApplication>> FindApplicationsAsync(string? query, int limit, string? cursor, CancellationToken cancellationToken)
    {
        var begins = string.IsNullOrWhiteSpace(query) ? null : query.Trim();
        var filter = begins is null ? Integrated : $"{EntraFilter.StartsWith("displayName", begins)} and {Integrated}";
        return CursorPageAsync(ReadApplications, $"applications\n{begins}", cursor,
            (api, token) => api.FindApplicationsAsync(filter, Limit(limit), token, cancellationToken), found => found.Select(ToApplication), cancellationToken);
    }

    public async Task<IdpApplication> GetApplicationAsync(string applicationId, CancellationToken cancellationToken) =>
        ToApplication(await ApplicationAsync(Id(applicationId, "an application"), cancellationToken));

    public async Task<WriteReceipt> AddApplicationAsync(Account account, IdpApplication application, CancellationToken cancellationToken)
    {
        var (id, userId) = (Id(application.Id, "an application"), Id(account.Id, "an account"));
        var request = new EntraRequest("assign the application", "AppRoleAssignment.ReadWrite.All", Changes: true);
        var found = await ApplicationAsync(id, cancellationToken);
        if (RoleFor(found, out var role) is { } problem) throw new IdpException(IdpTrouble.Rejected, problem);
        return await WriteAsync(request, (api, receipt) => api.AssignAsync(id, userId, role, receipt, cancellationToken), cancellationToken);
    }

    /// <summary>Every direct assignment to this application: a person can hold several of its roles.</summary>
    public async Task<WriteReceipt> RemoveApplicationAsync(Account account, IdpApplication application, CancellationToken cancellationToken)
    {
        var (id, userId) = (Id(application.Id, "an application"), Id(account.Id, "an account"));
        var request = new EntraRequest("take the application away", "AppRoleAssignment.ReadWrite.All", Changes: true);
        var assignments = await AllAsync(ReadAssignments,
            (api, token) => api.ListAssignmentsAsync(userId, $"resourceId eq {id}", options.PageSize, token, cancellationToken), cancellationToken);
        var direct = assignments.Where(IsDirect).Where(assignment => assignment.ResourceId == Guid.Parse(id)).Select(assignment => OpaqueId(assignment.Id, "an assignment")).ToList();
        if (direct.Count == 0) throw EntraErrors.NoAssignment();
        return await EachAsync(request, direct, assignment =>
            WriteAsync(request, (api, receipt) => api.UnassignAsync(id, assignment, receipt, cancellationToken), cancellationToken));
    }

    private Task<ServicePrincipal> ApplicationAsync(string id, CancellationToken cancellationToken) =>
        ReadAsync(ReadApplications, api => api.GetApplicationAsync(id, cancellationToken), cancellationToken);

    /// <summary>One entry for each application. Graph lists what comes from a group among the account's own, told apart by the principal's type.</summary>
    private async Task<IReadOnlyList<ApplicationAssignment>> ApplicationsOfAsync(string accountId, CancellationToken cancellationToken)
    {
        var assignments = await AllAsync(ReadAssignments,
            (api, token) => api.ListAssignmentsAsync(accountId, null, options.PageSize, token, cancellationToken), cancellationToken);
        return [.. assignments.Where(assignment => assignment.ResourceId is not null).GroupBy(assignment => assignment.ResourceId!.Value).Select(application =>
        {
            var via = application.FirstOrDefault(assignment => !IsDirect(assignment));
            return new ApplicationAssignment(
                application.Key.ToString(), application.First().ResourceDisplayName ?? application.Key.ToString(), application.Any(IsDirect), via?.PrincipalId?.ToString(), via?.PrincipalDisplayName);
        })];
    }

    private static bool IsDirect(AppRoleAssignment assignment) => assignment.PrincipalType == "User";

    private static IdpApplication ToApplication(ServicePrincipal application) => new()
    {
        Id = application.Id!,
        Name = application.DisplayName ?? application.Id!,
        Active = application.AccountEnabled != false,
        OpenToEverybody = application.AppRoleAssignmentRequired == false,
        NotAssignable = RoleFor(application, out _),
    };

    /// <summary>The role that a plain assignment gives: the only one for people, or the one that Entra itself names for that. Else why there is none.</summary>
    private static string? RoleFor(ServicePrincipal application, out Guid role)
    {
        role = EntraIds.DefaultAppRole;
        var roles = (application.AppRoles ?? []).Where(found => found.IsEnabled == true && found.AllowedMemberTypes?.Contains("User") == true).ToList();
        if (roles.Count == 0) return null;
        var one = roles.Count == 1 ? roles[0] : roles.FirstOrDefault(found => found.DisplayName is "User") ?? roles.FirstOrDefault(found => found.DisplayName is "msiam_access");
        if (one?.Id is { } id)
        {
            role = id;
            return null;
        }
        return $"The application has {roles.Count} roles ({string.Join(", ", roles.Take(5).Select(found => found.DisplayName))}), and which one is meant cannot be said here: assign it at Entra, or through a group that has the role.";
    }
}
