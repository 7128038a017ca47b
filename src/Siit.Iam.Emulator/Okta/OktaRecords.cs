using System.Collections.Immutable;
using System.Text.Json;

namespace Siit.Iam.Emulator.Okta;

internal sealed record OktaRole(string Id, string Type, DateTimeOffset Created);

internal sealed record OktaFactor(string Id, string FactorType, string Provider, string VendorName, DateTimeOffset Created);

/// <summary>A question on somebody's device. <c>WAITING</c> until the person answers.</summary>
internal sealed record OktaPush(string Id, string UserId, string FactorId, DateTimeOffset Sent, string Result = "WAITING");

internal sealed record OktaSession(string Id, DateTimeOffset Created);

internal sealed record OktaGrant(string Id, string ClientId, string ScopeId, DateTimeOffset Created);

internal sealed record OktaRefreshToken(string Id, string ClientId, ImmutableArray<string> Scopes, DateTimeOffset Created, DateTimeOffset Expires);

internal sealed record OktaUser(string Id, string Status, DateTimeOffset Created, DateTimeOffset LastUpdated)
{
    public ImmutableSortedDictionary<string, JsonElement> Profile { get; init; } =
        ImmutableSortedDictionary.Create<string, JsonElement>(StringComparer.Ordinal);

    public DateTimeOffset? Activated { get; init; }

    public DateTimeOffset? StatusChanged { get; init; }

    public DateTimeOffset? LastLogin { get; init; }

    public DateTimeOffset? PasswordChanged { get; init; }

    /// <summary>The status on the way to, and when it is reached.</summary>
    public string? TransitioningTo { get; init; }

    public DateTimeOffset? TransitionEnds { get; init; }

    /// <summary>OKTA or ACTIVE_DIRECTORY.</summary>
    public string Provider { get; init; } = "OKTA";

    public bool HasPassword { get; init; }

    public ImmutableList<OktaRole> Roles { get; init; } = [];

    public ImmutableList<OktaFactor> Factors { get; init; } = [];

    public ImmutableList<OktaSession> Sessions { get; init; } = [];

    public ImmutableList<OktaGrant> Grants { get; init; } = [];

    public ImmutableList<OktaRefreshToken> Tokens { get; init; } = [];

    public string Login => Text("login") ?? Id;

    public string DisplayName => Text("displayName") ?? $"{Text("firstName")} {Text("lastName")}";

    public string? Text(string attribute) =>
        Profile.TryGetValue(attribute, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}

/// <param name="Members">Who is in, and the rule that put them there (empty: a person did).</param>
internal sealed record OktaGroup(
    string Id, string Type, string Name, string Description, DateTimeOffset Created, DateTimeOffset LastUpdated, DateTimeOffset LastMembershipUpdated)
{
    public ImmutableSortedDictionary<string, string> Members { get; init; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    public ImmutableList<OktaRole> Roles { get; init; } = [];
}

/// <param name="Attribute">The rule says <c>user.Attribute=="Value"</c>.</param>
internal sealed record OktaRule(
    string Id, string Name, string Attribute, string Value, ImmutableArray<string> GroupIds, ImmutableArray<string> Excluded,
    DateTimeOffset Created, DateTimeOffset LastUpdated, string Status = "ACTIVE");

internal sealed record OktaDirectAssignment(string UserId, string UserName, DateTimeOffset Created, ImmutableSortedDictionary<string, JsonElement>? Profile = null);

internal sealed record OktaGroupAssignment(string GroupId, int Priority, DateTimeOffset LastUpdated);

internal sealed record OktaApp(string Id, string Name, string Label, string SignOnMode, DateTimeOffset Created, DateTimeOffset LastUpdated, string Status = "ACTIVE")
{
    public ImmutableSortedDictionary<string, OktaDirectAssignment> Users { get; init; } =
        ImmutableSortedDictionary.Create<string, OktaDirectAssignment>(StringComparer.Ordinal);

    public ImmutableSortedDictionary<string, OktaGroupAssignment> Groups { get; init; } =
        ImmutableSortedDictionary.Create<string, OktaGroupAssignment>(StringComparer.Ordinal);
}

/// <summary>An OAuth client that calls the management API as itself.</summary>
/// <param name="PublicKeyPem">RSA or EC.</param>
/// <param name="RequiresDpop">Gives only tokens that are bound to a key of the client's.</param>
internal sealed record OktaServiceApp(
    string ClientId, string Name, string PublicKeyPem, ImmutableArray<string> Scopes, ImmutableArray<string> Roles, bool RequiresDpop = false);

internal sealed record OktaTarget(string Id, string Type, string AlternateId, string DisplayName)
{
    /// <summary>What changed about it: <c>from</c> and <c>to</c>.</summary>
    public JsonElement? ChangeDetails { get; init; }
}

internal sealed record OktaEvent(
    string Uuid, DateTimeOffset Published, string EventType, string Message, OktaTarget Actor, ImmutableArray<OktaTarget> Targets, string RequestId,
    string Result = "SUCCESS", string? Reason = null)
{
    /// <summary>WEB, or JOB for what the org does by itself.</summary>
    public string Transaction { get; init; } = "WEB";

    public JsonElement? DebugData { get; init; }
}

internal sealed record OktaHook(string Id, JsonElement Definition, string Status, bool Verified, DateTimeOffset Created, DateTimeOffset LastUpdated);
