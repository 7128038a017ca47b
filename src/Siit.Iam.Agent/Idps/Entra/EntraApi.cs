using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Graph;
using Microsoft.Graph.Models;
using Microsoft.Graph.Models.ODataErrors;
using Microsoft.Kiota.Abstractions;
using Microsoft.Kiota.Abstractions.Authentication;
using Microsoft.Kiota.Abstractions.Serialization;
using Siit.Iam.Agent.Idps.Resilience;

namespace Siit.Iam.Agent.Idps.Entra;

/// <summary>One page as Graph gave it, and its token for the next one.</summary>
internal sealed record EntraPage<T>(IReadOnlyList<T> Items, string? Next);

/// <summary>
/// The calls of Microsoft Graph that we make, over the vendor's client but on our own road to the IdP. Nothing here may be called
/// with an id that <see cref="IdGuard"/> has not seen.
/// </summary>
internal sealed partial class EntraApi(GraphServiceClient graph, Credentials<EntraCredential> credentials, EntraOptions options)
{
    private static readonly string[] UserFields =
    [
        "id", "userPrincipalName", "mail", "givenName", "surname", "displayName", "accountEnabled", "userType", "externalUserState", "department", "jobTitle",
        "createdDateTime", "lastPasswordChangeDateTime", "onPremisesSyncEnabled", "passwordProfile", "signInSessionsValidFromDateTime",
    ];

    private static readonly string[] ContactFields = ["id", "otherMails", "mobilePhone"];

    private static readonly string[] GroupFields =
    [
        "id", "displayName", "description", "groupTypes", "securityEnabled", "mailEnabled", "isAssignableToRole", "isManagementRestricted", "membershipRule",
        "onPremisesSyncEnabled",
    ];

    private static readonly string[] ApplicationFields = ["id", "displayName", "accountEnabled", "appRoleAssignmentRequired", "appRoles"];

    private static readonly string[] WithManager = ["manager($select=id,mail,userPrincipalName)"];

    private static readonly Dictionary<string, ParsableFactory<IParsable>> Refusals = new() { ["XXX"] = ODataError.CreateFromDiscriminatorValue };

    public static EntraApi Create(EntraOptions options, ResilienceOptions resilience, TimeProvider time)
    {
        var credentials = Credentials.Of(options, options.Changes, of => new EntraCredential(of, IdpHttp.Create(
            of.TokenUrl ?? of.Authority, EntraThrottling.Rules, resilience, time, new EntraTokenDoor(of.Authority, of.TokenUrl))));
        var http = IdpHttp.Create(options.Url, EntraThrottling.Rules, resilience, time, new EntraSignIn(credentials, options.Url));
        // Anonymous to Graph's client: the credential is put on each try by our own handler.
        return new EntraApi(new GraphServiceClient(http, new AnonymousAuthenticationProvider(), options.Url.AbsoluteUri.TrimEnd('/')), credentials, options);
    }

    public Task<EntraPage<User>> FindUsersAsync(string filter, int top, string? token, CancellationToken ct) =>
        PageAsync(graph.Users.ToGetRequestInformation(r => (r.QueryParameters.Filter, r.QueryParameters.Select, r.QueryParameters.Expand, r.QueryParameters.Top) = (filter, UserFields, WithManager, top)),
            UserCollectionResponse.CreateFromDiscriminatorValue, page => page.Value, token, ct);

    public Task<EntraPage<User>> FindDeletedUsersAsync(string filter, int top, string? token, CancellationToken ct) =>
        PageAsync(graph.Directory.DeletedItems.GraphUser.ToGetRequestInformation(r => (r.QueryParameters.Filter, r.QueryParameters.Select, r.QueryParameters.Top) = (filter, UserFields, top)),
            UserCollectionResponse.CreateFromDiscriminatorValue, page => page.Value, token, ct);

    public Task<User?> GetUserAsync(string id, CancellationToken ct) =>
        SendAsync(graph.Users[id].ToGetRequestInformation(r => (r.QueryParameters.Select, r.QueryParameters.Expand) = (UserFields, WithManager)), User.CreateFromDiscriminatorValue, ct);

