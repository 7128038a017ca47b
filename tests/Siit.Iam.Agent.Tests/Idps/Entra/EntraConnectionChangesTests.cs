using Siit.Iam.Agent.Idps;

namespace Siit.Iam.Agent.Tests.Idps.Entra;

public sealed class EntraConnectionChangesTests
{
    [Fact]
    public async Task SuspendAndUnsuspend_ChangeWhetherTheAccountIsEnabled()
    {
        await using var world = await EntraWorld.StartAsync();
        var ben = await world.AccountAsync("ben");

        var receipt = await world.Connection.SuspendUserAsync(ben, EntraWorld.Token);
        Assert.False(world.Entra.User(ben.Id).Enabled);
        Assert.Equal(AccountStatus.Suspended, (await world.AccountAsync("ben")).Status);
        await world.Connection.UnsuspendUserAsync(ben, EntraWorld.Token);

        Assert.True(world.Entra.User(ben.Id).Enabled);
        Assert.Equal(receipt.RequestId, world.Entra.Ledger.Of("user.suspend").Single().RequestId);
        Assert.Equal(["user.suspend", "user.unsuspend"], world.Entra.Ledger.Effects.Select(effect => effect.Verb));
    }

    [Fact]
    public async Task CreateUser_WithAManager_CanBeFoundAndHasAPasswordThatNobodyKnows()
    {
        await using var world = await EntraWorld.StartAsync();

        var receipt = await world.Connection.CreateUserAsync(new NewUser("joe.o'hara@acme.example", "Joe", "O'Hara", "Sales", "Account Executive", "mona@acme.example"), EntraWorld.Token);

        var found = Assert.Single(await world.Connection.FindAccountsAsync("joe.o'hara@acme.example", EntraWorld.Token));
        Assert.Equal((receipt.NewId, "Joe O'Hara", "Sales", "mona@acme.example", true), (found.Id, found.DisplayName, found.Department, found.Manager, found.PasswordChangeDue));
        Assert.Equal("joe.ohara", world.Entra.User(found.Id).Properties["mailNickname"].GetString());
    }

    [Fact]
    public async Task CreateUser_WithAnUnknownManager_ChangesNothing()
    {
        await using var world = await EntraWorld.StartAsync();

        var trouble = await Assert.ThrowsAsync<IdpException>(() =>
            world.Connection.CreateUserAsync(new NewUser("joe@acme.example", "Joe", "Hara", null, null, "nobody@acme.example"), EntraWorld.Token));

        Assert.Equal(IdpTrouble.Rejected, trouble.Trouble);
        Assert.Empty(world.Entra.Ledger.Effects);
    }

    [Fact]
    public async Task CreateUser_PlainAndAgain_IsRejectedTheSecondTime()
    {
        await using var world = await EntraWorld.StartAsync();
        var user = new NewUser("joe@acme.example", "Joe", "Hara", "Engineering", null, null);
        await world.Connection.CreateUserAsync(user, EntraWorld.Token);

        var trouble = await Assert.ThrowsAsync<IdpException>(() => world.Connection.CreateUserAsync(user, EntraWorld.Token));

        Assert.Equal((IdpTrouble.Rejected, "Request_BadRequest"), (trouble.Trouble, trouble.VendorCode));
        Assert.Equal(1, world.Entra.Ledger.Count("user.create"));
    }

    [Fact]
    public async Task UpdateUser_SendsOnlyWhatIsAskedFor()
    {
        await using var world = await EntraWorld.StartAsync();
        var ben = await world.AccountAsync("ben");

        await world.Connection.UpdateUserAsync(ben, new ProfileChange(null, "Okafor-Lee", "Sales", null, null), EntraWorld.Token);

        var now = await world.AccountAsync("ben");
        Assert.Equal(("Ben", "Okafor-Lee", "Sales", "Software Engineer"), (now.FirstName, now.LastName, now.Department, now.Title));
        Assert.Equal("department,surname", world.Entra.Ledger.Of("user.update").Single().Detail);
        // The rule saw the new department.
        Assert.Contains(ben.Id, world.Entra.Group("All Sales").Members);
    }

