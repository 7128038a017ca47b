using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Idps.Resilience;
using Siit.Iam.Emulator.Common;

namespace Siit.Iam.Agent.Tests.Idps.Entra;

/// <summary>Trouble on the wire: what is told must agree with what happened, and nothing happens twice.</summary>
public sealed class EntraFaultsTests
{
    private static readonly Dictionary<string, (string Method, string Path, string Effect)> Changes = new()
    {
        ["suspend_user"] = ("PATCH", "/users/", "user.suspend"),
        ["update_user"] = ("PATCH", "/users/", "user.update"),
        ["reset_password"] = ("PATCH", "/users/", "user.expire_password"),
        ["create_user"] = ("POST", "/users$", "user.create"),
        ["deactivate_user"] = ("DELETE", "/users/", "user.delete"),
        ["add_to_group"] = ("POST", "/members/", "group.add_member"),
        ["remove_from_group"] = ("DELETE", "/members/", "group.remove_member"),
        ["add_application"] = ("POST", "/appRoleAssignedTo", "app.add_user"),
        ["remove_application"] = ("DELETE", "/appRoleAssignedTo/", "app.remove_user"),
        ["reset_mfa"] = ("DELETE", "/authentication/", "user.remove_factor"),
        ["clear_sessions"] = ("POST", "/revokeSignInSessions", "user.clear_sessions"),
        ["revoke_grants"] = ("DELETE", "/oauth2PermissionGrants/", "user.revoke_grants"),
    };

    public static TheoryData<string> Actions => [.. Changes.Keys];

    [Theory]
    [MemberData(nameof(Actions))]
    public async Task Change_ThrottledTwice_HappensOnce(string action)
    {
        await using var world = await EntraWorld.StartAsync();

        Assert.Null(await TryAsync(world, action, new Fault { Kind = FaultKind.Throttle, ResetSeconds = 0, Times = 2 }));

        Assert.Equal(1, world.Entra.Ledger.Count(Changes[action].Effect));
    }

    [Theory]
    [MemberData(nameof(Actions))]
    public async Task Change_Throttled_ForLongerThanACallMayWait_SaysUntilWhen(string action)
    {
        await using var world = await EntraWorld.StartAsync();

        var trouble = await TryAsync(world, action, new Fault { Kind = FaultKind.Throttle, ResetSeconds = 300, Times = null });

        Assert.Equal(IdpTrouble.RateLimited, trouble!.Trouble);
        Assert.InRange(trouble.RetryAt!.Value, TimeProvider.System.GetUtcNow().AddSeconds(200), TimeProvider.System.GetUtcNow().AddSeconds(301));
        Assert.Empty(world.Entra.Ledger.Effects);
    }

    [Theory]
    [MemberData(nameof(Actions))]
    public async Task Change_AnsweredWith503_IsNotRepeatedAndNotCalledUndone(string action)
    {
        await using var world = await EntraWorld.StartAsync();

        var trouble = await TryAsync(world, action, new Fault { Kind = FaultKind.Status, Status = 503, Times = 2 });

        Assert.Equal(IdpTrouble.Unknown, trouble!.Trouble);
        Assert.Empty(world.Entra.Ledger.Effects);
    }

    [Theory]
    [MemberData(nameof(Actions))]
    public async Task Change_AppliedButAnsweredWith500_IsUnknownAndHappenedOnce(string action)
    {
        await using var world = await EntraWorld.StartAsync();

        var trouble = await TryAsync(world, action, new Fault { Kind = FaultKind.AppliedThen500 });

        Assert.Equal(IdpTrouble.Unknown, trouble!.Trouble);
        Assert.Equal(1, world.Entra.Ledger.Count(Changes[action].Effect));
    }

