using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.People.Copy;
using Siit.Iam.Agent.People.Persons;

namespace Siit.Iam.Agent.People.Reads;

/// <summary>Lists groups, applications and members, page by page in the order of their names.</summary>
internal sealed class KnownLists(DirectoryCopy copy, PersonOptions options)
{
    private const int OwnersShown = 5;
    private const int GroupsShown = 25;

    /// <summary>A cursor holds the name it goes on behind.</summary>
    private const int LongestKey = 100;

    public Page<GroupFacts>? Groups(string? name, IReadOnlyList<string> connections, int limit, string? cursor) =>
        copy.Read(copies => PageOf($"copy/groups/{string.Join(',', connections)}/{name}", limit, cursor,
            from part in Parts(copies, connections)
            from entry in part.Groups
            let found = entry.Found.Group
            where entry.GoneAt is null && (Begins(found.Name, name) || found.Id == name || (entry.Found.Email is { } email && Begins(email, name)))
            select (Key(found.Name, part.Name, found.Id), (Func<GroupFacts>)(() => new GroupFacts(
                part.Name, found, entry.Found.Email, part.Ties(TieKind.Member).ChildrenOf(found.Id).Count, Owners(part, TieKind.GroupOwner, found.Id, found.Name))))));

    public Page<ApplicationFacts>? Applications(string? name, IReadOnlyList<string> connections, int limit, string? cursor) =>
        copy.Read(copies => PageOf($"copy/applications/{string.Join(',', connections)}/{name}", limit, cursor,
            from part in Parts(copies, connections)
            from entry in part.Applications.Values
            let application = entry.Found.Application
            where entry.GoneAt is null && (Begins(application.Name, name) || application.Id == name)
            select (Key(application.Name, part.Name, application.Id), (Func<ApplicationFacts>)(() => new ApplicationFacts(
                part.Name, application, part.Ties(TieKind.Assignment).ChildrenOf(application.Id).Count,
                [.. part.ChildrenOf(TieKind.GroupAssignment, application.Id).Take(OwnersShown).Select(id => AccountReading.NameOf(part, id))],
                Owners(part, TieKind.ApplicationOwner, application.Id, application.Name))))));

    public MembersFacts? Members(string id, string connection, int limit, string? cursor) => copy.Read(copies =>
    {
        if (!copies.TryGetValue(connection, out var part) || part.Group(id) is not { GoneAt: null })
            return null;
        var members = part.ChildrenOf(TieKind.Member, id).Select(part.Account).OfType<KnownAccount>().Where(account => !account.Gone).ToList();
        var page = PageOf($"copy/members/{connection}/{id}", limit, cursor, members.Select(account =>
            (Key(account.Login, connection, account.Id), (Func<MemberFacts>)(() => new MemberFacts(account.Id, account.Login, account.Name, account.Status)))));
        return page is null ? null : new MembersFacts(
            page, members.Count, [.. part.ChildrenOf(TieKind.NestedGroup, id).Take(GroupsShown).Select(nested => new GroupMembership(nested, AccountReading.NameOf(part, nested)))]);
    });

    private static IEnumerable<ConnectionCopy> Parts(IReadOnlyDictionary<string, ConnectionCopy> copies, IReadOnlyList<string> connections) =>
        connections.Select(copies.GetValueOrDefault).OfType<ConnectionCopy>();

    private static bool Begins(string text, string? beginning) => beginning is null || text.StartsWith(beginning, StringComparison.OrdinalIgnoreCase);

    /// <summary>Those of the settings first: somebody has thought about them.</summary>
    private IReadOnlyList<string> Owners(ConnectionCopy part, TieKind kind, string parent, string name) =>
        [.. options.Owners.Of(part.Name, kind == TieKind.ApplicationOwner, parent, name)
            .Concat(part.ChildrenOf(kind, parent).Select(id => part.Account(id)?.Login ?? id))
            .Distinct(StringComparer.OrdinalIgnoreCase).Take(OwnersShown)];

    private static string Key(string name, string connection, string id) =>
        $"{(name.Length <= LongestKey ? name : name[..LongestKey]).ToUpperInvariant()}\n{connection}\n{id}";

    /// <returns>Null when the cursor was not made for this list.</returns>
    private static Page<T>? PageOf<T>(string list, int limit, string? cursor, IEnumerable<(string Key, Func<T> Facts)> items)
    {
        var from = cursor is null ? null : PageCursor.Decode(list, cursor);
        if (cursor is not null && from is null)
            return null;
        var rest = items.Where(item => from is null || string.CompareOrdinal(item.Key, from) > 0)
            .OrderBy(item => item.Key, StringComparer.Ordinal).Take(limit + 1).ToList();
        return new Page<T>([.. rest.Take(limit).Select(item => item.Facts())], rest.Count > limit ? PageCursor.Encode(list, rest[limit - 1].Key) : null);
    }
}
