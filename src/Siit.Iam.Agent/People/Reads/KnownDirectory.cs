using System.Text;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.People.Copy;
using Siit.Iam.Agent.People.Sync;

namespace Siit.Iam.Agent.People.Reads;

/// <summary>Answers reads from the copy.</summary>
internal sealed class KnownDirectory(DirectoryCopy copy, DirectorySync sync, SyncOptions options, KnownEvents events, PersonSearch search, PersonReading persons, KnownLists lists)
    : IKnownDirectory
{
    public DateTimeOffset? AsOf(string connection) =>
        options.Enabled && copy.IsLoaded && sync.Find(connection) is not null && copy.State(connection) is { ImportedAt: not null, SyncedAt: { } time } ? time : null;

    public async Task<PersonSearched> FindPersonAsync(string person, IReadOnlyList<string> connections, CancellationToken cancellationToken)
    {
        var hits = await search.FindAsync(person, connections, cancellationToken);
        return hits switch
        {
            { How: PersonHit.Nobody } => new PersonSearched(null, [], 0, NotFound("nobody is spelt nearly so")),
            { How: PersonHit.Near } => Choose(hits, NotFound("these are spelt nearly so")),
            { How: PersonHit.Beginning } => Choose(hits, "Nobody has exactly this name or address; these begin with it. Ask again with the person that is meant."),
            { Count: > 1 } => Choose(hits, $"{hits.Count} people fit. Ask again with the person that is meant."),
            _ => new PersonSearched(await persons.OfAsync(hits.Persons[0].Person, connections, cancellationToken), [], 0, Remark(person, hits)),
        };
    }

    public Page<GroupFacts>? FindGroups(string? name, IReadOnlyList<string> connections, int limit, string? cursor) => lists.Groups(name, connections, limit, cursor);

    public Page<ApplicationFacts>? FindApplications(string? name, IReadOnlyList<string> connections, int limit, string? cursor) =>
        lists.Applications(name, connections, limit, cursor);

    public MembersFacts? ListMembers(string group, string connection, int limit, string? cursor) => lists.Members(group, connection, limit, cursor);

    public Task<Page<EventFacts>?> ListEventsAsync(EventQuestion question, IReadOnlyList<string> connections, CancellationToken cancellationToken) =>
        events.ListAsync(question, connections, cancellationToken).AsTask();

    private static string NotFound(string near) =>
        $"Nobody has exactly this work email, login, alias, former address, id or name; {near}. The copy may be older than the person: fresh asks the IdPs.";

    private string? Remark(string person, PersonHits hits)
    {
        var one = hits.Persons[0];
        if (one.Person is { Accounts.Count: 0, Gone.Count: 0, Hris: { } record })
            return record.HasLeft ? "Only the HRIS knows this person, who has left: there is no account." : "Only the HRIS knows this person: no account yet.";
        if (one.Person.Accounts.Count == 0)
            return "Every account that has or had this is gone at its IdP.";
        if (hits.How != PersonHit.Former || one.By is not { } by)
            return null;
        var key = AddressKey.Of(person);
        var until = copy.Entry(by.Key.Connection, by.Key.Id)?.Former.FirstOrDefault(former => AddressKey.Of(former.Address) == key)?.Until;
        return $"This is a former address{(until is { } time ? $", until {Answers.Time(time)}" : "")}, of {by.Key}, which now has {LookAlikes.InAddress(by.Account.Email ?? by.Account.Login)}. Nobody has it now.";
    }

    private static PersonSearched Choose(PersonHits hits, string message)
    {
        var shared = hits.Persons.Where(found => found.Email is not null).GroupBy(found => AddressKey.Of(found.Email!), StringComparer.Ordinal).Where(same => same.Count() > 1)
            .Select(same => same.Key).ToHashSet(StringComparer.Ordinal);
        return new PersonSearched(null, [.. hits.Persons.Take(PersonSearch.Most).Select(found => Choice(found, shared))], hits.Count, message);
    }

    private static PersonChoice Choice(FoundPerson found, HashSet<string> shared)
    {
        var person = found.Person;
        var account = person.Accounts.FirstOrDefault(one => one.Key == found.By?.Key)?.Entry?.Found.Account;
        var id = found.By?.Key ?? person.Hris!.Key;
        // What cannot be typed, looks like something else or is somebody else's too is asked for by id.
        var asked = found.Email is { Length: > 0 } email && Ascii.IsValid(email) && HiddenText.First(email) is null && !shared.Contains(AddressKey.Of(email)) ? email : id.ToString();
        return new PersonChoice(
            asked, found.By?.Account.Name ?? PersonReading.NameOf(person), found.Email ?? found.By?.Account.Login, account?.Department ?? person.Hris?.Values.GetValueOrDefault("department"),
            account?.Title ?? person.Hris?.Values.GetValueOrDefault("title"),
            person.Accounts.Count + person.Gone.Count == 0 ? "no account"
                : string.Join(", ", person.Accounts.Select(one => Answers.Word(one.Account.Status)).Concat(person.Gone.Select(_ => "gone")).Distinct()),
            [.. person.Accounts.Concat(person.Gone).Select(one => one.Key.Connection).Distinct()]);
    }
}
