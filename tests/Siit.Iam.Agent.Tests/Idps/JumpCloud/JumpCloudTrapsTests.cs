using Siit.Iam.Agent.Idps;

namespace Siit.Iam.Agent.Tests.Idps.JumpCloud;

public sealed class JumpCloudTrapsTests : IAsyncLifetime
{
    private JumpCloudWorld _world = null!;

    public async ValueTask InitializeAsync() => _world = await JumpCloudWorld.StartAsync();

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    /// <summary>Who, what, and the traps in the way: a code alone warns, with ! it blocks.</summary>
    [Theory]
    [InlineData("ana", "suspend_user", "devices")]
    [InlineData("staged", "suspend_user", "wrong_status!")]
    [InlineData("greta", "suspend_user", "devices mastered_elsewhere")]
    [InlineData("suspended", "unsuspend_user", "")]
    [InlineData("staged", "unsuspend_user", "wrong_status!")]
    [InlineData("locked", "unsuspend_user", "locked!")]
    [InlineData("locked", "unlock_user", "")]
    [InlineData("suspended", "unlock_user", "wrong_status!")]
    [InlineData("greta", "unlock_user", "mastered_elsewhere!")]
    [InlineData("ana", "update_user", "")]
    [InlineData("carla", "update_user", "mastered_elsewhere")]
    [InlineData("greta", "update_user", "mastered_elsewhere!")]
    [InlineData("ana", "reset_mfa", "mfa_exemption factors_stay push_may_stay")]
    [InlineData("bokafor", "reset_mfa", "mfa_exemption push_may_stay")]
    [InlineData("paul", "reset_mfa", "nothing_to_reset!")]
    [InlineData("theo", "reset_mfa", "nothing_to_reset!")]
    [InlineData("suspended", "reset_mfa", "wrong_status! mfa_exemption push_may_stay")]
    public async Task Account_InItsState_HasTheseTraps(string login, string action, string traps) =>
        Assert.Equal(traps, Told(action, new Situation { Picture = await _world.PictureAsync(login) }));

    [Theory]
    [InlineData("ana", "Link", "old_password_goes_on")]
    [InlineData("ana", "Expire", "")]
    [InlineData("expired", "Expire", "expired_already!")]
    [InlineData("provisioned", "Link", "old_password_goes_on")]
    [InlineData("provisioned", "Expire", "no_password!")]
    [InlineData("suspended", "Link", "wrong_status!")]
    [InlineData("staged", "Expire", "wrong_status!")]
    [InlineData("greta", "Link", "mastered_elsewhere! old_password_goes_on")]
    public async Task Password_InItsMode_HasTheseTraps(string login, string mode, string traps) =>
        Assert.Equal(traps, Told("reset_password", new Situation { Picture = await _world.PictureAsync(login), PasswordMode = Enum.Parse<PasswordMode>(mode) }));

    [Fact]
    public async Task Password_DelegatedOnly_IsBlocked()
    {
        _world.Arrange("""{"user": "nina", "delegated": true}""");

        var nina = new Situation { Picture = await _world.PictureAsync("nina"), PasswordMode = PasswordMode.Expire };

        Assert.Equal("mastered_elsewhere!", Told("reset_password", nina));
        Assert.Equal("", Told("update_user", nina));
    }

    [Theory]
    [InlineData("Sales", "")]
    [InlineData("Laptop Loaners", "member_query")]
    [InlineData("All Sales", "group_not_changeable!")]
    public async Task Group_ByItsMethod_HasTheseTraps(string name, string traps)
    {
        var situation = new Situation { Picture = await _world.PictureAsync("ana"), Group = await _world.GroupAsync(name) };

        Assert.Equal(traps, Told("add_to_group", situation));
        Assert.Equal(traps, Told("remove_from_group", situation));
    }

    [Theory]
    [InlineData("ana", "Notion", "application_account_lost")]
    [InlineData("ana", "Figma", "application_from_group! Figma Editors")]
    [InlineData("ana", "Salesforce", "application_from_group! All Sales")]
    [InlineData("ana", "AWS", "")]
    public async Task RemoveApplication_ByItsPaths_SaysWhichGroup(string login, string application, string trap)
    {
        var situation = new Situation { Picture = await _world.PictureAsync(login), Application = await _world.ApplicationAsync(application) };

        var traps = _world.Connect().TrapsOf("remove_application", situation).ToList();

        Assert.Equal(trap.Split(' ')[0], Told("remove_application", situation));
        if (traps is [{ Blocks: true } blocked]) Assert.Contains($"'{trap.Split(' ', 2)[1]}'", blocked.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RemoveApplication_ThroughTwoGroups_NamesBoth()
    {
        var nina = await _world.PictureAsync("nina");
        var slack = await _world.ApplicationAsync("Slack");
        var twice = nina with
        {
            Applications = [new(slack.Id, "Slack", Direct: false, "g1", "One"), new(slack.Id, "Slack", Direct: false, "g2", "Two"), new(slack.Id, "Slack", Direct: true)],
        };

        var trap = Assert.Single(_world.Connect().TrapsOf("remove_application", new Situation { Picture = twice, Application = slack }));

        Assert.Contains("the groups 'One', 'Two'", trap.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AddApplication_Inactive_IsBlocked() =>
        Assert.Equal("application_inactive! direct_association", Told("add_application",
            new Situation { Picture = await _world.PictureAsync("nina"), Application = await _world.ApplicationAsync("Workday") }));

    [Theory]
    [InlineData("push", "")]
    [InlineData("totp", "factor_not_removable!")]
    [InlineData("sms", "factor_not_removable!")]
    [InlineData("unknown", "no_such_factor!")]
    public async Task ResetMfa_OfOneFactor_IsForPushEndpointsOnly(string kind, string traps)
    {
        var ana = await _world.PictureAsync("ana");
        var factor = ana.Factors!.FirstOrDefault(held => held.Kind == kind)?.Id ?? "0123456789abcdef01234567";

        Assert.Equal(traps, Told("reset_mfa", new Situation { Picture = ana, FactorId = factor }));
    }

    [Fact]
    public async Task ResetMfa_OfAll_NamesTheDaysWithoutASecondFactor()
    {
        var connection = _world.Connect(with: options => options with { MfaExemptionDays = 2 });

        var traps = connection.TrapsOf("reset_mfa", new Situation { Picture = await _world.PictureAsync("bokafor") });

        Assert.Contains("For 2 days", traps.First(trap => trap.Code == "mfa_exemption").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CreateUser_SaysWhereTheUsernameComesFrom() => Assert.Equal("username_from_email", Told("create_user", new Situation()));

    private string Told(string action, Situation situation) =>
        string.Join(' ', _world.Connect().TrapsOf(action, situation).Select(trap => trap.Code + (trap.Blocks ? "!" : "")));
}
