using System.Text.Json;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Emulator.Entra;

namespace Siit.Iam.Agent.Tests.Idps.Entra;

/// <summary>The smallest copy of a directory that can be kept with a source: what it says, in dictionaries.</summary>
internal sealed class EntraCopy(Func<IDirectorySource> source) : IKnownIds
{
    private string? _position;

    public Dictionary<string, DirectoryAccount> Accounts { get; } = [];

    public Dictionary<string, DirectoryGroup> Groups { get; } = [];

    public Dictionary<string, IdpApplication> Applications { get; } = [];

    public Dictionary<string, TenantRole> Roles { get; } = [];

    public Dictionary<string, bool> SecondFactors { get; } = [];

    public HashSet<(TieKind Kind, string Parent, string Child)> Ties { get; } = [];

    /// <summary>Pages read, and the reads that the last look for changes named.</summary>
    public int Pages { get; private set; }

    public List<ChangePage> Looks { get; } = [];

    public async Task ImportAsync(DateTimeOffset? changedSince = null)
    {
        _position ??= await source().GetPositionAsync(EntraWorld.Token);
        var reads = source().ReadsFor(changedSince);
        if (reads.Complete.Contains(DirectoryList.Accounts)) Accounts.Clear();
        if (reads.Complete.Contains(DirectoryList.Groups)) Groups.Clear();
        if (reads.Complete.Contains(DirectoryList.Applications)) Applications.Clear();
        if (reads.Complete.Contains(DirectoryList.Roles)) Roles.Clear();
        foreach (var read in reads.Reads) await ReadAllAsync(read);
    }

    /// <summary>Until there is no more. A page that fails changes nothing: it is asked again from the same place.</summary>
    public async Task LookAsync()
    {
        Looks.Clear();
        ChangePage page;
        do
        {
            page = await source().ReadChangesAsync(_position!, this, EntraWorld.Token);
            Looks.Add(page);
            await ApplyAsync(page);
            _position = page.Position;
        }
        while (page.More);
    }

    /// <summary>Every difference between the copy and the tenant, but for roles, which nothing tells of.</summary>
    public string DifferencesFrom(EntraState state)
    {
        var theirs = new HashSet<string>();
        var ours = new HashSet<string>();
        foreach (var user in state.Users.Values)
            theirs.Add($"account {user.Id} {user.Login} {Mail(user)} {user.Enabled} {user.DisplayName} {Department(user)} {Manager(user)}");
        foreach (var (id, held) in Accounts)
            ours.Add($"account {id} {held.Account.Login} {held.Account.Email} {held.Account.Status != AccountStatus.Suspended} {held.Account.DisplayName} {held.Account.Department} {(held.ManagerId is { } manager && Accounts.ContainsKey(manager) ? manager : null)}");
        theirs.UnionWith(state.Groups.Values.Select(group => $"group {group.Id} {group.Name}"));
        ours.UnionWith(Groups.Values.Select(group => $"group {group.Group.Id} {group.Group.Name}"));
        foreach (var group in state.Groups.Values)
        {
            theirs.UnionWith(state.MembersOf(group).Select(user => $"{TieKind.Member} {group.Id} {user.Id}"));
            theirs.UnionWith(state.NestedIn(group).Select(nested => $"{TieKind.NestedGroup} {group.Id} {nested.Id}"));
            theirs.UnionWith(group.Owners.Where(state.Users.ContainsKey).Select(owner => $"{TieKind.GroupOwner} {group.Id} {owner}"));
        }
        foreach (var app in state.Apps.Values.Where(app => app.Properties["tags"].GetArrayLength() > 0))
            theirs.UnionWith(app.Owners.Where(state.Users.ContainsKey).Select(owner => $"{TieKind.ApplicationOwner} {app.Id} {owner}"));
        foreach (var assignment in state.Assignments.Values.Where(a => state.Apps[a.AppId].Properties["tags"].GetArrayLength() > 0).Where(a => state.Users.ContainsKey(a.PrincipalId) || state.Groups.ContainsKey(a.PrincipalId)))
            theirs.Add($"{(assignment.PrincipalType == "User" ? TieKind.Assignment : TieKind.GroupAssignment)} {assignment.AppId} {assignment.PrincipalId}");
        // What is tied to somebody who is gone is gone with him.
        ours.UnionWith(Ties.Where(tie => tie.Kind is not (TieKind.RoleHolder or TieKind.RoleGroup))
            .Where(tie => Accounts.ContainsKey(tie.Child) || Groups.ContainsKey(tie.Child)).Where(tie => Groups.ContainsKey(tie.Parent) || Applications.ContainsKey(tie.Parent))
            .Select(tie => $"{tie.Kind} {tie.Parent} {tie.Child}"));
        return string.Join(Environment.NewLine, [.. theirs.Except(ours).Select(one => $"- {one}"), .. ours.Except(theirs).Select(one => $"+ {one}")]);

        string? Manager(EntraUser user) => user.ManagerId is { } id && state.Users.ContainsKey(id) ? id : null;

        static string? Department(EntraUser user) => user.Properties.TryGetValue("department", out var value) ? value.GetString() : null;

        static string? Mail(EntraUser user) => user.Mail ?? (user.Login.Contains("#EXT#", StringComparison.Ordinal) ? null : user.Login);
    }

