using Siit.Iam.Agent.People.Copy;
using Siit.Iam.Agent.People.Persons;

namespace Siit.Iam.Agent.People.Reads;

/// <summary>Where a text led.</summary>
/// <param name="Persons">Those that may be shown.</param>
/// <param name="Count">How many persons in all; where there are very many, those with a work email of their own.</param>
internal sealed record PersonHits(PersonHit How, IReadOnlyList<FoundPerson> Persons, int Count);

internal enum PersonHit
{
    Nobody,
    /// <summary>An id, or an address that these have now.</summary>
    Exact,
    /// <summary>An address that they had before.</summary>
    Former,
    /// <summary>All that has, or had, this address or id is gone.</summary>
    Gone,
    /// <summary>The whole name.</summary>
    Name,
    /// <summary>Beginnings of names or addresses.</summary>
    Beginning,
    /// <summary>Something spelt nearly so.</summary>
    Near,
}

/// <summary>From a text to persons in the copy: first what is exact, then what is like it. Chooses nobody.</summary>
internal sealed class PersonSearch(DirectoryCopy copy, PersonJoin join)
{
    public const int Most = 10;
    private const int MostNear = 5;
    private const int MostJoined = 100;
    private const int LongestSpelling = 80;

    public async ValueTask<PersonHits> FindAsync(string text, IReadOnlyCollection<string> connections, CancellationToken cancellationToken)
    {
        text = text.Trim();
        if (await ExactAsync(text, connections, cancellationToken) is { } exact)
            return exact;
        var all = Everybody(connections);
        var (how, found) = ByName(text, all) ?? Near(text, all);
        // A few accounts may be one person's; thousands are not.
        var persons = await join.OfAsync([.. found.Take(MostJoined)], null, connections, cancellationToken);
        var count = found.Count <= MostJoined ? persons.Count : found.DistinctBy(account => account.Account.Email is { Length: > 0 } email ? AddressKey.Of(email) : account.Key.ToString()).Count();
        return how == PersonHit.Near ? new PersonHits(persons.Count == 0 ? PersonHit.Nobody : how, [.. persons.Take(MostNear)], Math.Min(count, MostNear)) : new PersonHits(how, persons, count);
    }

    /// <summary>Only what is exact: addresses and ids.</summary>
    public async ValueTask<IReadOnlyList<FoundPerson>> ExactlyAsync(string text, IReadOnlyCollection<string> connections, CancellationToken cancellationToken) =>
        (await ExactAsync(text.Trim(), connections, cancellationToken))?.Persons ?? [];

    private async ValueTask<PersonHits?> ExactAsync(string text, IReadOnlyCollection<string> connections, CancellationToken cancellationToken)
    {
        if (ById(text, connections) is { Count: > 0 } ids)
            return Hits(ids.Exists(found => !found.Account.Gone) ? PersonHit.Exact : PersonHit.Gone, await join.OfAsync(ids, null, connections, cancellationToken));
        var (how, found) = ByAddress(text, connections);
        var persons = await join.OfAsync(found, text, connections, cancellationToken);
        if (persons.Count > 0)
            return Hits(found.Count == 0 || persons.Any(person => person.By is null) ? PersonHit.Exact : how, persons);
        var id = text.StartsWith(IHrisRecords.Source + ":", StringComparison.Ordinal) ? text[(IHrisRecords.Source.Length + 1)..] : text;
        return await join.OfRecordAsync(id, connections, cancellationToken) is { } person ? Hits(PersonHit.Exact, [person]) : null;
    }

    private List<CopiedAccount> ById(string text, IReadOnlyCollection<string> connections) => copy.Read(copies =>
    {
        var found = new List<CopiedAccount>();
        var named = connections.FirstOrDefault(name => text.StartsWith(name + ":", StringComparison.Ordinal));
        foreach (var name in named is null ? connections : [named])
        {
            var id = named is null ? text : text[(name.Length + 1)..];
            if (copies.TryGetValue(name, out var part) && part.Account(id) is { } account)
                found.Add(new CopiedAccount(new AccountKey(name, id), account));
        }

        return found;
    });

