using Siit.Iam.Agent.People.Copy;

namespace Siit.Iam.Agent.People.Persons;

/// <summary>All accounts, and the HRIS record, that share a work email. Derived when asked for, never stored.</summary>
internal sealed record Person
{
    /// <summary>
    /// From what does not change: <c>hris:ID</c> where the HRIS knows the person, else the key of the account that the copy saw first.
    /// </summary>
    public required string Id { get; init; }

    /// <summary>The work email to show: the HRIS's, else that of the account which gave the id.</summary>
    public string? Email { get; init; }

    /// <summary>In the order of their keys, without gone ones.</summary>
    public required IReadOnlyList<Candidate> Accounts { get; init; }

    public HrisRecord? Hris { get; init; }

    /// <summary>Do not exist any more; they had the work email of one of <see cref="Accounts"/> when they went.</summary>
    public IReadOnlyList<Candidate> Gone { get; init; } = [];

    /// <summary>What has to be settled before it is certain who belongs to this person; empty: it is certain.</summary>
    public IReadOnlyList<Conflict> Conflicts { get; init; } = [];
}

internal enum ConflictKind
{
    /// <summary>One connection has two accounts with the person's work email.</summary>
    TwoAccounts,
    /// <summary>An account has an address that somebody else had before.</summary>
    Recycled,
    /// <summary>An alias or login of one account is the work email of another.</summary>
    Alias,
    /// <summary>A guest has the work email of an account that is no guest.</summary>
    Guest,
    /// <summary>The HRIS has several records that fit, or its record fits several people.</summary>
    Hris,
}

/// <summary>What the rules cannot decide with certainty.</summary>
internal sealed record Conflict
{
    /// <summary>The same as long as the same accounts are in the same doubt.</summary>
    public required string Id { get; init; }

    public required ConflictKind Kind { get; init; }

    /// <summary>The address that it is about, as a key.</summary>
    public required string Address { get; init; }

    /// <summary>Accounts, and HRIS records, in the order of their keys.</summary>
    public required IReadOnlyList<AccountKey> Accounts { get; init; }

    /// <summary>Those among them that give the address up when they are somebody else; empty: any of them may be the one.</summary>
    public IReadOnlyList<AccountKey> Leaving { get; init; } = [];

    /// <summary>One sentence, safe to show.</summary>
    public required string Why { get; init; }

    /// <summary>The commands that settle it, one of them.</summary>
    public required IReadOnlyList<string> Settles { get; init; }
}
