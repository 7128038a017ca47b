using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.People.Copy;

namespace Siit.Iam.Agent.People.Reads;

/// <summary>Puts together what the copy has about one account.</summary>
internal sealed class AccountReading(DirectoryCopy copy)
{
    public AccountFacts? Of(AccountKey key)
    {
        if (copy.Entry(key.Connection, key.Id) is not { } entry)
            return null;
        var found = entry.Found;
        return copy.Read(copies =>
        {
            var part = copies[key.Connection];
            var groups = Groups(part, key.Id);
            return new AccountFacts
            {
                Connection = key.Connection,
                Account = found.Account,
                Kind = found.Kind,
                HasMfa = found.HasMfa,
                Manager = found.ManagerId is { } manager && part.Account(manager) is { } known ? known.Email ?? known.Login : found.Account.Manager,
                Aliases = found.Aliases,
                Groups = [.. groups.OrderBy(group => group.Name, StringComparer.OrdinalIgnoreCase)],
                Applications = [.. Applications(part, key.Id, groups).OrderBy(application => application.Name, StringComparer.OrdinalIgnoreCase)],
                Roles = [.. Roles(part, key.Id, groups)],
                GoneAt = entry.GoneAt,
            };
        });
    }

    public static string NameOf(ConnectionCopy part, string group) => part.Group(group)?.Found.Group.Name ?? group;

    private static List<GroupMembership> Groups(ConnectionCopy part, string account) =>
        [.. part.ParentsOf(TieKind.Member, account).Select(group => new GroupMembership(group, NameOf(part, group)))];

    private static IEnumerable<ApplicationAssignment> Applications(ConnectionCopy part, string account, List<GroupMembership> groups)
    {
        var direct = part.ParentsOf(TieKind.Assignment, account).ToHashSet(StringComparer.Ordinal);
        foreach (var application in direct)
            yield return new ApplicationAssignment(application, NameOfApplication(part, application), Direct: true);
        foreach (var group in groups)
        {
            foreach (var application in part.ParentsOf(TieKind.GroupAssignment, group.Id))
                yield return new ApplicationAssignment(application, NameOfApplication(part, application), Direct: false, group.Id, group.Name);
        }
    }

    private static IEnumerable<AdminRole> Roles(ConnectionCopy part, string account, List<GroupMembership> groups)
    {
        foreach (var role in part.ParentsOf(TieKind.RoleHolder, account))
            yield return RoleOf(part, role, null);
        foreach (var group in groups)
        {
            foreach (var role in part.ParentsOf(TieKind.RoleGroup, group.Id))
                yield return RoleOf(part, role, group.Name);
        }
    }

    private static AdminRole RoleOf(ConnectionCopy part, string role, string? group) =>
        part.Roles.GetValueOrDefault(role) is { } known ? new AdminRole(known.Name, known.Super, group) : new AdminRole(role, Super: false, group);

    private static string NameOfApplication(ConnectionCopy part, string application) =>
        part.Applications.GetValueOrDefault(application)?.Found.Application.Name ?? application;
}
