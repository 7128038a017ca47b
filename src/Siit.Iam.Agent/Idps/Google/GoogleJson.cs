using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Siit.Iam.Agent.Idps.Google;

// The part of Google's shapes that we use; everything else in an answer is skipped unread, secrets included.

/// <summary>One page of a list. Google leaves an empty list out.</summary>
internal interface IGooglePage<T>
{
    IReadOnlyList<T> Items { get; }

    string? NextPageToken { get; }
}

internal sealed record GoogleUser(
    string Id,
    string PrimaryEmail,
    GoogleName? Name,
    IReadOnlyList<string>? Aliases,
    bool? Suspended,
    string? SuspensionReason,
    bool? Archived,
    bool? IsAdmin,
    bool? IsDelegatedAdmin,
    bool? IsMailboxSetup,
    bool? IsEnrolledIn2Sv,
    bool? IsEnforcedIn2Sv,
    bool? ChangePasswordAtNextLogin,
    // Lists that are replaced as a whole: what we do not know of them is written back as it came.
    JsonNode? Organizations,
    JsonNode? Relations,
    DateTimeOffset? CreationTime,
    DateTimeOffset? LastLoginTime,
    // Only for the copy of the directory.
    IReadOnlyList<string>? NonEditableAliases = null,
    bool? IsGuestUser = null,
    string? OrgUnitPath = null,
    JsonNode? ExternalIds = null,
    JsonNode? Locations = null,
    JsonNode? Phones = null,
    JsonNode? CustomSchemas = null);

internal sealed record GoogleName(string? GivenName, string? FamilyName, string? FullName = null);

internal sealed record GoogleUsers(IReadOnlyList<GoogleUser>? Users, string? NextPageToken) : IGooglePage<GoogleUser>
{
    IReadOnlyList<GoogleUser> IGooglePage<GoogleUser>.Items => Users ?? [];
}

/// <summary>No record, because a record prints its fields, and one of these is a password.</summary>
internal sealed class GoogleNewUser
{
    public required string PrimaryEmail { get; init; }
    public required GoogleName Name { get; init; }
    public required string Password { get; init; }
    public bool ChangePasswordAtNextLogin { get; init; } = true;
    public JsonArray? Organizations { get; init; }
    public JsonArray? Relations { get; init; }
}

/// <summary>A field that is null is left out when written, and so left alone.</summary>
internal sealed record GoogleUserWrite
{
    public GoogleName? Name { get; init; }
    public bool? Suspended { get; init; }
    public bool? Archived { get; init; }
    public bool? ChangePasswordAtNextLogin { get; init; }
    public JsonArray? Organizations { get; init; }
    public JsonArray? Relations { get; init; }
}

/// <summary>No record, because a record prints its fields, and one of these is a password.</summary>
internal sealed class GooglePasswordWrite
{
    public required string Password { get; init; }

    public bool ChangePasswordAtNextLogin { get; init; } = true;
}

/// <summary>A user's private contacts: read only to reach the person.</summary>
internal sealed record GoogleReachableUser(string Id, string? RecoveryEmail, string? RecoveryPhone);

internal sealed record GoogleGroup(string Id, string Email, string? Name, string? Description, string? DirectMembersCount = null);

internal sealed record GoogleGroups(IReadOnlyList<GoogleGroup>? Groups, string? NextPageToken) : IGooglePage<GoogleGroup>
{
    IReadOnlyList<GoogleGroup> IGooglePage<GoogleGroup>.Items => Groups ?? [];
}

/// <param name="Role">MEMBER, MANAGER or OWNER.</param>
/// <param name="Type">USER, GROUP, CUSTOMER (everybody) or EXTERNAL.</param>
internal sealed record GoogleMember(string? Id, string? Email, string? Role, string? Type, string? Status);

internal sealed record GoogleMembers(IReadOnlyList<GoogleMember>? Members, string? NextPageToken) : IGooglePage<GoogleMember>
{
    IReadOnlyList<GoogleMember> IGooglePage<GoogleMember>.Items => Members ?? [];
}

internal sealed record GoogleMemberWrite(string Id, string Role);

internal sealed record GoogleHasMember(bool? IsMember);

internal sealed record GoogleRole(string RoleId, string? RoleName, string? RoleDescription, bool? IsSuperAdminRole, bool? IsSystemRole);

internal sealed record GoogleRoles([property: JsonPropertyName("items")] IReadOnlyList<GoogleRole>? List, string? NextPageToken) : IGooglePage<GoogleRole>
{
    IReadOnlyList<GoogleRole> IGooglePage<GoogleRole>.Items => List ?? [];
}

internal sealed record GoogleRoleAssignment(string RoleId, string? AssignedTo, string? AssigneeType);