    /// <summary>Private contacts: read only to reach the person.</summary>
    public Task<User?> GetContactsAsync(string id, CancellationToken ct) =>
        SendAsync(graph.Users[id].ToGetRequestInformation(r => r.QueryParameters.Select = ContactFields), User.CreateFromDiscriminatorValue, ct);

    public Task<User?> CreateUserAsync(User user, EntraReceipt receipt, CancellationToken ct) =>
        SendAsync(With(graph.Users.ToPostRequestInformation(user), receipt), User.CreateFromDiscriminatorValue, ct);

    public Task UpdateUserAsync(string id, User change, EntraReceipt receipt, CancellationToken ct) =>
        SendAsync(With(graph.Users[id].ToPatchRequestInformation(change), receipt), ct);

    public Task SetManagerAsync(string id, string managerId, EntraReceipt receipt, CancellationToken ct) =>
        SendAsync(With(graph.Users[id].Manager.Ref.ToPutRequestInformation(new ReferenceUpdate { OdataId = $"{options.ReferenceUrl}/users/{managerId}" }), receipt), ct);

    /// <summary>Moves the user to the deleted items. There is no call here that erases one from there.</summary>
    public Task DeleteUserAsync(string id, EntraReceipt receipt, CancellationToken ct) =>
        SendAsync(With(graph.Users[id].ToDeleteRequestInformation(), receipt), ct);

    public Task RevokeSessionsAsync(string id, EntraReceipt receipt, CancellationToken ct) =>
        SendAsync(With(graph.Users[id].RevokeSignInSessions.ToPostRequestInformation(), receipt), ct);

    /// <summary>Groups, directory roles and administrative units that the user is in directly.</summary>
    public Task<EntraPage<DirectoryObject>> ListMembershipsAsync(string id, int top, string? token, CancellationToken ct) =>
        PageAsync(graph.Users[id].MemberOf.ToGetRequestInformation(r => r.QueryParameters.Top = top),
            DirectoryObjectCollectionResponse.CreateFromDiscriminatorValue, page => page.Value, token, ct);

    public Task<EntraPage<Group>> FindGroupsAsync(string? filter, int top, string? token, CancellationToken ct) =>
        PageAsync(graph.Groups.ToGetRequestInformation(r => (r.QueryParameters.Filter, r.QueryParameters.Select, r.QueryParameters.Top) = (filter, GroupFields, top)),
            GroupCollectionResponse.CreateFromDiscriminatorValue, page => page.Value, token, ct);

    public Task<Group?> GetGroupAsync(string id, CancellationToken ct) =>
        SendAsync(graph.Groups[id].ToGetRequestInformation(r => r.QueryParameters.Select = GroupFields), Group.CreateFromDiscriminatorValue, ct);

    public Task<EntraPage<User>> ListMembersAsync(string id, int top, string? token, CancellationToken ct) =>
        PageAsync(graph.Groups[id].Members.GraphUser.ToGetRequestInformation(r => (r.QueryParameters.Select, r.QueryParameters.Top) = (UserFields, top)),
            UserCollectionResponse.CreateFromDiscriminatorValue, page => page.Value, token, ct);

    public Task AddMemberAsync(string id, string userId, EntraReceipt receipt, CancellationToken ct) =>
        SendAsync(With(graph.Groups[id].Members.Ref.ToPostRequestInformation(new ReferenceCreate { OdataId = $"{options.ReferenceUrl}/directoryObjects/{userId}" }), receipt), ct);

    /// <summary>Always the reference (<c>/$ref</c>), never the member: see <see cref="EntraDeletes"/>.</summary>
    public Task RemoveMemberAsync(string id, string userId, EntraReceipt receipt, CancellationToken ct) =>
        SendAsync(With(graph.Groups[id].Members[userId].Ref.ToDeleteRequestInformation(), receipt), ct);

    public Task<EntraPage<AppRoleAssignment>> ListAssignmentsOfGroupAsync(string id, int top, string? token, CancellationToken ct) =>
        PageAsync(graph.Groups[id].AppRoleAssignments.ToGetRequestInformation(r => r.QueryParameters.Top = top),
            AppRoleAssignmentCollectionResponse.CreateFromDiscriminatorValue, page => page.Value, token, ct);

