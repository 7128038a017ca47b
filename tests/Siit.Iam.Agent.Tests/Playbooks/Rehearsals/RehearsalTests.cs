using System.Text.Json.Nodes;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Playbooks;
using Siit.Iam.Agent.Playbooks.Format;
using Siit.Iam.Agent.Playbooks.Rehearsals;
using Siit.Iam.Agent.Playbooks.Runs;
using Siit.Iam.Agent.Tests.Playbooks.Runs;

namespace Siit.Iam.Agent.Tests.Playbooks.Rehearsals;

/// <summary>The product's own runner and gate, in front of an emulated IdP that is only read.</summary>
public sealed class RehearsalTests
{
    private const string Ben = "ben@acme.example";

    [Fact]
    public async Task Rehearsal_ChangesNothing_AndTellsWhatWouldChange()
    {
        await using var world = await RunWorld.StartAsync();
        await world.Gate.ApproverAsync("dana@acme.example");
        var before = world.Gate.Audit().Count;

        var report = (await RehearseAsync(world, "offboard", RunWorld.Person(Ben))).Report;

        Assert.True(report.State == RunState.Succeeded, $"{report.Message}\n{string.Join('\n', report.Lines())}");
        Assert.Contains($"~ {Ben} okta: status active -> suspended", report.Difference);
        Assert.Contains(report.Difference, line => line.StartsWith($"- {Ben} okta: loses application ", StringComparison.Ordinal));
        Assert.Equal("clear_sessions", report.Changes[0].Action);
        Assert.Equal("suspend_user", report.Changes[^2].Action);
        Assert.Matches(@"^1 of 1 people, \d of 28 writes$", report.Headroom);
        Assert.Contains(report.Approvals, asked => asked.StartsWith("/agree ", StringComparison.Ordinal) && asked.Contains("dana@acme.example approves", StringComparison.Ordinal));
        Assert.Empty(world.Gate.Okta.Ledger.Effects);
        Assert.Empty(await world.RunsAsync());
        Assert.Empty(await world.Gate.Store.ListAsync<CallRecord>());
        Assert.Equal(AuditKinds.PlaybookRehearsed, Assert.Single(world.Gate.Audit().Skip(before)).Kind);
    }

    [Fact]
    public async Task Rehearsal_AndTheRunAfterIt_ComeOutAlike()
    {
        await using var world = await RunWorld.StartAsync();
        var approver = await world.Gate.ApproverAsync("dana@acme.example");
        var report = (await RehearseAsync(world, "offboard", RunWorld.Person(Ben))).Report;

        var started = await world.RunAsync(await world.Gate.CallerAsync(), "offboard", RunWorld.Person(Ben));
        var ended = await world.DriveAsync(started.Run!, approver);

        Assert.Equal(RunState.Succeeded, ended.State);
        var calls = (await world.Gate.Store.FindAsync<CallRecord>("run", started.Run!, 1000)).Where(call => call.Intent is not null).OrderBy(call => call.Intent!.At).ToList();
        Assert.Equal(calls.Select(call => (call.StepPath, call.Action)), report.Changes.Select(change => ((string?)change.Path, change.Action)));
        Assert.Equal(calls.SelectMany(call => call.Card!.Lines.Select(line => $"{line.Sign} {line.Text}")), report.Changes.SelectMany(change => change.Lines));
        Assert.Equal(ended.Outputs!.ToJsonString(), report.Outputs!.ToJsonString());
        Assert.All(calls.Where(call => call.Action != "clear_sessions"), call => Assert.Empty(call.Outcome!.Differs!));
        var accuracy = await world.Gate.Get<PreviewAccuracy>().ListAsync(30, CancellationToken.None);
        Assert.Contains(accuracy, action => action is { Action: "suspend_user", Compared: 1, Differing: 0 });
    }

