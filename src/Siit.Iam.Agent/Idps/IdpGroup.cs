namespace Siit.Iam.Agent.Idps;

/// <summary>A group at one connection.</summary>
internal sealed record IdpGroup
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    public string? Description { get; init; }

    /// <summary>The vendor's own word for its type, such as <c>APP_GROUP</c>.</summary>
    public required string VendorType { get; init; }

    /// <summary>Why its members cannot be changed here ("comes from Active Directory: change it there"); null when they can.</summary>
    public string? NotChangeable { get; init; }
}

/// <summary>A group with what follows from being a member, read fresh.</summary>
internal sealed record GroupPicture
{
    public required IdpGroup Group { get; init; }

    /// <summary>Administrator roles that its members have.</summary>
    public required IReadOnlyList<AdminRole> Roles { get; init; }

    /// <summary>Applications that its members get.</summary>
    public required IReadOnlyList<IdpApplication> Applications { get; init; }

    /// <summary>Names of the rules that fill it, if any.</summary>
    public required IReadOnlyList<string> Rules { get; init; }

    /// <summary>Ids of the accounts that own it, where an IdP has owners.</summary>
    public IReadOnlyList<string> Owners { get; init; } = [];
}

/// <summary>An application at one connection.</summary>
internal sealed record IdpApplication
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    /// <summary>Can be assigned and used now.</summary>
    public bool Active { get; init; } = true;

    /// <summary>Everybody in the tenant can use it without an assignment, so taking one away changes nothing.</summary>
    public bool OpenToEverybody { get; init; }

    /// <summary>The group whose membership gives it, where an IdP knows no other way: whoever changes the one changes the other.</summary>
    public IdpGroup? AccessGroup { get; init; }

    /// <summary>
    /// Ids of the groups that it is assigned to, the one that counts first; null where an account's own assignments tell what comes
    /// from a group besides, or it was not asked for.
    /// </summary>
    public IReadOnlyList<string>? AssignedGroups { get; init; }

    /// <summary>Why it cannot be assigned here; null when it can.</summary>
    public string? NotAssignable { get; init; }
}

/// <summary>A lifecycle event as the IdP logged it.</summary>
internal sealed record LoggedEvent
{
    public required string Id { get; init; }

    public required DateTimeOffset Time { get; init; }

    /// <summary>The vendor's own word, such as <c>user.lifecycle.suspend</c>.</summary>
    public required string Type { get; init; }

    public string? Actor { get; init; }

    /// <summary>Ids of accounts, groups and applications it is about.</summary>
    public required IReadOnlyList<EventTarget> Targets { get; init; }

    public bool Succeeded { get; init; } = true;
}

internal sealed record EventTarget(string Id, string Type, string? Name);

/// <summary>One page of a list.</summary>
/// <param name="Next">Opaque; hand it back for the next page. Null at the end.</param>
internal sealed record Page<T>(IReadOnlyList<T> Items, string? Next);
