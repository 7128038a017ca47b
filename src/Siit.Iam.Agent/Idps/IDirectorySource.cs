namespace Siit.Iam.Agent.Idps;

/// <summary>
/// What a connection tells of everybody at once, for the copy of the directory in People: lists for an import, then what changed.
/// Every call is one page of one list, so that a killed import goes on behind the last page that it had saved. All methods throw
/// <see cref="IdpException"/>, ask only what was asked for, keep nothing between two calls, and are called with bulk urgency.
/// </summary>
internal interface IDirectorySource
{
    DirectoryTraits Traits { get; }

    /// <summary>What the connection's <c>fields</c> setting may name.</summary>
    AttributeNames Attributes { get; }

    /// <summary>
    /// Where reading changes begins: now, or in a burst of changes shortly before. Asked before the first list is read, so that what
    /// changes meanwhile is told afterwards.
    /// </summary>
    Task<string> GetPositionAsync(CancellationToken cancellationToken);

    /// <summary>The reads that an import begins with; each page names the reads that follow from it.</summary>
    /// <param name="changedSince">
    /// Null: everything. Otherwise only what may have changed since this moment (by the IdP's clock, already with a margin for skew),
    /// as far as the vendor's lists can be narrowed: what cannot be narrowed is read whole, or left out where the changes tell it.
    /// </param>
    DirectoryReads ReadsFor(DateTimeOffset? changedSince);

    Task<DirectoryPage> ReadAsync(DirectoryRead read, CancellationToken cancellationToken);

    /// <summary>
    /// What happened after a position, oldest first. An expired position is no exception, nor is an empty one, which says that none
    /// was to be had: see <see cref="ChangePage.Lost"/>.
    /// </summary>
    Task<ChangePage> ReadChangesAsync(string position, IKnownIds known, CancellationToken cancellationToken);

    /// <summary>These accounts as they are now. One that is missing from the answer does not exist any more.</summary>
    /// <param name="ids">Ids, or addresses where <see cref="ChangePage"/> could only name those. At most 100.</param>
    Task<IReadOnlyList<DirectoryAccount>> ReadAccountsAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken);

    /// <summary>These groups as they are now, without their members; as <see cref="ReadAccountsAsync"/>.</summary>
    Task<IReadOnlyList<DirectoryGroup>> ReadGroupsAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken);
}

/// <summary>What is worth knowing about a source before it is asked.</summary>
/// <param name="TellsEvents">
/// True: its changes are a complete log in which every single event stands. False: it tells states, so only the net change is known.
/// </param>
/// <param name="Lag">How late a change may be told. A difference that a list shows is expected to be told for so long.</param>
internal sealed record DirectoryTraits(bool TellsEvents, TimeSpan Lag);

/// <summary>The reads to begin with, and which lists they cover completely.</summary>
/// <param name="Reads">In order of importance.</param>
/// <param name="Complete">Lists that are read whole: what is not among them is gone. A narrowed list never is.</param>
internal sealed record DirectoryReads(IReadOnlyList<DirectoryRead> Reads, IReadOnlySet<DirectoryList> Complete);

/// <summary>The lists of a directory.</summary>
internal enum DirectoryList
{
    Accounts,
    Groups,
    Applications,
    /// <summary>Administrator roles and who holds them.</summary>
    Roles,
    /// <summary>A part of one of the others, such as the members of one group.</summary>
    Part,
}

/// <summary>One page to be read. It is stored until its page is, so it must mean the same after a restart.</summary>
/// <param name="What">The vendor's list, a word of the connector's own, such as <c>members</c>.</param>
/// <param name="Of">The group, application or role whose list it is.</param>
/// <param name="Cursor">Null for the first page. Never a link: the connector's own token.</param>
internal sealed record DirectoryRead(DirectoryList List, string What, string? Of = null, string? Cursor = null);

/// <summary>A list that hangs on something a page held, to be read unless it is known to be unchanged.</summary>
/// <param name="Stamp">The vendor's mark that changes with the list, such as a time or an ETag; null where there is none.</param>
internal sealed record DetailRead(DirectoryRead Read, string? Stamp);

/// <summary>One page of what a directory holds. Lists are empty when the page is about something else.</summary>
internal sealed record DirectoryPage
{
    public IReadOnlyList<DirectoryAccount> Accounts { get; init; } = [];

    public IReadOnlyList<DirectoryGroup> Groups { get; init; } = [];

    public IReadOnlyList<DirectoryApplication> Applications { get; init; } = [];

    public IReadOnlyList<TenantRole> Roles { get; init; } = [];

    /// <summary>Ties found. Those of one kind and parent may be spread over the pages of one read.</summary>
    public IReadOnlyList<Ties> Ties { get; init; } = [];

    /// <summary>
    /// Who has a second factor, by account id, where that is a list of its own; what <see cref="DirectoryAccount.HasMfa"/> says when
    /// the accounts' list does not.
    /// </summary>
    public IReadOnlyDictionary<string, bool> SecondFactors { get; init; } = new Dictionary<string, bool>();

    /// <summary>Further pages of the same list: the next one, or several at once where the vendor's paging allows.</summary>
    public IReadOnlyList<DirectoryRead> Next { get; init; } = [];

    /// <summary>Lists that hang on what this page holds.</summary>
    public IReadOnlyList<DetailRead> Details { get; init; } = [];

