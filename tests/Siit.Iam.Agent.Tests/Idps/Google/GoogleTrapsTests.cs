using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Tests.Support;
using Siit.Iam.Emulator.Common;

namespace Siit.Iam.Agent.Tests.Idps.Google;

/// <summary>Each trap in the situation it is about, read from the emulated Google, and what Google would have done.</summary>
public sealed class GoogleTrapsTests
{
    /// <summary>action, whose account, group, application, second factor, what was arranged, codes that block, codes that warn.</summary>
    public static TheoryData<string, string, string?, string?, string?, string?, string[], string[]> Stories => new()
    {
        { "reset_mfa", "ana", null, null, null, null, [], [] },
        { "reset_mfa", "ana", null, null, "2sv", null, [], [] },
        { "reset_mfa", "ana", null, null, "sms", null, ["no_such_factor"], [] },
        { "reset_mfa", "theo", null, null, null, null, ["mfa_enforced"], [] },
        { "reset_mfa", "suspended", null, null, null, null, ["suspended"], [] },
        { "reset_mfa", "suspended", null, null, null, """{"user":"suspended@acme.example","twoStep":"enforced"}""", ["suspended", "mfa_enforced"], [] },
        // Not enrolled: it is so already, and Google's refusal of it never comes up.
        { "reset_mfa", "frontdesk", null, null, null, null, [], [] },
        { "reset_mfa", "vera.past", null, null, null, null, ["archived"], [] },
        { "suspend_user", "ana", null, null, null, null, [], ["mfa_and_grants_first"] },
        { "suspend_user", "vera.past", null, null, null, null, ["archived"], ["mfa_and_grants_first"] },
        { "unsuspend_user", "suspended", null, null, null, null, [], [] },
        { "unsuspend_user", "spammed", null, null, null, null, ["suspended_by_google"], [] },
        { "unsuspend_user", "suspended", null, null, null, """{"user":"suspended@acme.example","suspended":true,"reason":"WEB_LOGIN_REQUIRED"}""", [], ["suspended_by_google"] },
        { "unsuspend_user", "vera.past", null, null, null, null, ["archived"], ["suspended_by_google"] },
        { "deactivate_user", "ana", null, null, null, null, [], ["archives", "mfa_and_grants_first"] },
        { "deactivate_user", "suspended", null, null, null, null, [], ["archives"] },
        { "deactivate_user", "vera.past", null, null, null, null, [], [] },
        { "reset_password", "ana", null, null, null, null, [], ["own_password_only"] },
        { "clear_sessions", "ana", null, null, null, null, [], ["grants_go_on"] },
        { "revoke_grants", "suspended", null, null, null, null, [], [] },
        { "update_user", "vera.past", null, null, null, null, ["archived"], [] },
        { "add_to_group", "ana", "Engineering", null, null, null, [], [] },
        { "add_to_group", "ana", "All Sales", null, null, null, ["group_not_changeable"], [] },
        { "add_to_group", "ana", "AD Domain Users", null, null, null, ["group_not_changeable"], [] },
        { "add_to_group", "ana", "Workspace Admins", null, null, null, [], ["security_group"] },
        { "remove_from_group", "ivan", "Engineering", null, null, null, [], ["group_owner"] },
        { "remove_from_group", "ben", "Engineering", null, null, null, [], [] },
        { "remove_from_group", "ben", "Figma Editors", null, null, null, [], ["application_goes_too"] },
        { "remove_from_group", "vera.past", "Engineering", null, null, null, [], [] },
        { "add_application", "ivan", null, "figma", null, null, [], [] },
        { "add_application", "omar", null, "figma", null, null, [], ["becomes_direct"] },
        { "remove_application", "ben", null, "figma", null, null, [], [] },
        { "remove_application", "omar", null, "figma", null, null, ["application_from_group"], [] },
        { "add_application", "ivan", null, "figma", null, """{"group":"Figma Editors","kind":"DYNAMIC"}""", ["application_not_assignable"], [] },
        // Through an application nobody becomes an administrator.
        { "add_application", "ivan", null, "figma", null, """{"group":"Figma Editors","role":"_GROUPS_ADMIN_ROLE"}""", ["application_not_assignable"], [] },
        { "add_application", "ivan", null, "figma", null, """{"group":"Workspace Admins","add":"figma-editors@acme.example"}""", ["application_not_assignable"], [] },
    };

    [Theory]
    [MemberData(nameof(Stories))]
    public async Task TrapsOf_EachSituation_AreToldBeforehand(
        string action, string login, string? group, string? application, string? factor, string? arranged, string[] blocks, string[] warns)
    {
        await using var world = await GoogleWorld.StartAsync();
        if (arranged is not null) world.Arrange(arranged);
        var situation = new Situation
        {
            Picture = await world.PictureAsync(login, PictureParts.All & ~PictureParts.Roles),
            Group = group is null ? null : await world.GroupAsync(group),
            Application = application is null ? null : await world.ApplicationAsync(application),
            FactorId = factor,
        };

        var traps = world.Connection.TrapsOf(action, situation).ToList();

        Assert.Equal(blocks.Order(), traps.Where(trap => trap.Blocks).Select(trap => trap.Code).Order());
        Assert.Equal(warns.Order(), traps.Where(trap => !trap.Blocks).Select(trap => trap.Code).Order());
    }

    [Fact]
    public async Task TrapsOf_AnOwnerAmongOthers_DoNotSayTheOnlyOne()
    {
        await using var world = await GoogleWorld.StartAsync();
        world.Arrange("""{"group":"Engineering","add":"ben@acme.example","as":"OWNER"}""");
        var situation = new Situation { Picture = await world.PictureAsync("ivan", PictureParts.Groups), Group = await world.GroupAsync("Engineering") };

        Assert.DoesNotContain("only owner", Assert.Single(world.Connection.TrapsOf("remove_from_group", situation)).Message);
    }

    [Fact]
    public async Task FirstWayIn_OfANewAccount_IsNoInvitation()
    {
        await using var world = await GoogleWorld.StartAsync();

        Assert.StartsWith("Google sends no invitation", world.Connection.FirstWayIn("zoe@acme.example"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("add_to_group")]
    [InlineData("deactivate_user")]
    [InlineData("reset_password")]
    [InlineData("revoke_grants")]
    [InlineData("suspend_user")]
    [InlineData("update_user")]
    public async Task TrapsOf_AnAccountBeingCreated_Block(string action)
    {
        var time = new ManualTime();
        await using var world = await GoogleWorld.StartAsync(new EmulatorOptions { TransitionTime = TimeSpan.FromSeconds(60) }, time: time);
        var id = (await world.Connection.CreateUserAsync(new NewUser("zoe@acme.example", "Zoë", "O'Hara", null, null, null), CancellationToken.None)).NewId!;
        time.Advance(TimeSpan.FromSeconds(40));
        var picture = await world.Connection.GetPictureAsync(id, PictureParts.None, CancellationToken.None);

        var situation = new Situation { Picture = picture, Group = action == "add_to_group" ? await world.GroupAsync("Sales") : null };

        Assert.Contains(world.Connection.TrapsOf(action, situation), trap => trap is { Code: "being_created", Blocks: true });
    }
}