    [Fact]
    public async Task Rehearsal_OfAccessForThirtyDays_JumpsToItsEnd()
    {
        await using var world = await RunWorld.StartAsync();
        await world.Gate.ApproverAsync("dana@acme.example");

        var report = (await RehearseAsync(world, "app-access-request", new JsonObject { ["person"] = Ben, ["application"] = "Workday", ["reason"] = "x" })).Report;

        Assert.True(report.State == RunState.Succeeded, string.Join('\n', report.Lines()));
        Assert.Equal(["add_application", "remove_application"], report.Changes.Select(change => change.Action));
        Assert.Empty(report.Difference);
        Assert.InRange(report.EndsAt - report.StartsAt, TimeSpan.FromDays(30), TimeSpan.FromDays(31));
    }

    [Fact]
    public async Task Branches_OfContainment_ShowEveryEndAndTheWorst()
    {
        await using var world = await RunWorld.StartAsync();
        await world.Gate.ApproverAsync("dana@acme.example");
        await world.Gate.ApproverAsync("sam@acme.example", "security");

        var answer = await RehearseAsync(world, "compromised-account", new JsonObject { ["person"] = Ben, ["evidence"] = "x" }, branches: true);

        Assert.False(answer.Cut);
        Assert.Contains(answer.Ends, end => end is { State: RunState.Refused, Code: "denied", Writes: 0 });
        Assert.Contains(answer.Ends, end => end is { State: RunState.Refused, Code: "expired", Writes: 0 });
        Assert.Contains(answer.Ends, end => end.State == RunState.Succeeded && end.Difference.Contains($"~ {Ben} okta: status active -> suspended"));
        Assert.Contains(answer.Ends, end => end.State == RunState.Succeeded && end.Difference.Count == 0);
        Assert.Equal(answer.Ends.Max(end => end.Writes), answer.Report.Writes);
        Assert.Contains("verdict: accounts=give_back", answer.Report.Decisions);
    }

    /// <summary>What is decided by a number changes beside a number of the playbook, and there is nothing said of the others.</summary>
    [Fact]
    public async Task Branches_OverANumber_WalkBesideTheNumbersOfThePlaybook_AndSayWhichOnly()
    {
        await using var world = await RunWorld.StartAsync(playbook: Asking("{ int: { min: 0, max: 100 } }", "steps.q.sure >= 80", "0"));

        var answer = await RehearseAsync(world, "own", new JsonObject { ["person"] = Ben, ["boss"] = "dana@acme.example" }, branches: true);

        Assert.Equal(["q.sure: 0, 79, 80, 81, 100"], answer.Sampled);
        Assert.Equal(6, answer.Walks);
        // Signing out leaves no difference in an account, and is another end all the same.
        Assert.Equal([(0, 3), (1, 3)], answer.Ends.Select(end => (end.Writes, end.Ways.Count)).OrderBy(end => end.Writes));
        Assert.Contains("q: sure=80", answer.Ends.Single(end => end.Writes == 1).Ways);
        Assert.DoesNotContain(answer.Lines(), line => line.Contains("all there are", StringComparison.Ordinal));
        Assert.Contains("    q.sure: 0, 79, 80, 81, 100", answer.Lines());
    }

    [Theory]
    [InlineData("{ string: 50 }", "steps.q.sure == 'yes'", "no", "q.sure: \"rehearsed\"")]
    [InlineData("{ int: { min: 79, max: 81 } }", "steps.q.sure >= 80", "79", null)]
    [InlineData("bool", "steps.q.sure", "false", null)]
    public async Task Branches_ClaimAllThereAre_OnlyWhenEveryAnswerWasWalked(string field, string when, string silence, string? sampled)
    {
        await using var world = await RunWorld.StartAsync(playbook: Asking(field, when, silence));

        var answer = await RehearseAsync(world, "own", new JsonObject { ["person"] = Ben, ["boss"] = "dana@acme.example" }, branches: true);

        Assert.Equal(sampled is null ? [] : [sampled], answer.Sampled);
        Assert.Equal(sampled is null, answer.Lines().Any(line => line.Contains("all there are", StringComparison.Ordinal)));
    }

