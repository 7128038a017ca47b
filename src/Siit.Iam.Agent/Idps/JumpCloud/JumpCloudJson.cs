using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Siit.Iam.Agent.Idps.JumpCloud;

// The part of JumpCloud's shapes that we use; everything else in an answer is skipped unread. Times are texts without a format in
// the description, so they are read leniently.

internal sealed record JumpCloudUsers(int? TotalCount, IReadOnlyList<JumpCloudUser>? Results);

internal sealed record JumpCloudUserRecords(int? TotalCount, IReadOnlyList<JsonObject>? Results);

internal sealed record JumpCloudUser
{
    [JsonPropertyName("_id")]
    public required string Id { get; init; }

    public string? Username { get; init; }

    public string? Email { get; init; }

    [JsonPropertyName("firstname")]
    public string? FirstName { get; init; }

    [JsonPropertyName("lastname")]
    public string? LastName { get; init; }

    [JsonPropertyName("displayname")]
    public string? DisplayName { get; init; }

    public string? State { get; init; }

    public bool? Suspended { get; init; }

    /// <summary>Has a password; false while the invitation is open.</summary>
    public bool? Activated { get; init; }

    [JsonPropertyName("account_locked")]
    public bool? AccountLocked { get; init; }

    [JsonPropertyName("account_locked_date")]
    public string? AccountLockedDate { get; init; }

    [JsonPropertyName("password_date")]
    public string? PasswordDate { get; init; }

    [JsonPropertyName("password_expired")]
    public bool? PasswordExpired { get; init; }

    [JsonPropertyName("password_expiration_date")]
    public string? PasswordExpirationDate { get; init; }

    public string? Department { get; init; }

    public string? JobTitle { get; init; }

    /// <summary>The id of another user.</summary>
    public string? Manager { get; init; }

    public string? Created { get; init; }

    public JumpCloudUserAdmin? Admin { get; init; }

    public JumpCloudMfaEnrollment? MfaEnrollment { get; init; }

    [JsonPropertyName("totp_enabled")]
    public bool? TotpEnabled { get; init; }

    [JsonPropertyName("samba_service_user")]
    public bool? SambaServiceUser { get; init; }

    [JsonPropertyName("externally_managed")]
    public bool? ExternallyManaged { get; init; }

    [JsonPropertyName("external_source_type")]
    public string? ExternalSourceType { get; init; }

    public JumpCloudAuthority? DelegatedAuthority { get; init; }

    public IReadOnlyList<JumpCloudRestrictedField>? RestrictedFields { get; init; }
}

/// <summary>No record, because a record prints its fields, and this is a password.</summary>
internal sealed class JumpCloudPasswordWrite
{
    public required string Password { get; init; }
}

/// <summary>A user's private contacts: read only to reach the person.</summary>
internal sealed record JumpCloudReachableUser(string? AlternateEmail, IReadOnlyList<JumpCloudPhone>? PhoneNumbers);

internal sealed record JumpCloudPhone(string? Type, string? Number);

internal sealed record JumpCloudUserAdmin(string? Id, string? RoleName, IReadOnlyList<string>? RoleNames);

internal sealed record JumpCloudMfaEnrollment(string? TotpStatus, string? WebAuthnStatus, string? PushStatus, string? SmsStatus, string? JcGoStatus);

internal sealed record JumpCloudAuthority(string? Name, string? Id);

internal sealed record JumpCloudRestrictedField(string? Field, string? Type, string? Id);

/// <summary>A field that is null is left out when written, so that a change leaves it alone.</summary>
internal sealed record JumpCloudUserWrite
{
    public string? Username { get; init; }

    public string? Email { get; init; }

    [JsonPropertyName("firstname")]
    public string? FirstName { get; init; }

    [JsonPropertyName("lastname")]
    public string? LastName { get; init; }

    public string? Department { get; init; }

    public string? JobTitle { get; init; }

    public string? Manager { get; init; }

    public string? State { get; init; }
}

internal sealed record JumpCloudMfaReset(bool Exclusion, int ExclusionDays);

internal sealed record JumpCloudGroup
{
    public required string Id { get; init; }

    public string? Name { get; init; }

    public string? Description { get; init; }

    public string? Email { get; init; }

    public string? MembershipMethod { get; init; }

    public JsonObject? MemberQuery { get; init; }
}

/// <summary>One step of a path, or a tie between two things.</summary>
internal sealed record JumpCloudConnectionEdge(JumpCloudNode To);

internal sealed record JumpCloudNode(string Id, string Type);

/// <summary>Something reached through the graph, with every path to it.</summary>
internal sealed record JumpCloudGraphObject(string Id, string Type, IReadOnlyList<IReadOnlyList<JumpCloudConnectionEdge>>? Paths);

/// <param name="Op"><c>add</c> or <c>remove</c>.</param>
internal sealed record JumpCloudGraphChange(string Op, string Type, string Id);

