namespace Siit.Iam.Agent.Idps;

/// <summary>
/// What an account can do, in one vocabulary for all IdPs. Each IdP's README has the table from the vendor's words.
/// </summary>
internal enum AccountStatus
{
    /// <summary>Created, never signed in.</summary>
    Staged,
    /// <summary>Can sign in (perhaps after setting a password).</summary>
    Active,
    /// <summary>Locked by failed sign-ins.</summary>
    Locked,
    /// <summary>Cannot sign in; keeps its groups and applications.</summary>
    Suspended,
    /// <summary>Cannot sign in; has lost its applications.</summary>
    Deprovisioned,
}

/// <summary>A user object at one connection, known by the IdP's immutable id.</summary>
internal sealed record Account
{
    /// <summary>The IdP's immutable id.</summary>
    public required string Id { get; init; }

    /// <summary>What the person types to sign in.</summary>
    public required string Login { get; init; }

    /// <summary>Work email; joins the accounts of a person. Not unique at every IdP.</summary>
    public string? Email { get; init; }

    public string? FirstName { get; init; }

    public string? LastName { get; init; }

    public string? DisplayName { get; init; }

    public required AccountStatus Status { get; init; }

    /// <summary>The vendor's own word for the status, such as <c>PASSWORD_EXPIRED</c>.</summary>
    public required string VendorStatus { get; init; }

    public string? Department { get; init; }

    public string? Title { get; init; }

    /// <summary>The manager, as the IdP names him: an email or a login.</summary>
    public string? Manager { get; init; }

    public DateTimeOffset? CreatedAt { get; init; }

    public DateTimeOffset? LastSignInAt { get; init; }

    public DateTimeOffset? PasswordChangedAt { get; init; }

    /// <summary>When the vendor last changed <see cref="Status"/>.</summary>
    public DateTimeOffset? StatusChangedAt { get; init; }

    /// <summary>The password must be changed at the next sign-in; null where the IdP does not tell.</summary>
    public bool? PasswordChangeDue { get; init; }

    /// <summary>The system that masters this account (such as <c>ACTIVE_DIRECTORY</c>), or null when the IdP itself does.</summary>
    public string? ManagedBy { get; init; }

    /// <summary>The name to show a person; falls back to the login.</summary>
    public string Name => DisplayName ?? (FirstName is null && LastName is null ? Login : $"{FirstName} {LastName}".Trim());
}