internal sealed record GoogleRoleAssignments([property: JsonPropertyName("items")] IReadOnlyList<GoogleRoleAssignment>? List, string? NextPageToken)
    : IGooglePage<GoogleRoleAssignment>
{
    IReadOnlyList<GoogleRoleAssignment> IGooglePage<GoogleRoleAssignment>.Items => List ?? [];
}

internal sealed record GoogleToken(string ClientId, string? DisplayText, IReadOnlyList<string>? Scopes);

internal sealed record GoogleTokens(IReadOnlyList<GoogleToken>? Items);

/// <summary><paramref name="CreationTime"/> is in milliseconds.</summary>
internal sealed record GoogleAppPassword(int CodeId, string? Name, [property: JsonNumberHandling(JsonNumberHandling.AllowReadingFromString)] long? CreationTime);

internal sealed record GoogleAppPasswords(IReadOnlyList<GoogleAppPassword>? Items);

internal sealed record GoogleActivity(GoogleActivityId Id, GoogleActor? Actor, IReadOnlyList<GoogleEvent>? Events);

internal sealed record GoogleActivityId(DateTimeOffset Time, string UniqueQualifier, string ApplicationName);

internal sealed record GoogleActor(string? Email, string? ProfileId, string? CallerType, string? Key);

/// <param name="Status">Few events have one.</param>
internal sealed record GoogleEvent(string Name, string? Type, IReadOnlyList<GoogleParameter>? Parameters, GoogleEventStatus? Status = null)
{
    public string? Text(string parameter) => Parameters?.FirstOrDefault(one => one.Name == parameter) is { } found ? found.Value ?? found.IntValue : null;
}

internal sealed record GoogleEventStatus(string? EventStatus);

internal sealed record GoogleParameter(string? Name, string? Value, string? IntValue = null);

internal sealed record GoogleActivities([property: JsonPropertyName("items")] IReadOnlyList<GoogleActivity>? List, string? NextPageToken)
    : IGooglePage<GoogleActivity>
{
    IReadOnlyList<GoogleActivity> IGooglePage<GoogleActivity>.Items => List ?? [];
}

internal sealed record CloudGroupName(string Name);

internal sealed record CloudGroup(string Name, IReadOnlyDictionary<string, string>? Labels, CloudDynamicGroup? DynamicGroupMetadata);

internal sealed record CloudDynamicGroup(IReadOnlyList<CloudGroupQuery>? Queries);

internal sealed record CloudGroupQuery(string? Query);

internal sealed record GoogleError(GoogleErrorBody? Error);

/// <summary>The older APIs say why in <paramref name="Errors"/>, the newer ones in <paramref name="Status"/>.</summary>
internal sealed record GoogleErrorBody(int? Code, IReadOnlyList<GoogleErrorDetail>? Errors, string? Status);

internal sealed record GoogleErrorDetail(string? Reason);

/// <summary>A service account's key as Google hands it out. Its <c>token_uri</c> is not read: the settings say where we sign in.</summary>
internal sealed class GoogleKey
{
    [JsonPropertyName("client_email")] public string? ClientEmail { get; init; }
    [JsonPropertyName("client_id")] public string? ClientId { get; init; }
    [JsonPropertyName("private_key")] public string? PrivateKey { get; init; }
    [JsonPropertyName("private_key_id")] public string? PrivateKeyId { get; init; }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, MaxDepth = 32,
    // An answer whose id is null is no answer.
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(GoogleUser))]
[JsonSerializable(typeof(GoogleUsers))]
[JsonSerializable(typeof(GoogleNewUser))]
[JsonSerializable(typeof(GoogleUserWrite))]
[JsonSerializable(typeof(GooglePasswordWrite))]
[JsonSerializable(typeof(GoogleReachableUser))]
[JsonSerializable(typeof(GoogleGroup))]
[JsonSerializable(typeof(GoogleGroups))]
[JsonSerializable(typeof(GoogleMembers))]
[JsonSerializable(typeof(GoogleMemberWrite))]
[JsonSerializable(typeof(GoogleHasMember))]
[JsonSerializable(typeof(GoogleRoles))]
[JsonSerializable(typeof(GoogleRoleAssignments))]
[JsonSerializable(typeof(GoogleTokens))]
[JsonSerializable(typeof(GoogleAppPasswords))]
[JsonSerializable(typeof(GoogleActivities))]
[JsonSerializable(typeof(CloudGroupName))]
[JsonSerializable(typeof(CloudGroup))]
[JsonSerializable(typeof(GoogleError))]
[JsonSerializable(typeof(GoogleKey))]
[JsonSerializable(typeof(GooglePosition))]
internal sealed partial class GoogleJson : JsonSerializerContext;