    [Theory]
    [MemberData(nameof(Actions))]
    public async Task Change_AppliedAndThenNoAnswer_IsUnknownAndHappenedOnce(string action)
    {
        await using var world = await EntraWorld.StartAsync();

        var trouble = await TryAsync(world, action, new Fault { Kind = FaultKind.TimeoutAfterApplying });

        Assert.Equal(IdpTrouble.Unknown, trouble!.Trouble);
        Assert.Equal(1, world.Entra.Ledger.Count(Changes[action].Effect));
    }

    [Fact]
    public async Task Read_UnavailableTwice_IsRepeated()
    {
        await using var world = await EntraWorld.StartAsync();
        world.Entra.Faults.Add(new Fault { Kind = FaultKind.Status, Status = 503, Method = "GET", Path = "/groups", Times = 2 });

        Assert.NotEmpty((await world.Connection.FindGroupsAsync(null, 10, null, EntraWorld.Token)).Items);
    }

    [Fact]
    public async Task Read_Throttled_TellsWhoeverWaits()
    {
        await using var world = await EntraWorld.StartAsync();
        world.Entra.Faults.Add(new Fault { Kind = FaultKind.Throttle, Path = "/groups", ResetSeconds = 1 });
        var waits = new List<Wait>();

        using (WaitReports.Listen(waits.Add)) await world.Connection.FindGroupsAsync(null, 10, null, EntraWorld.Token);

        Assert.Equal(TimeSpan.FromSeconds(1), Assert.Single(waits).ToGo);
    }

    [Fact]
    public async Task ResetMfa_ThatBreaksHalfWay_IsUnknown()
    {
        await using var world = await EntraWorld.StartAsync();
        var ana = await world.AccountAsync("ana");
        world.Entra.Faults.Add(new Fault { Kind = FaultKind.Status, Status = 403, Method = "DELETE", Path = "/authentication/", Skip = 2, Times = null });

        var trouble = await Assert.ThrowsAsync<IdpException>(() => world.Connection.ResetMfaAsync(ana, null, EntraWorld.Token));

        Assert.Equal(IdpTrouble.Unknown, trouble.Trouble);
        Assert.InRange(world.Entra.Ledger.Count("user.remove_factor"), 1, 3);
    }

    private static async Task<IdpException?> TryAsync(EntraWorld world, string action, Fault fault)
    {
        var (connection, token) = (world.Connection, EntraWorld.Token);
        var ben = await world.AccountAsync("ben");
        var (engineering, sales) = (await world.GroupAsync("Engineering"), await world.GroupAsync("Sales"));
        var (aws, jira) = (await world.ApplicationAsync("AWS"), await world.ApplicationAsync("Workday"));
        var (method, path, _) = Changes[action];
        world.Entra.Faults.Add(fault with { Method = method, Path = path });
        try
        {
            await (action switch
            {
                "suspend_user" => connection.SuspendUserAsync(ben, token),
                "update_user" => connection.UpdateUserAsync(ben, new ProfileChange(null, null, null, "Staff Engineer", null), token),
                "reset_password" => connection.ResetPasswordAsync(ben, PasswordMode.Expire, token),
                "create_user" => connection.CreateUserAsync(new NewUser("joe@acme.example", "Joe", "Hara", null, null, null), token),
                "deactivate_user" => connection.DeactivateUserAsync(ben, token),
                "add_to_group" => connection.AddToGroupAsync(ben, sales, token),
                "remove_from_group" => connection.RemoveFromGroupAsync(ben, engineering, token),
                "add_application" => connection.AddApplicationAsync(ben, jira, token),
                "remove_application" => connection.RemoveApplicationAsync(ben, aws, token),
                "reset_mfa" => connection.ResetMfaAsync(ben, world.Entra.User(ben.Id).Methods.Find(found => found.Type == "softwareOathAuthenticationMethod")!.Id, token),
                "clear_sessions" => connection.ClearSessionsAsync(ben, token),
                "revoke_grants" => connection.RevokeGrantsAsync(ben, token),
                _ => throw new InvalidOperationException(action),
            });
            return null;
        }
        catch (IdpException trouble)
        {
            return trouble;
        }
    }
}
