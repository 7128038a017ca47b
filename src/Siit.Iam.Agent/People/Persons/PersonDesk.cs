using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.People.Copy;

namespace Siit.Iam.Agent.People.Persons;

/// <summary>What became of somebody's wish to settle something.</summary>
/// <param name="Code">Null when it is settled.</param>
internal sealed record Settled(string? Code, string Message, PersonDecision? Decision = null);

/// <summary>Settling who belongs to whom, by people who have proved presence.</summary>
internal sealed class PersonDesk(PersonLookup persons, DecisionBook decisions, DirectoryCopy copy, IHrisRecords hris)
{
    public ValueTask<IReadOnlyList<Conflict>> ConflictsAsync(CancellationToken cancellationToken) => persons.ConflictsAsync(cancellationToken);

    public Task<IReadOnlyList<PersonDecision>> DecisionsAsync(CancellationToken cancellationToken) => decisions.ListAsync(cancellationToken);

    /// <summary>These are one person's accounts.</summary>
    public async Task<Settled> JoinAsync(IReadOnlyList<string> accounts, string by, CancellationToken cancellationToken)
    {
        var (keys, problem) = await KeysAsync(accounts, cancellationToken);
        if (problem is not null)
            return problem;
        if (keys.Count < 2)
            return new Settled("invalid_input", "Name two different accounts that are one person's.");
        return await JoinAsync(keys, by, cancellationToken);
    }

    /// <summary>The account is not of the person that the others with this address are.</summary>
    public async Task<Settled> SplitAsync(string account, string email, string by, CancellationToken cancellationToken)
    {
        var (keys, problem) = await KeysAsync([account], cancellationToken);
        if (problem is not null)
            return problem;
        var address = persons.Rules.Canonical(AddressKey.Of(email));
        var together = await persons.JoinAsync(keys, [address], null, cancellationToken);
        var others = OthersOf(together, keys, together.Conflicts.Where(conflict => conflict.Accounts.Contains(keys[0])).SelectMany(conflict => conflict.Accounts));
        return others.Count == 0 || !together.Touches(address)
            ? new Settled("not_joined", $"{ConflictTexts.Name(keys[0])} has nothing to do with anybody else of {HiddenText.Shown(email, 100)}: nothing is joined, nothing is in doubt.")
            : await SplitAsync(keys, others, address, by, cancellationToken);
    }

    /// <param name="apart">Empty: all are the same person's.</param>
    public async Task<Settled> SettleAsync(string conflictId, IReadOnlyList<string> apart, string by, CancellationToken cancellationToken)
    {
        if ((await persons.ConflictsAsync(cancellationToken)).FirstOrDefault(conflict => conflict.Id == conflictId) is not { } conflict)
            return new Settled("unknown_conflict", $"There is no conflict '{HiddenText.Shown(conflictId, 60)}', or not any more. siit-iam people conflicts lists them.");
        if (apart.Count == 0)
            return await JoinAsync(conflict.Accounts, by, cancellationToken);
        var leaving = conflict.Accounts.Where(account => apart.Contains(account.ToString(), StringComparer.Ordinal)).ToList();
        if (leaving.Count < apart.Count || leaving.Count == conflict.Accounts.Count)
            return new Settled("invalid_input", $"Name some of the conflict's accounts, not all: {string.Join(", ", conflict.Accounts.Take(20).Select(ConflictTexts.Name))}.");
        var together = await persons.JoinAsync(conflict.Accounts, [], null, cancellationToken);
        return await SplitAsync(leaving, OthersOf(together, leaving, conflict.Accounts), conflict.Address, by, cancellationToken);
    }

    public async Task<Settled> TakeBackAsync(string decision, string by, CancellationToken cancellationToken) => await decisions.TakeBackAsync(decision, by, cancellationToken)
        ? new Settled(null, $"{HiddenText.Shown(decision, 60)} does not hold any more. What it had settled is a conflict again where the rules cannot tell.")
        : new Settled("unknown_decision", $"There is no decision '{HiddenText.Shown(decision, 60)}' in force. siit-iam people decisions lists them.");

