namespace Siit.Iam.Agent.Tests.Idps.Entra;

public sealed class EntraTrapsTests
{
    private const string Guest = "petra_partner.example#EXT#@acme.onmicrosoft.com";

    /// <summary>Action, whom, group, application, factor, traps (those that refuse with a "!").</summary>
    public static TheoryData<string, string, string?, string?, string?, string[]> Stories => new()
    {
        // Groups whose members are not changed here.
        { "add_to_group", "ben", "All Sales", null, null, ["!group_dynamic"] },
        { "remove_from_group", "ana", "All Sales", null, null, ["!group_dynamic"] },
        { "add_to_group", "ben", "Tier 0 Operators", null, null, ["!group_role_assignable"] },
        { "add_to_group", "ben", "All Company News", null, null, ["!group_mail_enabled"] },
        { "add_to_group", "ben", "AD Domain Users", null, null, ["!group_synced"] },
        { "add_to_group", "ben", "Board", null, null, ["!group_restricted"] },
        { "add_to_group", "ben", "Sales", null, null, [] },
        { "add_to_group", "ben", "Project Phoenix", null, null, [] },
        // Accounts that Entra only mirrors.
        { "suspend_user", "greta", null, null, null, ["!mastered_elsewhere"] },
        { "unsuspend_user", "greta", null, null, null, ["!mastered_elsewhere"] },
        { "update_user", "greta", null, null, null, ["!mastered_elsewhere"] },
        { "reset_password", "greta", null, null, null, ["!password_held_elsewhere"] },
        { "deactivate_user", "greta", null, null, null, ["!mastered_elsewhere", "erased_after_30_days"] },
        { "suspend_user", "ben", null, null, null, [] },
        // Federated, and guests.
        { "reset_password", "omar@legacy.acme.example", null, null, null, ["!password_held_elsewhere"] },
        { "reset_password", Guest, null, null, null, ["!password_held_elsewhere"] },
        { "reset_password", "ben", null, null, null, [] },
        { "clear_sessions", Guest, null, null, null, ["!guest_sessions"] },
        { "clear_sessions", "ben", null, null, null, ["minutes_of_delay"] },
        // Applications.
        { "remove_application", "ana", null, "Figma", null, ["!application_from_group"] },
        { "remove_application", "ana", null, "Salesforce", null, ["!application_from_group"] },
        { "remove_application", "ana", null, "Zoom", null, ["!open_to_everybody", "!application_from_group"] },
        { "remove_application", "ana", null, "Notion", null, [] },
        { "add_application", "ben", null, "Zoom", null, ["open_to_everybody", "becomes_direct"] },
        { "add_application", "ben", null, "Contoso ERP", null, ["!application_not_assignable"] },
        { "add_application", "ben", null, "Old Intranet", null, ["!application_inactive"] },
        { "add_application", "ben", null, "Salesforce", null, [] },
        // Second factors.
        { "reset_mfa", "ana", null, null, "microsoftAuthenticatorAuthenticationMethod", ["!default_factor"] },
        { "reset_mfa", "ana", null, null, "softwareOathAuthenticationMethod", [] },
        { "reset_mfa", "ana", null, null, "no-such-factor", ["!no_such_factor"] },
        { "reset_mfa", "ana", null, null, null, [] },
        // What an approver should know.
        { "deactivate_user", "ben", null, null, null, ["erased_after_30_days"] },
        { "revoke_grants", "ben", null, null, null, ["tenant_consents"] },
    };

    [Theory]
    [MemberData(nameof(Stories))]
    public async Task Traps_BeforeAnybodyIsAsked_AreThese(string action, string login, string? group, string? application, string? factor, string[] expected)
    {
        await using var world = await EntraWorld.StartAsync();

        Assert.Equal(expected, await world.TrapsAsync(action, login, group, application, factor));
    }

    [Fact]
    public async Task Traps_OfAnAssignmentThatComesFromAGroup_SayWhich()
    {
        await using var world = await EntraWorld.StartAsync();
        var situation = new Agent.Idps.Situation { Picture = await world.PictureAsync("ana"), Application = await world.ApplicationAsync("Figma") };

        Assert.Contains("'Figma Editors'", Assert.Single(world.Connection.TrapsOf("remove_application", situation)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("suspend_user")]
    [InlineData("unsuspend_user")]
    [InlineData("update_user")]
    [InlineData("reset_mfa")]
    [InlineData("reset_password")]
    [InlineData("clear_sessions")]
    [InlineData("revoke_grants")]
    public async Task Traps_OfADeletedAccount_Refuse(string action)
    {
        await using var world = await EntraWorld.StartAsync();
        var ben = await world.AccountAsync("ben");
        await world.Connection.DeactivateUserAsync(ben, EntraWorld.Token);
        var situation = new Agent.Idps.Situation { Picture = await world.Connection.GetPictureAsync(ben.Id, Agent.Idps.PictureParts.All, EntraWorld.Token) };

        Assert.Contains(world.Connection.TrapsOf(action, situation), trap => trap is { Code: "deleted", Blocks: true });
    }
}
