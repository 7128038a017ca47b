using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Playbooks.Runs;
using Siit.Iam.Agent.Tests.Playbooks.Runs;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.Gate;

/// <summary>Whoever has an application directly and from a group keeps it: the preview says so, as the account looks afterwards.</summary>
public sealed class RemoveApplicationPreviewTests
{
    private const string Ben = "ben@acme.example";

    public static TheoryData<string, string[]> Held => new()
    {
        { "direct", ["- loses application \"App\""] },
        { "both, told in one", ["~ keeps application \"App\" through group \"Crew\", loses the direct assignment"] },
        { "both, told in two", ["~ keeps application \"App\" through group \"Crew\", loses the direct assignment"] },
        { "both, only the application tells its groups", ["~ keeps application \"App\" through group \"Crew\", loses the direct assignment"] },
        { "another group's application", ["- loses application \"App\""] },
        { "by an access group", ["- loses application \"App\""] },
    };

    [Theory]
    [MemberData(nameof(Held))]
    public void Preview_OfWhatAGroupGivesBesides_SaysWhatStays(string how, string[] lines)
    {
        var direct = new ApplicationAssignment("a", "App", Direct: true);
        var through = new ApplicationAssignment("a", "App", Direct: false, "g", "Crew");
        var crew = new IdpGroup { Id = "g", Name = "Crew", VendorType = "x" };
        ApplicationAssignment[] held = how switch
        {
            "both, told in one" or "by an access group" => [direct with { ViaGroup = "g", ViaGroupName = "Crew" }],
            "both, told in two" => [direct, through],
            _ => [direct],
        };
        var application = new IdpApplication
        {
            Id = "a",
            Name = "App",
            AccessGroup = how == "by an access group" ? crew : null,
            AssignedGroups = how switch { "both, only the application tells its groups" => ["x", "g"], "another group's application" => ["x"], _ => null },
        };
        var before = new Situation { Picture = new AccountPicture { Account = new Account { Id = "1", Login = Ben, Status = AccountStatus.Active, VendorStatus = "ACTIVE" }, Applications = held, Groups = [new GroupMembership("g", "Crew")], ReadAt = default }, Application = application };

        var after = RemoveApplication.Definition.Write!.Apply(before, new RemoveApplication.Input { Person = Ben, Reason = "test", Application = "a" });

        Assert.Equal(lines, EffectPreview.Difference(before, after).Select(line => $"{line.Sign} {line.Text}"));
    }

    /// <summary>What was read back after it is what was said before it. Entra and JumpCloud are not asked for it: their traps refuse.</summary>
    [Fact]
    public async Task Removed_BesideAGroup_LooksAsPreviewed()
    {
        const string idp = "okta";
        await using var company = await EmulatedCompany.StartAsync(null, idp);
        await using var world = await RunWorld.StartAsync(company: company, playbook: """
            schema: playbook/v1
            id: own
            version: 1.0.0
            title: Take it away
            owner: group:it-identity
            triggers: [manual]
            inputs:
              person: { type: Person }
              connection: { type: string, max: 64 }
              application: { type: string, max: 64 }
            policy:
              tools: [remove_application]
              targets: { person: person == input.person }
              limits: { people: 1, writes: 1 }
            steps:
              - id: take
                do: remove_application
                with: { person: =input.person, connection: =input.connection, application: =input.application }
            """);
        var connection = world.Gate.Get<IdpConnections>().All.Single(one => one.Name == idp);
        var account = (await connection.FindAccountsAsync(Ben, CancellationToken.None)).Single();
        var picture = await connection.GetPictureAsync(account.Id, PictureParts.Applications, CancellationToken.None);
        var through = picture.Applications!.First(held => !held.Direct);
        await ((IAddApplication)connection).AddApplicationAsync(account, await connection.GetApplicationAsync(through.Id, CancellationToken.None), CancellationToken.None);

        var approver = await world.Gate.ApproverAsync("dana@acme.example");
        var started = await world.RunAsync(await world.Gate.CallerAsync(), "own", new JsonObject { ["person"] = Ben, ["connection"] = idp, ["application"] = through.Id });
        var ended = await world.DriveAsync(started.Run!, approver);

        Assert.True(ended.State == RunState.Succeeded, $"{ended.Message} {string.Join('\n', ended.Steps)}");
        var call = (await world.Gate.Store.FindAsync<CallRecord>("step", $"{started.Run}/take")).Single();
        Assert.Contains(call.Card!.Lines, line => line.Text == $"keeps application \"{through.Name}\" through group \"{through.ViaGroupName}\", loses the direct assignment");
        Assert.Equal([], call.Outcome!.Differs!);
    }
}
