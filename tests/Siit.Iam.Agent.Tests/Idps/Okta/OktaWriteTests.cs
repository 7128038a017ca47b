using System.Text.Json.Nodes;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Emulator.Common;

namespace Siit.Iam.Agent.Tests.Idps.Okta;

/// <summary>Every change: what it leaves at Okta, once, and what stands in its receipt.</summary>
public sealed class OktaWriteTests
{
    [Fact]
    public async Task CreateUser_MakesAnInvitedAccountWithTheProfile()
    {
        await using var world = await OktaWorld.StartAsync();

        var receipt = await world.Connection.CreateUserAsync(new NewUser("zoe@acme.example", "Zoë", "O'Hara", "Support", "Agent", "Omar Haddad"), CancellationToken.None);

        var account = (await world.Connection.GetPictureAsync(receipt.NewId!, PictureParts.None, CancellationToken.None)).Account;
        Assert.Equal(("zoe@acme.example", "zoe@acme.example", "Zoë", "O'Hara", "Support", "Agent", "Omar Haddad", "PROVISIONED"),
            (account.Login, account.Email, account.FirstName, account.LastName, account.Department, account.Title, account.Manager, account.VendorStatus));
        Assert.Equal(receipt.RequestId, Assert.Single(world.Okta.Ledger.Effects).RequestId);
    }

    [Fact]
    public async Task CreateUser_LoginTaken_IsRejectedAndMakesNothing()
    {
        await using var world = await OktaWorld.StartAsync();

        var trouble = await Assert.ThrowsAsync<IdpException>(() =>
            world.Connection.CreateUserAsync(new NewUser("ana@acme.example", "A", "B", null, null, null), CancellationToken.None));

        Assert.Equal((IdpTrouble.Rejected, "E0000001"), (trouble.Trouble, trouble.VendorCode));
        Assert.Empty(world.Okta.Ledger.Effects);
    }

    [Fact]
    public async Task UpdateUser_LeavesWhatIsNotNamed()
    {
        await using var world = await OktaWorld.StartAsync();
        var before = await world.AccountAsync("ana");

        await world.Connection.UpdateUserAsync(before, new ProfileChange(null, null, "Marketing", null, null), CancellationToken.None);

        Assert.Equal(before with { Department = "Marketing" }, await world.AccountAsync("ana"));
        Assert.Equal("user.update", Assert.Single(world.Okta.Ledger.Effects).Verb);
    }

    public static TheoryData<string, string, string, string> Lifecycle => new()
    {
        { "suspend", "ana", "SUSPENDED", "user.suspend" },
        { "unsuspend", "suspended", "ACTIVE", "user.unsuspend" },
        { "unlock", "locked", "ACTIVE", "user.unlock" },
        { "deactivate", "ana", "DEPROVISIONED", "user.deactivate" },
        { "deactivate", "locked", "DEPROVISIONED", "user.deactivate" },
        { "password link", "ana", "RECOVERY", "user.reset_password" },
        { "password expire", "ana", "PASSWORD_EXPIRED", "user.expire_password" },
    };

    [Theory]
    [MemberData(nameof(Lifecycle))]
    public async Task Change_OfAStatus_HappensOnce(string change, string login, string status, string verb)
    {
        await using var world = await OktaWorld.StartAsync();

        var receipt = await ChangeAsync(world, change, await world.AccountAsync(login));

        Assert.Equal(status, world.Status(login));
        var effect = Assert.Single(world.Okta.Ledger.Effects);
        Assert.Equal((verb, receipt.RequestId), (effect.Verb, effect.RequestId));
        Assert.Equal(Siit.Iam.Emulator.Okta.EmulatedOkta.ClientId, effect.By);
    }

    public static TheoryData<string, string> WrongState => new()
    {
        { "suspend", "suspended" },
        { "suspend", "staged" },
        { "suspend", "locked" },
        { "unsuspend", "ana" },
        { "unlock", "ana" },
        { "deactivate", "gone" },
        { "password link", "staged" },
        { "password link", "suspended" },
        { "password expire", "gone" },
    };