    /// <summary>A tenant's quota is not spent once for each way.</summary>
    [Fact]
    public async Task Branches_ReadTheIdpOnce()
    {
        await using var world = await RunWorld.StartAsync();
        await world.Gate.ApproverAsync("dana@acme.example");
        await world.Gate.ApproverAsync("sam@acme.example", "security");
        var inputs = new JsonObject { ["person"] = Ben, ["evidence"] = "x" };
        var before = world.Gate.Okta.Requests.Count;
        await RehearseAsync(world, "compromised-account", inputs);
        var one = world.Gate.Okta.Requests.Count - before;

        var answer = await RehearseAsync(world, "compromised-account", inputs, branches: true);

        Assert.True(answer.Walks >= 6);
        Assert.InRange(world.Gate.Okta.Requests.Count - before - one, 1, one + 3);
    }

    [Fact]
    public async Task Rehearsal_WithNobodyToApprove_EndsAsTheRunWould()
    {
        await using var world = await RunWorld.StartAsync();

        var report = (await RehearseAsync(world, "offboard", RunWorld.Person(Ben))).Report;

        Assert.Equal((RunState.Refused, "no_approver"), (report.State, report.Code));
        Assert.Empty(report.Changes);
    }

    [Fact]
    public async Task Rehearsal_OfAProtectedPerson_IsRefusedByTheSameRule()
    {
        await using var world = await RunWorld.StartAsync(options: new GateOptions { ProtectedAccounts = [Ben] });
        await world.Gate.ApproverAsync("dana@acme.example");

        var report = (await RehearseAsync(world, "offboard", RunWorld.Person(Ben))).Report;

        Assert.Equal((RunState.Refused, "protected_person"), (report.State, report.Code));
    }

    [Fact]
    public async Task Rehearsal_OverItsLimit_SaysWhyAndWritesNothing()
    {
        await using var world = await RunWorld.StartAsync(playbook: Everybody(most: 2));

        var report = (await RehearseAsync(world, "own", new JsonObject { ["group"] = GroupOf(world) })).Report;

        Assert.Equal((RunState.Failed, "too_many_items"), (report.State, report.Code));
        Assert.Contains("the playbook allows 2. None of them was begun.", report.Message, StringComparison.Ordinal);
        Assert.Empty(report.Changes);
    }

    [Fact]
    public async Task Draft_WithErrors_IsNotRehearsedButExplained()
    {
        await using var world = await RunWorld.StartAsync();

        var (answer, refusal, findings) = await world.Gate.Get<RehearsalDesk>().RehearseDraftAsync(
            "draft.yaml", "schema: playbook/v1\nid: draft\n", playbook => throw new InvalidOperationException(), CancellationToken.None);

        Assert.Null(answer);
        Assert.Null(refusal);
        Assert.NotEmpty(findings);
    }

    [Fact]
    public async Task Draft_ThatLiesNowhere_IsRehearsed()
    {
        await using var world = await RunWorld.StartAsync();

        var (answer, refusal, findings) = await world.Gate.Get<RehearsalDesk>().RehearseDraftAsync(
            "draft.yaml", Everybody(most: 100), playbook => Wish(world, playbook, new JsonObject { ["group"] = GroupOf(world) }), CancellationToken.None);

        Assert.Empty(findings);
        Assert.Null(refusal);
        Assert.True(answer!.Report.State == RunState.Succeeded, answer.Report.Message);
        Assert.True(answer.Report.Changes.Count > 2);
        Assert.Empty(world.Gate.Okta.Ledger.Effects);
    }

