using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Idps.JumpCloud;
using Siit.Iam.Emulator.Common;

namespace Siit.Iam.Agent.Tests.Idps.JumpCloud;

public sealed class JumpCloudChangesTests : IAsyncLifetime
{
    private JumpCloudWorld _world = null!;

    public async ValueTask InitializeAsync() => _world = await JumpCloudWorld.StartAsync();

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public void Capabilities_AreWhatTheApiHas()
    {
        var able = ActionCatalog.All.Where(action => !action.IsRead && action.IsSupportedBy(typeof(JumpCloudConnection))).Select(action => action.Name);

        Assert.Equal(
            ["add_application", "add_to_group", "create_user", "remove_application", "remove_from_group", "reset_mfa", "reset_password", "suspend_user", "unlock_user", "unsuspend_user", "update_user"],
            able.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Suspend_ThenUnsuspend_ChangesTheStateAndNothingElse()
    {
        var before = _world.JumpCloud.User("bokafor");
        var ben = await _world.AccountAsync("ben@acme.example");

        await _world.Connect().SuspendUserAsync(ben, CancellationToken.None);
        Assert.Equal(before with { State = "SUSPENDED" }, _world.JumpCloud.User("bokafor"));

        await _world.Connect().UnsuspendUserAsync(ben, CancellationToken.None);
        Assert.Equal(before, _world.JumpCloud.User("bokafor"));
        Assert.Equal(["user.suspend", "user.unsuspend"], _world.JumpCloud.Ledger.Effects.Select(effect => effect.Verb));
    }

    [Fact]
    public async Task Suspend_Twice_IsAConflictThatReadingSettles()
    {
        var ben = await _world.AccountAsync("bokafor");
        await _world.Connect().SuspendUserAsync(ben, CancellationToken.None);

        var trouble = await Assert.ThrowsAsync<IdpException>(() => _world.Connect().SuspendUserAsync(ben, CancellationToken.None));

        Assert.Equal(IdpTrouble.Conflict, trouble.Trouble);
        Assert.Equal(1, _world.JumpCloud.Ledger.Count("user.suspend"));
    }

    [Fact]
    public async Task Unlock_OfALockedAccount_OpensIt()
    {
        await _world.Connect().UnlockUserAsync(await _world.AccountAsync("locked"), CancellationToken.None);

        Assert.Equal(AccountStatus.Active, (await _world.AccountAsync("locked")).Status);
    }

    [Fact]
    public async Task Update_OfSomeFields_LeavesTheOthersAndTheCustomAttributes()
    {
        var before = _world.JumpCloud.User("ana");

        await _world.Connect().UpdateUserAsync(await _world.AccountAsync("ana"), new ProfileChange(null, null, "Support", null, "omar@acme.example"), CancellationToken.None);

        var after = _world.JumpCloud.User("ana");
        Assert.Equal("Support", after.Texts["department"]);
        Assert.Equal(_world.JumpCloud.User("omar").Id, after.Manager);
        Assert.Equal(before.Texts.Remove("department"), after.Texts.Remove("department"));
        Assert.Equal(before.Attributes, after.Attributes);
        Assert.Equal("department manager", _world.JumpCloud.Ledger.Effects[^1].Detail);
    }

    [Fact]
    public async Task Update_UnknownManager_ChangesNothing()
    {
        var trouble = await Assert.ThrowsAsync<IdpException>(async () => await _world.Connect().UpdateUserAsync(
            await _world.AccountAsync("ana"), new ProfileChange(null, null, "Support", null, "nobody@acme.example"), CancellationToken.None));

        Assert.Equal(IdpTrouble.Rejected, trouble.Trouble);
        Assert.Empty(_world.JumpCloud.Ledger.Effects);
    }

    [Fact]
    public async Task Create_OfANewPerson_InvitesHim()
    {
        var receipt = await _world.Connect().CreateUserAsync(
            new NewUser("zoe.new@acme.example", "Zoe", "New", "Sales", "Account Executive", "mona@acme.example"), CancellationToken.None);

        var zoe = _world.JumpCloud.User(receipt.NewId!);
        Assert.Equal(("zoe.new", "zoe.new@acme.example", "ACTIVATED", _world.JumpCloud.User("mona").Id), (zoe.Username, zoe.Email, zoe.State, zoe.Manager));
        Assert.Equal("invited", _world.JumpCloud.Ledger.Of("user.create").Single().Detail);
        Assert.Equal("mona@acme.example", (await _world.AccountAsync("zoe.new")).Manager);
    }

    [Theory]
    [InlineData("sam.lee@other.example", "sam.lee3")]
    [InlineData("bokafor@other.example", "bokafor2")]
    [InlineData("a.name.that.is.far.too.long.for.it@acme.example", "a.name.that.is.far.too.long.fo")]
    [InlineData("pat+jc@acme.example", "pat")]
    public async Task Create_UsernameTakenOrTooLong_TakesTheNextOne(string email, string username)
    {
        var receipt = await _world.Connect().CreateUserAsync(new NewUser(email, "A", "B", null, null, null), CancellationToken.None);

        Assert.Equal(username, _world.JumpCloud.User(receipt.NewId!).Username);
    }

    [Theory]
    [InlineData("9lives@acme.example")]
    [InlineData("o'neil@acme.example")]
    public async Task Create_NoUsernameFollows_IsRefused(string email) =>
        Assert.Equal(IdpTrouble.Rejected, (await Assert.ThrowsAsync<IdpException>(
            () => _world.Connect().CreateUserAsync(new NewUser(email, "A", "B", null, null, null), CancellationToken.None))).Trouble);

    [Fact]
    public async Task Create_EmailTaken_IsRejected()
    {
        await Assert.ThrowsAsync<IdpException>(() => _world.Connect().CreateUserAsync(new NewUser("ana@acme.example", "A", "B", null, null, null), CancellationToken.None));

        Assert.Empty(_world.JumpCloud.Ledger.Effects);
    }

    [Fact]
    public async Task Group_AddAndRemove_ChangesTheMembership()
    {
        var (nina, group) = (await _world.AccountAsync("nina"), (await _world.GroupAsync("Sales")).Group);

        await _world.Connect().AddToGroupAsync(nina, group, CancellationToken.None);
        Assert.Contains(nina.Id, _world.JumpCloud.Group("Sales").Members);
        Assert.Equal(IdpTrouble.Conflict, (await Assert.ThrowsAsync<IdpException>(() => _world.Connect().AddToGroupAsync(nina, group, CancellationToken.None))).Trouble);

        await _world.Connect().RemoveFromGroupAsync(nina, group, CancellationToken.None);
        Assert.DoesNotContain(nina.Id, _world.JumpCloud.Group("Sales").Members);
        Assert.Equal(IdpTrouble.NotFound, (await Assert.ThrowsAsync<IdpException>(() => _world.Connect().RemoveFromGroupAsync(nina, group, CancellationToken.None))).Trouble);
        Assert.Equal(["group.add_member", "group.remove_member"], _world.JumpCloud.Ledger.Effects.Select(effect => effect.Verb));
    }

    [Fact]
    public async Task Application_AddAndRemove_ChangesTheDirectAssociation()
    {
        var (nina, figma) = (await _world.AccountAsync("nina"), await _world.ApplicationAsync("Figma"));

        await _world.Connect().AddApplicationAsync(nina, figma, CancellationToken.None);
        Assert.Contains((await _world.PictureAsync("nina")).Applications!, application => application is { Name: "Figma", Direct: true });
        Assert.Equal(IdpTrouble.Conflict, (await Assert.ThrowsAsync<IdpException>(() => _world.Connect().AddApplicationAsync(nina, figma, CancellationToken.None))).Trouble);

        await _world.Connect().RemoveApplicationAsync(nina, figma, CancellationToken.None);
        Assert.DoesNotContain((await _world.PictureAsync("nina")).Applications!, application => application.Name == "Figma");
        Assert.Equal(IdpTrouble.NotFound, (await Assert.ThrowsAsync<IdpException>(() => _world.Connect().RemoveApplicationAsync(nina, figma, CancellationToken.None))).Trouble);
    }

    [Fact]
    public async Task ResetPassword_Link_MailsToTheAccountsOwnAddress()
    {
        await _world.Connect().ResetPasswordAsync(await _world.AccountAsync("bokafor"), PasswordMode.Link, CancellationToken.None);

        Assert.Equal("ben@acme.example", _world.JumpCloud.Ledger.Of("user.mail_password_link").Single().Detail);
    }

    [Fact]
    public async Task ResetPassword_Expire_ShowsOnTheAccount()
    {
        await _world.Connect().ResetPasswordAsync(await _world.AccountAsync("ana"), PasswordMode.Expire, CancellationToken.None);

        Assert.Equal("ACTIVATED, password_expired", (await _world.AccountAsync("ana")).VendorStatus);
    }

    [Fact]
    public async Task ResetMfa_All_LeavesTheConfiguredDaysToEnrolAgain()
    {
        await _world.Connect(with: options => options with { MfaExemptionDays = 3 }).ResetMfaAsync(await _world.AccountAsync("ana"), null, CancellationToken.None);

        var ana = _world.JumpCloud.User("ana");
        Assert.True(ana.MfaExempt);
        Assert.InRange(ana.MfaExemptUntil!.Value, DateTimeOffset.UtcNow.AddDays(3).AddMinutes(-5), DateTimeOffset.UtcNow.AddDays(3));
        Assert.Equal(["sms"], (await _world.PictureAsync("ana")).Factors!.Select(factor => factor.Kind));
    }

    [Fact]
    public async Task ResetMfa_OnePushEndpoint_LeavesTheOthers()
    {
        var ana = await _world.PictureAsync("ana");

        await _world.Connect().ResetMfaAsync(ana.Account, ana.Factors!.Single(factor => factor.Kind == "push").Id, CancellationToken.None);

        Assert.Equal(["sms", "totp"], (await _world.PictureAsync("ana")).Factors!.Select(factor => factor.Kind).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("totp")]
    [InlineData("webauthn")]
    public async Task ResetMfa_WhatIsNoEndpoint_NeverFallsThroughToAll(string factor)
    {
        await Assert.ThrowsAsync<IdpException>(async () => await _world.Connect().ResetMfaAsync(await _world.AccountAsync("ana"), factor, CancellationToken.None));

        Assert.Empty(_world.JumpCloud.Ledger.Effects);
        Assert.DoesNotContain(_world.JumpCloud.Requests.Requests, request => request.Method == "DELETE" || request.Target.EndsWith("/resetmfa", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ApiKey_InPlaceOfTheServiceAccount_WorksAsWell()
    {
        var connection = _world.ConnectByKey();
        var nina = Assert.Single(await connection.FindAccountsAsync("nina", CancellationToken.None));

        await connection.SuspendUserAsync(nina, CancellationToken.None);

        Assert.Equal(EmulatedOwner, _world.JumpCloud.Ledger.Effects.Single().By);
    }

    [Theory]
    [InlineData(FaultKind.Throttle, 503)]
    [InlineData(FaultKind.Status, 501)]
    public async Task Change_RefusedTwice_IsAppliedAtMostOnce(FaultKind kind, int status)
    {
        var ana = await _world.AccountAsync("ana");
        _world.JumpCloud.Faults.Add(new Fault { Kind = kind, Method = "POST", Path = "suspend", Status = status, Times = 2 });

        var trouble = await Record.ExceptionAsync(() => _world.Connect().SuspendUserAsync(ana, CancellationToken.None));

        Assert.Equal(kind == FaultKind.Throttle ? 1 : 0, _world.JumpCloud.Ledger.Count("user.suspend"));
        Assert.Equal(kind == FaultKind.Throttle, trouble is null);
    }

    private const string EmulatedOwner = Siit.Iam.Emulator.JumpCloud.EmulatedJumpCloud.ApiKeyOwner;
}