    [Theory]
    [MemberData(nameof(WrongState))]
    public async Task Change_FromAWrongState_IsRejectedAndChangesNothing(string change, string login)
    {
        await using var world = await OktaWorld.StartAsync();
        var account = await world.AccountAsync(login);

        var trouble = await Assert.ThrowsAsync<IdpException>(() => ChangeAsync(world, change, account));

        Assert.Equal(IdpTrouble.Rejected, trouble.Trouble);
        Assert.Equal(account, await world.AccountAsync(login));
        Assert.Empty(world.Okta.Ledger.Effects);
    }

    /// <summary>DELETE on a deactivated account would erase it: there is no way to it from here.</summary>
    [Fact]
    public async Task Deactivate_Again_NeverErases()
    {
        await using var world = await OktaWorld.StartAsync();
        var account = await world.AccountAsync("ana");
        await world.Connection.DeactivateUserAsync(account, CancellationToken.None);

        await Assert.ThrowsAsync<IdpException>(() => world.Connection.DeactivateUserAsync(account, CancellationToken.None));

        Assert.Equal("DEPROVISIONED", world.Status("ana"));
        Assert.DoesNotContain(world.Okta.Requests.Requests, request => request.Method == "DELETE");
    }

    [Fact]
    public async Task PasswordLink_IsMailedAndNeverComesBackToUs()
    {
        await using var world = await OktaWorld.StartAsync();

        await world.Connection.ResetPasswordAsync(await world.AccountAsync("ana"), PasswordMode.Link, CancellationToken.None);

        Assert.Equal("mailed", Assert.Single(world.Okta.Ledger.Effects).Detail);
    }

    [Fact]
    public async Task Membership_ComesAndGoes_AndRepeatingIsHarmless()
    {
        await using var world = await OktaWorld.StartAsync();
        var (account, group) = (await world.AccountAsync("ana"), await world.GroupAsync("Support"));

        for (var i = 0; i < 2; i++) await world.Connection.AddToGroupAsync(account, group, CancellationToken.None);
        Assert.Contains(account.Id, world.Okta.Group("Support").Members.Keys);
        for (var i = 0; i < 2; i++) await world.Connection.RemoveFromGroupAsync(account, group, CancellationToken.None);

        Assert.DoesNotContain(account.Id, world.Okta.Group("Support").Members.Keys);
        Assert.Equal(["group.add_member", "group.remove_member"], world.Okta.Ledger.Effects.Select(effect => effect.Verb));
    }

    [Theory]
    [InlineData("Everyone")]
    [InlineData("AD Domain Users")]
    public async Task AddToGroup_ThatIsNotOktasOwn_IsRejected(string name)
    {
        await using var world = await OktaWorld.StartAsync();
        var (account, group) = (await world.AccountAsync("ana"), await world.GroupAsync(name));

        var trouble = await Assert.ThrowsAsync<IdpException>(() => world.Connection.AddToGroupAsync(account, group, CancellationToken.None));

        Assert.Equal((IdpTrouble.Rejected, "E0000060"), (trouble.Trouble, trouble.VendorCode));
    }

    [Fact]
    public async Task Application_AssignedAndTakenAway()
    {
        await using var world = await OktaWorld.StartAsync();
        var (account, figma) = (await world.AccountAsync("mona"), await world.ApplicationAsync("Figma"));

        await world.Connection.AddApplicationAsync(account, figma, CancellationToken.None);
        Assert.True((await world.PictureAsync("mona", PictureParts.Applications)).Applications!.Single(held => held.Id == figma.Id).Direct);
        await world.Connection.RemoveApplicationAsync(account, figma, CancellationToken.None);

        Assert.DoesNotContain((await world.PictureAsync("mona", PictureParts.Applications)).Applications!, held => held.Id == figma.Id);
        Assert.Equal(["app.add_user", "app.remove_user"], world.Okta.Ledger.Effects.Select(effect => effect.Verb));
        var again = await Assert.ThrowsAsync<IdpException>(() => world.Connection.RemoveApplicationAsync(account, figma, CancellationToken.None));
        Assert.Equal(IdpTrouble.NotFound, again.Trouble);
    }

    [Fact]
    public async Task ResetMfa_OfOneFactorAndOfAll()
    {
        await using var world = await OktaWorld.StartAsync();
        var account = await world.AccountAsync("ana");
        var sms = world.Okta.User("ana@acme.example").Factors.Single(factor => factor.FactorType == "sms");

        await world.Connection.ResetMfaAsync(account, sms.Id, CancellationToken.None);
        Assert.Equal(["push", "totp"], (await world.PictureAsync("ana", PictureParts.Factors)).Factors!.Select(factor => factor.Kind).Order());
        await world.Connection.ResetMfaAsync(account, null, CancellationToken.None);

        Assert.Empty((await world.PictureAsync("ana", PictureParts.Factors)).Factors!);
        Assert.Equal(["user.remove_factor", "user.reset_factors"], world.Okta.Ledger.Effects.Select(effect => effect.Verb));
    }