    [Fact]
    public async Task Words_ForAStepThatIsNone_AreRefused()
    {
        await using var world = await RunWorld.StartAsync();
        var (words, _) = RehearsalDesk.Words(["agre=no"], [], []);

        var (_, refusal) = await world.Gate.Get<RehearsalDesk>().RehearseAsync("offboard", playbook => Wish(world, playbook, RunWorld.Person(Ben)) with { Words = words! }, CancellationToken.None);

        Assert.Equal("invalid_input", refusal!.Code);
        Assert.Contains("Did you mean 'agree'?", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Draft_ThatCallsWhatLiesBesideIt_IsRehearsedWithThat()
    {
        await using var world = await RunWorld.StartAsync();
        await world.Gate.ApproverAsync("dana@acme.example");
        var beside = PlaybookFile.Of("beside.yaml", Asking("bool", "steps.q.sure", "true").Replace("id: own", "id: beside", StringComparison.Ordinal));
        var draft = """
            schema: playbook/v1
            id: draft
            version: 1.0.0
            title: A draft
            owner: group:it-identity
            inputs:
              person: { type: Person }
            policy:
              tools: [clear_sessions]
              targets: { person: person == input.person }
              limits: { people: 1, writes: 1 }
            steps:
              - id: out
                call: { playbook: beside, version: ^1 }
                with: { person: =input.person, boss: dana@acme.example }
            """;
        var (no, _) = RehearsalDesk.Words([], new JsonObject { ["out/q"] = new JsonObject { ["sure"] = false } }, []);
        var (nothing, _) = RehearsalDesk.Words(["out=no"], [], []);

        Task<(RehearsalAnswer? Answer, Refusal? Refusal, IReadOnlyList<Siit.Iam.Agent.Playbooks.Checks.Finding> Findings)> Rehearse(RehearsalWords words) => world.Gate.Get<RehearsalDesk>().RehearseDraftAsync(
            "draft.yaml", draft, playbook => Wish(world, playbook, new JsonObject { ["person"] = Ben }) with { Words = words }, CancellationToken.None, [beside]);

        var (answer, refusal, findings) = await Rehearse(new RehearsalWords());
        Assert.True(answer is not null, $"{refusal?.Message}{string.Join('\n', findings)}");
        var usual = answer.Report;
        Assert.True(usual is { State: RunState.Succeeded, Writes: 1 }, string.Join('\n', usual.Lines()));
        Assert.Equal(["out/q: sure=true"], usual.Decisions);
        Assert.Equal(0, (await Rehearse(no!)).Answer!.Report.Writes);
        Assert.Equal("'out' is no step that asks approvers. It runs 'beside': name a step of that, such as out/done.", (await Rehearse(nothing!)).Refusal!.Message);
    }

    private static string Asking(string field, string when, string silence) => $$"""
        schema: playbook/v1
        id: own
        version: 1.0.0
        title: Sign somebody out
        owner: group:it-identity
        inputs:
          person: { type: Person }
          boss: { type: Person }
        policy:
          tools: [clear_sessions]
          targets: { person: person == input.person }
          limits: { people: 1, writes: 1 }
        steps:
          - id: q
            ask: { of: input.boss, text: "How sure?", answers: { sure: {{field}} }, timeout: P1D, default: { sure: {{silence}} } }
          - id: c
            choose:
              - when: {{when}}
                steps:
                  - id: done
                    do: clear_sessions
                    with: { person: =input.person, connection: okta }
                    undo: none
                    because: Signing in again is possible
              - else: true
                steps: []
        """;

    private static string GroupOf(RunWorld world) => world.Gate.Okta.Group("Engineering").Id;

    private static string Everybody(int most) => $$"""
        schema: playbook/v1
        id: own
        version: 1.0.0
        title: Sign a group out
        owner: group:it-identity
        inputs:
          group: { type: string, max: 64 }
        policy:
          tools: [list_members, clear_sessions]
          targets: { person: size(person) > 0 }
          limits: { people: {{most}}, writes: {{most}} }
        steps:
          - id: members
            do: list_members
            with: { group: =input.group, connection: okta, limit: 100 }
          - id: all
            foreach: { in: steps.members.members, as: member, max: {{most}} }
            steps:
              - id: out
                do: clear_sessions
                with: { person: "okta:${member.id}", connection: okta }
                undo: none
                because: Signing in again is possible
        """;

    private static RehearsalWish Wish(RunWorld world, Playbook playbook, JsonObject inputs) =>
        new(playbook, inputs, RehearsalDesk.CallerOf(playbook, "uid:1000", world.Gate.Time), Doors.CommandLine);

    private static async Task<RehearsalAnswer> RehearseAsync(RunWorld world, string playbook, JsonObject inputs, bool branches = false)
    {
        var (answer, refusal) = await world.Gate.Get<RehearsalDesk>().RehearseAsync(playbook, found => Wish(world, found, inputs) with { Branches = branches }, CancellationToken.None);
        Assert.True(refusal is null, refusal?.Message);
        return answer!;
    }
}
