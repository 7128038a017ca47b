using System.Text;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.People.Copy;
using Siit.Iam.Agent.People.Sync;

namespace Siit.Iam.Agent.People.Reads;

/// <summary>Answers reads from the copy.</summary>
internal sealed class KnownDirectory(DirectoryCopy copy, DirectorySync sync, SyncOptions options, KnownEvents events, PersonSearch search, AccountReading accounts, KnownLists lists)
    : IKnownDirectory
{
    private const int EventsOfPerson = 5;

    public DateTimeOffset? AsOf(string connection) =>
        options.Enabled && copy.IsLoaded && sync.Find(connection) is not null && copy.State(connection) is { ImportedAt: not null, SyncedAt: { } time } ? time : null;

    public PersonSearched FindPerson(string person, IReadOnlyList<string> connections)
    {
        var hits = search.Find(person, connections);
        return hits switch
        {
            { How: PersonHit.Nobody } => new PersonSearched(null, [], 0, NotFound("nobody is spelt nearly so")),
            { How: PersonHit.Near } => Choose(hits, NotFound("these are spelt nearly so"), connections),
            { How: PersonHit.Beginning } => Choose(hits, "Nobody has exactly this name or address; these begin with it. Ask again with the person that is meant.", connections),
            { Count: > 1 } => Choose(hits, $"{hits.Count} people fit. Ask again with the person that is meant.", connections),
            _ => new PersonSearched(Person(hits.Persons[0], connections), [], 0, Remark(person, hits)),
        };
    }

    public Page<GroupFacts>? FindGroups(string? name, IReadOnlyList<string> connections, int limit, string? cursor) => lists.Groups(name, connections, limit, cursor);

    public Page<ApplicationFacts>? FindApplications(string? name, IReadOnlyList<string> connections, int limit, string? cursor) =>
        lists.Applications(name, connections, limit, cursor);

    public MembersFacts? ListMembers(string group, string connection, int limit, string? cursor) => lists.Members(group, connection, limit, cursor);

    public Page<EventFacts>? ListEvents(EventQuestion question, IReadOnlyList<string> connections) => events.List(question, connections);

    private static string NotFound(string near) =>
        $"Nobody has exactly this work email, login, alias, former address, id or name; {near}. The copy may be older than the person: fresh asks the IdPs.";

    private PersonFacts Person(CopiedAccount one, IReadOnlyList<string> connections)
    {
        var joined = PersonJoin.AccountsOf(copy, one, connections);
        var facts = joined.Select(account => accounts.Of(account.Key)).OfType<AccountFacts>()
            .OrderBy(account => connections.TakeWhile(connection => connection != account.Connection).Count()).ThenBy(account => account.Account.Id, StringComparer.Ordinal).ToList();
        return new PersonFacts
        {
            Accounts = [.. facts.Where(account => account.GoneAt is null)],
            Gone = [.. facts.Where(account => account.GoneAt is not null)],
            Events = events.Latest(joined.Select(account => account.Key), EventsOfPerson),
        };
    }

    private string? Remark(string person, PersonHits hits)
    {
        var one = hits.Persons[0];
        if (hits.How == PersonHit.Gone)
            return "Every account that has or had this is gone at its IdP.";
        if (hits.How != PersonHit.Former)
            return null;
        var key = AddressKey.Of(person);
        var until = copy.Entry(one.Key.Connection, one.Key.Id)?.Former.FirstOrDefault(former => AddressKey.Of(former.Address) == key)?.Until;
        return $"This is a former address{(until is { } time ? $", until {Answers.Time(time)}" : "")}, of {one.Key}, which now has {LookAlikes.InAddress(one.Account.Email ?? one.Account.Login)}. Nobody has it now.";
    }

    private PersonSearched Choose(PersonHits hits, string message, IReadOnlyList<string> connections) =>
        new(null, [.. hits.Persons.Take(PersonSearch.Most).Select(one => Choice(one, connections))], hits.Count, message);

    private PersonChoice Choice(CopiedAccount one, IReadOnlyList<string> connections)
    {
        var joined = PersonJoin.AccountsOf(copy, one, connections);
        var account = copy.Entry(one.Key.Connection, one.Key.Id)?.Found.Account;
        // What cannot be typed, or looks like something else, is asked for by id.
        var asked = one.Account.Email is { Length: > 0 } email && Ascii.IsValid(email) && HiddenText.First(email) is null ? email : one.Key.ToString();
        return new PersonChoice(
            asked, one.Account.Name, one.Account.Email ?? one.Account.Login, account?.Department, account?.Title,
            string.Join(", ", joined.Select(found => found.Account.Gone ? "gone" : Answers.Word(found.Account.Status)).Distinct()),
            [.. joined.Select(found => found.Key.Connection).Distinct()]);
    }
}
