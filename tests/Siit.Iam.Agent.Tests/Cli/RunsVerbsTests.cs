namespace Siit.Iam.Agent.Tests.Cli;

/// <summary>Stopping is open to every operator; taking back makes changes, and needs somebody who may decide.</summary>
public sealed class RunsVerbsTests
{
    private const string Own = """
        schema: playbook/v1
        id: own
        version: 1.0.0
        title: A test
        owner: group:it-identity
        triggers: [manual]
        inputs:
          person: { type: Person }
          group: { type: string, max: 100 }
        policy:
          tools: [add_to_group, remove_from_group]
          targets: { person: person == input.person }
          limits: { people: 1, writes: 2 }
        steps:
          - id: join
            do: add_to_group
            with: { person: =input.person, group: =input.group }
            undo: inverse
          - id: term
            wait: { for: days(1) }
        """;

    [Fact]
    public async Task CancelWithUndo_WithoutACode_IsRefused_AndWithOneTakesBack()
    {
        var folder = Directory.CreateTempSubdirectory("siit-playbooks-").FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "own.yaml"), Own);
        await using var world = await CliWorld.StartAsync(null, ("playbooks", folder));
        await world.EnrolFirstAsync();
        await world.RegisterCallerAsync();
        var person = world.Okta.User(CliWorld.Somebody).Id;
        var group = world.Okta.State.Groups.Values.First(group => group.Type == "OKTA_GROUP" && group.Roles.IsEmpty && !group.Members.ContainsKey(person)).Id;
        var started = await world.RunAsync("playbooks", "run", "own", "--input", $"person={CliWorld.Somebody}", $"group={group}", "--json");
        var run = started.Json["run"]!.GetValue<string>();
        Assert.Contains(person, world.Okta.State.Groups[group].Members.Keys);

        var without = await world.RunAsync("runs", "cancel", run, "--undo");
        var wrong = await world.RunAsync("runs", "cancel", run, "--undo", "--as", "rita@acme.example", "--code", "000000");
        Assert.Contains(person, world.Okta.State.Groups[group].Members.Keys);
        var undone = await world.RunAsync("runs", "cancel", run, "--undo", "--as", "rita@acme.example", "--code", world.Code());
        var settled = await world.RunAsync("runs", "settle", run, "--note", "x", "--as", "rita@acme.example", "--code", world.Code(), "--json");

        Assert.Equal(2, without.ExitCode);
        Assert.Equal(1, wrong.ExitCode);
        Assert.True(undone.ExitCode == 0 && undone.Out.Contains("Taken back: 1.", StringComparison.Ordinal), undone.ToString());
        Assert.DoesNotContain(person, world.Okta.State.Groups[group].Members.Keys);
        Assert.Equal("nothing_to_settle", settled.Json["error"]!["code"]!.GetValue<string>());
    }
}
