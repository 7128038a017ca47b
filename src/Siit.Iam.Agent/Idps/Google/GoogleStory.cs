namespace Siit.Iam.Agent.Idps.Google;

/// <summary>One event of the log.</summary>
/// <param name="Late">It appeared after later ones had been told: its ties may have been overtaken, so they are read instead.</param>
internal sealed record GoogleLogged(string Id, DateTimeOffset Time, GoogleEvent Event, string? By, GoogleActor? Actor, bool Late);

/// <summary>An account or a group that the log names.</summary>
internal sealed class GoogleNamed(string? id, string address, DateTimeOffset firstAt)
{
    public string? Id { get; set; } = id;

    /// <summary>The last one that the log gives.</summary>
    public string Address { get; set; } = address;

    public DateTimeOffset FirstAt { get; } = firstAt;

    /// <summary>Taken for an account, but it is a group.</summary>
    public bool IsGroup { get; set; }

    /// <summary>The address belongs to a later account now: who had it then, nobody can tell any more.</summary>
    public bool IsPast { get; set; }

    public string Key => Id ?? Address;
}

/// <summary>
/// What a window of the logs comes to, told in order. Google names people and groups by the address they had at the time, so an
/// address is followed through renaming, deletion and being given to somebody else.
/// </summary>
internal sealed class GoogleStory(IKnownIds known)
{
    /// <summary>Google's placeholder for an actor that is nobody's account.</summary>
    private const string Nobody = "105250506097979753968";

    private readonly Dictionary<string, GoogleNamed> _people = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<GoogleNamed> _persons = [];
    private readonly Dictionary<string, GoogleNamed> _groups = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<(GoogleNamed Account, GoogleNamed? Group, FeedEvent Event)> _events = [];
    private readonly List<GoogleNamed> _accountsToRead = [];
    private readonly List<GoogleNamed> _groupsToRead = [];
    private readonly List<GoogleNamed> _membersToRead = [];
    private readonly List<(GoogleNamed Group, GoogleNamed Member, bool Added)> _ties = [];
    private bool _roles;
    private bool _roleNames;

    /// <summary>Accounts whose id neither the copy nor the log tells.</summary>
    public IEnumerable<GoogleNamed> UnknownAccounts =>
        _accountsToRead.Concat(_events.Select(one => one.Account)).Concat(_ties.Select(one => one.Member)).Where(one => one is { Id: null, IsGroup: false, IsPast: false }).Distinct();

    public IEnumerable<GoogleNamed> UnknownGroups =>
        _groupsToRead.Concat(_membersToRead).Concat(_ties.SelectMany(one => new[] { one.Group, one.Member }.Where(named => named == one.Group || named.IsGroup)))
            .Where(one => one.Id is null).Distinct();

    public void Add(GoogleLogged entry, FeedRule rule)
    {
        var address = entry.Event.Text("USER_EMAIL");
        var group = (entry.Event.Text("GROUP_EMAIL") ?? entry.Event.Text("group_id") ?? entry.Event.Text("group_email")) is { Length: > 0 } named ? Group(named, entry.Time) : null;
        switch (rule.Subject)
        {
            case FeedSubject.Account when address is not null:
                var account = Person(address, entry.Time);
                Tell(entry, rule, account);
                // Whoever gets the address next is somebody else.
                if (rule.Kind == LifecycleKind.AccountDeleted) NewPerson(null, address, entry.Time);
                break;
            case FeedSubject.Self when Self(entry) is { } self:
                Tell(entry, rule, self);
                break;
            case FeedSubject.NewAccount when address is not null:
                if (known.AccountOf(address) is { } former) _accountsToRead.Add(new GoogleNamed(former, address, entry.Time));
                // So is who came and went since the last window: asked by address, Google would answer with this one.
                foreach (var past in _persons.Where(one => one.Id is null && string.Equals(one.Address, address, StringComparison.OrdinalIgnoreCase))) past.IsPast = true;
                Tell(entry, rule, NewPerson(null, address, entry.Time));
                break;
            case FeedSubject.Renamed when address is not null:
                Tell(entry, rule, Renamed(_people, Person(address, entry.Time), entry, known.AccountOf));
                break;
            case FeedSubject.Group when group is not null:
                _groupsToRead.Add(group);
                if (entry.Event.Name == "DELETE_GROUP") _groups[group.Address] = new GoogleNamed(null, group.Address, entry.Time);
                break;
            case FeedSubject.NewGroup when group is not null:
                if (group.Id is not null) _groupsToRead.Add(group);
                _groupsToRead.Add(_groups[group.Address] = new GoogleNamed(null, group.Address, entry.Time));
                break;
            case FeedSubject.RenamedGroup when group is not null:
                _groupsToRead.Add(Renamed(_groups, group, entry, known.GroupOf));
                break;
            case FeedSubject.Membership when group is not null && address is not null:
                Membership(entry, rule, group, address);
                break;
            // Also a membership without its member: the whole tenant has no address.
            case FeedSubject.Membership or FeedSubject.MembersOf when group is not null:
                _membersToRead.Add(group);
                break;
            case FeedSubject.Role:
                Role(entry, rule, address);
                break;
            case FeedSubject.Roles:
                _roles = _roleNames = true;
                break;
        }
    }

