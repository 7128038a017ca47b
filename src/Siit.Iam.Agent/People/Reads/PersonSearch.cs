using Siit.Iam.Agent.People.Copy;

namespace Siit.Iam.Agent.People.Reads;

/// <summary>Where a text led.</summary>
/// <param name="Persons">An account of each person.</param>
/// <param name="Count">How many persons in all.</param>
internal sealed record PersonHits(PersonHit How, IReadOnlyList<CopiedAccount> Persons, int Count);

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
internal sealed class PersonSearch(DirectoryCopy copy)
{
    public const int Most = 10;
    private const int MostNear = 5;
    private const int LongestSpelling = 80;

    public PersonHits Find(string text, IReadOnlyCollection<string> connections)
    {
        text = text.Trim();
        if (ById(text, connections) is { Count: > 0 } ids)
            return Hits(ids.Exists(found => !found.Account.Gone) ? PersonHit.Exact : PersonHit.Gone, ids);
        if (ByAddress(text, connections) is { } hits)
            return hits;
        var all = Everybody(connections);
        if (ByName(text, all) is { } named)
            return named;
        return Near(text, all);
    }

    /// <summary>Only what is exact: addresses and ids.</summary>
    public IReadOnlyList<CopiedAccount> Exactly(string text, IReadOnlyCollection<string> connections)
    {
        text = text.Trim();
        return ById(text, connections) is { Count: > 0 } ids ? ids : ByAddress(text, connections)?.Persons ?? [];
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

    private PersonHits? ByAddress(string text, IReadOnlyCollection<string> connections)
    {
        var key = AddressKey.Of(text);
        var found = copy.At(text).Where(found => connections.Contains(found.Key.Connection)).Select(found => new CopiedAccount(found.Key, found.Account)).ToList();
        if (found.Count == 0)
            return null;
        // Whoever has it now comes before whoever had it, and who is there before who is gone.
        var there = found.Where(account => !account.Account.Gone).ToList();
        var now = there.Where(account => Array.IndexOf(account.Account.Addresses, key, 0, account.Account.Current) >= 0).ToList();
        return now.Count > 0 ? Hits(PersonHit.Exact, now) : there.Count > 0 ? Hits(PersonHit.Former, there) : Hits(PersonHit.Gone, found);
    }

    private static PersonHits? ByName(string text, CopiedAccount[] all)
    {
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var whole = all.Where(found => SameWords(found.Account.Name, text, words)).ToList();
        if (whole.Count > 0)
            return Hits(PersonHit.Name, whole);
        var begins = all.Where(found => Array.TrueForAll(words, word => HasWord(found.Account.Name, word))
            || found.Account.Addresses.Take(found.Account.Current).Any(address => address.StartsWith(text, StringComparison.OrdinalIgnoreCase))).ToList();
        return begins.Count > 0 ? Hits(PersonHit.Beginning, begins) : null;
    }

    private static PersonHits Near(string text, CopiedAccount[] all)
    {
        if (text.Length is < 3 or > LongestSpelling)
            return new PersonHits(PersonHit.Nobody, [], 0);
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

        var hits = Hits(PersonHit.Near, [.. near.OrderBy(candidate => candidate.Distance).Select(candidate => candidate.Found)]);
        return hits.Count == 0 ? hits with { How = PersonHit.Nobody } : hits with { Persons = [.. hits.Persons.Take(MostNear)], Count = Math.Min(hits.Count, MostNear) };

        bool Far(ReadOnlySpan<char> other) => Spelling.IsFar(text, letters, other, most);
    }

    private static PersonHits Hits(PersonHit how, List<CopiedAccount> found)
    {
        var persons = found.DistinctBy(PersonJoin.KeyOf).ToList();
        return new PersonHits(how, persons, persons.Count);
    }

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