internal sealed record JumpCloudApplications(int? TotalCount, IReadOnlyList<JumpCloudApplication>? Results);

internal sealed record JumpCloudApplication
{
    [JsonPropertyName("_id")]
    public required string Id { get; init; }

    public string? Name { get; init; }

    public string? DisplayName { get; init; }

    public string? DisplayLabel { get; init; }

    public bool? Active { get; init; }
}

internal sealed record JumpCloudPushEndpoint(string Id, string? State, string? Name, string? EnrollmentDate);

internal sealed record JumpCloudAdministrators(int? TotalCount, IReadOnlyList<JumpCloudAdministrator>? Results);

internal sealed record JumpCloudAdministrator
{
    [JsonPropertyName("_id")]
    public required string Id { get; init; }

    public required string Email { get; init; }

    /// <summary>The role's id.</summary>
    public string? Role { get; init; }

    /// <summary><c>Multi Role</c> when there are several; then they stand in <see cref="RoleNames"/>.</summary>
    public string? RoleName { get; init; }

    public IReadOnlyList<string>? RoleNames { get; init; }

    public bool? Suspended { get; init; }
}

internal sealed record JumpCloudRoles(int? TotalCount, IReadOnlyList<JumpCloudRole>? Results);

internal sealed record JumpCloudRole(string Name, bool? IsCustom, string? Id = null, IReadOnlyList<string>? Scopes = null);

internal sealed record JumpCloudServiceAccounts(int? TotalCount, IReadOnlyList<JumpCloudServiceAccountInfo>? Results);

/// <summary>Ids come as JumpCloud's digits or as Base64 of their bytes; see <see cref="JumpCloudIds.Of"/>. Lists leave the credentials out.</summary>
internal sealed record JumpCloudServiceAccountInfo(string? ObjectId, string? Name, string? RoleId, IReadOnlyList<JumpCloudAuthConfig>? AuthConfigList);

internal sealed record JumpCloudAuthConfig(JumpCloudClientSecret? ClientSecretConfig);

internal sealed record JumpCloudClientSecret(string? ClientId, DateTimeOffset? ExpiresAt);

internal sealed record JumpCloudEventQuery
{
    public required IReadOnlyList<string> Service { get; init; }

    [JsonPropertyName("start_time")]
    public required string StartTime { get; init; }

    public required int Limit { get; init; }

    public required string Sort { get; init; }

    public IReadOnlyList<string>? Fields { get; init; }

    [JsonPropertyName("search_after")]
    public JsonArray? SearchAfter { get; init; }

    [JsonPropertyName("search_term")]
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>>? SearchTerm { get; init; }
}

internal sealed record JumpCloudError(JsonElement? Status);

/// <summary>The token endpoint speaks OAuth: other names, another error shape.</summary>
internal sealed record JumpCloudToken(
    [property: JsonPropertyName("access_token")] string? AccessToken,
    [property: JsonPropertyName("token_type")] string? TokenType,
    [property: JsonPropertyName("expires_in")] int? ExpiresIn,
    [property: JsonPropertyName("error")] string? Error);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, MaxDepth = 32,
    // An answer whose id is null is no answer.
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(JumpCloudUsers))]
[JsonSerializable(typeof(JumpCloudUserRecords))]
[JsonSerializable(typeof(JumpCloudUser))]
[JsonSerializable(typeof(JumpCloudPasswordWrite))]
[JsonSerializable(typeof(JumpCloudReachableUser))]
[JsonSerializable(typeof(JumpCloudUserWrite))]
[JsonSerializable(typeof(JumpCloudMfaReset))]
[JsonSerializable(typeof(JumpCloudGroup))]
[JsonSerializable(typeof(List<JumpCloudGroup>))]
[JsonSerializable(typeof(List<JumpCloudConnectionEdge>))]
[JsonSerializable(typeof(List<JumpCloudGraphObject>))]
[JsonSerializable(typeof(JumpCloudGraphChange))]
[JsonSerializable(typeof(JumpCloudApplications))]
[JsonSerializable(typeof(JumpCloudApplication))]
[JsonSerializable(typeof(List<JumpCloudPushEndpoint>))]
[JsonSerializable(typeof(JumpCloudAdministrators))]
[JsonSerializable(typeof(JumpCloudRoles))]
[JsonSerializable(typeof(JumpCloudServiceAccounts))]
[JsonSerializable(typeof(JumpCloudServiceAccountInfo))]
[JsonSerializable(typeof(JumpCloudEventQuery))]
[JsonSerializable(typeof(List<JsonObject>))]
[JsonSerializable(typeof(JsonObject))]
[JsonSerializable(typeof(JsonArray))]
[JsonSerializable(typeof(JumpCloudPosition))]
[JsonSerializable(typeof(JumpCloudError))]
[JsonSerializable(typeof(JumpCloudToken))]
internal sealed partial class JumpCloudJson : JsonSerializerContext;
