using Siit.Iam.Agent.Idps;

namespace Siit.Iam.Agent.Actions;

/// <summary>What reads ask of the copy of the directory; answered by People, in milliseconds and without an IdP.</summary>
internal interface IKnownDirectory
{
    /// <summary>The time whose state it shows of a connection; null: it has no copy of it that could be used, the IdP has to be asked.</summary>
    DateTimeOffset? AsOf(string connection);

    /// <param name="person">Work email, login, alias, former address, id (<c>connection:id</c> or bare) or name.</param>
    /// <param name="connections">Those that may be looked at.</param>
    Task<PersonSearched> FindPersonAsync(string person, IReadOnlyList<string> connections, CancellationToken cancellationToken);

    /// <summary>Groups whose name or address begins with a text (all when null), by name; null when the cursor is not one of ours.</summary>
    Page<GroupFacts>? FindGroups(string? name, IReadOnlyList<string> connections, int limit, string? cursor);

    /// <summary>As <see cref="FindGroups"/>.</summary>
    Page<ApplicationFacts>? FindApplications(string? name, IReadOnlyList<string> connections, int limit, string? cursor);

    /// <summary>Members of a group by login; null when the copy does not know the group, or the cursor is not one of ours.</summary>
    MembersFacts? ListMembers(string group, string connection, int limit, string? cursor);

    /// <summary>Lifecycle events; null when the cursor is not one of ours.</summary>
    Task<Page<EventFacts>?> ListEventsAsync(EventQuestion question, IReadOnlyList<string> connections, CancellationToken cancellationToken);
}

/// <summary>What a text led to: one person, or some to choose from, or nobody.</summary>
/// <param name="Person">Only when the text means exactly this one.</param>
/// <param name="Choices">A few of those that it may mean, or that are spelt nearly so. Nobody is chosen for the caller.</param>
/// <param name="ChoiceCount">How many there are in all.</param>
/// <param name="Message">What the caller has to know about it, as sentences.</param>
internal sealed record PersonSearched(PersonFacts? Person, IReadOnlyList<PersonChoice> Choices, int ChoiceCount, string? Message);

/// <summary>One person.</summary>
internal sealed record PersonFacts
{
    public required WhoFacts Who { get; init; }

    public required IReadOnlyList<AccountFacts> Accounts { get; init; }

    /// <summary>Accounts that do not exist any more at their IdP.</summary>
    public IReadOnlyList<AccountFacts> Gone { get; init; } = [];

    /// <summary>The latest, newest first.</summary>
    public IReadOnlyList<EventFacts> Events { get; init; } = [];
}

/// <summary>Who somebody is, from all sources, each field by the rules of which wins.</summary>
internal sealed record WhoFacts
{
    public string? Name { get; init; }

    public string? Email { get; init; }

    public string? Department { get; init; }

    public string? Title { get; init; }

    public string? Location { get; init; }

    public string? Manager { get; init; }

    public string? ManagerName { get; init; }

    /// <summary>As the HRIS says: <c>employed</c>, <c>left</c>, <c>not_started</c> or <c>on_leave</c>; null when it does not know them.</summary>
    public string? Employment { get; init; }

    /// <summary>As written, mostly 2026-12-01.</summary>
    public string? Start { get; init; }

    public string? End { get; init; }

    /// <summary>Fields of which the sources say different things, such as <c>title (from hris, not as okta)</c>.</summary>
    public IReadOnlyList<string> Differs { get; init; } = [];

    /// <summary>Why it is not certain who belongs to this person, and what settles it. No action runs until then.</summary>
    public IReadOnlyList<string> Conflicts { get; init; } = [];
}

/// <summary>One account with what it has.</summary>
internal sealed record AccountFacts
{
    public required string Connection { get; init; }

    public required Account Account { get; init; }

    public AccountKind Kind { get; init; }

    /// <summary>Null where the IdP's list does not tell.</summary>
    public bool? HasMfa { get; init; }

    /// <summary>Work email or login of the manager.</summary>
    public string? Manager { get; init; }

