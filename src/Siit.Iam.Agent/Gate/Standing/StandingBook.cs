using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.People.Copy;
using Siit.Iam.Agent.People.Events;
using Siit.Iam.Agent.People.Persons;

namespace Siit.Iam.Agent.Gate.Standing;

/// <summary>Where standing comes from, and how old it has to be.</summary>
/// <param name="Source">A connection's name or <c>hris</c>; null: nobody has any standing but by approver groups.</param>
/// <param name="Age">What changed more lately does not count.</param>
internal sealed record StandingRules(string? Source, TimeSpan Age);

/// <param name="Holders">Ids at the source, such as <c>okta:00u1</c>.</param>
/// <param name="Why">Why there is nobody, as the middle of a sentence; null when there is somebody.</param>
internal sealed record StandingFound(IReadOnlyList<string> Holders, string? Why)
{
    public static StandingFound Nobody(string why) => new([], why);
}

/// <summary>
/// Who is somebody's manager and who owns what, by the immutable ids of one source, from the copy of the directory. What changed
/// lately, is in doubt or is not known afresh makes nobody anything.
/// </summary>
internal sealed class StandingBook(
    DirectoryCopy copy, EventBook events, PersonLookup persons, Managers managers, IHrisRecords hris, PersonOptions options, StandingRules rules, TimeProvider time) : IStanding
{
    /// <summary>A copy that was not brought up to date for so long is not believed.</summary>
    private static readonly TimeSpan Freshest = TimeSpan.FromHours(1);

    public StandingRules Rules => rules;

    public async Task<StandingFound> ManagerOfAsync(string about, CancellationToken cancellationToken)
    {
        if (Unknown() is { } unknown)
            return unknown;
        if (await PersonAsync(about, cancellationToken) is not { } person)
            return StandingFound.Nobody("it is not certain who the person is");
        var (named, changed) = await NamedAsync(person, cancellationToken);
        if (named is null)
            return StandingFound.Nobody($"{rules.Source} names no manager");
        if (IsLately(changed))
            return StandingFound.Nobody($"the manager changed within the last {Span(rules.Age)}");
        return await managers.ResolveAsync(named, cancellationToken) is { } manager
            ? OfPerson(manager, "the manager")
            : StandingFound.Nobody("the manager that is named leads to nobody, or to several");
    }

    public async Task<StandingFound> OwnersOfAsync(string connection, bool application, string id, string name, CancellationToken cancellationToken)
    {
        if (Unknown() is { } unknown)
            return unknown;
        if (connection != IHrisRecords.Source && !IsFresh(connection))
            return StandingFound.Nobody($"the copy of {connection} is not up to date");
        var kind = application ? TieKind.ApplicationOwner : TieKind.GroupOwner;
        var owners = copy.Read(copies => copies.TryGetValue(connection, out var known) ? known.ChildrenOf(kind, id).ToList() : []);
        var holders = new List<string>();
        var whys = new List<string>();
        foreach (var owner in owners)
        {
            if (IsLately(copy.TiedSince(connection, kind, id, owner)))
                whys.Add($"an owner was named within the last {Span(rules.Age)}");
            else
                Take(await persons.OfAsync(new AccountKey(connection, owner), cancellationToken));
        }

        foreach (var owner in options.Owners.Of(connection, application, id, name))
            Take(await persons.AtAsync(owner, cancellationToken) is [var only] ? only : null);
        return holders.Count > 0 ? new StandingFound([.. holders.Distinct()], null)
            : StandingFound.Nobody(whys.Count > 0 ? whys[0] : $"{connection} names no owner");

        void Take(Person? person)
        {
            var found = person is null ? StandingFound.Nobody("it is not certain who an owner is") : OfPerson(person, "an owner");
            holders.AddRange(found.Holders);
            if (found.Why is { } why)
                whys.Add(why);
        }
    }

    /// <summary>The id at the source of whoever has a work email there; null when that is nobody, or not certain.</summary>
    public async Task<string?> KeyOfAsync(string email, CancellationToken cancellationToken) =>
        Unknown() is null && await persons.AtAsync(email, cancellationToken) is [var person] && OfPerson(person, "").Holders is [var only] ? only : null;

    /// <summary>Whether an account at the source is known and can be signed in with.</summary>
    public bool IsActive(string key) => Unknown() is null && (key.StartsWith(IHrisRecords.Source + ":", StringComparison.Ordinal)
        || (key.Split(':', 2) is [var connection, var id] && copy.Read(copies => copies.TryGetValue(connection, out var known) && known.Account(id) is { Gone: false, Status: AccountStatus.Active or AccountStatus.Locked })));

    /// <summary>Whether the copy knows for certain that an approver's account cannot be used any more.</summary>
    public bool IsEnded(string key) => key.Split(':', 2) is [var connection, var id] && connection != IHrisRecords.Source && copy.IsLoaded
        && copy.Read(copies => copies.TryGetValue(connection, out var known) && known.Account(id) is { } account
            && (account.Gone || account.Status is AccountStatus.Suspended or AccountStatus.Deprovisioned));

    private StandingFound? Unknown() => rules.Source is not { } source ? StandingFound.Nobody("no source of standing is set (gate:standingSource)")
        : source == IHrisRecords.Source || IsFresh(source) ? null
        : StandingFound.Nobody($"the copy of {source} is not up to date");

    private bool IsFresh(string connection) => copy.IsLoaded && copy.Imported().Contains(connection) && time.GetUtcNow() - copy.ReadAt(connection) < Freshest;

    private async Task<Person?> PersonAsync(string about, CancellationToken cancellationToken)
    {
        if (about.Contains('@', StringComparison.Ordinal))
            return await persons.AtAsync(about, cancellationToken) is [{ Conflicts.Count: 0 } only] ? only : null;
        return about.Split(':', 2) is [var connection, var id] && await persons.OfAsync(new AccountKey(connection, id), cancellationToken) is { Conflicts.Count: 0 } person ? person : null;
    }

    /// <summary>The manager as the source writes it, and when it last wrote something else; null: as long as is known.</summary>
    private async Task<(FieldValue? Named, DateTimeOffset? Changed)> NamedAsync(Person person, CancellationToken cancellationToken)
    {
        if (rules.Source == IHrisRecords.Source)
        {
            if (person.Hris is not { } record || !record.Values.TryGetValue("manager", out var value))
                return (null, null);
            var news = await hris.LatestAsync(record.Id, 200, cancellationToken);
            return (new FieldValue(IHrisRecords.Source, record.Id, value), news.FirstOrDefault(one => one.Kind is "hris.manager_changed" or "hris.hired" or "hris.returned")?.At);
        }

        return person.Accounts.Where(account => account.Key.Connection == rules.Source).ToList() is [{ Entry: { } entry } only] && options.Sources.ValueOf(only.Key.Connection, entry.Found, "manager") is { } told
            ? (new FieldValue(only.Key.Connection, only.Key.Id, told), ChangedAt(only.Key, options.Sources.AttributeOf(only.Key.Connection, "manager") ?? "manager"))
            : (null, null);
    }

    private StandingFound OfPerson(Person person, string who)
    {
        if (person.Conflicts.Count > 0)
            return StandingFound.Nobody($"it is not certain who {who} is");
        if (rules.Source == IHrisRecords.Source)
            return person.Hris is { HasLeft: false } record ? new StandingFound([record.Key.ToString()], null) : StandingFound.Nobody($"{who} is not in the HRIS, or has left");
        var accounts = person.Accounts.Where(account => account.Key.Connection == rules.Source && account.Account.Status is AccountStatus.Active or AccountStatus.Locked).ToList();
        if (accounts.Count == 0)
            return StandingFound.Nobody($"{who} has no active account at {rules.Source}");
        // Somebody may have taken an address, or an account, to become somebody.
        return accounts.Exists(account => IsLately(ChangedAt(account.Key, "email", "login")))
            ? StandingFound.Nobody($"the account of {who} has its address for less than {Span(rules.Age)}")
            : new StandingFound([.. accounts.Select(account => account.Key.ToString())], null);
    }

    /// <summary>When one of these fields last changed or the account was made, as far as the copy has seen it happen.</summary>
    private DateTimeOffset? ChangedAt(AccountKey account, params string[] fields)
    {
        return events.Of(account, 500)
            .Where(happened => Tells(happened.Kind, happened.Fields)).Select(happened => (DateTimeOffset?)happened.Time)
            // What the vendor's log has yet to tell has been noticed all the same.
            .Concat(events.ExpectedAt(account.Connection).Where(expected => expected.Account == account.Id && Tells(expected.Kind, expected.Fields)).Select(expected => (DateTimeOffset?)expected.NoticedAt))
            .Max();

        bool Tells(LifecycleKind kind, IReadOnlyList<string> changed) => kind == LifecycleKind.AccountCreated
            || (kind == LifecycleKind.AccountUpdated && (changed.Count == 0 || changed.Intersect(fields, StringComparer.Ordinal).Any()));
    }

    private bool IsLately(DateTimeOffset? changed) => changed is { } at && time.GetUtcNow() < at + rules.Age;

    private static string Span(TimeSpan span) => span.TotalDays >= 1 ? $"{span.TotalDays:0.#} days" : span.TotalHours >= 1 ? $"{span.TotalHours:0.#} hours" : $"{span.TotalMinutes:0.#} minutes";
}
