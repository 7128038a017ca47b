using System.Net;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Gate;

namespace Siit.Iam.Agent.Tests.Cli;

public sealed class VerbsTests
{
    [Fact]
    public async Task EveryVerb_WithJson_PrintsExactlyOneDocument()
    {
        await using var world = await CliWorld.StartAsync();
        await world.EnrolFirstAsync();
        await world.RegisterCallerAsync();
        var call = await world.AskAsync();

        foreach (var line in new[]
        {
            "actions", "connections", "connections check", "sync", "sync status", "sync review", "sync agree okta", "people show ben@acme.example", "people find ben", "events", "calls list", $"calls show {call.Id}", "calls show nothing", "approvals list", $"approvals show {call.Id}",
            $"approvals approve {call.Id}", "approvers list", "callers list", "callers remove nobody", "requests list", "requests add --requester mia@acme.example --text help",
            "playbooks list", "playbooks check", "playbooks run nothing", "playbooks accuracy", "playbooks rehearse nothing", "playbooks test nothing", "runs list", "runs show nothing", "runs cancel nothing", "requests show REQ-1", "requests assign nothing", "requests comment nothing text", "requests close nothing", "playbooks graph nothing.yaml", "playbooks diff nothing nothing", "runs explain nothing", "stop --action reset_mfa --reason drill", "stops", "resume --all", "audit tail", "audit verify", "audit archive --before 2020-01-01 --to /tmp/nowhere", "audit unarchive --from /tmp", $"backup {world.Parent}/b.zip",
            $"restore {world.Parent}/b.zip", "call find_person -i person=ben@acme.example", "call nothing", "calls list --state wating", "no-such-verb",
        })
        {
            var ran = await world.RunAsync([.. line.Split(' '), "--json"]);
            Assert.True(ran.Error.Length == 0, $"{line}: {ran}");
            // Parsing fails on nothing at all, and on anything behind the first document.
            Assert.True(JsonNode.Parse(ran.Out) is not null, line);
        }
    }

    public static TheoryData<string, int, string> Trouble => new()
    {
        { "calls show call_1", 1, "There is no call 'call_1'. A read or a dry run is in the audit log only: siit-iam audit tail --call call_1" },
        { "calls show two\nlines", 1, "There is nothing with that id: ids are one line of 1 to 100 characters." },
        { "runs show " + new string('x', 300), 1, "There is nothing with that id: ids are one line of 1 to 100 characters." },
        { "calls list --state wating_approval", 1, "'wating_approval' is no state. Did you mean 'awaiting_approval'?" },
        { "callers remove ghost", 1, "There is no caller 'ghost'. siit-iam callers list shows them." },
        { "call find_person -i person=x", 2, "SIIT_IAM_TOKEN is not set. Put the token of a registered caller in it: siit-iam callers add" },
        { "stop --reason x", 2, "Say what: exactly one of --all, --action NAME and --connection NAME." },
        { "stop --all --action reset_mfa --reason x", 2, "Say what: exactly one of --all, --action NAME and --connection NAME." },
        { "stop --action nothing --reason x", 1, "'action:nothing' is neither 'all' nor a known action or connection." },
        { "calls settle call_1 --note seen", 2, "Say exactly one of --happened and --did-not-happen." },
        { "audit verify --archive /tmp/not-there", 2, "There is no folder /tmp/not-there." },
        { "audit archive --before then --to /tmp/x", 2, "--before must be a moment such as 2026-12-24T18:00:00Z, not 'then'." },
        { "audit verify --key x", 2, "A key is wrong: it is not a vkey (name+id+key). Copy it from where you kept it ('siit-iam audit key' printed it)." },
        { "requests close REQ-404", 1, "There is no request 'REQ-404' here; one of another system is known by what was done for it only." },
        { "requests close REQ-404 --declined --reopen", 2, "Say at most one of --declined and --reopen." },
        { "playbooks graph nothing.yaml", 2, "There is no file nothing.yaml." },
        { "runs explain nothing", 1, "There is no run 'nothing'. siit-iam runs list shows them." },
        { "requests show REQ-404", 1, "Nothing is known of a request 'REQ-404'. siit-iam requests list shows them." },
        { "approvals approve call_1 --as a@b.example --code 1 --digest 12345678", 1, "There is no call 'call_1'. A read or a dry run is in the audit log only: siit-iam audit tail --call call_1" },
        { "resume --all --as nobody@acme.example --code 123456", 1, "'nobody@acme.example' is no approver. siit-iam approvers list shows who is." },
        { "approvers add x@acme.example --name X --group g --bootstrap wrong", 1, "This is not the bootstrap code, or it was used. The first start of 'siit-iam serve' printed it; later approvers are enrolled with the code of one who is." },
    };