    /// <summary>Whoever has it as work email comes before whoever has it otherwise, both before whoever had it, and who is gone is last.</summary>
    private (PersonHit How, IReadOnlyList<CopiedAccount> Found) ByAddress(string text, IReadOnlyCollection<string> connections)
    {
        var variants = join.Rules.VariantsOf(AddressKey.Of(text)).ToList();
        var found = variants.SelectMany(copy.At).DistinctBy(found => found.Key).Where(found => connections.Contains(found.Key.Connection))
            .Select(found => new CopiedAccount(found.Key, found.Account)).ToList();
        var there = found.Where(account => !account.Account.Gone).ToList();
        var now = there.Where(account => Array.FindIndex(account.Account.Addresses, 0, account.Account.Current, variants.Contains) >= 0).ToList();
        var work = now.Where(account => variants.Contains(account.Account.Addresses[0])).ToList();
        return work.Count > 0 ? (PersonHit.Exact, work) : now.Count > 0 ? (PersonHit.Exact, now) : there.Count > 0 ? (PersonHit.Former, there) : (PersonHit.Gone, found);
    }

    private static (PersonHit How, IReadOnlyList<CopiedAccount> Found)? ByName(string text, CopiedAccount[] all)
    {
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var whole = all.Where(found => SameWords(found.Account.Name, text, words)).ToList();
        if (whole.Count > 0)
            return (PersonHit.Name, whole);
        var begins = all.Where(found => Array.TrueForAll(words, word => HasWord(found.Account.Name, word))
            || found.Account.Addresses.Take(found.Account.Current).Any(address => address.StartsWith(text, StringComparison.OrdinalIgnoreCase))).ToList();
        return begins.Count > 0 ? (PersonHit.Beginning, begins) : null;
    }

    private static (PersonHit How, IReadOnlyList<CopiedAccount> Found) Near(string text, CopiedAccount[] all)
    {
        if (text.Length is < 3 or > LongestSpelling)
            return (PersonHit.Near, []);
        // Of an address, how long the name before the domain is: the domain is mostly right.
        var local = text.LastIndexOf('@') is > 0 and var at ? text[..(at + 1)] : null;
        var most = Spelling.Tolerance(local ?? text);
        var letters = Spelling.Letters(text);
        var near = new List<(int Distance, CopiedAccount Found)>();
        foreach (var found in all)
        {
            var distance = Far(found.Account.Name) ? most + 1 : Spelling.Distance(text, found.Account.Name, most);
            foreach (var address in found.Account.Addresses.AsSpan(0, found.Account.Current))
            {
                var compared = local is null && address.IndexOf('@') is > 0 and var end ? address.AsSpan(0, end) : address;
                // The right name at another domain is near, however far the domain is.
                if (local is not null && address.StartsWith(local, StringComparison.OrdinalIgnoreCase))
                    distance = Math.Min(distance, 1);
                else if (!Far(compared))
                    distance = Math.Min(distance, Spelling.Distance(text, compared, most));
            }

            if (distance <= most)
                near.Add((distance, found));
        }

        return (PersonHit.Near, [.. near.OrderBy(candidate => candidate.Distance).Select(candidate => candidate.Found)]);

        bool Far(ReadOnlySpan<char> other) => Spelling.IsFar(text, letters, other, most);
    }

    private static PersonHits Hits(PersonHit how, IReadOnlyList<FoundPerson> persons) => new(how, persons, persons.Count);

    /// <summary>Taken under the lock; looked through outside of it, so that nobody waits.</summary>
    private CopiedAccount[] Everybody(IReadOnlyCollection<string> connections) => copy.Read(copies =>
        copies.Values.Where(part => connections.Contains(part.Name))
            .SelectMany(part => part.Accounts.Where(account => !account.Gone).Select(account => new CopiedAccount(new AccountKey(part.Name, account.Id), account)))
            .ToArray());

    private static bool SameWords(string name, string text, string[] words) =>
        string.Equals(name, text, StringComparison.OrdinalIgnoreCase)
        || (name.Contains("  ", StringComparison.Ordinal) && name.Split(' ', StringSplitOptions.RemoveEmptyEntries).SequenceEqual(words, StringComparer.OrdinalIgnoreCase));

    private static bool HasWord(string name, string beginning)
    {
        for (var at = name.IndexOf(beginning, StringComparison.OrdinalIgnoreCase); at >= 0; at = name.IndexOf(beginning, at + 1, StringComparison.OrdinalIgnoreCase))
        {
            if (at == 0 || !char.IsLetterOrDigit(name[at - 1]))
                return true;
        }

        return false;
    }
}
