using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Tests.Playbooks;

namespace Siit.Iam.Agent.Tests.Cli;

public sealed class PublishVerbsTests
{
    private const string Own = """
        schema: playbook/v1
        id: own
        version: 1.0.0
        title: Clear sessions
        owner: group:security
        triggers:
          - manual
        inputs:
          person: { type: Person }
        policy:
          tools: [clear_sessions]
          targets: { person: person == input.person }
          limits: { people: 1, writes: 1 }
        steps:
          - id: clear
            do: clear_sessions
            with: { person: =input.person, connection: okta }
        """;

    [Fact]
    public async Task Publish_WithTheCodeOfAnApprover_LetsItRunAndIsInTheLog()
    {
        await using var world = await CliWorld.StartAsync(null, ("playbooks:requirePublished", "true"));
        await world.EnrolFirstAsync();
        await world.RegisterCallerAsync();
        var file = Put(world, "own.yaml", Own);

        var before = await world.RunAsync("playbooks", "run", "own", "-i", $"person={CliWorld.Somebody}", "--json");
        Assert.Equal((1, "not_published"), (before.ExitCode, before.Json["code"]!.GetValue<string>()));
        Assert.Equal(2, (await world.RunAsync("playbooks", "publish", file)).ExitCode);
        var shown = await world.RunAsync("playbooks", "publish", file, "--as", "rita@acme.example", "--code", world.Code());
        Assert.True(shown.ExitCode == 0, shown.ToString());
        Assert.Contains("own 1.0.0: at most 1 person, 1 write", shown.Out, StringComparison.Ordinal);
        Assert.Contains("is the first version that is published", shown.Out, StringComparison.Ordinal);
        Assert.EndsWith("Published own 1.0.0. rita@acme.example decides on nothing that its runs do.\n", shown.Out, StringComparison.Ordinal);

        var list = (await world.RunAsync("playbooks", "list", "--json")).Json[0]!;
        Assert.Equal(("published", "1.0.0"), (list["published"]!.GetValue<string>(), list["runs"]!.GetValue<string>()));
        Assert.Equal("succeeded", (await world.RunAsync("playbooks", "run", "own", "-i", $"person={CliWorld.Somebody}", "--json")).Json["state"]!.GetValue<string>());
        var entry = AuditReader.ReadAll(new AuditFiles(world.Data.Audit).Log).Single(one => one.Kind == AuditKinds.PlaybookPublished);
        Assert.Equal(("own", "1.0.0", "rita@acme.example"), (entry.Data!["playbook"]!.GetValue<string>(), entry.Data["version"]!.GetValue<string>(), entry.Data["email"]!.GetValue<string>()));

        File.WriteAllText(file, Own.Replace("1.0.0", "1.0.1", StringComparison.Ordinal));
        var published = await world.RunAsync("playbooks", "published");
        Assert.Contains("changed since published", published.Out, StringComparison.Ordinal);
        Assert.EndsWith("Only published versions run.\n", published.Out, StringComparison.Ordinal);

        var taken = await world.RunAsync("playbooks", "unpublish", "own", "--as", "rita@acme.example", "--code", world.Code());
        Assert.Equal((0, "Not published any more: own 1.0.0. Runs that have begun go on; siit-iam runs cancel ends one.\n"), (taken.ExitCode, taken.Out));
    }

