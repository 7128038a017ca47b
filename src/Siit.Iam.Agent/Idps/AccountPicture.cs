namespace Siit.Iam.Agent.Idps;

/// <summary>What to read beside the account itself; each costs calls at the IdP.</summary>
[Flags]
internal enum PictureParts
{
    None = 0,
    Groups = 1,
    Applications = 2,
    Roles = 4,
    Factors = 8,
    Grants = 16,
    All = Groups | Applications | Roles | Factors | Grants,
}

/// <summary>Everything known about one account, read fresh from its IdP. A list is null when it was not asked for.</summary>
internal sealed record AccountPicture
{
    public required Account Account { get; init; }

    public IReadOnlyList<GroupMembership>? Groups { get; init; }

    public IReadOnlyList<ApplicationAssignment>? Applications { get; init; }

    /// <summary>Administrator roles, direct and through groups. Empty means: certainly none.</summary>
    public IReadOnlyList<AdminRole>? Roles { get; init; }

    public IReadOnlyList<Factor>? Factors { get; init; }

    public IReadOnlyList<Grant>? Grants { get; init; }

    public required DateTimeOffset ReadAt { get; init; }
}

/// <summary>An account's membership of a group.</summary>
/// <param name="Via">The inner groups through which it is a member, from its own outwards; null when it is one itself.</param>
internal sealed record GroupMembership(string Id, string Name, string? Via = null);

/// <summary>An account's use of an application.</summary>
/// <param name="Direct">Assigned to the account itself; false when it comes only from a group.</param>
/// <param name="ViaGroup">The id of the group it comes from, where the IdP tells.</param>
/// <param name="ViaGroupName">That group's name, where known.</param>
internal sealed record ApplicationAssignment(string Id, string Name, bool Direct, string? ViaGroup = null, string? ViaGroupName = null);

/// <summary>An administrator role.</summary>
/// <param name="Super">Can do everything in the tenant.</param>
/// <param name="ViaGroup">The id of the group it comes from; null when assigned to the account itself or unknown.</param>
internal sealed record AdminRole(string Name, bool Super, string? ViaGroup = null);

/// <summary>A second factor.</summary>
/// <param name="Kind">In one vocabulary: <c>push</c>, <c>totp</c>, <c>sms</c>, <c>voice</c>, <c>email</c>, <c>webauthn</c>, <c>question</c>, <c>hardware</c>, <c>other</c>.</param>
/// <param name="VendorKind">The vendor's own word.</param>
internal sealed record Factor(string Id, string Kind, string VendorKind, string? VendorStatus, DateTimeOffset? EnrolledAt);

/// <summary>A third-party application that may act with the account's rights.</summary>
internal sealed record Grant(string Id, string Client, string? Scope, DateTimeOffset? GrantedAt);
