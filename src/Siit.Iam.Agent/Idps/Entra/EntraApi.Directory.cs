using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Graph.Models;
using Microsoft.Kiota.Abstractions;

namespace Siit.Iam.Agent.Idps.Entra;

/// <summary>The lists of a whole tenant, and what changed in them.</summary>
internal sealed partial class EntraApi
{
    public const string Latest = "latest";

    private static readonly string[] WithOwners = ["owners($select=id)"];

    private static readonly string[] RoleFields = ["id", "displayName"];

    public Task<EntraPage<User>> ListUsersAsync(string? filter, int top, string? token, CancellationToken ct)
    {
        string[] selected = [.. UserFields.Append("proxyAddresses").Union(EntraAttributes.Selected(options.Fields.Values))];
        var request = graph.Users.ToGetRequestInformation(r =>
            (r.QueryParameters.Filter, r.QueryParameters.Select, r.QueryParameters.Expand, r.QueryParameters.Top) = (filter, selected, WithManager, top));
        // An attribute of the tenant's choice can be any property: those only Graph's own page reads.
        return selected.All(EntraUser.Reads)
            ? PageAsync(request, EntraUsers.Create, page => page.Items, token, ct)
            : PageAsync(request, UserCollectionResponse.CreateFromDiscriminatorValue, page => page.Value, token, ct);
    }

    public Task<EntraPage<UserRegistrationDetails>> ListRegistrationsAsync(int top, string? token, CancellationToken ct) =>
        PageAsync(graph.Reports.AuthenticationMethods.UserRegistrationDetails.ToGetRequestInformation(r => r.QueryParameters.Top = top),
            UserRegistrationDetailsCollectionResponse.CreateFromDiscriminatorValue, page => page.Value, token, ct);

    /// <summary>Owners come with them, at most 20 of each.</summary>
    public Task<EntraPage<Group>> ListGroupsAsync(int top, string? token, CancellationToken ct) =>
        PageAsync(graph.Groups.ToGetRequestInformation(r => (r.QueryParameters.Select, r.QueryParameters.Expand, r.QueryParameters.Top) = ([.. GroupFields, "mail"], WithOwners, top)),
            GroupCollectionResponse.CreateFromDiscriminatorValue, page => page.Value, token, ct);

    public Task<EntraPage<Group>> ListGroupsAsync(string filter, int top, string? token, CancellationToken ct) =>
        PageAsync(graph.Groups.ToGetRequestInformation(r => (r.QueryParameters.Filter, r.QueryParameters.Select, r.QueryParameters.Top) = (filter, [.. GroupFields, "mail"], top)),
            GroupCollectionResponse.CreateFromDiscriminatorValue, page => page.Value, token, ct);

    public Task<EntraPage<EntraReference>> ListMemberReferencesAsync(string id, int top, string? token, CancellationToken ct) =>
        ReferencesAsync($"groups/{id}/members", top, token, ct);

    public Task<EntraPage<EntraReference>> ListOwnersAsync(string groupId, int top, string? token, CancellationToken ct) =>
        ReferencesAsync($"groups/{groupId}/owners", top, token, ct);

    public Task<EntraPage<EntraReference>> ListApplicationOwnersAsync(string id, int top, string? token, CancellationToken ct) =>
        ReferencesAsync($"servicePrincipals/{id}/owners", top, token, ct);

    /// <summary>Owners come with them, at most 20 of each. Not an advanced query, with which nothing can be expanded.</summary>
    public Task<EntraPage<ServicePrincipal>> ListApplicationsAsync(string filter, int top, string? token, CancellationToken ct) =>
        PageAsync(graph.ServicePrincipals.ToGetRequestInformation(r =>
                (r.QueryParameters.Filter, r.QueryParameters.Select, r.QueryParameters.Expand, r.QueryParameters.Top) = (filter, ApplicationFields, WithOwners, top)),
            ServicePrincipalCollectionResponse.CreateFromDiscriminatorValue, page => page.Value, token, ct);

    public Task<EntraPage<AppRoleAssignment>> ListAssignedToAsync(string id, int top, string? token, CancellationToken ct) =>
        PageAsync(graph.ServicePrincipals[id].AppRoleAssignedTo.ToGetRequestInformation(r => r.QueryParameters.Top = top),
            AppRoleAssignmentCollectionResponse.CreateFromDiscriminatorValue, page => page.Value, token, ct);

