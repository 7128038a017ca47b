using System.Text.Json;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Emulator.Common;

namespace Siit.Iam.Agent.Tests.Idps.Google;

/// <summary>Every change: what it leaves at Google, once.</summary>
public sealed class GoogleWriteTests
{
    [Fact]
    public async Task CreateUser_MakesAnAccountWithTheProfileAndAPasswordToChange()
    {
        await using var world = await GoogleWorld.StartAsync();

        var receipt = await world.Connection.CreateUserAsync(new NewUser("zoe@acme.example", "Zoë", "O'Hara", "Support", "Agent", "omar@acme.example"), CancellationToken.None);

        var account = (await world.Connection.GetPictureAsync(receipt.NewId!, PictureParts.None, CancellationToken.None)).Account;
        Assert.Equal(("zoe@acme.example", "Zoë", "O'Hara", "Support", "Agent", "omar@acme.example", "ACTIVE", true),
            (account.Login, account.FirstName, account.LastName, account.Department, account.Title, account.Manager, account.VendorStatus, account.PasswordChangeDue));
        Assert.Equal("user.create", Assert.Single(world.Google.Ledger.Effects).Verb);
    }

    [Theory]
    [InlineData("ana@acme.example")]
    // The alias of somebody else, and a group: neither is an account, both are taken.
    [InlineData("paul@acme.example")]
    [InlineData("sales@acme.example")]
    public async Task CreateUser_AddressTaken_IsRejectedAndMakesNothing(string email)
    {
        await using var world = await GoogleWorld.StartAsync();

        var trouble = await Assert.ThrowsAsync<IdpException>(() =>
            world.Connection.CreateUserAsync(new NewUser(email, "A", "B", null, null, null), CancellationToken.None));

        Assert.Equal((IdpTrouble.Rejected, "duplicate"), (trouble.Trouble, trouble.VendorCode));
        Assert.Contains("alias", trouble.Message);
        Assert.Empty(world.Google.Ledger.Effects);
    }

    [Fact]
    public async Task UpdateUser_LeavesWhatIsNotNamed()
    {
        await using var world = await GoogleWorld.StartAsync();
        var before = await world.AccountAsync("ana");

        await world.Connection.UpdateUserAsync(before, new ProfileChange(null, null, "Marketing", null, null), CancellationToken.None);

        Assert.Equal(before with { Department = "Marketing" }, await world.AccountAsync("ana"));
        Assert.Equal("user.update", Assert.Single(world.Google.Ledger.Effects).Verb);
    }

    [Fact]
    public async Task UpdateUser_OfOneName_KeepsTheOther()
    {
        await using var world = await GoogleWorld.StartAsync();

        await world.Connection.UpdateUserAsync(await world.AccountAsync("ana"), new ProfileChange(null, "Lima", null, null, null), CancellationToken.None);

        var account = await world.AccountAsync("ana");
        Assert.Equal(("Ana", "Lima"), (account.FirstName, account.LastName));
    }

    [Fact]
    public async Task UpdateUser_ListsThatGoogleReplacesWhole_KeepWhatWeDoNotKnow()
    {
        await using var world = await GoogleWorld.StartAsync();
        world.Arrange("""
            {"user":"ana@acme.example","profile":{
              "organizations":[{"name":"Side","department":"Choir"},{"name":"Acme","primary":true,"department":"Sales","costCenter":"CC-100"}],
              "relations":[{"type":"assistant","value":"ben@acme.example"},{"type":"manager","value":"mona@acme.example"}],
              "phones":[{"type":"work","value":"+15550100"}]}}
            """);

        await world.Connection.UpdateUserAsync(await world.AccountAsync("ana"), new ProfileChange(null, null, "Marketing", "Lead", "erin@acme.example"), CancellationToken.None);

        var profile = world.Google.User("ana@acme.example").Profile;
        Assert.True(JsonElement.DeepEquals(Json("""[{"name":"Side","department":"Choir"},{"name":"Acme","primary":true,"department":"Marketing","costCenter":"CC-100","title":"Lead"}]"""), profile["organizations"]));
        Assert.True(JsonElement.DeepEquals(Json("""[{"type":"assistant","value":"ben@acme.example"},{"type":"manager","value":"erin@acme.example"}]"""), profile["relations"]));
        Assert.True(JsonElement.DeepEquals(Json("""[{"type":"work","value":"+15550100"}]"""), profile["phones"]));
    }

