using System.Text.Json.Serialization;

namespace Siit.Iam.Agent.Idps;

/// <summary>What can happen in the life of accounts and what is tied to them: one vocabulary over all IdPs.</summary>
internal enum LifecycleKind
{
    [JsonStringEnumMemberName("account.created")]
    AccountCreated,
    /// <summary>Which fields: <see cref="FeedEvent.Fields"/>, where the vendor tells.</summary>
    [JsonStringEnumMemberName("account.updated")]
    AccountUpdated,
    [JsonStringEnumMemberName("account.suspended")]
    AccountSuspended,
    [JsonStringEnumMemberName("account.unsuspended")]
    AccountUnsuspended,
    /// <summary>Also from staged, again after it was deactivated, and brought back after it was deleted.</summary>
    [JsonStringEnumMemberName("account.activated")]
    AccountActivated,
    [JsonStringEnumMemberName("account.deactivated")]
    AccountDeactivated,
    [JsonStringEnumMemberName("account.deleted")]
    AccountDeleted,
    [JsonStringEnumMemberName("account.locked")]
    AccountLocked,
    [JsonStringEnumMemberName("account.unlocked")]
    AccountUnlocked,
    [JsonStringEnumMemberName("membership.added")]
    MembershipAdded,
    [JsonStringEnumMemberName("membership.removed")]
    MembershipRemoved,
    [JsonStringEnumMemberName("assignment.added")]
    AssignmentAdded,
    [JsonStringEnumMemberName("assignment.removed")]
    AssignmentRemoved,
    [JsonStringEnumMemberName("role.granted")]
    RoleGranted,
    [JsonStringEnumMemberName("role.revoked")]
    RoleRevoked,
    [JsonStringEnumMemberName("factor.enrolled")]
    FactorEnrolled,
    [JsonStringEnumMemberName("factor.reset")]
    FactorReset,
    [JsonStringEnumMemberName("password.changed")]
    PasswordChanged,
}

/// <summary>One event of a vendor's log, in our vocabulary. Events of other kinds and those that failed are left out by the connector.</summary>
internal sealed record FeedEvent
{
    /// <summary>The vendor's id of the event: two pages that overlap name it twice and it counts once. One log entry that is two events gets two ids.</summary>
    public required string Id { get; init; }

    /// <summary>By the IdP's clock.</summary>
    public required DateTimeOffset Time { get; init; }

    public required LifecycleKind Kind { get; init; }

    /// <summary>The account it is about: an id, or an address when <see cref="IKnownIds"/> knew none. Every kind has one.</summary>
    public required string Account { get; init; }

    /// <summary>Login or name of the account as the log names it, for people.</summary>
    public string? AccountName { get; init; }

    /// <summary>Group, application, role or factor: the id.</summary>
    public string? Object { get; init; }

    public string? ObjectName { get; init; }

    /// <summary>For updates: the changed fields, in our words (<c>department</c>) where we have one, else the vendor's. Empty: not told.</summary>
    public IReadOnlyList<string> Fields { get; init; } = [];

    /// <summary>Who did it, as the log names him.</summary>
    public string? Actor { get; init; }

    /// <summary>The vendor's own word, such as <c>user.lifecycle.suspend</c>.</summary>
    public required string VendorType { get; init; }
}
