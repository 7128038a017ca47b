using System.Globalization;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.People.Copy;
using Siit.Iam.Agent.People.Persons;

namespace Siit.Iam.Agent.Tests.People.Persons;

/// <summary>
/// A directory in a few lines: <c>okta:1 ana@a.example alias=a@a.example former=old@a.example/3 seen=5</c>. Days are counted from the
/// first of January; an account is seen on day 0 unless told,
/// and has its address since then, or since the one before ended (<c>since=5</c>: since it got it, keeping the other as alias). Lines beginning with <c>hris:</c>, <c>join</c> and <c>split</c> are
/// records and decisions.
/// </summary>
internal sealed class Story
{
    private readonly List<PersonDecision> _decisions = [];

    public Story(params string[] lines)
    {
        foreach (var line in lines.SelectMany(line => line.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)))
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words[0] is "join" or "split")
                _decisions.Add(Decision(words));
            else if (words[0].StartsWith("hris:", StringComparison.Ordinal))
                Records.Add(Record(words));
            else
                Entries.Add((PersonDecision.KeyOf(words[0])!.Value, Entry(words)));
        }
    }

    public List<(AccountKey Key, AccountEntry Entry)> Entries { get; } = [];

    public List<HrisRecord> Records { get; } = [];

    public Decisions Decisions => new(_decisions);

    public IEnumerable<Candidate> Accounts => Entries.Select(entry => new Candidate(entry.Key, Copying.Known(entry.Entry, 0), () => entry.Entry));

    public static PersonRules Rules(PersonOptions? options = null) => new(options ?? new PersonOptions { Domains = ["a.example"] }, _ => true);

    public JoinedPeople Join(PersonRules? rules = null) => Joining.Of(Accounts, Records, Decisions, rules ?? Rules());

    /// <summary>Each person as <c>google:1+okta:1</c>, then each conflict as <c>!alias google:1,okta:2</c>.</summary>
    public static string Told(JoinedPeople joined) => string.Join(" | ",
    [
        .. joined.All.Select(Told).Order(StringComparer.Ordinal),
        .. joined.Conflicts.Select(conflict => $"!{conflict.Kind.Word()} {string.Join(',', conflict.Accounts)}").Order(StringComparer.Ordinal),
    ]);

    public static string Told(Person person) => string.Join('+', person.Accounts.Select(account => account.Key.ToString()).Concat(person.Hris is { } record ? [record.Key.ToString()] : []));

    public static DateTimeOffset Day(string number) => new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).AddDays(double.Parse(number, CultureInfo.InvariantCulture));

    private static AccountEntry Entry(string[] words)
    {
        var id = words[0].Split(':')[1];
        var options = words.Skip(1).Where(word => word.Contains('=')).Select(word => word.Split('=', 2)).ToLookup(pair => pair[0], pair => pair[1]);
        var email = words.Length > 1 && !words[1].Contains('=') && words[1] != "-" ? words[1] : null;
        return new AccountEntry
        {
            Found = new DirectoryAccount
            {
                Account = new Account
                {
                    Id = id,
                    Login = options["login"].FirstOrDefault() ?? email ?? id,
                    Email = email,
                    Status = words.Contains("suspended") ? AccountStatus.Suspended : words.Contains("deprovisioned") ? AccountStatus.Deprovisioned : AccountStatus.Active,
                    VendorStatus = "X",
                    CreatedAt = options["created"].FirstOrDefault() is { } created ? Day(created) : null,
                },
                Aliases = [.. options["alias"]],
                Kind = words.Contains("guest") ? AccountKind.Guest : words.Contains("service") ? AccountKind.Service : AccountKind.Person,
            },
            FirstSeenAt = Day(options["seen"].FirstOrDefault() ?? "0"),
            AddressSince = options["since"].Concat(options["former"].Select(former => former.Split('/')[1])).Append(options["seen"].FirstOrDefault() ?? "0").Select(Day).Max(),
            ReadAt = Day("0"),
            GoneAt = options["gone"].FirstOrDefault() is { } gone ? Day(gone) : null,
            Former = [.. options["former"].Select(former => new FormerAddress(former.Split('/')[0], Day(former.Split('/')[1])))],
        };
    }

    private static HrisRecord Record(string[] words) => new()
    {
        Id = words[0]["hris:".Length..],
        WorkEmail = words[1],
        HasLeft = words.Length > 2,
        LastDay = words.Length > 2 ? DateOnly.FromDateTime(Day(words[2].Split('=')[1]).UtcDateTime) : null,
    };

    private PersonDecision Decision(string[] words)
    {
        var from = words.IndexOf("from");
        return new PersonDecision
        {
            Id = $"decision_{_decisions.Count}",
            Kind = words[0] == "join" ? DecisionKind.Join : DecisionKind.Split,
            Accounts = from < 0 ? words[1..] : words[1..from],
            From = from < 0 ? [] : words[(from + 1)..^2],
            Address = from < 0 ? null : words[^1],
            By = "rita",
            At = Day("9"),
        };
    }
}

file static class Words
{
    public static int IndexOf(this string[] words, string word) => Array.IndexOf(words, word);
}