    public static TheoryData<string, string, string> Changes => new()
    {
        { "suspend", "ana", "user.suspend" },
        { "unsuspend", "suspended", "user.unsuspend" },
        { "deactivate", "ana", "user.archive" },
        { "deactivate", "suspended", "user.archive" },
        { "password expire", "ana", "user.expire_password" },
        { "mfa", "ana", "user.turn_off_2sv" },
        { "sessions", "ana", "user.clear_sessions" },
        { "add to group", "ana", "group.add_member" },
        { "remove from group", "ben", "group.remove_member" },
        { "add application", "ivan", "group.add_member" },
        { "remove application", "ben", "group.remove_member" },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task Change_OfEachKind_HappensOnce(string change, string login, string verb)
    {
        await using var world = await GoogleWorld.StartAsync();

        await ChangeAsync(world, change, await world.AccountAsync(login));

        var effect = Assert.Single(world.Google.Ledger.Effects);
        Assert.Equal(verb, effect.Verb);
        Assert.Contains(world.Id(login), effect.Objects);
    }

    /// <summary>What Google refuses changes nothing and has a name of ours; the text is ours as well.</summary>
    public static TheoryData<string, string, string?, string> Refusals => new()
    {
        { "unsuspend", "spammed", null, nameof(IdpTrouble.Rejected) },
        { "mfa", "theo", null, nameof(IdpTrouble.Rejected) },
        { "mfa", "suspended", null, nameof(IdpTrouble.Rejected) },
        { "mfa", "frontdesk", null, nameof(IdpTrouble.Rejected) },
        { "deactivate", "ana", """{"archiveLicences":0}""", nameof(IdpTrouble.Conflict) },
        { "add to group", "ben", null, nameof(IdpTrouble.Rejected) },
        { "remove from group", "ana", null, nameof(IdpTrouble.NotFound) },
        { "add to group", "ana", """{"group":"Engineering","kind":"DYNAMIC"}""", nameof(IdpTrouble.Rejected) },
        { "add to group", "ana", """{"group":"Engineering","kind":"LOCKED"}""", nameof(IdpTrouble.NotAllowed) },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task Change_ThatGoogleRefuses_ChangesNothing(string change, string login, string? arranged, string trouble)
    {
        await using var world = await GoogleWorld.StartAsync();
        if (arranged is not null) world.Arrange(arranged);
        var account = await world.AccountAsync(login);

        var thrown = await Assert.ThrowsAsync<IdpException>(() => ChangeAsync(world, change, account));

        Assert.Equal(trouble, thrown.Trouble.ToString());
        Assert.DoesNotContain("Resource Not Found", thrown.Message);
        Assert.Empty(world.Google.Ledger.Effects);
    }

    [Fact]
    public async Task Change_OfAnAdministrator_ByALesserOne_IsNotAllowed()
    {
        await using var world = await GoogleWorld.StartAsync();
        var connection = world.Connect(options => options with { Subject = null });

        var trouble = await Assert.ThrowsAsync<IdpException>(async () => await connection.SuspendUserAsync(await world.AccountAsync("dora"), CancellationToken.None));

        Assert.Equal((IdpTrouble.NotAllowed, "forbidden"), (trouble.Trouble, trouble.VendorCode));
        await connection.SuspendUserAsync(await world.AccountAsync("ana"), CancellationToken.None);
        Assert.Equal(1, world.Google.Ledger.Count("user.suspend"));
    }

    [Fact]
    public async Task RevokeGrants_TakesBackEveryTokenAndAppPassword()
    {
        await using var world = await GoogleWorld.StartAsync();

        await world.Connection.RevokeGrantsAsync(await world.AccountAsync("ana"), CancellationToken.None);

        Assert.Equal(["user.delete_app_password", "user.revoke_token"], world.Google.Ledger.Effects.Select(effect => effect.Verb).Order());
        Assert.Empty((await world.PictureAsync("ana", PictureParts.Grants)).Grants!);
    }

    [Fact]
    public async Task RevokeGrants_OneGoneInBetween_GoesOn()
    {
        await using var world = await GoogleWorld.StartAsync();
        world.Fault(FaultKind.Status, "DELETE", "/tokens/", status: 404);

        await world.Connection.RevokeGrantsAsync(await world.AccountAsync("ana"), CancellationToken.None);

        Assert.Equal("user.delete_app_password", Assert.Single(world.Google.Ledger.Effects).Verb);
    }

    [Fact]
    public async Task RevokeGrants_FailingAfterTheFirst_SaysThatItCannotBeTold()
    {
        await using var world = await GoogleWorld.StartAsync();
        world.Fault(FaultKind.Status, "DELETE", "/asps/", status: 403);

        var trouble = await Assert.ThrowsAsync<IdpException>(async () => await world.Connection.RevokeGrantsAsync(await world.AccountAsync("ana"), CancellationToken.None));

        Assert.Equal(IdpTrouble.Unknown, trouble.Trouble);
        Assert.Equal("user.revoke_token", Assert.Single(world.Google.Ledger.Effects).Verb);
    }

    [Theory]
    [InlineData("")]
    [InlineData("sms")]
    public async Task ResetMfa_OfAFactorThatIsNotOurs_DoesNotResetAll(string factor)
    {
        await using var world = await GoogleWorld.StartAsync();

        await Assert.ThrowsAsync<IdpException>(async () => await world.Connection.ResetMfaAsync(await world.AccountAsync("ana"), factor, CancellationToken.None));

        Assert.Empty(world.Google.Ledger.Effects);
    }

    [Fact]
    public async Task Change_OfAnAccountBeingCreated_IsAConflictUntilItIsReady()
    {
        var time = new Support.ManualTime();
        await using var world = await GoogleWorld.StartAsync(new EmulatorOptions { TransitionTime = TimeSpan.FromSeconds(60) }, time: time);
        var id = (await world.Connection.CreateUserAsync(new NewUser("zoe@acme.example", "Zoë", "O'Hara", null, null, null), CancellationToken.None)).NewId!;

        Assert.Equal(IdpTrouble.NotFound, (await Assert.ThrowsAsync<IdpException>(() => world.Connection.GetPictureAsync(id, PictureParts.None, CancellationToken.None))).Trouble);
        time.Advance(TimeSpan.FromSeconds(40));
        var account = (await world.Connection.GetPictureAsync(id, PictureParts.None, CancellationToken.None)).Account;
        Assert.Equal(("BEING_CREATED", AccountStatus.Staged), (account.VendorStatus, account.Status));
        var trouble = await Assert.ThrowsAsync<IdpException>(() => world.Connection.SuspendUserAsync(account, CancellationToken.None));
        Assert.Equal((IdpTrouble.Conflict, "conditionNotMet"), (trouble.Trouble, trouble.VendorCode));
        time.Advance(TimeSpan.FromSeconds(40));
        await world.Connection.SuspendUserAsync(account, CancellationToken.None);
        Assert.Equal(1, world.Google.Ledger.Count("user.suspend"));
    }

    [Fact]
    public async Task Account_LongAfterItsCreationWithoutAMailbox_IsNotBeingCreated()
    {
        var time = new Support.ManualTime();
        await using var world = await GoogleWorld.StartAsync(new EmulatorOptions { TransitionTime = TimeSpan.FromDays(1) }, time: time);
        var id = (await world.Connection.CreateUserAsync(new NewUser("zoe@acme.example", "Zoë", "O'Hara", null, null, null), CancellationToken.None)).NewId!;
        time.Advance(TimeSpan.FromHours(13));

        Assert.Equal("ACTIVE", (await world.Connection.GetPictureAsync(id, PictureParts.None, CancellationToken.None)).Account.VendorStatus);
    }

    private static JsonElement Json(string text) => JsonSerializer.Deserialize<JsonElement>(text);

    private static async Task ChangeAsync(GoogleWorld world, string change, Account account)
    {
        var (idp, token) = (world.Connection, CancellationToken.None);
        await (change switch
        {
            "suspend" => idp.SuspendUserAsync(account, token),
            "unsuspend" => idp.UnsuspendUserAsync(account, token),
            "deactivate" => idp.DeactivateUserAsync(account, token),
            "password expire" => idp.ResetPasswordAsync(account, PasswordMode.Expire, token),
            "mfa" => idp.ResetMfaAsync(account, null, token),
            "sessions" => idp.ClearSessionsAsync(account, token),
            "add to group" => idp.AddToGroupAsync(account, (await world.GroupAsync("Engineering")).Group, token),
            "remove from group" => idp.RemoveFromGroupAsync(account, (await world.GroupAsync("Engineering")).Group, token),
            "add application" => idp.AddApplicationAsync(account, await world.ApplicationAsync("figma"), token),
            "remove application" => idp.RemoveApplicationAsync(account, await world.ApplicationAsync("figma"), token),
            _ => throw new ArgumentOutOfRangeException(nameof(change), change, null),
        });
    }
}