    [Fact]
    public async Task Stop_ThatCannotBeRecorded_HoldsAndSaysSo()
    {
        await using var world = await CliWorld.StartAsync();
        await world.Get<AuditLog>().CloseAsync();

        var ran = await world.RunAsync("stop", "--all", "--reason", "drill");

        Assert.StartsWith("It is stopped, at least until this server ends, but that could not be recorded", ran.Error, StringComparison.Ordinal);
        Assert.Equal("stopped", world.Get<StopSwitches>().Find("reset_mfa", "okta")?.Code);
    }

    [Fact]
    public async Task Verb_InTrouble_SaysWhatAndWhatToDo()
    {
        await using var world = await CliWorld.StartAsync();
        foreach (var (line, exitCode, sentence) in Trouble.Select(row => row.Data))
        {
            var ran = await world.RunAsync(line.Split(' '));
            Assert.True((exitCode, sentence) == (ran.ExitCode, ran.Error.Trim()), $"{line}: {ran}");
        }
    }

    [Fact]
    public async Task Verb_NoServer_EndsWithThreeAndSaysWhatToStart()
    {
        await using var world = await CliWorld.StartAsync();
        await world.StopServerAsync();

        var ran = await world.RunAsync("calls", "list");

        Assert.Equal((3, $"No server runs at {world.Data}. Start it: siit-iam serve --data {world.Data}\n"), (ran.ExitCode, ran.Error));
    }