    public IReadOnlyList<string> Aliases { get; init; } = [];

    public IReadOnlyList<GroupMembership> Groups { get; init; } = [];

    public IReadOnlyList<ApplicationAssignment> Applications { get; init; } = [];

    /// <summary>Direct, and through groups, which <see cref="AdminRole.ViaGroup"/> then names.</summary>
    public IReadOnlyList<AdminRole> Roles { get; init; } = [];

    public DateTimeOffset? GoneAt { get; init; }
}

/// <summary>Somebody whom a text may mean.</summary>
/// <param name="Person">What to ask with to mean exactly this one.</param>
internal sealed record PersonChoice(
    string Person, string Name, string? Email, string? Department, string? Title, string Status, IReadOnlyList<string> Connections);

/// <param name="Members">How many accounts are in it directly.</param>
/// <param name="Owners">Logins; at most five.</param>
internal sealed record GroupFacts(string Connection, IdpGroup Group, string? Email, int Members, IReadOnlyList<string> Owners);

/// <param name="Users">How many accounts it is assigned to directly.</param>
/// <param name="Groups">Names of groups that give it; at most five.</param>
/// <param name="Owners">Logins; at most five.</param>
internal sealed record ApplicationFacts(string Connection, IdpApplication Application, int Users, IReadOnlyList<string> Groups, IReadOnlyList<string> Owners);

internal sealed record MemberFacts(string Id, string Login, string Name, AccountStatus Status);

/// <param name="Count">All direct members.</param>
/// <param name="Groups">Groups in the group; at most 25.</param>
internal sealed record MembersFacts(Page<MemberFacts> Page, int Count, IReadOnlyList<GroupMembership> Groups);

/// <param name="Since">Null: the latest, newest first. Otherwise oldest first.</param>
/// <param name="Person">Exact address or id, of one person.</param>
/// <param name="Account">An account's id.</param>
/// <param name="After">The id of an event: what became known behind it, in that order.</param>
/// <param name="Hris">Of a person also what the HRIS told; no connection was named.</param>
internal sealed record EventQuestion(DateTimeOffset? Since, string? Person, string? Account, LifecycleKind? Kind, int Limit, string? Cursor, string? After = null, bool Hris = false);

/// <summary>A lifecycle event.</summary>
internal sealed record EventFacts
{
    public required string Id { get; init; }

    public required string Connection { get; init; }

    /// <summary>Such as <c>account.suspended</c>; the HRIS's such as <c>hris.title_changed</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>The account's id, or that of the HRIS's record.</summary>
    public required string Account { get; init; }

    public string? Login { get; init; }

    /// <summary>Name, or id, of the group, application, role or factor.</summary>
    public string? Object { get; init; }

    public IReadOnlyList<string> Fields { get; init; } = [];

    public required DateTimeOffset Time { get; init; }

    /// <summary>Seen by comparing states: whatever happened in between, and noticed later than it was made.</summary>
    public bool NetChange { get; init; }

    public string? Actor { get; init; }

    /// <summary>Our own call that did it.</summary>
    public string? Call { get; init; }
}

/// <summary>What a read may look at.</summary>
/// <param name="Connections">Those that the caller may see; only the one that it named, when it named one.</param>
/// <param name="Known">Null: the IdPs are to be asked.</param>
internal sealed record Reading(IReadOnlyList<IIdpConnection> Connections, IKnownDirectory? Known)
{
    /// <summary>Connections whose copy can be used, by name.</summary>
    public IReadOnlyList<string> InCopy { get; } =
        [.. Connections.Where(connection => Known?.AsOf(connection.Name) is not null).Select(connection => connection.Name)];

    /// <summary>The copy, when it can answer for every connection.</summary>
    public IKnownDirectory? Whole => InCopy.Count > 0 && InCopy.Count == Connections.Count ? Known : null;

    public IEnumerable<IIdpConnection> NotInCopy => Connections.Where(connection => !InCopy.Contains(connection.Name));
}
