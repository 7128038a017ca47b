using System.Text.Json;
using System.Text.Json.Serialization;

namespace Siit.Iam.Agent.Idps.Okta;

// The part of Okta's shapes that we use; everything else in an answer is skipped unread, secrets included.

internal sealed record OktaUser(
    string Id,
    string Status,
    OktaProfile? Profile,
    OktaCredentials? Credentials,
    DateTimeOffset? Created,
    DateTimeOffset? LastLogin,
    DateTimeOffset? PasswordChanged,
    DateTimeOffset? StatusChanged);

/// <summary>A user as the lists for the copy have it: which of its attributes are kept depends on the connection's settings.</summary>
internal sealed record OktaListedUser(
    string Id,
    string Status,
    JsonElement Profile,
    OktaCredentials? Credentials,
    DateTimeOffset? Created,
    DateTimeOffset? LastLogin,
    DateTimeOffset? PasswordChanged,
    DateTimeOffset? StatusChanged);

/// <summary>A user of whom only the id matters. Everything else that a list of members brings is skipped.</summary>
internal sealed record OktaMember(string Id);

/// <summary>Read and written; a field that is null is left out when written, so that a partial update leaves it alone.</summary>
internal sealed record OktaProfile
{
    public string? Login { get; init; }
    public string? Email { get; init; }
    public string? FirstName { get; init; }
    public string? LastName { get; init; }
    public string? DisplayName { get; init; }
    public string? Department { get; init; }
    public string? Title { get; init; }
    public string? Manager { get; init; }
    public string? ManagerId { get; init; }
}

internal sealed record OktaCredentials(OktaProvider? Provider);

internal sealed record OktaProvider(string? Type, string? Name);

internal sealed record OktaUserWrite(OktaProfile Profile);

internal sealed record OktaGroup(string Id, string? Type, OktaGroupProfile? Profile)
{
    public DateTimeOffset? LastMembershipUpdated { get; init; }

    [JsonPropertyName("_embedded")]
    public OktaGroupEmbedded? Embedded { get; init; }
}

internal sealed record OktaGroupEmbedded(OktaGroupStats? Stats);

/// <param name="CarriesRole">Its members have an administrator role. The name is misspelt by Okta.</param>
internal sealed record OktaGroupStats([property: JsonPropertyName("hasAdminPrivlege")] bool? CarriesRole);

internal sealed record OktaGroupProfile(string? Name, string? Description);

internal sealed record OktaGroupRule(string Id, string? Name, string? Status, OktaRuleActions? Actions);

internal sealed record OktaRuleActions(OktaRuleGroups? AssignUserToGroups);

internal sealed record OktaRuleGroups(IReadOnlyList<string>? GroupIds);

internal sealed record OktaApplication(string Id, string? Label, string? Name, string? Status);

/// <summary><paramref name="Scope"/> is USER or GROUP.</summary>
internal sealed record OktaApplicationUser(string? Id, string? Scope);

internal sealed record OktaApplicationUserWrite(string Id, string Scope);

internal sealed record OktaApplicationGroup(string Id, int? Priority);

/// <param name="Id">Of the assignment, not of the role.</param>
/// <param name="Role">The id of a custom role; null for a standard one.</param>
internal sealed record OktaRole(string? Id, string? Label, string? Type, string? Status, string? AssignmentType, string? Role = null);

internal sealed record OktaAssignees(IReadOnlyList<OktaAssignee>? Value, [property: JsonPropertyName("_links")] OktaAssigneesLinks? Links);

internal sealed record OktaAssignee(string Id);

internal sealed record OktaAssigneesLinks(OktaHref? Next);

internal sealed record OktaHref(string? Href);

internal sealed record OktaFactor(string Id, string? FactorType, string? Provider, string? Status, DateTimeOffset? Created);

/// <summary>No record, because a record prints its fields, and this is a password.</summary>
internal sealed class OktaTemporaryPassword
{
    public string? TempPassword { get; init; }
}