    /// <summary>
    /// Kinds and parents whose ties are complete when this read and all its <see cref="Next"/> are through: what was tied before and
    /// is not among them is not tied any more. Named on the first page, also when it is empty.
    /// </summary>
    public IReadOnlyList<TieList> Covers { get; init; } = [];

    /// <summary>How many items the whole list has, where the vendor tells.</summary>
    public int? Total { get; init; }
}

/// <summary>An account with what only the copy needs.</summary>
internal sealed record DirectoryAccount
{
    public required Account Account { get; init; }

    /// <summary>Further addresses that reach the person: aliases, proxy addresses. Without the work email and the login.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    public AccountKind Kind { get; init; } = AccountKind.Person;

    /// <summary>Has a second factor; null where the vendor's list does not tell.</summary>
    public bool? HasMfa { get; init; }

    /// <summary>The manager's account id, where the vendor names him by that.</summary>
    public string? ManagerId { get; init; }

    /// <summary>
    /// The vendor's attributes that the connection's <c>fields</c> setting names, by the vendor's name (<c>profile.costCenter</c>).
    /// Values are at most 1,000 characters; longer ones are cut.
    /// </summary>
    public IReadOnlyDictionary<string, string> Attributes { get; init; } = new Dictionary<string, string>();
}

/// <summary>What an account is for, as far as its IdP tells.</summary>
internal enum AccountKind
{
    Person,
    /// <summary>At home in another tenant.</summary>
    Guest,
    /// <summary>Nobody's own: a service or shared account.</summary>
    Service,
}

internal sealed record DirectoryGroup(IdpGroup Group)
{
    /// <summary>Its address, where groups have one.</summary>
    public string? Email { get; init; }
}

internal sealed record DirectoryApplication(IdpApplication Application);

/// <summary>An administrator role.</summary>
internal sealed record TenantRole(string Id, string Name, bool Super);

/// <summary>What ties two things of a directory to each other: first the parent, then the child.</summary>
internal enum TieKind
{
    /// <summary>Group, account.</summary>
    Member,
    /// <summary>Group, group.</summary>
    NestedGroup,
    /// <summary>Group, account.</summary>
    GroupOwner,
    /// <summary>Application, account: assigned to the account itself.</summary>
    Assignment,
    /// <summary>Application, group: its members have the application.</summary>
    GroupAssignment,
    /// <summary>Application, account.</summary>
    ApplicationOwner,
    /// <summary>Role, account.</summary>
    RoleHolder,
    /// <summary>Role, group: its members have the role.</summary>
    RoleGroup,
}

internal static class TieKinds
{
    /// <summary>The child is a group; of all others it is an account.</summary>
    public static bool TiesGroups(this TieKind kind) => kind is TieKind.NestedGroup or TieKind.GroupAssignment or TieKind.RoleGroup;
}

/// <summary>Ids tied to one parent.</summary>
internal sealed record Ties(TieKind Kind, string Parent, IReadOnlyList<string> Children);

/// <summary>All ties of a kind to one parent; to every parent when it is null.</summary>
internal sealed record TieList(TieKind Kind, string? Parent);

/// <summary>What happened after a position. An empty page with the same position means: nothing.</summary>
internal sealed record ChangePage
{
    /// <summary>In the vendor's order. Only of a source that tells events.</summary>
    public IReadOnlyList<FeedEvent> Events { get; init; } = [];

    /// <summary>Accounts whose state has to be read again: by id, or by address when <see cref="IKnownIds"/> knew none.</summary>
    public IReadOnlyList<string> Accounts { get; init; } = [];

    /// <summary>Groups to be read again.</summary>
    public IReadOnlyList<string> Groups { get; init; } = [];

    /// <summary>Ties made and dissolved, in order, as states; also those that <see cref="Events"/> tells of.</summary>
    public IReadOnlyList<TieChange> Ties { get; init; } = [];

    /// <summary>Lists to be read again, where the vendor tells only that something in them changed.</summary>
    public IReadOnlyList<DirectoryRead> Reads { get; init; } = [];

    /// <summary>Where to go on; to be saved together with what the page brought.</summary>
    public required string Position { get; init; }

    /// <summary>There is more: ask again at once.</summary>
    public bool More { get; init; }

    /// <summary>The position has expired: changes were missed, everything has to be read again. <see cref="Position"/> is then a fresh one.</summary>
    public bool Lost { get; init; }
}

internal sealed record TieChange(TieKind Kind, string Parent, string Child, bool Tied);

/// <summary>Ids that the copy knows, for vendors that name people and groups by address in their logs. Case does not count.</summary>
internal interface IKnownIds
{
    /// <summary>Null when nobody, or more than one, has this address or login now or had it before.</summary>
    string? AccountOf(string address);

    string? GroupOf(string addressOrName);
}

/// <summary>Which of a vendor's attributes can be copied beside those that <see cref="Account"/> has.</summary>
/// <param name="Known">Attributes that every tenant has, by the vendor's own name, alphabetically.</param>
/// <param name="Custom">How custom ones are written, with an example, as the end of a sentence: "or profile.NAME for one of your own".</param>
/// <param name="IsCustom">Has the form of a custom one; whether a tenant has it shows only when accounts are read.</param>
internal sealed record AttributeNames(IReadOnlyList<string> Known, string Custom, Func<string, bool> IsCustom)
{
    public bool Has(string name) => Known.Contains(name, StringComparer.Ordinal) || IsCustom(name);
}
