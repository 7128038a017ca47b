using Siit.Iam.Agent.Idps;

namespace Siit.Iam.Agent.People.Copy;

/// <summary>An account in the copy.</summary>
internal sealed record AccountEntry
{
    public required DirectoryAccount Found { get; init; }

    /// <summary>When the copy first had it.</summary>
    public required DateTimeOffset FirstSeenAt { get; init; }

    /// <summary>Since when the copy has it with its work email, or login where it has none; null: since it was first seen.</summary>
    public DateTimeOffset? AddressSince { get; init; }

    /// <summary>When this state was read.</summary>
    public required DateTimeOffset ReadAt { get; init; }

    /// <summary>When it was found to be gone at the IdP; null while it is there.</summary>
    public DateTimeOffset? GoneAt { get; init; }

    /// <summary>Work emails and logins that it had before, newest first.</summary>
    public IReadOnlyList<FormerAddress> Former { get; init; } = [];
}

/// <summary>An address that an account had until a time.</summary>
internal sealed record FormerAddress(string Address, DateTimeOffset Until);

/// <summary>A group in the copy.</summary>
internal sealed record GroupEntry(DirectoryGroup Found, DateTimeOffset ReadAt, DateTimeOffset? GoneAt = null);

/// <summary>An application in the copy.</summary>
internal sealed record ApplicationEntry(DirectoryApplication Found, DateTimeOffset ReadAt, DateTimeOffset? GoneAt = null);

/// <summary>What of an account is kept in memory, to be found by and to be compared with.</summary>
/// <param name="Addresses">Work email, login, aliases; then, from <paramref name="Current"/> on, those it had before. As keys.</param>
/// <param name="Current">How many of the addresses are its own now.</param>
/// <param name="AddressSince">See <see cref="AccountEntry.AddressSince"/>.</param>
/// <param name="Print">Of everything that was read about it: equal means unchanged.</param>
internal sealed record KnownAccount(
    string Id, string Name, string Login, string? Email, AccountStatus Status, AccountKind Kind, bool Gone, string[] Addresses, int Current, ulong Print, DateTimeOffset ReadAt,
    DateTimeOffset FirstSeenAt, DateTimeOffset AddressSince);