    public Task<EntraPage<AppRoleAssignment>> ListAssignmentsAsync(string userId, string? filter, int top, string? token, CancellationToken ct) =>
        PageAsync(graph.Users[userId].AppRoleAssignments.ToGetRequestInformation(r => (r.QueryParameters.Filter, r.QueryParameters.Top) = (filter, top)),
            AppRoleAssignmentCollectionResponse.CreateFromDiscriminatorValue, page => page.Value, token, ct);

    public Task<EntraPage<ServicePrincipal>> FindApplicationsAsync(string filter, int top, string? token, CancellationToken ct) =>
        PageAsync(graph.ServicePrincipals.ToGetRequestInformation(r =>
            {
                (r.QueryParameters.Filter, r.QueryParameters.Select, r.QueryParameters.Top, r.QueryParameters.Count) = (filter, ApplicationFields, top, true);
                // A lambda and a function in one filter are an advanced query.
                r.Headers.Add("ConsistencyLevel", "eventual");
            }),
            ServicePrincipalCollectionResponse.CreateFromDiscriminatorValue, page => page.Value, token, ct);

    public Task<ServicePrincipal?> GetApplicationAsync(string id, CancellationToken ct) =>
        SendAsync(graph.ServicePrincipals[id].ToGetRequestInformation(r => r.QueryParameters.Select = ApplicationFields), ServicePrincipal.CreateFromDiscriminatorValue, ct);

    public Task<AppRoleAssignment?> AssignAsync(string applicationId, string userId, Guid role, EntraReceipt receipt, CancellationToken ct)
    {
        var assignment = new AppRoleAssignment { PrincipalId = Guid.Parse(userId), ResourceId = Guid.Parse(applicationId), AppRoleId = role };
        return SendAsync(With(graph.ServicePrincipals[applicationId].AppRoleAssignedTo.ToPostRequestInformation(assignment), receipt), AppRoleAssignment.CreateFromDiscriminatorValue, ct);
    }

    public Task UnassignAsync(string applicationId, string assignmentId, EntraReceipt receipt, CancellationToken ct) =>
        SendAsync(With(graph.ServicePrincipals[applicationId].AppRoleAssignedTo[assignmentId].ToDeleteRequestInformation(), receipt), ct);

    private static RequestInformation With(RequestInformation request, EntraReceipt receipt)
    {
        request.AddRequestOptions([receipt]);
        return request;
    }

    private Task<T?> SendAsync<T>(RequestInformation request, ParsableFactory<T> factory, CancellationToken ct) where T : IParsable =>
        graph.RequestAdapter.SendAsync(request, factory, Refusals, ct);

    private Task SendAsync(RequestInformation request, CancellationToken ct) => graph.RequestAdapter.SendNoContentAsync(request, Refusals, ct);

    /// <summary>
    /// We never follow a link: of one to the very list that was asked for only the token is taken, and put to the first question.
    /// </summary>
    private async Task<EntraPage<TItem>> PageAsync<TPage, TItem>(
        RequestInformation request, ParsableFactory<TPage> factory, Func<TPage, List<TItem>?> items, string? token, CancellationToken ct)
        where TPage : BaseCollectionPaginationCountResponse
    {
        // The client writes the short form of a type; the descriptions have the whole.
        var first = request.URI.AbsoluteUri.Replace("/graph.", "/microsoft.graph.", StringComparison.Ordinal);
        var asked = new Uri(token is null ? first : QueryHelpers.AddQueryString(first, "$skiptoken", token));
        request.URI = asked;
        var page = await SendAsync(request, factory, ct);
        if (page is null) return new EntraPage<TItem>([], null);
        return new EntraPage<TItem>(items(page) ?? [], page.OdataNextLink is { } link ? Token(link, asked) : null);
    }

    private string Token(string link, Uri asked) =>
        NextLink.TryRead(link, options.Url, asked.AbsolutePath, "$skiptoken", out var token) ? token : throw EntraErrors.ForeignLink();
}
