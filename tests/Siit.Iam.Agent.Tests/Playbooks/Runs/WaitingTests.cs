using System.Text.Json.Nodes;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Notices;
using Siit.Iam.Agent.People.Hris;
using Siit.Iam.Agent.Playbooks.Runs;
using Siit.Iam.Agent.Requests;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.Playbooks.Runs;

/// <summary>Steps that take their time, runs that wait for each other, and what is taken back.</summary>
public sealed class WaitingTests
{
    private const string Ben = "ben@acme.example";

    private static string Own(string steps, string policy = "", string tail = "onFailure: stop", string id = "own", string tools = "find_person, clear_sessions, unlock_user, add_to_group, remove_from_group, suspend_user, unsuspend_user", string limits = "{ people: 1, writes: 20 }") => $$"""
        schema: playbook/v1
        id: {{id}}
        version: 1.0.0
        title: A test
        owner: group:it-identity
        inputs:
          person: { type: Person }
          group: { type: string, max: 100, default: none }
          had: { type: string, max: 100, default: none }
        policy:
          tools: [{{tools}}]
          targets: { person: person == input.person }
          limits: {{limits}}
          {{policy}}
        steps:
        {{steps}}
        {{tail}}
        """;

    private static string Clear(string id) => $"  - id: {id}\n    do: clear_sessions\n    with: {{ person: =input.person, connection: okta }}\n    undo: none\n    because: A test\n";

    private static JsonObject Person(string person = Ben) => new() { ["person"] = person };

    [Fact]
    public async Task Wait_AcrossARestart_GoesOnAtItsTimeAndNotBefore()
    {
        await using var world = await RunWorld.StartAsync(playbook: Own(Clear("before") + "  - id: term\n    wait: { for: days(30) }\n" + Clear("after")));
        var run = (await world.RunAsync(await world.Gate.CallerAsync(), "own", Person())).Run!;
        await Eventually.Is(() => world.GetAsync(run), answer => answer.State == RunState.Waiting);
        await world.Gate.StopServerAsync();
        world.Gate.Time.Advance(TimeSpan.FromDays(29));
        await world.Gate.StartServerAsync();
        await world.Gate.Get<RunKeeper>().SweepAsync(waiting: true, CancellationToken.None);
        Assert.Equal(1, Cleared(world));

        world.Gate.Time.Advance(TimeSpan.FromDays(1.1));
        await world.Gate.Get<RunKeeper>().SweepAsync(waiting: false, CancellationToken.None);

        Assert.Equal(RunState.Succeeded, (await world.EndAsync(run)).State);
        Assert.Equal(2, Cleared(world));
        await world.Gate.Get<RunKeeper>().SweepAsync(waiting: false, CancellationToken.None);
        Assert.Empty(await world.Gate.Store.ListAsync<RunTimer>());
    }

    [Fact]
    public async Task Parallel_OneBranchWaits_TheOtherGoesOn()
    {
        await using var world = await RunWorld.StartAsync(playbook: Own(
            "  - id: both\n    parallel:\n      slow:\n        - id: term\n          wait: { for: days(1) }\n      fast:\n" + Indented(Clear("now")) + Clear("end")));
        var run = (await world.RunAsync(await world.Gate.CallerAsync(), "own", Person())).Run!;
        await Eventually.Is(() => world.GetAsync(run), answer => answer.State == RunState.Waiting);
        Assert.Equal(1, Cleared(world));

        world.Gate.Time.Advance(TimeSpan.FromDays(1.1));
        await world.Gate.Get<RunKeeper>().SweepAsync(waiting: false, CancellationToken.None);

        Assert.Equal(RunState.Succeeded, (await world.EndAsync(run)).State);
        Assert.Equal(2, Cleared(world));
    }