    [Fact]
    public async Task AddAndRemoveMember_ChangeTheMembershipAndNeverTheMember()
    {
        await using var world = await EntraWorld.StartAsync();
        var (ana, group) = (await world.AccountAsync("ana"), await world.GroupAsync("Engineering"));

        await world.Connection.AddToGroupAsync(ana, group, EntraWorld.Token);
        Assert.Contains(ana.Id, world.Entra.Group("Engineering").Members);
        await world.Connection.RemoveFromGroupAsync(ana, group, EntraWorld.Token);

        Assert.DoesNotContain(ana.Id, world.Entra.Group("Engineering").Members);
        Assert.Equal(AccountStatus.Active, (await world.AccountAsync("ana")).Status);
        Assert.Equal(["group.add_member", "group.remove_member"], world.Entra.Ledger.Effects.Select(effect => effect.Verb));
        Assert.EndsWith("/$ref", world.Entra.Requests.Requests.Single(request => request.Method == "DELETE").Target, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Jira")]
    [InlineData("Salesforce")]
    public async Task AddAndRemoveApplication_GivesThePlainRoleAndTakesAllDirectOnes(string name)
    {
        await using var world = await EntraWorld.StartAsync(pageSize: 1);
        var (rosa, application) = (await world.AccountAsync("rosa"), await world.ApplicationAsync(name));

        await world.Connection.AddApplicationAsync(rosa, application, EntraWorld.Token);
        Assert.Contains((await world.PictureAsync("rosa")).Applications!, held => held.Id == application.Id && held is { Direct: true, ViaGroup: null });
        await world.Connection.RemoveApplicationAsync(rosa, application, EntraWorld.Token);

        Assert.DoesNotContain((await world.PictureAsync("rosa")).Applications!, held => held.Id == application.Id);
        Assert.Equal(["app.add_user", "app.remove_user"], world.Entra.Ledger.Effects.Select(effect => effect.Verb));
    }

    [Fact]
    public async Task RemoveApplication_ThatComesFromAGroup_FindsNothingToTakeAway()
    {
        await using var world = await EntraWorld.StartAsync();

        var trouble = await Assert.ThrowsAsync<IdpException>(async () =>
            await world.Connection.RemoveApplicationAsync(await world.AccountAsync("ana"), await world.ApplicationAsync("Figma"), EntraWorld.Token));

        Assert.Equal(IdpTrouble.NotFound, trouble.Trouble);
        Assert.Empty(world.Entra.Ledger.Effects);
    }

    [Fact]
    public async Task ResetPassword_Expire_SetsTheFlagAndKeepsThePassword()
    {
        await using var world = await EntraWorld.StartAsync();
        var ben = await world.AccountAsync("ben");

        await world.Connection.ResetPasswordAsync(ben, PasswordMode.Expire, EntraWorld.Token);

        var now = await world.AccountAsync("ben");
        Assert.Equal((true, ben.PasswordChangedAt), (now.PasswordChangeDue, now.PasswordChangedAt));
        Assert.Equal([PasswordMode.Temporary, PasswordMode.Expire], world.Connection.PasswordModes);
    }

    public static TheoryData<string, string> Defaults => new()
    {
        { "microsoftAuthenticatorAuthenticationMethod", "the first in the list" },
        { "softwareOathAuthenticationMethod", "one in the middle" },
        { "phoneAuthenticationMethod", "the phone, whose alternate must go before it" },
    };

    [Theory]
    [MemberData(nameof(Defaults))]
    public async Task ResetMfa_AllFactors_TakesTheDefaultOneLast(string type, string why)
    {
        await using var world = await EntraWorld.StartAsync(pageSize: 1);
        world.Arrange($$"""{"user": "ana@acme.example", "defaultMethod": "{{type}}"}""");

        await world.Connection.ResetMfaAsync(await world.AccountAsync("ana"), null, EntraWorld.Token);

        Assert.Empty((await world.PictureAsync("ana")).Factors!);
        Assert.True(world.Entra.Ledger.Of("user.remove_factor")[^1].Detail == type, why);
        Assert.Equal(4, world.Entra.Ledger.Count("user.remove_factor"));
    }

    [Fact]
    public async Task ResetMfa_OneFactor_LeavesTheOthers()
    {
        await using var world = await EntraWorld.StartAsync();
        var ana = await world.PictureAsync("ana");
        var totp = ana.Factors!.Single(factor => factor.Kind == "totp");

        await world.Connection.ResetMfaAsync(ana.Account, totp.Id, EntraWorld.Token);

        Assert.Equal(ana.Factors!.Where(factor => factor != totp).Select(factor => factor.Id), (await world.PictureAsync("ana")).Factors!.Select(factor => factor.Id));
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("../../users")]
    public async Task ResetMfa_WithABadId_NeverFallsThroughToAll(string factor)
    {
        await using var world = await EntraWorld.StartAsync();
        var ana = await world.AccountAsync("ana");

        await Assert.ThrowsAsync<IdpException>(() => world.Connection.ResetMfaAsync(ana, factor, EntraWorld.Token));

        Assert.Empty(world.Entra.Ledger.Effects);
    }

    [Fact]
    public async Task ClearSessions_IsSeenInTheTimeBeforeWhichNoSessionCounts()
    {
        await using var world = await EntraWorld.StartAsync();
        var ben = await world.AccountAsync("ben");
        var since = TimeProvider.System.GetUtcNow();

        Assert.Null(await world.Connection.WereSessionsClearedAsync(ben, since, EntraWorld.Token));
        Assert.False(await world.Connection.WereSessionsClearedAsync(ben, since.AddHours(-1), EntraWorld.Token));
        await world.Connection.ClearSessionsAsync(ben, EntraWorld.Token);

        Assert.True(await world.Connection.WereSessionsClearedAsync(ben, since, EntraWorld.Token));
    }

    [Fact]
    public async Task RevokeGrants_TakesTheOwnAndLeavesThoseOfTheTenant()
    {
        await using var world = await EntraWorld.StartAsync();
        var before = world.Entra.State.Grants.Count;

        await world.Connection.RevokeGrantsAsync(await world.AccountAsync("ana"), EntraWorld.Token);

        Assert.Empty((await world.PictureAsync("ana")).Grants!);
        Assert.Equal(before - 1, world.Entra.State.Grants.Count);
        Assert.Contains(world.Entra.State.Grants.Values, grant => grant.ConsentType == "AllPrincipals");
    }

    [Fact]
    public async Task DeactivateUser_MovesItToTheDeletedItems_WhereItIsStillFound()
    {
        await using var world = await EntraWorld.StartAsync();
        var ben = await world.AccountAsync("ben");

        await world.Connection.DeactivateUserAsync(ben, EntraWorld.Token);

        var picture = await world.Connection.GetPictureAsync(ben.Id, PictureParts.All, EntraWorld.Token);
        Assert.Equal((AccountStatus.Deprovisioned, "deleted"), (picture.Account.Status, picture.Account.VendorStatus));
        Assert.Empty(picture.Applications!);
        Assert.Equal(ben.Id, Assert.Single(await world.Connection.FindAccountsAsync("ben@acme.example", EntraWorld.Token)).Id);
        Assert.Contains(ben.Id, world.Entra.State.Deleted.Keys);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("ben@acme.example")]
    [InlineData("00000000-0000-0000-0000-00000000000/")]
    [InlineData("0000000000000000000000000000000000000000")]
    public async Task Change_WithAnIdThatIsNone_NeverLeaves(string id)
    {
        await using var world = await EntraWorld.StartAsync();
        var account = await world.AccountAsync("ben") with { Id = id };
        var group = await world.GroupAsync("Engineering");
        var seen = world.Entra.Requests.Requests.Count;

        foreach (var change in new Func<Task>[]
        {
            () => world.Connection.SuspendUserAsync(account, EntraWorld.Token),
            () => world.Connection.DeactivateUserAsync(account, EntraWorld.Token),
            () => world.Connection.RemoveFromGroupAsync(account, group, EntraWorld.Token),
            () => world.Connection.ClearSessionsAsync(account, EntraWorld.Token),
        })
        {
            Assert.Equal(IdpTrouble.NotFound, (await Assert.ThrowsAsync<IdpException>(change)).Trouble);
        }

        Assert.Equal(seen, world.Entra.Requests.Requests.Count);
    }
}
