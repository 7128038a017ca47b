using Refit;

namespace Siit.Iam.Agent.Idps.Okta;

/// <summary>
/// The calls of Okta's management API that we make. Nothing here may be called with an id that <see cref="IdGuard"/> has not seen.
/// Users are changed with POST only: a PUT would empty every field that is left out.
/// </summary>
[Headers("Accept: application/json")]
internal interface IOktaApi
{
    [Get("/api/v1/users")]
    Task<ApiResponse<List<OktaUser>>> FindUsers(string filter, int limit, string? after, CancellationToken ct);

    [Get("/api/v1/users")]
    Task<ApiResponse<List<OktaListedUser>>> ListUsers(string filter, int limit, string? after, CancellationToken ct);

    [Get("/api/v1/users/me")]
    Task<ApiResponse<OktaUser>> GetMe(CancellationToken ct);

    [Get("/api/v1/users/{id}")]
    Task<ApiResponse<OktaUser>> GetUser(string id, CancellationToken ct);

    [Post("/api/v1/users?activate=true")]
    Task<ApiResponse<OktaUser>> CreateUser([Body] OktaUserWrite user, CancellationToken ct);

    [Post("/api/v1/users/{id}")]
    Task<IApiResponse> UpdateUser(string id, [Body] OktaUserWrite user, CancellationToken ct);

    [Post("/api/v1/users/{id}/lifecycle/suspend")]
    Task<IApiResponse> Suspend(string id, CancellationToken ct);

    [Post("/api/v1/users/{id}/lifecycle/unsuspend")]
    Task<IApiResponse> Unsuspend(string id, CancellationToken ct);

    [Post("/api/v1/users/{id}/lifecycle/unlock")]
    Task<IApiResponse> Unlock(string id, CancellationToken ct);

    [Post("/api/v1/users/{id}/lifecycle/deactivate?sendEmail=false")]
    Task<IApiResponse> Deactivate(string id, CancellationToken ct);

    /// <summary>The answer to <c>sendEmail=false</c> would hold the link itself; we never ask for that.</summary>
    [Post("/api/v1/users/{id}/lifecycle/reset_password?sendEmail=true")]
    Task<IApiResponse> MailPasswordLink(string id, CancellationToken ct);

    /// <summary>The answer holds the password.</summary>
    [Post("/api/v1/users/{id}/lifecycle/expire_password_with_temp_password?revokeSessions=true")]
    Task<ApiResponse<OktaTemporaryPassword>> SetTemporaryPassword(string id, CancellationToken ct);

    [Get("/api/v1/users/{id}")]
    Task<ApiResponse<OktaReachableUser>> GetContacts(string id, CancellationToken ct);

    [Post("/api/v1/users/{id}/factors/{factorId}/verify")]
    Task<ApiResponse<OktaVerification>> VerifyFactor(string id, string factorId, CancellationToken ct);

    [Get("/api/v1/users/{id}/factors/{factorId}/transactions/{transactionId}")]
    Task<ApiResponse<OktaVerification>> ReadTransaction(string id, string factorId, string transactionId, CancellationToken ct);

    [Post("/api/v1/users/{id}/lifecycle/expire_password")]
    Task<IApiResponse> ExpirePassword(string id, CancellationToken ct);

    [Post("/api/v1/users/{id}/lifecycle/reset_factors")]
    Task<IApiResponse> ResetFactors(string id, CancellationToken ct);

    [Get("/api/v1/users/{id}/factors")]
    Task<ApiResponse<List<OktaFactor>>> ListFactors(string id, CancellationToken ct);

    [Delete("/api/v1/users/{id}/factors/{factorId}")]
    Task<IApiResponse> DeleteFactor(string id, string factorId, CancellationToken ct);

    [Delete("/api/v1/users/{id}/sessions?oauthTokens=true")]
    Task<IApiResponse> ClearSessions(string id, CancellationToken ct);

    [Get("/api/v1/users/{id}/grants")]
    Task<ApiResponse<List<OktaGrant>>> ListGrants(string id, int limit, string? after, CancellationToken ct);

