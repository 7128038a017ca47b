using Siit.Iam.Agent.Idps;
using Siit.Iam.Emulator.Common;

namespace Siit.Iam.Agent.Tests.Idps.Google;

/// <summary>A random history through the tenant's own routes, followed by its log: the copy is right, the events are the ledger's.</summary>
public sealed class GoogleHistoryTests
{
    private static readonly Dictionary<string, LifecycleKind> Kinds = new()
    {
        ["group.add_member"] = LifecycleKind.MembershipAdded,
        ["group.remove_member"] = LifecycleKind.MembershipRemoved,
        ["role.assign"] = LifecycleKind.RoleGranted,
        ["role.unassign"] = LifecycleKind.RoleRevoked,
        ["user.archive"] = LifecycleKind.AccountDeactivated,
        ["user.create"] = LifecycleKind.AccountCreated,
        ["user.delete"] = LifecycleKind.AccountDeleted,
        ["user.set_password"] = LifecycleKind.PasswordChanged,
        ["user.suspend"] = LifecycleKind.AccountSuspended,
        ["user.turn_off_2sv"] = LifecycleKind.FactorReset,
        ["user.unarchive"] = LifecycleKind.AccountActivated,
        ["user.undelete"] = LifecycleKind.AccountActivated,
        ["user.unsuspend"] = LifecycleKind.AccountUnsuspended,
    };

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task History_OfThreeHundredChanges_IsToldAsTheLedgerHasIt(int seed)
    {
        await using var world = await GoogleWorld.StartAsync(new EmulatorOptions { People = 40 });
        var copy = await new GoogleCopy(world.Connection).ImportAsync();
        var history = new History(world, new Random(seed));

        for (var step = 0; step < 300; step++)
        {
            await history.StepAsync();
            if (history.Chance(4)) await copy.FollowAsync();
        }
        await copy.FollowAsync();
        // What a rule fills changes without an entry in the log, and owners are told by the list alone.
        await copy.ImportAsync();

        GoogleDirectoryTests.AssertSame(world, copy);
        Assert.Equal(copy.Events.Count, copy.Events.Select(told => told.Id).Distinct().Count());
        Assert.Equal(Happened(world).Order(), copy.Events.Where(told => told.Kind != LifecycleKind.AccountUpdated)
            .Select(told => $"{told.Kind} {IdOf(world, told.Account)} {told.Object}").Order());
        Assert.Equal(world.Google.Ledger.Effects.Count(effect => effect.Verb is "user.update" or "user.add_alias" or "user.expire_password" or "user.unexpire_password"),
            copy.Events.Where(told => told.Kind == LifecycleKind.AccountUpdated).Select(told => (told.Id.Split('/')[^2], told.VendorType == "CHANGE_PASSWORD_ON_NEXT_LOGIN")).Distinct().Count());
    }

    /// <summary>As events: of people only, and the object where there is one.</summary>
    private static IEnumerable<string> Happened(GoogleWorld world)
    {
        var people = world.Google.State.Users;
        foreach (var effect in world.Google.Ledger.Effects)
        {
            if (!Kinds.TryGetValue(effect.Verb, out var kind)) continue;
            var (who, thing) = effect.Objects is [var first, var second] ? (second, first) : (effect.Objects[0], "");
            if (people.ContainsKey(who)) yield return $"{kind} {who} {thing}";
        }
    }

    /// <summary>Who was there only between two reads is told by address.</summary>
    private static string IdOf(GoogleWorld world, string account) => !account.Contains('@', StringComparison.Ordinal)
        ? account : world.Google.State.Users.Values.Single(user => user.PrimaryEmail == account || user.Aliases.Contains(account)).Id;

    internal sealed class History(GoogleWorld world, Random random)
    {
        private int _created;

        public bool Chance(int oneIn) => random.Next(oneIn) == 0;

        public async Task StepAsync()
        {
            var state = world.Google.State;
            var people = state.Users.Values.Where(user => user.Deleted is null && user.SuspensionReason != "ABUSE" && user.PrimaryEmail != "svc-siit@acme.example").ToList();
            var user = people[random.Next(people.Count)];
            var groups = state.Groups.Values.Where(group => group.Kind is "GROUP" or "SECURITY" && !group.Members.Values.Any(member => member.Type == "CUSTOMER")).ToList();
            var group = groups[random.Next(groups.Count)];
            switch (random.Next(14))
            {
                case 0:
                    await PutAsync(user.Id, $$"""{"suspended":{{(user.Suspended ? "false" : "true")}}}""");
                    break;
                case 1 when user.Archived || state.ArchiveLicences > 0:
                    await PutAsync(user.Id, $$"""{"archived":{{(user.Archived ? "false" : "true")}}}""");
                    break;
                case 2:
                    await PutAsync(user.Id, $$"""{"name":{"givenName":"N{{random.Next(1000)}}"},"organizations":[{"department":"D{{random.Next(1000)}}","primary":true}]}""");
                    break;
                case 3:
                    await PutAsync(user.Id, $$"""{"primaryEmail":"p{{_created++}}@acme.example"}""");
                    break;
                case 4:
                    await world.SendAsync("POST", "/users", $$"""{"primaryEmail":"p{{_created++}}@acme.example","name":{"givenName":"New","familyName":"Person"},"password":"long-enough-1"}""");
                    break;
                case 5 when people.Count > 20:
                    await world.SendAsync("DELETE", $"/users/{user.Id}");
                    break;
                case 6 when state.Users.Values.FirstOrDefault(one => one.Deleted is not null) is { } deleted:
                    await world.SendAsync("POST", $"/users/{deleted.Id}/undelete", """{"orgUnitPath":"/"}""");
                    break;
                case 7:
                    await PutAsync(user.Id, """{"password":"long-enough-1","changePasswordAtNextLogin":true}""");
                    break;
                case 8 when user is { EnrolledIn2Sv: true, EnforcedIn2Sv: false, Suspended: false, Archived: false }:
                    await world.SendAsync("POST", $"/users/{user.Id}/twoStepVerification/turnOff");
                    break;
                case 9:
                    var role = state.Roles.First(one => !one.IsSuper);
                    if (state.Assignments.Find(one => one.RoleId == role.Id && one.AssignedTo == user.Id) is { } held)
                        await world.SendAsync("DELETE", $"/customer/my_customer/roleassignments/{held.Id}");
                    else
                        await world.SendAsync("POST", "/customer/my_customer/roleassignments", $$"""{"roleId":"{{role.Id}}","assignedTo":"{{user.Id}}","scopeType":"CUSTOMER"}""");
                    break;
                case 10:
                    await world.SendAsync("PUT", $"/groups/{group.Id}", $$"""{"name":"{{group.Name}}","email":"g{{_created++}}@acme.example"}""");
                    break;
                default:
                    if (group.Members.ContainsKey(user.Id)) await world.SendAsync("DELETE", $"/groups/{group.Id}/members/{user.Id}");
                    else await world.SendAsync("POST", $"/groups/{group.Id}/members", $$"""{"email":"{{user.PrimaryEmail}}","role":"{{(Chance(5) ? "OWNER" : "MEMBER")}}"}""");
                    break;
            }
        }

        private async Task PutAsync(string id, string body) => await world.SendAsync("PUT", $"/users/{id}", body);
    }
}
