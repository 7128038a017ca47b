using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.Cli;

public sealed class RehearseVerbTests
{
    [Fact]
    public async Task Rehearse_OfAPlaybookAndOfADraft_PrintsWhatWouldBeDifferent()
    {
        await using var world = await CliWorld.StartAsync(settings: ("playbooks", Repository.In("playbooks")));
        await world.EnrolFirstAsync();
        var draft = Path.Combine(world.Parent, "draft.yaml");
        await File.WriteAllTextAsync(draft, (await File.ReadAllTextAsync(Repository.In("playbooks", "app-access-request.yaml"), TestContext.Current.CancellationToken)).Replace("id: app-access-request", "id: draft", StringComparison.Ordinal), TestContext.Current.CancellationToken);

        var known = await world.RunAsync("playbooks", "rehearse", "offboard", "-i", "person=ben@acme.example", "connection=okta");
        var file = await world.RunAsync("playbooks", "rehearse", draft, "-i", "person=ben@acme.example", "application=Workday", "days=3", "reason=x");
        var alone = await world.RunAsync("playbooks", "rehearse", draft, "-i", "person=ben@acme.example", "application=Workday", "days=3", "reason=x", "--approve", "agree=timeout");
        var branches = await world.RunAsync("playbooks", "rehearse", "offboard", "-i", "person=ben@acme.example", "connection=okta", "--branches", "--json");

        Assert.True(known.ExitCode == 0, known.ToString());
        Assert.StartsWith("Rehearsal of offboard 1.0.0. Nothing was changed, asked or sent.", known.Out, StringComparison.Ordinal);
        Assert.Contains("~ ben@acme.example okta: status active -> suspended", known.Out, StringComparison.Ordinal);
        Assert.Contains("(say rita@acme.example approves)", known.Out, StringComparison.Ordinal);
        // What the end of the term takes away was agreed to with what gave it.
        Assert.True(file.ExitCode == 0, file.ToString());
        Assert.Contains("/grant: Done: Add application", file.Out, StringComparison.Ordinal);
        Assert.Contains("/end/take: Done: Remove application", file.Out, StringComparison.Ordinal);
        Assert.True(alone.ExitCode == 1, alone.ToString());
        Assert.DoesNotContain("Done: Add application", alone.Out, StringComparison.Ordinal);
        Assert.Equal(3, branches.Json["ends"]!.AsArray().Count);
        Assert.Empty(world.Okta.Ledger.Effects);
    }

    [Theory]
    [InlineData("playbooks rehearse nothing", 1, "There is no such playbook.")]
    [InlineData("playbooks rehearse nothing.yaml", 2, "There is no file nothing.yaml.")]
    [InlineData("playbooks rehearse offboard", 1, "It would not even start (invalid_input). 'person' is missing.")]
    [InlineData("playbooks rehearse offboard --approve perhaps", 1, "'perhaps' is no decision: yes, no or timeout")]
    [InlineData("playbooks rehearse offboard --answer agree=1", 1, "The answer of 'agree' must be an object of its fields, or timeout.")]
    public async Task Rehearse_OfWhatCannotBe_SaysWhy(string line, int exitCode, string message)
    {
        await using var world = await CliWorld.StartAsync(settings: ("playbooks", Repository.In("playbooks")));

        var ran = await world.RunAsync(line.Split(' '));

        Assert.Equal(exitCode, ran.ExitCode);
        Assert.Contains(message, ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Test_WithoutAServer_PrintsALineForEachCase()
    {
        await using var world = await CliWorld.StartAsync();
        await world.StopServerAsync();
        var folder = Directory.CreateDirectory(Path.Combine(world.Parent, "own", "tests")).FullName;
        File.Copy(Repository.In("playbooks", "reset-mfa.yaml"), Path.Combine(world.Parent, "own", "reset-mfa.yaml"));
        await File.WriteAllTextAsync(Path.Combine(folder, "reset-mfa.test.yaml"), """
            playbook: reset-mfa
            directory:
              people:
                - { email: ana@acme.example, accounts: { okta: { factors: [totp] } } }
            cases:
              - name: right
                inputs: { person: ana@acme.example, connection: okta, because: lost }
                expect: { end: succeeded }
              - name: wrong
                inputs: { person: ana@acme.example, connection: okta, because: lost }
                expect: { end: succeeded, calls: [reset_mfa] }
            """, TestContext.Current.CancellationToken);

        var ran = await world.RunAsync("playbooks", "test", Path.Combine(world.Parent, "own", "reset-mfa.yaml"));
        var json = await world.RunAsync("playbooks", "test", folder, "--json");
        var none = await world.RunAsync("playbooks", "test", "nothing");

        Assert.Equal(1, ran.ExitCode);
        Assert.Equal(
            ["ok     reset-mfa: right", "FAILED reset-mfa: wrong", "    calls: expected [reset_mfa]; made were [clear_sessions, reset_mfa].", "1 of 2 cases came out as expected."],
            ran.Out.ReplaceLineEndings("\n").Trim().Split('\n'));
        Assert.Equal((1, 1), (json.Json["passed"]!.GetValue<int>(), json.Json["failed"]!.GetValue<int>()));
        Assert.Equal(2, none.ExitCode);
        Assert.Contains("its name would be nothing.test.yaml", none.Error, StringComparison.Ordinal);
    }
}