    public Task<EntraPage<UnifiedRoleDefinition>> ListRoleDefinitionsAsync(int top, string? token, CancellationToken ct) =>
        PageAsync(graph.RoleManagement.Directory.RoleDefinitions.ToGetRequestInformation(r => (r.QueryParameters.Select, r.QueryParameters.Top) = (RoleFields, top)),
            UnifiedRoleDefinitionCollectionResponse.CreateFromDiscriminatorValue, page => page.Value, token, ct);

    public Task<EntraPage<UnifiedRoleAssignment>> ListAllHoldersAsync(int top, string? token, CancellationToken ct) =>
        PageAsync(graph.RoleManagement.Directory.RoleAssignments.ToGetRequestInformation(r => (r.QueryParameters.Expand, r.QueryParameters.Top) = (WithPrincipal, top)),
            UnifiedRoleAssignmentCollectionResponse.CreateFromDiscriminatorValue, page => page.Value, token, ct);

    public Task<EntraPage<UnifiedRoleEligibilitySchedule>> ListAllEligibleAsync(int top, string? token, CancellationToken ct) =>
        PageAsync(graph.RoleManagement.Directory.RoleEligibilitySchedules.ToGetRequestInformation(r => (r.QueryParameters.Expand, r.QueryParameters.Top) = (WithPrincipal, top)),
            UnifiedRoleEligibilityScheduleCollectionResponse.CreateFromDiscriminatorValue, page => page.Value, token, ct);

    /// <summary>Where a delta query stands now.</summary>
    /// <param name="list">Such as <c>users</c>.</param>
    public async Task<EntraMark> BeginDeltaAsync(string list, string select, CancellationToken ct) =>
        (await DeltaAsync(list, new() { ["$select"] = select, ["$deltatoken"] = Latest }, ct)).Next;

    /// <summary>What was selected at the beginning is part of the token, and may not be said again.</summary>
    public Task<(IReadOnlyList<EntraChange> Items, EntraMark Next)> ReadDeltaAsync(string list, EntraMark mark, CancellationToken ct) =>
        DeltaAsync(list, new() { [mark.Midway ? "$skiptoken" : "$deltatoken"] = mark.Token }, ct);

    private async Task<(IReadOnlyList<EntraChange> Items, EntraMark Next)> DeltaAsync(string list, Dictionary<string, string?> query, CancellationToken ct)
    {
        var asked = At($"{list}/delta", query);
        var request = new RequestInformation { HttpMethod = Method.GET, URI = asked };
        // Only what changed: members without the group's properties when it is only them.
        request.Headers.Add("Prefer", "return=minimal");
        request.Headers.Add("Accept", "application/json");
        var page = await SendAsync(request, EntraDelta.Create, ct) ?? new EntraDelta();
        if (page.NextLink is { } next) return (page.Items, new EntraMark(Token(next, asked), Midway: true));
        if (page.DeltaLink is not { } link || !NextLink.TryRead(link, options.Url, asked.AbsolutePath, "$deltatoken", out var token)) throw EntraErrors.ForeignLink();
        return (page.Items, new EntraMark(token));
    }

    private async Task<EntraPage<EntraReference>> ReferencesAsync(string path, int top, string? token, CancellationToken ct)
    {
        var asked = At(path, new() { ["$select"] = "id", ["$top"] = $"{top}" });
        if (token is not null) asked = new Uri(QueryHelpers.AddQueryString(asked.AbsoluteUri, "$skiptoken", token));
        var request = new RequestInformation { HttpMethod = Method.GET, URI = asked };
        request.Headers.Add("Accept", "application/json");
        var page = await SendAsync(request, EntraReferences.Create, ct) ?? new EntraReferences();
        return new EntraPage<EntraReference>(page.Items, page.NextLink is { } link ? Token(link, asked) : null);
    }

    private Uri At(string path, Dictionary<string, string?> query) =>
        new(QueryHelpers.AddQueryString($"{options.Url.AbsoluteUri.TrimEnd('/')}/{path}", query));
}