    [Fact]
    public async Task Publish_WithoutAValidCode_PublishesNothing()
    {
        await using var world = await CliWorld.StartAsync(null, ("playbooks:requirePublished", "true"));
        await world.EnrolFirstAsync();

        var ran = await world.RunAsync("playbooks", "publish", Put(world, "own.yaml", Own), "--as", "rita@acme.example", "--code", "000000");

        Assert.Equal(1, ran.ExitCode);
        Assert.Contains("not published", (await world.RunAsync("playbooks", "published")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_WithoutAServer_TellsFindingsAndBounds()
    {
        await using var world = await CliWorld.StartAsync();
        await world.StopServerAsync();
        var file = Put(world, "own.yaml", Own);

        var fine = await world.RunAsync("playbooks", "check", file);
        Assert.Equal((0, "own 1.0.0: at most 1 person, 1 write\nNothing is wrong.\n"), (fine.ExitCode, fine.Out));

        File.WriteAllText(file, Own.Replace("connection: okta", "connection: jumpcloud", StringComparison.Ordinal));
        var wrong = await world.RunAsync("playbooks", "check", file, "--json");
        Assert.Equal((1, "PB013", 1), (wrong.ExitCode, wrong.Json["findings"]![0]!["code"]!.GetValue<string>(), wrong.Json["playbooks"]![0]!["bound"]!["people"]!.GetValue<int>()));

        var shipped = await world.RunAsync("playbooks", "check", ShippedPlaybooksTests.Folder);
        Assert.True(shipped.ExitCode == 0, shipped.ToString());
        Assert.Contains("offboard 1.0.0: at most 1 person, ", shipped.Out, StringComparison.Ordinal);
        Assert.EndsWith("Nothing is wrong.\n", shipped.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_WithDirectory_KnowsTheOrganisation()
    {
        await using var world = await CliWorld.StartAsync();
        await world.EnrolFirstAsync();
        var file = Put(world, "own.yaml", Own.Replace("connection: okta", "connection: okto", StringComparison.Ordinal));

        var ran = await world.RunAsync("playbooks", "check", file, "--with-directory");
        Assert.Equal(1, ran.ExitCode);
        Assert.Contains("own.yaml:15:5: error PB016: This server has no connection 'okto'. Did you mean 'okta'?", ran.Out, StringComparison.Ordinal);
        Assert.Equal(1, (await world.RunAsync("playbooks", "check", "--with-directory")).ExitCode);

        await world.StopServerAsync();
        Assert.Equal(3, (await world.RunAsync("playbooks", "check", "--with-directory")).ExitCode);
    }

    /// <summary>What the server's folder does not have is called from the folder of the file.</summary>
    [Fact]
    public async Task CheckAndRehearse_OfWhatCallsAnotherFileOfItsFolder_FindIt()
    {
        await using var world = await CliWorld.StartAsync();
        await world.EnrolFirstAsync();
        var folder = Directory.CreateDirectory(Path.Combine(world.Parent, "drafts")).FullName;
        File.WriteAllText(Path.Combine(folder, "own.yaml"), Own);
        var caller = Path.Combine(folder, "caller.yaml");
        File.WriteAllText(caller, Own[..Own.IndexOf("  - id: clear", StringComparison.Ordinal)].Replace("id: own", "id: caller", StringComparison.Ordinal)
            + "  - id: out\n    call: { playbook: own, version: ^1 }\n    with: { person: =input.person }\n");

        var all = await world.RunAsync("playbooks", "check", folder, "--with-directory");
        var one = await world.RunAsync("playbooks", "check", caller, "--with-directory");
        var rehearsed = await world.RunAsync("playbooks", "rehearse", caller, "-i", "person=ben@acme.example");

        Assert.True(all.ExitCode == 0, all.ToString());
        Assert.True(one.ExitCode == 0, one.ToString());
        Assert.True(rehearsed.ExitCode == 0, rehearsed.ToString());
        Assert.Contains("clear_sessions ben@acme.example okta", rehearsed.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_OfATestFile_SaysHowItIsRun()
    {
        await using var world = await CliWorld.StartAsync();
        var file = Put(world, "own.test.yaml", "playbook: own\n");

        var ran = await world.RunAsync("playbooks", "check", file);

        Assert.Equal(2, ran.ExitCode);
        Assert.Contains($"{file} is a test file, no playbook. Run it: siit-iam playbooks test {file}", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_WithoutACode_ListsAll()
    {
        await using var world = await CliWorld.StartAsync();

        var codes = await world.RunAsync("playbooks", "explain");
        var functions = await world.RunAsync("playbooks", "explain", "functions");

        Assert.Equal(Siit.Iam.Agent.Playbooks.Checks.Codes.All.Select(code => $"{code.Id}  {code.About}"), codes.Out.ReplaceLineEndings("\n").Trim().Split('\n'));
        Assert.Contains("days(int)", functions.Out, StringComparison.Ordinal);
        Assert.Contains("list.filter(x, bool)", functions.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Settings_NotRequiringPublication_OnARealTenant_DoNotStart()
    {
        await using var world = await CliWorld.StartAsync();
        var values = new Dictionary<string, string?>
        {
            ["playbooks:requirePublished"] = "false",
            ["connections:okta:idp"] = "okta",
            ["connections:okta:url"] = "https://acme.okta.com",
            ["connections:okta:token:env"] = "SIIT_TEST_OKTA_TOKEN",
        };

        var wrong = Assert.Throws<SettingsException>(() => Server.Build(CliWorld.Settings(new(Path.Combine(world.Parent, "real")), values)));
        Assert.Contains(wrong.Problems, problem => problem.Contains("playbooks:requirePublished is false, and okta is a real tenant", StringComparison.Ordinal));

        values.Remove("playbooks:requirePublished");
        await using var built = Server.Build(CliWorld.Settings(new(Path.Combine(world.Parent, "real")), values));
        Assert.True(((Siit.Iam.Agent.Playbooks.PlaybookDesk)built.Services.GetService(typeof(Siit.Iam.Agent.Playbooks.PlaybookDesk))!).RequiresPublished);
    }

    private static string Put(CliWorld world, string name, string text)
    {
        var folder = Directory.CreateDirectory(Path.Combine(world.Data.Path, "playbooks")).FullName;
        File.WriteAllText(Path.Combine(folder, name), text);
        return Path.Combine(folder, name);
    }
}