    [Fact]
    public async Task Foreach_ParallelSkipAndFailures_CountsEach()
    {
        await using var world = await RunWorld.StartAsync(playbook: Own("""
              - id: each
                foreach: { in: "['none', 'skip', 'nobody', 'none']", as: word, max: 4, parallel: 2, onError: continue, maxFailures: 1 }
                steps:
                  - id: fit
                    require: word != 'skip'
                    else: skip
                  - id: hold
                    wait: { for: days(1) }
                  - id: join
                    do: add_to_group
                    with: { person: =input.person, group: =word, connection: okta }
            """, tail: "outputs:\n  ok: =steps.each.ok\n  failed: =steps.each.failed\n  skipped: =steps.each.skipped"));
        var run = (await world.RunAsync(await world.Gate.CallerAsync(), "own", Person())).Run!;
        await Eventually.Is(() => world.GetAsync(run), answer => answer.State == RunState.Waiting);
        // The second waits beside the first; the one after them is not begun.
        Assert.Equal(2, (await world.GetAsync(run)).Steps.Count(step => step.Contains("Waits until", StringComparison.Ordinal)));

        for (var day = 0; day < 2; day++)
        {
            world.Gate.Time.Advance(TimeSpan.FromDays(1.1));
            await world.Gate.Get<RunKeeper>().SweepAsync(waiting: false, CancellationToken.None);
            await Task.Delay(50);
        }

        var ended = await world.EndAsync(run);
        Assert.True((RunState.Failed, "too_many_failures") == (ended.State, ended.Code), $"{ended.Message}\n{string.Join('\n', ended.Steps)}");
    }

    [Fact]
    public async Task Compensate_AStepFails_TakesBackWhatTheRunChangedInReverse()
    {
        await using var world = await RunWorld.StartAsync(playbook: Own("""
              - id: already
                do: add_to_group
                with: { person: =input.person, group: =input.had, connection: okta }
                undo: inverse
              - id: joined
                do: add_to_group
                with: { person: =input.person, group: =input.group, connection: okta }
                undo: inverse
              - id: broken
                do: add_to_group
                with: { person: =input.person, group: no-such-group, connection: okta }
                undo: inverse
            """, tail: "onFailure: compensate", tools: "add_to_group, remove_from_group"));
        var ben = world.Gate.Okta.User(Ben).Id;
        var groups = world.Gate.Okta.State.Groups.Values.Where(group => group.Type == "OKTA_GROUP" && group.Roles.IsEmpty).ToList();
        var had = groups.First(group => group.Members.ContainsKey(ben)).Id;
        var has = groups.First(group => !group.Members.ContainsKey(ben)).Id;

        var run = await world.RunAsync(await world.Gate.CallerAsync(), "own", new JsonObject { ["person"] = Ben, ["had"] = had, ["group"] = has });
        var ended = await world.EndAsync(run.Run!);

        Assert.True(ended.State == RunState.Failed && ended.Message.Contains("Taken back: 1.", StringComparison.Ordinal), $"{ended.Message}\n{string.Join('\n', ended.Steps)}");
        Assert.Contains(ben, world.Gate.Okta.State.Groups[had].Members.Keys);
        Assert.DoesNotContain(ben, world.Gate.Okta.State.Groups[has].Members.Keys);
    }

    [Fact]
    public async Task Daily_MoreThanAllowed_HaltsEveryRunUntilAPersonReleasesIt()
    {
        await using var world = await RunWorld.StartAsync(playbook: Own(Clear("one"), policy: "daily: { people: 1 }"));
        var caller = await world.Gate.CallerAsync();
        var first = await world.EndAsync((await world.RunAsync(caller, "own", Person())).Run!);
        Assert.Equal(RunState.Succeeded, first.State);
        // The same person again is nobody more.
        Assert.Equal(RunState.Succeeded, (await world.EndAsync((await world.RunAsync(caller, "own", Person())).Run!)).State);

        var other = Another(world);
        var second = (await world.RunAsync(caller, "own", Person(other))).Run!;
        var halted = await Eventually.Is(() => world.GetAsync(second), answer => answer.State == RunState.Waiting);

        Assert.Contains("siit-iam playbooks release own", halted.Message, StringComparison.Ordinal);
        Assert.Equal(2, Cleared(world));
        Assert.Single(world.Gate.Audit(), entry => entry.Kind == AuditKinds.PlaybookHalted);
        Assert.True(await world.Desk.ReleaseAsync("own", "ap_dana", "looked at", CancellationToken.None));
        Assert.Equal(RunState.Succeeded, (await world.EndAsync(second)).State);
        Assert.Single(world.Gate.Audit(), entry => entry.Kind == AuditKinds.PlaybookReleased);
        Assert.False(await world.Desk.ReleaseAsync("own", "ap_dana", "again", CancellationToken.None));
    }