    [Fact]
    public async Task ClearSessions_EndsSessionsAndTokens_AndTheLogTells()
    {
        await using var world = await OktaWorld.StartAsync();
        var account = await world.AccountAsync("ana");
        var before = DateTimeOffset.UtcNow.AddSeconds(-1);
        Assert.Null(await world.Connection.WereSessionsClearedAsync(account, before, CancellationToken.None));

        await world.Connection.ClearSessionsAsync(account, CancellationToken.None);

        Assert.True(await world.Connection.WereSessionsClearedAsync(account, before, CancellationToken.None));
        Assert.Null(await world.Connection.WereSessionsClearedAsync(await world.AccountAsync("ben"), before, CancellationToken.None));
        Assert.False(await world.Connection.WereSessionsClearedAsync(await world.AccountAsync("ben"), before.AddMinutes(-11), CancellationToken.None));
        Assert.Empty(world.Okta.User("ana@acme.example").Sessions);
        Assert.Empty(world.Okta.User("ana@acme.example").Tokens);
    }

    [Fact]
    public async Task RevokeGrants_TakesAllBack()
    {
        await using var world = await OktaWorld.StartAsync();

        await world.Connection.RevokeGrantsAsync(await world.AccountAsync("ana"), CancellationToken.None);

        Assert.Empty((await world.PictureAsync("ana", PictureParts.Grants)).Grants!);
        Assert.Equal(1, world.Okta.Ledger.Count("user.revoke_grants", world.Id("ana")));
    }

    [Fact]
    public async Task Change_OfAnAdministrator_IsNotAllowedToAnOrganizationAdministrator()
    {
        await using var world = await OktaWorld.StartAsync();

        var trouble = await Assert.ThrowsAsync<IdpException>(async () => await world.Connection.SuspendUserAsync(await world.AccountAsync("hugo"), CancellationToken.None));

        Assert.Equal((IdpTrouble.NotAllowed, "E0000006"), (trouble.Trouble, trouble.VendorCode));
    }

    [Fact]
    public async Task Change_WhileTheAccountIsInTransition_IsAConflict()
    {
        await using var world = await OktaWorld.StartAsync(new EmulatorOptions { TransitionTime = TimeSpan.FromHours(1) });
        var account = await world.AccountAsync("ana");
        await world.Connection.DeactivateUserAsync(account, CancellationToken.None);

        var trouble = await Assert.ThrowsAsync<IdpException>(() => world.Connection.SuspendUserAsync(account, CancellationToken.None));

        Assert.Equal((IdpTrouble.Conflict, "E0000112"), (trouble.Trouble, trouble.VendorCode));
    }

    [Fact]
    public async Task Change_OfAnAccountThatIsGone_IsNotFound()
    {
        await using var world = await OktaWorld.StartAsync();
        var account = await world.AccountAsync("ana") with { Id = "00u00000000000000000" };

        var trouble = await Assert.ThrowsAsync<IdpException>(() => world.Connection.SuspendUserAsync(account, CancellationToken.None));

        Assert.Equal((IdpTrouble.NotFound, "E0000007"), (trouble.Trouble, trouble.VendorCode));
    }

    private static Task<WriteReceipt> ChangeAsync(OktaWorld world, string change, Account account) => change switch
    {
        "suspend" => world.Connection.SuspendUserAsync(account, CancellationToken.None),
        "unsuspend" => world.Connection.UnsuspendUserAsync(account, CancellationToken.None),
        "unlock" => world.Connection.UnlockUserAsync(account, CancellationToken.None),
        "deactivate" => world.Connection.DeactivateUserAsync(account, CancellationToken.None),
        "password link" => world.Connection.ResetPasswordAsync(account, PasswordMode.Link, CancellationToken.None),
        "password expire" => world.Connection.ResetPasswordAsync(account, PasswordMode.Expire, CancellationToken.None),
        _ => throw new ArgumentOutOfRangeException(nameof(change), change, null),
    };
}