    [Theory]
    [InlineData("cals list", "'cals' was not matched. Did you mean one of the following?")]
    [InlineData("approvals approve", "Required argument missing for command: 'approve'.")]
    [InlineData("stop --all", "Option '--reason' is required.")]
    public async Task Verb_Misused_EndsWithTwoAndPointsToTheHelp(string line, string error)
    {
        await using var world = await CliWorld.StartAsync();

        var ran = await world.RunAsync(line.Split(' '));

        Assert.Equal((2, ""), (ran.ExitCode, ran.Out));
        Assert.True(ran.Error.Contains(error, StringComparison.Ordinal) || line.StartsWith("cals", StringComparison.Ordinal), ran.Error);
        Assert.Contains("See: siit-iam", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Actions_Markdown_HasALineForEachActionAndAColumnForEachIdp()
    {
        await using var world = await CliWorld.StartAsync();

        var table = (await world.RunAsync("actions", "--markdown")).Out.TrimEnd('\n').Split('\n');

        Assert.StartsWith("| action | what it does | risk | approval | effect | Microsoft Entra ID | Google Workspace | JumpCloud | Okta |", table[0], StringComparison.Ordinal);
        Assert.Equal(Siit.Iam.Agent.Actions.ActionCatalog.All.Select(action => $"| `{action.Name}` "), table.Skip(2).Select(row => row[..(row.IndexOf('`', 4) + 2)]));
        Assert.All(table, row => Assert.Equal(table[0].Count(c => c == '|'), row.Count(c => c == '|')));
    }

    [Fact]
    public async Task StopAndResume_Action_IsRefusedMeanwhile()
    {
        await using var world = await CliWorld.StartAsync();
        await world.EnrolFirstAsync();
        await world.RegisterCallerAsync();

        await world.RunAsync("stop", "--action", "suspend_user", "--reason", "incident 7");
        var refused = await world.RunAsync("call", "suspend_user", "-i", $"person={CliWorld.Somebody}", "-i", "reason=x", "--json");
        var notWithout = await world.RunAsync("resume", "--action", "suspend_user");
        var resumed = await world.RunAsync("resume", "--action", "suspend_user", "--as", "rita@acme.example", "--code", world.Code());

        Assert.Equal((1, "stopped"), (refused.ExitCode, refused.Json["code"]!.GetValue<string>()));
        Assert.Equal(2, notWithout.ExitCode);
        Assert.Equal((0, "Nothing is stopped.\n"), (resumed.ExitCode, resumed.Out));
    }

    [Fact]
    public async Task Registries_Shown_TellNoSecret()
    {
        await using var world = await CliWorld.StartAsync();
        await world.EnrolFirstAsync();
        await world.RegisterCallerAsync();
        var approver = Assert.Single(await world.Get<ApproverRegistry>().ListAsync(CancellationToken.None));

        var shown = (await world.RunAsync("approvers", "list", "--json")).Out + (await world.RunAsync("callers", "list", "--json")).Out;

        Assert.DoesNotContain(approver.SealedSecret, shown, StringComparison.Ordinal);
        Assert.DoesNotContain(CallerRegistry.Hash(world.Environment["SIIT_IAM_TOKEN"]), shown, StringComparison.Ordinal);
        Assert.Contains("rita@acme.example", shown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Audit_AlteredByte_IsFoundAndTheServerDoesNotStart()
    {
        await using var world = await CliWorld.StartAsync();
        await world.EnrolFirstAsync();
        await world.StopServerAsync();
        var whole = await world.RunAsync("audit", "verify", "--json");
        var log = new AuditFiles(world.Data.Audit).Log;
        var bytes = File.ReadAllBytes(log);

        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(log, bytes);

        Assert.Equal((0, true), (whole.ExitCode, whole.Json["whole"]!.GetValue<bool>()));
        var altered = await world.RunAsync("audit", "verify");
        Assert.Equal(1, altered.ExitCode);
        Assert.StartsWith("NOT WHOLE. Line ", altered.Out, StringComparison.Ordinal);
        var serve = await world.RunAsync("serve");
        Assert.Equal(5, serve.ExitCode);
        Assert.DoesNotContain("   at ", serve.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Restore_AfterMoreWasDone_TheLogWins()
    {
        await using var world = await CliWorld.StartAsync();
        await world.EnrolFirstAsync();
        await world.RegisterCallerAsync();
        var zip = Path.Combine(world.Parent, "backup.zip");
        Assert.Equal(0, (await world.RunAsync("backup", zip)).ExitCode);
        Assert.Equal(0, (await world.RunAsync("callers", "remove", "desk")).ExitCode);
        Assert.Equal(4, (await world.RunAsync("restore", zip)).ExitCode);

        await world.StopServerAsync();
        var restored = await world.RunAsync("restore", zip);
        await world.StartServerAsync();

        Assert.True(restored.ExitCode == 0, restored.ToString());
        var call = await world.RunAsync("call", "find_person", "-i", "person=ben@acme.example", "--json");
        Assert.Equal("not_signed_in", call.Json["error"]!["code"]!.GetValue<string>());
        Assert.Equal(0, (await world.RunAsync("audit", "verify")).ExitCode);
    }

    [Fact]
    public async Task OperatorsDoor_OverTheNetwork_DoesNotExist()
    {
        await using var world = await CliWorld.StartAsync();
        using var http = new HttpClient();

        foreach (var path in new[] { "calls", "approvers", "approvals/call_1", "stops", "connections" })
            Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync(new Uri(world.Address, path))).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await http.PostAsync(new Uri(world.Address, "stop"), new StringContent("{}"))).StatusCode);
    }
}