    /// <summary>Without its position.</summary>
    public ChangePage Page()
    {
        var read = _membersToRead.Concat(_ties.Where(tie => tie.Group.Id is null || tie.Member.Id is null).Select(tie => tie.Group))
            .Where(group => GoogleConnection.IsKey(group.Key)).Select(group => group.Key).Distinct(StringComparer.OrdinalIgnoreCase).ToList();
        return new ChangePage
        {
            Position = "",
            Events = [.. _events.Where(one => one.Account is { IsPast: false, IsGroup: false })
                .Select(one => one.Event with { Account = one.Account.Key, Object = one.Group?.Key ?? one.Event.Object })],
            Accounts = Keys(_accountsToRead.Where(account => account is { IsPast: false, IsGroup: false })),
            // Members of a group that the copy does not know yet belong to nothing.
            Groups = Keys(_groupsToRead.Concat(_membersToRead.Concat(_ties.Select(tie => tie.Group)).Where(group => known.GroupOf(group.Address) != group.Id || group.Id is null))),
            // Where the members are read, that is newer than what the log says.
            Ties = [.. _ties.Where(tie => !read.Contains(tie.Group.Key, StringComparer.OrdinalIgnoreCase)).SelectMany(TiesOf)],
            Reads =
            [
                .. read.Select(GoogleConnection.MembersOf),
                .. _roleNames ? [GoogleConnection.ReadRoleNames] : Array.Empty<DirectoryRead>(),
                .. _roles ? [GoogleConnection.ReadRoleHolders] : Array.Empty<DirectoryRead>(),
            ],
        };
    }

    private static IEnumerable<TieChange> TiesOf((GoogleNamed Group, GoogleNamed Member, bool Added) tie)
    {
        var (group, member) = (tie.Group.Id!, tie.Member.Id!);
        yield return new TieChange(tie.Member.IsGroup ? TieKind.NestedGroup : TieKind.Member, group, member, tie.Added);
        // Who leaves is no owner any more.
        if (tie is { Added: false, Member.IsGroup: false }) yield return new TieChange(TieKind.GroupOwner, group, member, false);
    }

    private void Membership(GoogleLogged entry, FeedRule rule, GoogleNamed group, string address)
    {
        var member = Person(address, entry.Time);
        if (member.Id is null && known.GroupOf(address) is not null) (member = Group(address, entry.Time)).IsGroup = true;
        else if (rule.Kind is { } kind) _events.Add((member, group, Told(entry, kind, rule, address, null, group.Address)));
        _ties.Add((group, member, rule.Kind == LifecycleKind.MembershipAdded));
        if (entry.Late) _membersToRead.Add(group);
    }

    /// <summary>A role is given to groups, too, which is nobody's event.</summary>
    private void Role(GoogleLogged entry, FeedRule rule, string? address)
    {
        _roles = true;
        if (address is null || rule.Kind is not { } kind) return;
        var holder = Person(address, entry.Time);
        if (holder.Id is null && known.GroupOf(address) is not null) return;
        _events.Add((holder, null, Told(entry, kind, rule, address, entry.Event.Text("ROLE_ID"), entry.Event.Text("ROLE_NAME") ?? "Super Admin")));
        // Also the flags on the account.
        _accountsToRead.Add(holder);
    }

    private void Tell(GoogleLogged entry, FeedRule rule, GoogleNamed account)
    {
        _accountsToRead.Add(account);
        if (rule.Kind is { } kind) _events.Add((account, null, Told(entry, kind, rule, account.Address, null, null)));
    }

    private static FeedEvent Told(GoogleLogged entry, LifecycleKind kind, FeedRule rule, string account, string? thing, string? thingName) => new()
    {
        Id = entry.Id,
        Time = entry.Time,
        Kind = kind,
        Account = account,
        AccountName = account,
        Object = thing,
        ObjectName = thingName,
        Fields = rule.Fields,
        Actor = entry.By,
        VendorType = entry.Event.Name,
    };

    private static GoogleNamed Renamed(Dictionary<string, GoogleNamed> all, GoogleNamed named, GoogleLogged entry, Func<string, string?> idOf)
    {
        if (entry.Event.Text("NEW_VALUE") is not { Length: > 0 } address) return named;
        named.Id ??= idOf(address);
        named.Address = address;
        return all[address] = named;
    }

    private GoogleNamed Person(string address, DateTimeOffset at) =>
        _people.TryGetValue(address, out var person) ? person : NewPerson(known.AccountOf(address), address, at);

    private GoogleNamed NewPerson(string? id, string address, DateTimeOffset at)
    {
        var person = new GoogleNamed(id, address, at);
        _persons.Add(person);
        return _people[address] = person;
    }

    private GoogleNamed Group(string address, DateTimeOffset at) =>
        _groups.TryGetValue(address, out var group) ? group : _groups[address] = new GoogleNamed(known.GroupOf(address), address, at);

    private GoogleNamed? Self(GoogleLogged entry) => entry.Actor switch
    {
        { ProfileId: { } id } when id != Nobody && GoogleIds.Guard.Accepts(id) => new GoogleNamed(id, entry.Actor.Email ?? id, entry.Time),
        { Email: { Length: > 0 } address } => Person(address, entry.Time),
        _ => null,
    };

    private static IReadOnlyList<string> Keys(IEnumerable<GoogleNamed> named) =>
        [.. named.Select(one => one.Key).Where(GoogleConnection.IsKey).Distinct(StringComparer.OrdinalIgnoreCase)];
}