    [Theory]
    [InlineData("queue")]
    [InlineData("reject")]
    [InlineData("replace")]
    public async Task Concurrency_SecondRunOfTheSame_DoesAsThePlaybookSays(string mode)
    {
        await using var world = await RunWorld.StartAsync(playbook: Own(Clear("one") + "  - id: term\n    wait: { for: days(1) }\n", policy: $"concurrency: {{ key: =input.person, mode: {mode} }}"));
        var caller = await world.Gate.CallerAsync();
        var first = (await world.RunAsync(caller, "own", Person())).Run!;
        await Eventually.Is(() => world.GetAsync(first), answer => answer.State == RunState.Waiting);

        var second = await world.RunAsync(caller, "own", Person());
        var elsewhere = await world.RunAsync(caller, "own", Person(Another(world)));

        Assert.NotNull(elsewhere.Run);
        if (mode == "reject")
        {
            Assert.Equal("already_running", second.Code);
            return;
        }

        if (mode == "replace")
        {
            Assert.Equal(RunState.Cancelled, (await world.EndAsync(first)).State);
            var replaced = await Eventually.Is(() => world.GetAsync(second.Run!), answer => answer.Message.Contains("waits until", StringComparison.Ordinal), 5);
            Assert.True(Cleared(world) == 3, $"{replaced.Message}\n{string.Join('\n', replaced.Steps)}");
            return;
        }

        Assert.Contains($"after run {first}", (await Eventually.Is(() => world.GetAsync(second.Run!), answer => answer.State == RunState.Waiting)).Message, StringComparison.Ordinal);
        Assert.Equal(2, Cleared(world));
        world.Gate.Time.Advance(TimeSpan.FromDays(1.1));
        await world.Gate.Get<RunKeeper>().SweepAsync(waiting: false, CancellationToken.None);
        Assert.Equal(RunState.Succeeded, (await world.EndAsync(first)).State);
        await Eventually.Is(() => Task.FromResult(Cleared(world)), cleared => cleared == 3);
    }

