using System.Text.Json.Nodes;
using Refit;

namespace Siit.Iam.Agent.Idps.JumpCloud;

/// <summary>
/// The calls of JumpCloud's first API that we make. Nothing here may be called with an id that <see cref="IdGuard"/> has not seen.
/// Lists are always sorted by id: without it, JumpCloud's own advice says, paging by offset loses and repeats rows.
/// </summary>
[Headers("Accept: application/json")]
internal interface IJumpCloudV1
{
    [Get("/systemusers?sort=_id")]
    Task<ApiResponse<JumpCloudUsers>> FindUsers(string? filter, int limit, int skip, CancellationToken ct);

    /// <summary>As they are, so that attributes can be read by name.</summary>
    /// <param name="fields">Separated by spaces.</param>
    [Get("/systemusers?sort=_id")]
    Task<ApiResponse<JumpCloudUserRecords>> ListUsers(string fields, string? filter, int limit, int skip, CancellationToken ct);

    [Get("/systemusers/{id}")]
    Task<ApiResponse<JsonObject>> GetUserRecord(string id, string fields, CancellationToken ct);

    [Get("/systemusers/{id}")]
    Task<ApiResponse<JumpCloudUser>> GetUser(string id, CancellationToken ct);

    [Post("/systemusers")]
    Task<ApiResponse<JumpCloudUser>> CreateUser([Body] JumpCloudUserWrite user, CancellationToken ct);

    /// <summary>Only the fields that are sent change. Never <c>attributes</c>: that array is replaced as a whole.</summary>
    [Put("/systemusers/{id}")]
    Task<IApiResponse> UpdateUser(string id, [Body] JumpCloudUserWrite user, CancellationToken ct);

    /// <summary>Its body must be empty.</summary>
    [Post("/systemusers/{id}/state/suspend")]
    Task<IApiResponse> Suspend(string id, CancellationToken ct);

    [Post("/systemusers/{id}/unlock")]
    Task<IApiResponse> Unlock(string id, CancellationToken ct);

    [Post("/systemusers/{id}/expire")]
    Task<IApiResponse> ExpirePassword(string id, CancellationToken ct);

    [Post("/systemusers/{id}/password")]
    Task<IApiResponse> SetPassword(string id, [Body] JumpCloudPasswordWrite password, CancellationToken ct);

    [Get("/systemusers/{id}?fields=_id%20alternateEmail%20phoneNumbers")]
    Task<ApiResponse<JumpCloudReachableUser>> GetContacts(string id, CancellationToken ct);

    /// <summary>Mails to the account's own address; another one could be named in the body, and we never do.</summary>
    [Post("/systemusers/{id}/reactivate")]
    Task<IApiResponse> MailPasswordLink(string id, CancellationToken ct);

    [Post("/systemusers/{id}/resetmfa")]
    Task<IApiResponse> ResetMfa(string id, [Body] JumpCloudMfaReset reset, CancellationToken ct);

    [Get("/applications?sort=_id")]
    Task<ApiResponse<JumpCloudApplications>> ListApplications(int limit, int skip, CancellationToken ct);

    [Get("/applications/{id}")]
    Task<ApiResponse<JumpCloudApplication>> GetApplication(string id, CancellationToken ct);

    /// <summary>The administrators. Not in the published description, but what JumpCloud's own PowerShell module and command line ask.</summary>
    [Get("/users?sort=_id")]
    Task<ApiResponse<JumpCloudAdministrators>> ListAdministrators(int limit, int skip, CancellationToken ct);
}

/// <summary>The calls of JumpCloud's second API: groups, and the graph that ties users, groups and applications.</summary>
[Headers("Accept: application/json")]
internal interface IJumpCloudV2
{
    [Get("/usergroups?sort=name")]
    Task<ApiResponse<List<JumpCloudGroup>>> ListGroups(int limit, int skip, CancellationToken ct);

    [Get("/usergroups/{id}")]
    Task<ApiResponse<JumpCloudGroup>> GetGroup(string id, CancellationToken ct);

    [Get("/usergroups/{id}/members")]
    Task<ApiResponse<List<JumpCloudConnectionEdge>>> ListMembers(string id, int limit, int skip, CancellationToken ct);

    [Post("/usergroups/{id}/members")]
    Task<IApiResponse> ChangeMember(string id, [Body] JumpCloudGraphChange change, CancellationToken ct);

    [Get("/usergroups/{id}/applications")]
    Task<ApiResponse<List<JumpCloudGraphObject>>> ListApplicationsOfGroup(string id, int limit, int skip, CancellationToken ct);

    [Get("/users/{id}/memberof")]
    Task<ApiResponse<List<JumpCloudGraphObject>>> ListGroupsOfUser(string id, int limit, int skip, CancellationToken ct);

    [Get("/users/{id}/applications")]
    Task<ApiResponse<List<JumpCloudGraphObject>>> ListApplicationsOfUser(string id, int limit, int skip, CancellationToken ct);

    [Post("/users/{id}/associations")]
    Task<IApiResponse> ChangeAssociation(string id, [Body] JumpCloudGraphChange change, CancellationToken ct);

    /// <summary>The direct ones only: neither through groups nor of other kinds.</summary>
    [Get("/applications/{id}/associations?targets=user,user_group")]
    Task<ApiResponse<List<JumpCloudConnectionEdge>>> ListAssociationsOfApplication(string id, int limit, int skip, CancellationToken ct);

    [Get("/users/{id}/pushendpoints")]
    Task<ApiResponse<List<JumpCloudPushEndpoint>>> ListPushEndpoints(string id, CancellationToken ct);

    [Delete("/users/{id}/pushendpoints/{endpointId}")]
    Task<IApiResponse> DeletePushEndpoint(string id, string endpointId, CancellationToken ct);

    [Get("/roles?sort=name")]
    Task<ApiResponse<JumpCloudRoles>> ListRoles(int limit, int skip, CancellationToken ct);

    [Get("/service-accounts?sort=name")]
    Task<ApiResponse<JumpCloudServiceAccounts>> ListServiceAccounts(int limit, int skip, CancellationToken ct);

    [Get("/service-accounts/{id}")]
    Task<ApiResponse<JumpCloudServiceAccountInfo>> GetServiceAccount(string id, CancellationToken ct);
}

/// <summary>Directory Insights, JumpCloud's log. Its POST only reads.</summary>
[Headers("Accept: application/json")]
internal interface IJumpCloudInsights
{
    [Post("/events")]
    Task<ApiResponse<List<JsonObject>>> ReadEvents([Body] JumpCloudEventQuery query, CancellationToken ct);
}
