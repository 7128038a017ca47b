using Siit.Iam.Agent.Idps;
using Siit.Iam.Emulator.Common;
using Siit.Iam.Emulator.JumpCloud;

namespace Siit.Iam.Agent.Tests.Idps.JumpCloud;

public sealed class JumpCloudAdministratorsTests : IAsyncLifetime
{
    private JumpCloudWorld _world = null!;

    public async ValueTask InitializeAsync() => _world = await JumpCloudWorld.StartAsync();

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Theory]
    [InlineData("dora", "Administrator With Billing*")]
    [InlineData("theo", "Administrator*, Help Desk")]
    [InlineData("hugo", "Help Desk")]
    [InlineData("erin", "Administrator")]
    [InlineData("ana", "")]
    public async Task Roles_OfAUser_AreThoseOfTheAdministratorWithHisEmail(string login, string roles)
    {
        var held = (await _world.PictureAsync(login, PictureParts.Roles)).Roles!;

        Assert.Equal(roles, string.Join(", ", held.Select(role => role.Name + (role.Super ? "*" : ""))));
    }

    [Fact]
    public async Task Roles_AdministratorUnderAnotherEmail_AreFoundByTheLinkOnTheUser()
    {
        _world.Arrange("""{"user": "theo", "email": "theo.brandt@acme.example"}""");
        _world.Arrange("""{"user": "hugo", "email": "hugo.m@acme.example"}""");

        Assert.Equal(["Administrator", "Help Desk"], (await _world.PictureAsync("theo", PictureParts.Roles)).Roles!.Select(role => role.Name));
        Assert.Empty((await _world.PictureAsync("hugo", PictureParts.Roles)).Roles!);
    }

    [Fact]
    public async Task Roles_SomebodysOwnRoleNamedLikeAFullOne_IsNoSuperAdministrator()
    {
        _world.Arrange("""{"role": "Administrator", "custom": true}""");

        var held = (await _world.PictureAsync("theo", PictureParts.Roles)).Roles!;

        Assert.All(held, role => Assert.False(role.Super));
    }

    [Theory]
    [InlineData("/api/users$")]
    [InlineData("/api/v2/roles")]
    public async Task Roles_Unreadable_IsAnErrorAndNeverNone(string path)
    {
        _world.JumpCloud.Faults.Add(new Fault { Kind = FaultKind.Status, Path = path, Status = 403, Times = null });

        Assert.Equal(IdpTrouble.NotAllowed, (await Assert.ThrowsAsync<IdpException>(() => _world.PictureAsync("ana", PictureParts.Roles))).Trouble);
        Assert.Equal(IdpTrouble.NotAllowed, (await Assert.ThrowsAsync<IdpException>(
            () => _world.Connect().ListSuperAdministratorsAsync(CancellationToken.None))).Trouble);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    public async Task SuperAdministrators_AreThoseWhoCanSignIn(int pageSize)
    {
        // Suspended as a user: whether he could still sign in as an administrator is not certain.
        _world.Arrange("""{"user": "breakglass", "state": "SUSPENDED"}""");
        _world.Arrange($$"""{"admin": "{{JumpCloudSeed.PartnerEmail}}", "role": "Administrator"}""");
        var partner = _world.JumpCloud.State.Admins.Values.Single(admin => admin.Email == JumpCloudSeed.PartnerEmail);

        var ids = await _world.Connect(pageSize).ListSuperAdministratorsAsync(CancellationToken.None);

        string[] expected = [_world.JumpCloud.User("dora").Id, _world.JumpCloud.User("theo").Id, _world.JumpCloud.User("svc_siit").Id, partner.Id];
        Assert.Equal(expected.Order(StringComparer.Ordinal), ids.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task OwnAccount_OfAnApiKey_IsItsOwnersUser() =>
        Assert.Equal([_world.JumpCloud.User("svc_siit").Id], await _world.ConnectByKey().GetOwnAccountIdsAsync(CancellationToken.None));

    [Fact]
    public async Task OwnAccount_OfAServiceAccount_IsNobodys() =>
        Assert.Empty(await _world.Connect().GetOwnAccountIdsAsync(CancellationToken.None));

    [Fact]
    public async Task OwnAccount_OwnerIsNoAdministrator_IsAnError() =>
        Assert.Equal(IdpTrouble.BadCredentials, (await Assert.ThrowsAsync<IdpException>(
            () => _world.ConnectByKey("ana@acme.example").GetOwnAccountIdsAsync(CancellationToken.None))).Trouble);
}