    [Fact]
    public async Task Preempts_AboutTheSamePerson_EndsOtherRunsAndGoesFirst()
    {
        await using var world = await RunWorld.StartAsync(
            playbook: Own("  - id: term\n    wait: { for: days(30) }\n" + Clear("one")),
            others: new Dictionary<string, string> { ["first.yaml"] = Own("  - id: agree\n    approve: { approvers: one, timeout: PT1H, summary: Close }\n" + Clear("two"), policy: "preempts: true", id: "first") });
        var approver = await world.Gate.ApproverAsync("dana@acme.example");
        var caller = await world.Gate.CallerAsync();
        var waiting = (await world.RunAsync(caller, "own", Person())).Run!;
        var other = (await world.RunAsync(caller, "own", Person(Another(world)))).Run!;
        await Eventually.Is(() => world.GetAsync(waiting), answer => answer.State == RunState.Waiting);

        var first = await world.RunAsync(caller, "first", Person());

        Assert.Equal(RunState.Cancelled, (await world.EndAsync(waiting)).State);
        Assert.Equal(RunState.Waiting, (await world.GetAsync(other)).State);
        var later = (await world.RunAsync(caller, "own", Person())).Run!;
        Assert.Contains("goes before it", (await Eventually.Is(() => world.GetAsync(later), answer => answer.State == RunState.Waiting)).Message, StringComparison.Ordinal);
        Assert.Equal(RunState.Succeeded, (await world.DriveAsync(first.Run!, approver)).State);
        await Eventually.Is(() => world.GetAsync(later), answer => answer.Message.Contains("waits until", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Call_OtherPlaybook_RunsItAsItWasPinnedAndGoesOn()
    {
        await using var world = await RunWorld.StartAsync(
            playbook: Own("  - id: term\n    wait: { for: days(1) }\n  - id: leave\n    call: { playbook: other, version: ^1 }\n    with: { person: =input.person }\n" + Clear("end"), tail: "outputs:\n  state: =steps.leave.state"),
            others: new Dictionary<string, string> { ["other.yaml"] = Own(Clear("inner"), id: "other") });
        Assert.DoesNotContain(world.Desk.Check(), finding => finding.Severity == Siit.Iam.Agent.Playbooks.Checks.Severity.Error);
        var run = (await world.RunAsync(await world.Gate.CallerAsync(), "own", Person())).Run!;
        await Eventually.Is(() => world.GetAsync(run), answer => answer.State == RunState.Waiting);
        await File.WriteAllTextAsync(Path.Combine(Path.GetDirectoryName(world.Desk.List().First().File.Path)!, "other.yaml"), "schema: nothing");

        world.Gate.Time.Advance(TimeSpan.FromDays(1.1));
        await world.Gate.Get<RunKeeper>().SweepAsync(waiting: false, CancellationToken.None);

        var ended = await world.EndAsync(run);
        Assert.True(ended.State == RunState.Succeeded, $"{ended.Message}\n{string.Join('\n', ended.Steps)}");
        Assert.Equal("succeeded", ended.Outputs!["state"]!.GetValue<string>());
        Assert.Equal(2, Cleared(world));
        Assert.Single(await world.RunsAsync("other"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Ask_AnsweredOrNot_GoesOnWithTheAnswerOrTheDefault(bool answered)
    {
        await using var world = await RunWorld.StartAsync(playbook: Own(
            "  - id: renew\n    ask: { of: =input.person, text: Renew?, answers: { again: { enum: ['yes', 'no'] } }, timeout: P2D, default: { again: 'no' } }\n",
            tail: "outputs:\n  again: =steps.renew.again", limits: "{ people: 0, writes: 0 }", tools: "find_person"));
        var run = (await world.RunAsync(await world.Gate.CallerAsync(), "own", Person())).Run!;
        var question = (await Eventually.Is(async () => await world.Desk.QuestionsAsync(10, CancellationToken.None), found => found.Count == 1))[0];
        Assert.Equal("unknown_question", (await world.Desk.AnswerAsync(question.Id, "dana@acme.example", new JsonObject { ["again"] = "yes" }, CancellationToken.None))!.Code);
        Assert.Equal("invalid_input", (await world.Desk.AnswerAsync(question.Id, Ben, new JsonObject { ["again"] = "perhaps" }, CancellationToken.None))!.Code);

        if (answered)
        {
            Assert.Null(await world.Desk.AnswerAsync(question.Id, Ben, new JsonObject { ["again"] = "yes" }, CancellationToken.None));
        }
        else
        {
            world.Gate.Time.Advance(TimeSpan.FromDays(2.1));
            await world.Gate.Get<RunKeeper>().SweepAsync(waiting: false, CancellationToken.None);
        }

        Assert.Equal(answered ? "yes" : "no", (await world.EndAsync(run)).Outputs!["again"]!.GetValue<string>());
    }

    /// <summary>No mail is listened to: what is told lies in the outbox, with the journal's entry.</summary>
    [Fact]
    public async Task NotifyAndAsk_People_AreWrittenToOnce()
    {
        var mail = new MailOptions { Host = "127.0.0.1", Port = 9, From = "siit@acme.example" };
        await using var world = await RunWorld.StartAsync(notices: new NoticesOptions { Mail = mail }, playbook: Own("""
              - id: tell
                notify: { to: "=[input.person, input.person]", template: "Hello ${input.person}" }
              - id: renew
                ask: { of: =input.person, text: Renew?, answers: { again: bool }, timeout: P2D, default: { again: false } }
            """, limits: "{ people: 0, writes: 0 }", tools: "find_person"));
        var run = (await world.RunAsync(await world.Gate.CallerAsync(), "own", Person())).Run!;
        var question = (await Eventually.Is(async () => await world.Desk.QuestionsAsync(10, CancellationToken.None), found => found.Count == 1))[0];
        await world.Gate.StopServerAsync();
        await world.Gate.StartServerAsync();
        await world.Gate.Get<RunKeeper>().SweepAsync(waiting: true, CancellationToken.None);

        var posted = await world.Gate.Store.ListAsync<NoticeRecord>();

        Assert.Equal(["playbook_message", "playbook_question"], posted.Select(notice => notice.Kind).Order());
        Assert.All(posted, notice => Assert.Equal((run, Ben), (notice.Run, notice.To)));
        Assert.Null(await world.Desk.AnswerAsync(question.Id, Ben, new JsonObject { ["again"] = true }, CancellationToken.None));
        Assert.Equal(RunState.Succeeded, (await world.EndAsync(run)).State);
    }

    [Fact]
    public async Task Request_IsOpenedOnce_AndChooseYields()
    {
        await using var world = await RunWorld.StartAsync(playbook: Own("""
              - id: which
                choose:
                  - when: input.group == 'none'
                    steps: []
                    yield: the laptop
                  - else: true
                    steps: []
                    yield: "the badge of ${input.group}"
              - id: kit
                request: { for: =input.person, text: "Collect ${steps.which.value}" }
            """, tail: "outputs:\n  request: =steps.kit.id", limits: "{ people: 0, writes: 0 }", tools: "find_person"));
        var ended = await world.EndAsync((await world.RunAsync(await world.Gate.CallerAsync(), "own", Person())).Run!);

        Assert.True(ended.State == RunState.Succeeded, ended.Message);
        var request = Assert.Single(await world.Gate.Store.ListAsync<RequestRecord>());
        Assert.Equal(("Collect the laptop", Ben, ended.Outputs!["request"]!.GetValue<string>()), (request.Text, request.Requester, request.Id));
    }

    [Fact]
    public async Task Cancel_WaitingRunWithACalledOne_EndsBoth()
    {
        await using var world = await RunWorld.StartAsync(
            playbook: Own("  - id: leave\n    call: { playbook: other, version: 1.0.0 }\n    with: { person: =input.person }\n", limits: "{ people: 0, writes: 0 }"),
            others: new Dictionary<string, string> { ["other.yaml"] = Own("  - id: term\n    wait: { for: days(1) }\n" + Clear("inner"), id: "other") });
        var run = (await world.RunAsync(await world.Gate.CallerAsync(), "own", Person())).Run!;
        await Eventually.Is(async () => await world.RunsAsync("other"), runs => runs is [{ State: RunState.Waiting }]);

        await world.Desk.CancelRunAsync("olga", run, CancellationToken.None);

        Assert.Equal(RunState.Cancelled, (await world.EndAsync(run)).State);
        Assert.Equal(RunState.Cancelled, (await world.EndAsync((await world.RunsAsync("other"))[0].Id)).State);
        Assert.Equal(0, Cleared(world));
    }

    private static int Cleared(RunWorld world) =>
        world.Gate.Store.FindAsync<CallRecord>("state", "succeeded", 1000).AsTask().GetAwaiter().GetResult().Count(call => call.Action == "clear_sessions");

    private static string Another(RunWorld world) => world.Gate.Okta.State.Users.Values.First(user => user.Status == "ACTIVE" && user.Login != Ben && user.Roles.IsEmpty).Login;

    private static string Indented(string steps) => string.Join('\n', steps.Split('\n').Select(line => line.Length == 0 ? line : "      " + line));
}