    string? IKnownIds.AccountOf(string address) => null;

    string? IKnownIds.GroupOf(string addressOrName) => null;

    private async Task ApplyAsync(ChangePage page)
    {
        foreach (var some in page.Accounts.Chunk(100))
        {
            var found = (await source().ReadAccountsAsync(some, EntraWorld.Token)).ToDictionary(account => account.Account.Id);
            foreach (var id in some)
                if (!found.TryGetValue(id, out var account)) Accounts.Remove(id);
                else Accounts[id] = account;
        }
        foreach (var some in page.Groups.Chunk(100))
        {
            var found = (await source().ReadGroupsAsync(some, EntraWorld.Token)).ToDictionary(group => group.Group.Id);
            foreach (var id in some)
                if (!found.TryGetValue(id, out var group)) Groups.Remove(id);
                else Groups[id] = group;
        }
        foreach (var tie in page.Ties)
            if (tie.Tied) Ties.Add((tie.Kind, tie.Parent, tie.Child));
            else Ties.Remove((tie.Kind, tie.Parent, tie.Child));
        foreach (var read in page.Reads)
        {
            if (read.List == DirectoryList.Groups) Groups.Clear();
            if (read.List == DirectoryList.Applications) Applications.Clear();
            await ReadAllAsync(read);
        }
    }

    /// <summary>A list to its end, then what hangs on it. Each page begins from what was written down, as after a restart.</summary>
    private async Task ReadAllAsync(DirectoryRead first)
    {
        var open = new Queue<DirectoryRead>([first]);
        var details = new List<DirectoryRead>();
        var covers = new List<TieList>();
        var tied = new HashSet<(TieKind, string, string)>();
        while (open.TryDequeue(out var read))
        {
            var page = await source().ReadAsync(Stored(read), EntraWorld.Token);
            Pages++;
            foreach (var account in page.Accounts) Accounts[account.Account.Id] = account;
            foreach (var group in page.Groups) Groups[group.Group.Id] = group;
            foreach (var application in page.Applications) Applications[application.Application.Id] = application.Application;
            foreach (var role in page.Roles) Roles[role.Id] = role;
            foreach (var (id, has) in page.SecondFactors) SecondFactors[id] = has;
            tied.UnionWith(page.Ties.SelectMany(ties => ties.Children.Select(child => (ties.Kind, ties.Parent, child))));
            covers.AddRange(page.Covers);
            details.AddRange(page.Details.Select(detail => detail.Read));
            foreach (var next in page.Next) open.Enqueue(next);
        }
        Ties.RemoveWhere(tie => covers.Any(list => list.Kind == tie.Kind && (list.Parent ?? tie.Parent) == tie.Parent));
        Ties.UnionWith(tied);
        foreach (var detail in details) await ReadAllAsync(detail);
    }

    private static DirectoryRead Stored(DirectoryRead read) => JsonSerializer.Deserialize<DirectoryRead>(JsonSerializer.Serialize(read))!;
}
