using System.Text.Json.Serialization;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.People.Copy;
using Siit.Iam.Agent.People.Events;
using Siit.Iam.Agent.People.Persons;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Gate.Proofs;

/// <summary>When contacts of an account were first seen here, where its IdP keeps no time: by print, without the contact.</summary>
[Stored("contact_sightings")]
internal sealed record ContactSightings : IRecord
{
    /// <summary><c>connection:id</c> of the account.</summary>
    public required string Id { get; init; }

    public long Version { get; init; }

    public required IReadOnlyDictionary<string, DateTimeOffset> FirstSeen { get; init; }

    [JsonIgnore]
    public IReadOnlyDictionary<string, string> Keys => new Dictionary<string, string>();
}

/// <summary>
/// How a person can be reached by another way than the one being reset: the HRIS's private contacts first, then the account's own. A
/// contact counts when it is no work mailbox, and when it is certain that it has been the same for long enough; what is not known
/// does not count.
/// </summary>
internal sealed class ContactBook(
    IStore store, PersonLookup persons, IHrisRecords hris, Managers managers, EventBook events, DirectoryCopy copy, GateOptions options, TimeProvider time)
{
    public async Task<PersonContacts> OfAsync(IIdpConnection connection, Account account, CancellationToken cancellationToken)
    {
        var key = new AccountKey(connection.Name, account.Id);
        var person = copy.IsLoaded ? await persons.OfAsync(key, cancellationToken) : null;
        var record = person?.Hris ?? await OnlyRecordAsync(account, cancellationToken);
        var work = WorkAddresses(account, person, record);
        var contacts = new List<KnownContact>();
        if (record is not null)
        {
            foreach (var contact in await hris.ContactsOfAsync(record.Id, cancellationToken))
                contacts.Add(Known(contact, "HRIS", contact.UnchangedSince, work));
        }

        if (connection is IKnowsContacts knows)
        {
            var found = await knows.ListContactsAsync(account, cancellationToken);
            var seen = await SightAsync(key, found, cancellationToken);
            foreach (var contact in found)
                contacts.Add(Known(contact, connection.Name, Earlier(contact.UnchangedSince, seen.GetValueOrDefault(KnownContact.PrintOf(contact.Value))), work));
        }

        var (manager, notBecause) = await ManagerAsync(key, person, cancellationToken);
        return new PersonContacts
        {
            Key = account.Email is { Length: > 0 } email ? AddressKey.Of(email) : $"{key.Connection}:{key.Id}",
            Name = account.Email ?? account.Login,
            Work = work,
            WorkMail = account.Email is { } mail && Addresses.LooksLikeOne(mail) ? mail : null,
            Contacts = [.. contacts.DistinctBy(contact => (contact.Kind, contact.Print))],
            Manager = manager,
            ManagerNotBecause = notBecause,
        };
    }

    /// <summary>Before the copy is there the HRIS alone may know the person, when its one record has the address.</summary>
    private async ValueTask<HrisRecord?> OnlyRecordAsync(Account account, CancellationToken cancellationToken) =>
        account.Email is { Length: > 0 } email && await hris.AtAsync(AddressKey.Of(email), cancellationToken) is [var only] ? only : null;

    private static HashSet<string> WorkAddresses(Account account, Person? person, HrisRecord? record)
    {
        var work = new HashSet<string>(StringComparer.Ordinal);
        foreach (var address in new[] { account.Email, account.Login, person?.Email, record?.WorkEmail }
            .Concat(person?.Accounts.SelectMany(candidate => candidate.Account.Addresses) ?? []))
        {
            if (address is { Length: > 0 })
                work.Add(address.Trim().ToLowerInvariant());
        }

        return work;
    }

    private KnownContact Known(Contact contact, string source, DateTimeOffset? since, HashSet<string> work)
    {
        var where = $"{source} {contact.Field}";
        return new KnownContact(contact.Kind, contact.Value, where, Unusable(contact, work) ?? Unsettled(where, since));
    }

    private string? Unusable(Contact contact, HashSet<string> work)
    {
        if (contact.Kind == ContactKind.Phone)
            return contact.Value.Count(char.IsAsciiDigit) >= 7 ? null : "it is no phone number";
        if (!Addresses.LooksLikeOne(contact.Value))
            return "it is no mail address";
        var domain = contact.Value[(contact.Value.LastIndexOf('@') + 1)..].ToLowerInvariant();
        // Whoever controls the account controls the mailboxes behind the same sign-in.
        return work.Contains(contact.Value.Trim().ToLowerInvariant()) || copy.IsUsedDomain(domain) || work.Any(address => address.EndsWith("@" + domain, StringComparison.Ordinal))
            ? "it is a work mailbox, behind the sign-in that is being reset"
            : null;
    }

    private string? Unsettled(string where, DateTimeOffset? since)
    {
        var days = options.Proof.Settled.TotalDays;
        return since is null ? $"it is not known how long {where} has been the same; it counts {days:0.#} days after it was first seen here"
            : since > time.GetUtcNow() - options.Proof.Settled ? $"{where} may have changed within the last {days:0.#} days"
            : null;
    }

    private static DateTimeOffset? Earlier(DateTimeOffset? one, DateTimeOffset other) => one is { } told && (other == default || told < other) ? told : other == default ? null : other;

    /// <summary>Remembers what is there now; forgets what is gone, so that what comes back begins anew.</summary>
    private async Task<IReadOnlyDictionary<string, DateTimeOffset>> SightAsync(AccountKey key, IReadOnlyList<Contact> found, CancellationToken cancellationToken)
    {
        var id = $"{key.Connection}:{key.Id}";
        var stored = await store.GetAsync<ContactSightings>(id, cancellationToken);
        var known = stored?.FirstSeen ?? new Dictionary<string, DateTimeOffset>();
        var now = time.GetUtcNow();
        var seen = found.Select(contact => KnownContact.PrintOf(contact.Value)).Distinct()
            .ToDictionary(print => print, print => known.TryGetValue(print, out var first) ? first : now);
        if (seen.Count == known.Count && seen.Keys.All(known.ContainsKey))
            return seen;
        var next = new ContactSightings { Id = id, Version = stored?.Version ?? 0, FirstSeen = seen };
        // Somebody else noted it at the same moment: then it stands there.
        await store.CommitAsync([stored is null ? Change.Create(next) : Change.Save(next)], cancellationToken);
        return seen;
    }

    private async Task<(string? Manager, string? NotBecause)> ManagerAsync(AccountKey key, Person? person, CancellationToken cancellationToken)
    {
        if (person is null)
            return (null, "nobody is known as manager: the copy of the directory is not there yet");
        var chain = await managers.OfAsync(person, cancellationToken);
        if (chain.Chain is not [{ Email: { Length: > 0 } email } manager, ..])
            return (null, chain.Problem ?? "nobody is named as manager");
        if (manager.Conflicts.Count > 0)
            return (null, "it is not certain who the manager is");
        var since = time.GetUtcNow() - options.Proof.Settled;
        var changed = events.Of(key, 200).Any(happened => happened.Time > since && happened.Fields.Contains("manager", StringComparer.OrdinalIgnoreCase))
            || (person.Hris is { } record
                && (await hris.LatestAsync(record.Id, 50, cancellationToken)).Any(news => news.At > since && news.Kind == "hris.manager_changed"));
        if (changed)
            return (email, $"the manager was changed within the last {options.Proof.Settled.TotalDays:0.#} days");
        var young = person.Hris is null && person.Accounts.All(candidate => candidate.Account.FirstSeenAt > since);
        return (email, young ? $"it is not known how long {email} has been the manager" : null);
    }
}