    private async Task<Settled> JoinAsync(IReadOnlyList<AccountKey> keys, string by, CancellationToken cancellationToken)
    {
        if (await AgainstAsync(DecisionKind.Split, keys, keys, cancellationToken) is { } against)
            return against;
        var decision = await decisions.AddAsync(DecisionKind.Join, keys, [], null, by, cancellationToken);
        return new Settled(null, $"One person: {string.Join(", ", keys.Select(ConflictTexts.Name))}. To take it back: siit-iam people undo {decision.Id}", decision);
    }

    private async Task<Settled> SplitAsync(IReadOnlyList<AccountKey> leaving, IReadOnlyList<AccountKey> others, string address, string by, CancellationToken cancellationToken)
    {
        if (await AgainstAsync(DecisionKind.Join, leaving, others, cancellationToken) is { } against)
            return against;
        var decision = await decisions.AddAsync(DecisionKind.Split, leaving, others, address, by, cancellationToken);
        return new Settled(null, $"{string.Join(", ", leaving.Select(ConflictTexts.Name))}: not of the person of {string.Join(", ", others.Take(20).Select(ConflictTexts.Name))}. To take it back: siit-iam people undo {decision.Id}", decision);
    }

    private async Task<Settled?> AgainstAsync(DecisionKind kind, IReadOnlyList<AccountKey> some, IReadOnlyList<AccountKey> others, CancellationToken cancellationToken)
    {
        var (one, other) = (Names(some), Names(others));
        var against = (await decisions.ListAsync(cancellationToken)).FirstOrDefault(decision => decision.IsInForce && decision.Kind == kind
            && (kind == DecisionKind.Join ? decision.Accounts.Any(one.Contains) && decision.Accounts.Any(other.Contains)
                : decision.Accounts.Any(one.Contains) && decision.From.Any(other.Contains)));
        return against is null ? null : new Settled("decided_otherwise", $"{against.Id} says the opposite about them. Take it back first: siit-iam people undo {against.Id}");

        static HashSet<string> Names(IEnumerable<AccountKey> keys) => keys.Select(key => key.ToString()).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>Everybody whom the leaving ones are joined to, or in doubt with.</summary>
    private static List<AccountKey> OthersOf(JoinedPeople together, IReadOnlyList<AccountKey> leaving, IEnumerable<AccountKey> inDoubt) =>
    [
        .. leaving.Select(together.Of).OfType<Person>()
            .SelectMany(person => person.Accounts.Select(account => account.Key).Concat(person.Hris is { } record ? [record.Key] : []))
            .Concat(inDoubt).Distinct().Where(key => !leaving.Contains(key)),
    ];

    private async Task<(IReadOnlyList<AccountKey>, Settled?)> KeysAsync(IReadOnlyList<string> texts, CancellationToken cancellationToken)
    {
        var keys = new List<AccountKey>();
        foreach (var text in texts)
        {
            if (PersonDecision.KeyOf(text) is not { } key || !await IsKnownAsync(key, cancellationToken))
                return ([], new Settled("unknown_account", $"'{HiddenText.Shown(text, 100)}' is no account that is known here. Write it as connection:id, a record of the HRIS as hris:id; siit-iam people conflicts shows them so."));
            if (!keys.Contains(key))
                keys.Add(key);
        }

        return (keys, null);
    }

    private async Task<bool> IsKnownAsync(AccountKey key, CancellationToken cancellationToken) => key.Connection == IHrisRecords.Source
        ? await hris.FindAsync(key.Id, cancellationToken) is not null
        : copy.Read(copies => copies.TryGetValue(key.Connection, out var connection) && connection.Account(key.Id) is { } account && !persons.Rules.IsService(key, account));
}
