using System.Text.Json.Serialization;
using Siit.Iam.Agent.People.Copy;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.People.Persons;

internal enum DecisionKind
{
    /// <summary>All accounts are one person's.</summary>
    Join,
    /// <summary>The accounts are not of the person that the others are of, and have no claim on the address.</summary>
    Split,
}

/// <summary>What a person has settled. Names immutable ids, so it holds when addresses change.</summary>
[Stored("person_decisions")]
internal sealed record PersonDecision : IRecord
{
    public required string Id { get; init; }

    public long Version { get; init; }

    public required DecisionKind Kind { get; init; }

    /// <summary>As <c>connection:id</c>; a record of the HRIS as <c>hris:id</c>.</summary>
    public required IReadOnlyList<string> Accounts { get; init; }

    /// <summary>Of a split: those whose person it is not.</summary>
    public IReadOnlyList<string> From { get; init; } = [];

    /// <summary>Of a split: the address that is given up, as a key.</summary>
    public string? Address { get; init; }

    /// <summary>The approver who was present.</summary>
    public required string By { get; init; }

    public required DateTimeOffset At { get; init; }

    public string? TakenBackBy { get; init; }

    public DateTimeOffset? TakenBackAt { get; init; }

    [JsonIgnore]
    public bool IsInForce => TakenBackAt is null;

    [JsonIgnore]
    public IReadOnlyDictionary<string, string> Keys => new Dictionary<string, string>();

    /// <summary>The account that a text names; null when it has another form.</summary>
    public static AccountKey? KeyOf(string text) => text.Split(':', 2) is [{ Length: > 0 } connection, { Length: > 0 } id] ? new AccountKey(connection, id) : null;
}

/// <summary>The decisions in force, to be asked by account. Immutable.</summary>
internal sealed class Decisions
{
    public static readonly Decisions None = new([]);

    private readonly Dictionary<AccountKey, List<Split>> _splits = [];
    private readonly Dictionary<AccountKey, List<AccountKey>> _related = [];
    private readonly List<IReadOnlyList<AccountKey>> _joins = [];

    public Decisions(IEnumerable<PersonDecision> decisions)
    {
        foreach (var decision in decisions.Where(decision => decision.IsInForce))
        {
            var accounts = Keys(decision.Accounts);
            var from = Keys(decision.From);
            if (decision.Kind == DecisionKind.Join)
                _joins.Add(accounts);
            else
                accounts.ForEach(account => Under(_splits, account).Add(new Split(decision.Address, [.. from])));
            List<AccountKey> all = [.. accounts, .. from];
            all.ForEach(account => Under(_related, account).AddRange(all));
        }
    }

    /// <summary>Sets of accounts that are one person's each.</summary>
    public IReadOnlyList<IReadOnlyList<AccountKey>> Joins => _joins;

    /// <summary>Accounts that a decision names together with this one.</summary>
    public IReadOnlyList<AccountKey> RelatedTo(AccountKey account) => _related.GetValueOrDefault(account) ?? [];

    public bool HasSplits => _splits.Count > 0;

    /// <summary>It was split from that address, or from one of the accounts that have it.</summary>
    public bool GivesUp(AccountKey account, string address, IEnumerable<AccountKey> holders) =>
        _splits.TryGetValue(account, out var splits) && splits.Exists(split => split.Address == address || holders.Any(split.From.Contains));

    public bool Apart(AccountKey one, AccountKey other) => IsSplit(one, other) || IsSplit(other, one);

    private bool IsSplit(AccountKey account, AccountKey from) => _splits.TryGetValue(account, out var splits) && splits.Exists(split => split.From.Contains(from));

    private static List<AccountKey> Keys(IEnumerable<string> texts) => [.. texts.Select(PersonDecision.KeyOf).OfType<AccountKey>()];

    private static List<T> Under<T>(Dictionary<AccountKey, List<T>> lists, AccountKey key) => lists.TryGetValue(key, out var list) ? list : lists[key] = [];

    private sealed record Split(string? Address, HashSet<AccountKey> From);
}