/// <summary>A user's private contacts: read only to reach the person, never for the copy.</summary>
internal sealed record OktaReachableUser(string Id, OktaContacts? Profile, DateTimeOffset? LastUpdated);

internal sealed record OktaContacts(string? SecondEmail, string? MobilePhone);

internal sealed record OktaVerification(string? FactorResult)
{
    [JsonPropertyName("_links")]
    public OktaVerificationLinks? Links { get; init; }
}

internal sealed record OktaVerificationLinks(OktaHref? Poll);

internal sealed record OktaGrant(string Id, string? ClientId, string? ScopeId, string? Status, DateTimeOffset? Created);

internal sealed record OktaLogEvent(
    string Uuid, DateTimeOffset Published, string EventType, OktaLogActor? Actor, OktaLogOutcome? Outcome, IReadOnlyList<OktaLogTarget>? Target)
{
    public OktaLogTransaction? Transaction { get; init; }

    public OktaLogDebugContext? DebugContext { get; init; }
}

/// <param name="Type">WEB for one request of somebody's, JOB for what Okta does in the background.</param>
internal sealed record OktaLogTransaction(string? Id, string? Type);

/// <param name="DebugData">Free in form.</param>
internal sealed record OktaLogDebugContext(JsonElement DebugData);

internal sealed record OktaLogActor(string? Id, string? Type, string? AlternateId, string? DisplayName);

internal sealed record OktaLogOutcome(string? Result);

internal sealed record OktaLogTarget(string? Id, string? Type, string? AlternateId, string? DisplayName)
{
    public OktaLogChange? ChangeDetails { get; init; }
}

/// <summary>What a target was and is; free in form, and only some events have it.</summary>
internal sealed record OktaLogChange(JsonElement From, JsonElement To);

internal sealed record OktaError(string? ErrorCode);

/// <summary>The token endpoint speaks OAuth: other names, another error shape.</summary>
internal sealed record OktaToken(
    [property: JsonPropertyName("access_token")] string? AccessToken,
    [property: JsonPropertyName("token_type")] string? TokenType,
    [property: JsonPropertyName("expires_in")] int? ExpiresIn,
    [property: JsonPropertyName("scope")] string? Scope,
    [property: JsonPropertyName("error")] string? Error);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, MaxDepth = 32,
    // An answer whose id or status is null is no answer.
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(OktaUser))]
[JsonSerializable(typeof(List<OktaUser>))]
[JsonSerializable(typeof(List<OktaListedUser>))]
[JsonSerializable(typeof(List<OktaMember>))]
[JsonSerializable(typeof(OktaProfile))]
[JsonSerializable(typeof(OktaUserWrite))]
[JsonSerializable(typeof(OktaGroup))]
[JsonSerializable(typeof(List<OktaGroup>))]
[JsonSerializable(typeof(List<OktaGroupRule>))]
[JsonSerializable(typeof(OktaApplication))]
[JsonSerializable(typeof(List<OktaApplication>))]
[JsonSerializable(typeof(OktaApplicationUser))]
[JsonSerializable(typeof(List<OktaApplicationUser>))]
[JsonSerializable(typeof(OktaApplicationUserWrite))]
[JsonSerializable(typeof(List<OktaApplicationGroup>))]
[JsonSerializable(typeof(List<OktaRole>))]
[JsonSerializable(typeof(OktaAssignees))]
[JsonSerializable(typeof(List<OktaFactor>))]
[JsonSerializable(typeof(List<OktaGrant>))]
[JsonSerializable(typeof(List<OktaLogEvent>))]
[JsonSerializable(typeof(OktaTemporaryPassword))]
[JsonSerializable(typeof(OktaReachableUser))]
[JsonSerializable(typeof(OktaVerification))]
[JsonSerializable(typeof(OktaError))]
[JsonSerializable(typeof(OktaToken))]
internal sealed partial class OktaJson : JsonSerializerContext;
