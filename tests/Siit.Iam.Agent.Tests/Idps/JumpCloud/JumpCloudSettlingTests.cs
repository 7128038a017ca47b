using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Idps;

namespace Siit.Iam.Agent.Tests.Idps.JumpCloud;

/// <summary>Whether what the connector reads afterwards settles each action: happened, did not, cannot be told.</summary>
public sealed class JumpCloudSettlingTests : IAsyncLifetime
{
    private JumpCloudWorld _world = null!;

    public async ValueTask InitializeAsync() => _world = await JumpCloudWorld.StartAsync();

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    /// <summary>The action, on whom, its input, and what is settled after it was done and when it was not.</summary>
    [Theory]
    [InlineData("suspend_user", "ana", "", true, false)]
    [InlineData("unsuspend_user", "suspended", "", true, false)]
    [InlineData("unlock_user", "locked", "", true, false)]
    [InlineData("update_user", "ana", "department=Support", true, false)]
    [InlineData("update_user", "ana", "manager=omar@acme.example", true, false)]
    [InlineData("add_to_group", "nina", "group=Sales", true, false)]
    [InlineData("remove_from_group", "ana", "group=Sales", true, false)]
    [InlineData("add_application", "nina", "application=Figma", true, false)]
    [InlineData("remove_application", "ana", "application=Notion", true, false)]
    [InlineData("reset_password", "ana", "mode=expire", true, false)]
    [InlineData("reset_password", "ana", "mode=link", null, null)]
    [InlineData("reset_mfa", "bokafor", "", true, false)]
    // The text message stays, so something is left of what was there before.
    [InlineData("reset_mfa", "ana", "", null, false)]
    [InlineData("reset_mfa", "ana", "factor=push", true, false)]
    public async Task Action_DoneOrNot_IsSettledByReading(string name, string login, string input, bool? whenDone, bool? whenNot)
    {
        var action = ActionCatalog.Find(name)!;
        var connection = _world.Connect();
        var person = await _world.PictureAsync(login);
        var asked = Input(name, person, input);
        var parts = action.Write!.Reads;
        async Task<Situation> ReadAsync() => await Judge.ReadAsync(action.Write, asked, connection, person.Account.Id, parts, CancellationToken.None);
        async Task<bool?> SettleAsync(Situation before) =>
            await action.Write.Settle(connection, new Settling(before, await ReadAsync(), DateTimeOffset.UtcNow), asked, CancellationToken.None);

        var before = await ReadAsync();
        Assert.Equal(whenNot, await SettleAsync(before));
        await action.Write.Run(connection, before, asked, CancellationToken.None);
        Assert.Equal(whenDone, await SettleAsync(before));
        Assert.Single(_world.JumpCloud.Ledger.Effects);
    }

    [Fact]
    public async Task CreateUser_Done_IsFoundByItsEmail()
    {
        var action = ActionCatalog.Find("create_user")!;
        var input = new CreateUser.Input { Person = "zoe@acme.example", Reason = "test", FirstName = "Zoe", LastName = "New" };
        var before = await Judge.ReadAsync(action.Write!, input, _world.Connect(), null, PictureParts.Roles, CancellationToken.None);

        await action.Write!.Run(_world.Connect(), before, input, CancellationToken.None);

        var now = await Judge.ReadAsync(action.Write, input, _world.Connect(), null, PictureParts.Roles, CancellationToken.None);
        Assert.Null(before.Picture);
        Assert.True(await action.Write.Settle(_world.Connect(), new Settling(before, now, DateTimeOffset.UtcNow), input, CancellationToken.None));
    }

    private TargetsPerson Input(string action, AccountPicture person, string input)
    {
        var (reason, who) = ("test", person.Account.Email!);
        var value = input.Contains('=', StringComparison.Ordinal) ? input.Split('=')[1] : "";
        return action switch
        {
            "suspend_user" => new SuspendUser.Input { Person = who, Reason = reason },
            "unsuspend_user" => new UnsuspendUser.Input { Person = who, Reason = reason },
            "unlock_user" => new UnlockUser.Input { Person = who, Reason = reason },
            "update_user" when input.StartsWith("manager", StringComparison.Ordinal) => new UpdateUser.Input { Person = who, Reason = reason, Manager = value },
            "update_user" => new UpdateUser.Input { Person = who, Reason = reason, Department = value },
            "add_to_group" => new AddToGroup.Input { Person = who, Reason = reason, Group = _world.JumpCloud.Group(value).Id },
            "remove_from_group" => new RemoveFromGroup.Input { Person = who, Reason = reason, Group = _world.JumpCloud.Group(value).Id },
            "add_application" => new AddApplication.Input { Person = who, Reason = reason, Application = _world.JumpCloud.App(value).Id },
            "remove_application" => new RemoveApplication.Input { Person = who, Reason = reason, Application = _world.JumpCloud.App(value).Id },
            "reset_password" => new ResetPassword.Input { Person = who, Reason = reason, Mode = Enum.Parse<PasswordMode>(value, ignoreCase: true) },
            "reset_mfa" => new ResetMfa.Input { Person = who, Reason = reason, Factor = person.Factors!.FirstOrDefault(factor => factor.Kind == value)?.Id },
            _ => throw new ArgumentOutOfRangeException(nameof(action)),
        };
    }
}