    [Delete("/api/v1/users/{id}/grants")]
    Task<IApiResponse> RevokeGrants(string id, CancellationToken ct);

    [Get("/api/v1/users/{id}/groups")]
    Task<ApiResponse<List<OktaGroup>>> ListGroupsOfUser(string id, int limit, string? after, CancellationToken ct);

    [Get("/api/v1/users/{id}/roles")]
    Task<ApiResponse<List<OktaRole>>> ListRolesOfUser(string id, CancellationToken ct);

    [Get("/api/v1/groups")]
    Task<ApiResponse<List<OktaGroup>>> FindGroups(string? q, int limit, string? after, CancellationToken ct);

    [Get("/api/v1/groups")]
    Task<ApiResponse<List<OktaGroup>>> ListGroups(string? filter, string? expand, int limit, string? after, CancellationToken ct);

    [Get("/api/v1/groups/{id}")]
    Task<ApiResponse<OktaGroup>> GetGroup(string id, CancellationToken ct);

    [Get("/api/v1/groups/{id}/users")]
    Task<ApiResponse<List<OktaUser>>> ListMembers(string id, int limit, string? after, CancellationToken ct);

    /// <summary>The same list where only the ids matter: it may be long.</summary>
    [Get("/api/v1/groups/{id}/users")]
    Task<ApiResponse<List<OktaMember>>> ListMemberIds(string id, int limit, string? after, CancellationToken ct);

    [Get("/api/v1/groups/{id}/apps")]
    Task<ApiResponse<List<OktaApplication>>> ListApplicationsOfGroup(string id, int limit, string? after, CancellationToken ct);

    [Get("/api/v1/groups/{id}/roles")]
    Task<ApiResponse<List<OktaRole>>> ListRolesOfGroup(string id, CancellationToken ct);

    [Get("/api/v1/groups/rules")]
    Task<ApiResponse<List<OktaGroupRule>>> ListGroupRules(int limit, string? after, CancellationToken ct);

    [Put("/api/v1/groups/{id}/users/{userId}")]
    Task<IApiResponse> AddMember(string id, string userId, CancellationToken ct);

    [Delete("/api/v1/groups/{id}/users/{userId}")]
    Task<IApiResponse> RemoveMember(string id, string userId, CancellationToken ct);

    [Get("/api/v1/apps")]
    Task<ApiResponse<List<OktaApplication>>> FindApplications(string? q, string? filter, int limit, string? after, CancellationToken ct);

    [Get("/api/v1/apps/{id}")]
    Task<ApiResponse<OktaApplication>> GetApplication(string id, CancellationToken ct);

    [Get("/api/v1/apps/{id}/groups")]
    Task<ApiResponse<List<OktaApplicationGroup>>> ListGroupsOfApplication(string id, int limit, string? after, CancellationToken ct);

    [Get("/api/v1/apps/{id}/users")]
    Task<ApiResponse<List<OktaApplicationUser>>> ListUsersOfApplication(string id, int limit, string? after, CancellationToken ct);

    [Get("/api/v1/apps/{id}/users/{userId}")]
    Task<ApiResponse<OktaApplicationUser>> GetAssignment(string id, string userId, CancellationToken ct);

    [Post("/api/v1/apps/{id}/users")]
    Task<IApiResponse> AssignApplication(string id, [Body] OktaApplicationUserWrite assignment, CancellationToken ct);

    [Delete("/api/v1/apps/{id}/users/{userId}")]
    Task<IApiResponse> UnassignApplication(string id, string userId, CancellationToken ct);

    [Get("/api/v1/iam/assignees/users")]
    Task<ApiResponse<OktaAssignees>> ListAssignees(int limit, string? after, CancellationToken ct);

    [Get("/oauth2/v1/clients/{id}/roles")]
    Task<ApiResponse<List<OktaRole>>> ListRolesOfClient(string id, CancellationToken ct);

    [Get("/api/v1/logs?sortOrder=ASCENDING")]
    Task<ApiResponse<List<OktaLogEvent>>> ReadLog(string? since, string? filter, int limit, string? after, CancellationToken ct);
}
