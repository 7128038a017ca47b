using Refit;

namespace Siit.Iam.Agent.Idps.Google;

/// <summary>The three Google APIs of one tenant, signed in as the same service account.</summary>
internal sealed record GoogleApis(IGoogleApi Directory, IGoogleReportsApi Reports, ICloudIdentityApi Identity);

/// <summary>
/// The calls of the Directory API that we make. Nothing here may be called with an id that <see cref="IdGuard"/> has not seen, but
/// for the search by address, whose answer is compared with the question. A user is never deleted: that erases after 20 days.
/// </summary>
[Headers("Accept: application/json")]
internal interface IGoogleApi
{
    [Get("/admin/directory/v1/users")]
    Task<ApiResponse<GoogleUsers>> FindUsers(string customer, string query, int maxResults, string? pageToken, CancellationToken ct);

    /// <summary>Everybody but the deleted. A <paramref name="projection"/> of basic has no custom schemas, custom those of the mask.</summary>
    [Get("/admin/directory/v1/users")]
    Task<ApiResponse<GoogleUsers>> ListUsers(
        string customer, string projection, string? customFieldMask, int maxResults, string? pageToken, CancellationToken ct);

    [Get("/admin/directory/v1/users/{userKey}?projection=full")]
    Task<ApiResponse<GoogleUser>> GetUser(string userKey, CancellationToken ct);

    [Post("/admin/directory/v1/users")]
    Task<ApiResponse<GoogleUser>> CreateUser([Body] GoogleNewUser user, CancellationToken ct);

    /// <summary>Leaves out what is null, but replaces a list that it gets as a whole.</summary>
    [Put("/admin/directory/v1/users/{userKey}")]
    Task<IApiResponse> UpdateUser(string userKey, [Body] GoogleUserWrite user, CancellationToken ct);

    [Put("/admin/directory/v1/users/{userKey}")]
    Task<IApiResponse> SetPassword(string userKey, [Body] GooglePasswordWrite password, CancellationToken ct);

    [Get("/admin/directory/v1/users/{userKey}?projection=full")]
    Task<ApiResponse<GoogleReachableUser>> GetContacts(string userKey, CancellationToken ct);

    [Post("/admin/directory/v1/users/{userKey}/signOut")]
    Task<IApiResponse> SignOut(string userKey, CancellationToken ct);

    [Post("/admin/directory/v1/users/{userKey}/twoStepVerification/turnOff")]
    Task<IApiResponse> TurnOffTwoStep(string userKey, CancellationToken ct);

    [Get("/admin/directory/v1/users/{userKey}/tokens")]
    Task<ApiResponse<GoogleTokens>> ListTokens(string userKey, CancellationToken ct);

    [Delete("/admin/directory/v1/users/{userKey}/tokens/{clientId}")]
    Task<IApiResponse> RevokeToken(string userKey, string clientId, CancellationToken ct);

    [Get("/admin/directory/v1/users/{userKey}/asps")]
    Task<ApiResponse<GoogleAppPasswords>> ListAppPasswords(string userKey, CancellationToken ct);

    [Delete("/admin/directory/v1/users/{userKey}/asps/{codeId}")]
    Task<IApiResponse> DeleteAppPassword(string userKey, int codeId, CancellationToken ct);

    [Get("/admin/directory/v1/groups")]
    Task<ApiResponse<GoogleGroups>> FindGroups(string customer, string? query, int maxResults, string? pageToken, CancellationToken ct);

    /// <summary>Groups that have a user or a group as direct member. Takes no customer beside it.</summary>
    [Get("/admin/directory/v1/groups")]
    Task<ApiResponse<GoogleGroups>> ListGroupsOf(string userKey, int maxResults, string? pageToken, CancellationToken ct);

    [Get("/admin/directory/v1/groups/{groupKey}")]
    Task<ApiResponse<GoogleGroup>> GetGroup(string groupKey, CancellationToken ct);

    [Get("/admin/directory/v1/groups/{groupKey}/members")]
    Task<ApiResponse<GoogleMembers>> ListMembers(string groupKey, string? roles, int maxResults, string? pageToken, CancellationToken ct);

    /// <summary>True for members of groups inside it, too.</summary>
    [Get("/admin/directory/v1/groups/{groupKey}/hasMember/{memberKey}")]
    Task<ApiResponse<GoogleHasMember>> HasMember(string groupKey, string memberKey, CancellationToken ct);

    [Post("/admin/directory/v1/groups/{groupKey}/members")]
    Task<IApiResponse> AddMember(string groupKey, [Body] GoogleMemberWrite member, CancellationToken ct);

    [Delete("/admin/directory/v1/groups/{groupKey}/members/{memberKey}")]
    Task<IApiResponse> RemoveMember(string groupKey, string memberKey, CancellationToken ct);

    [Get("/admin/directory/v1/customer/{customer}/roles")]
    Task<ApiResponse<GoogleRoles>> ListRoles(string customer, int maxResults, string? pageToken, CancellationToken ct);

    /// <summary>Of a user with what comes through groups, of a group, or all that are direct. The flag is a text, because Google wants it in small letters.</summary>
    [Get("/admin/directory/v1/customer/{customer}/roleassignments")]
    Task<ApiResponse<GoogleRoleAssignments>> ListRoleAssignments(
        string customer, string? userKey, string? includeIndirectRoleAssignments, int maxResults, string? pageToken, CancellationToken ct);
}

/// <summary>What Google logged. Newest first; a page token is good inside one question only.</summary>
[Headers("Accept: application/json")]
internal interface IGoogleReportsApi
{
    [Get("/admin/reports/v1/activity/users/{userKey}/applications/{applicationName}")]
    Task<ApiResponse<GoogleActivities>> ListActivities(
        string userKey, string applicationName, string? eventName, string? startTime, string? endTime, int maxResults, string? pageToken, CancellationToken ct);
}

/// <summary>The one place that tells a group which is filled by a query, or locked, from an ordinary one.</summary>
[Headers("Accept: application/json")]
internal interface ICloudIdentityApi
{
    [Get("/v1/groups:lookup")]
    Task<ApiResponse<CloudGroupName>> Lookup([AliasAs("groupKey.id")] string email, CancellationToken ct);

    [Get("/v1/groups/{id}")]
    Task<ApiResponse<CloudGroup>> GetGroup(string id, CancellationToken ct);
}
