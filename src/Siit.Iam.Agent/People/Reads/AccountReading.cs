using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.People.Copy;

namespace Siit.Iam.Agent.People.Reads;

/// <summary>Puts together what the copy has about one account.</summary>
internal sealed class AccountReading(DirectoryCopy copy, IdpConnections connections)
{
    /// <summary>Groups in groups in groups; a directory that goes deeper is told so far.</summary>
    private const int Deepest = 10;

    public AccountFacts Of(AccountKey key, AccountEntry entry)
    {
        var found = entry.Found;
        // Entra gives neither applications nor roles to whoever is only in an inner group.
        var inherits = connections.Find(key.Connection)?.Idp != IdpKind.Entra;
        return copy.Read(copies =>
        {
            var part = copies[key.Connection];
            var groups = Groups(part, key.Id);
            var giving = inherits ? groups : groups.FindAll(group => group.Via is null);
            return new AccountFacts
            {
                Connection = key.Connection,
                Account = found.Account,
                Kind = found.Kind,
                HasMfa = found.HasMfa,
                Manager = found.ManagerId is { } manager && part.Account(manager) is { } known ? known.Email ?? known.Login : found.Account.Manager,
                Aliases = found.Aliases,
                Groups = [.. groups.OrderBy(group => group.Name, StringComparer.OrdinalIgnoreCase)],
                Applications = [.. Applications(part, key.Id, giving).OrderBy(application => application.Name, StringComparer.OrdinalIgnoreCase)],
                Roles = [.. Roles(part, key.Id, giving)],
                GoneAt = entry.GoneAt,
            };
        });
    }

    public static string NameOf(ConnectionCopy part, string group) => part.Group(group)?.Found.Group.Name ?? group;

    /// <summary>Those it is in itself first, then those that these are in, each once, by the shortest way.</summary>
    private static List<GroupMembership> Groups(ConnectionCopy part, string account)
    {
        List<GroupMembership> all = [.. part.ParentsOf(TieKind.Member, account).Select(group => new GroupMembership(group, NameOf(part, group)))];
        var seen = all.Select(group => group.Id).ToHashSet(StringComparer.Ordinal);
        var (from, depth) = (0, 0);
        while (from < all.Count && depth++ < Deepest)
        {
            var level = all[from..];
            from = all.Count;
            foreach (var inner in level)
            {
                all.AddRange(part.ParentsOf(TieKind.NestedGroup, inner.Id).Where(outer => part.Group(outer) is { GoneAt: null } && seen.Add(outer))
                    .Select(outer => new GroupMembership(outer, NameOf(part, outer), Way(inner))));
            }
        }

        return all;
    }

    private static IEnumerable<ApplicationAssignment> Applications(ConnectionCopy part, string account, List<GroupMembership> groups)
    {
        foreach (var application in part.ParentsOf(TieKind.Assignment, account))
            yield return new ApplicationAssignment(application, NameOfApplication(part, application), Direct: true);
        foreach (var group in groups)
        {
            foreach (var application in part.ParentsOf(TieKind.GroupAssignment, group.Id))
                yield return new ApplicationAssignment(application, NameOfApplication(part, application), Direct: false, group.Id, Way(group));
        }
    }

    private static IEnumerable<AdminRole> Roles(ConnectionCopy part, string account, List<GroupMembership> groups)
    {
        foreach (var role in part.ParentsOf(TieKind.RoleHolder, account))
            yield return RoleOf(part, role, null);
        foreach (var group in groups)
        {
            foreach (var role in part.ParentsOf(TieKind.RoleGroup, group.Id))
                yield return RoleOf(part, role, Way(group));
        }
    }

    /// <summary>From the group that the account itself is in outwards: that is the membership to take away.</summary>
    private static string Way(GroupMembership group) => group.Via is null ? group.Name : $"{group.Via} > {group.Name}";

    private static AdminRole RoleOf(ConnectionCopy part, string role, string? group) =>
        part.Roles.GetValueOrDefault(role) is { } known ? new AdminRole(known.Name, known.Super, group) : new AdminRole(role, Super: false, group);

    private static string NameOfApplication(ConnectionCopy part, string application) =>
        part.Applications.GetValueOrDefault(application)?.Found.Application.Name ?? application;
}
