using System.Text.Json;

namespace Siit.Iam.Agent.Idps.Entra;

/// <summary>Where reading changes stands, as one text. Tokens only: a link that was stored could lead elsewhere later.</summary>
internal sealed record EntraPosition
{
    /// <summary>More than these are not named a second time: the next sweep finds what a late replica hid.</summary>
    private const int MostAgain = 300;

    /// <summary>The properties of accounts that the tokens watch, so that other settings begin anew.</summary>
    public required string Watches { get; init; }

    public required EntraMark Accounts { get; init; }

    public required EntraMark Groups { get; init; }

    public required EntraMark Applications { get; init; }

    public required EntraAuditMark Audits { get; init; }

    /// <summary>Accounts, groups and lists of this round, named again in the next.</summary>
    public IReadOnlyList<string> AccountsAgain { get; init; } = [];

    public IReadOnlyList<string> GroupsAgain { get; init; } = [];

    public IReadOnlyList<DirectoryRead> ReadsAgain { get; init; } = [];

    public bool IsMidway => Accounts.Midway || Groups.Midway || Applications.Midway || Audits.Next is not null;

    /// <summary>Null when it is none of ours.</summary>
    public static EntraPosition? Parse(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<EntraPosition>(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>
    /// What is named now is named once more in the next round: the read that follows may come from a replica that has not heard of
    /// the change yet.
    /// </summary>
    public EntraPosition Naming(IEnumerable<string> accounts, IEnumerable<string> groups, IEnumerable<DirectoryRead> reads, bool begins) => this with
    {
        AccountsAgain = Again(begins ? [] : AccountsAgain, accounts),
        GroupsAgain = Again(begins ? [] : GroupsAgain, groups),
        ReadsAgain = Again(begins ? [] : ReadsAgain, reads),
    };

    public override string ToString() => JsonSerializer.Serialize(this);

    private static T[] Again<T>(IReadOnlyList<T> earlier, IEnumerable<T> named) => [.. earlier.Union(named).TakeLast(MostAgain)];
}

/// <summary>Where the audit log was read to.</summary>
/// <param name="From">Entries from then on are asked for; some appear late, so those of the last minutes come again.</param>
/// <param name="Next">The token of a further page.</param>
/// <param name="Seen">Entries that were heeded and come again.</param>
internal sealed record EntraAuditMark(DateTimeOffset From, string? Next, IReadOnlyList<string> Seen);
