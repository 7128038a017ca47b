using Siit.Iam.Agent.Playbooks;
using Siit.Iam.Agent.Playbooks.Comparing;
using Siit.Iam.Agent.Playbooks.Format;

namespace Siit.Iam.Agent.Tests.Playbooks.Comparing;

public sealed class PlaybookComparisonTests
{
    private const string Old = """
        schema: playbook/v1
        id: leaver
        version: 1.0.0
        title: Somebody leaves
        owner: group:it-identity
        triggers:
          - manual
          - request: { form: leaver }
            where: request.requester != 'boss@acme.example'
            bind: { person: =request.requester }
        inputs:
          person: { type: Person }
          kind: { type: enum, values: [suspend, sessions], default: sessions }
          days: { type: int, min: 1, max: 30, default: 7 }
          note: { type: string, max: 100, optional: true, trust: untrusted }
        policy:
          tools: [find_person, suspend_user, clear_sessions, unsuspend_user]
          connections: [okta]
          targets: { person: person == input.person }
          limits: { people: 2, writes: 30 }
          daily: { people: 5 }
          concurrency: { key: =input.person, mode: queue }
        vars:
          greeting: "Dear ${input.person}"
        steps:
          - id: found
            do: find_person
            with: { person: =input.person }
          - id: open
            let: =steps.found.accounts.filter(a, a.status == 'active')
          - id: some
            require: size(steps.open.value) > 0 && size(steps.open.value) < 5
            message: Nothing to do.
          - id: agree
            approve: { approvers: two, timeout: PT4H, summary: "Close ${input.person}" }
          - id: wait
            wait: { for: days(input.days) }
          - id: close
            foreach: { in: =steps.open.value, as: account, max: 4, onError: continue, maxFailures: 1 }
            steps:
              - id: which
                choose:
                  - when: input.kind == 'suspend'
                    steps:
                      - id: suspend
                        do: suspend_user
                        with: { person: =input.person, connection: =account.connection }
                        undo: inverse
                  - else: true
                    steps:
                      - id: clear
                        do: clear_sessions
                        with: { person: =input.person, connection: =account.connection }
                        undo: none
                        because: Signing in again is possible
          - id: tell
            notify: { template: "${vars.greeting}: done" }
        onFailure: compensate
        """;

    public static TheoryData<string, string, string> Changes => new()
    {
        // What lets more happen.
        { "max: 4,|max: 20,", "wider", "/close: max: 4 -> 20" },
        { "max: 4,|max: 20,", "wider", "bound: writes: 4 -> 20" },
        { "writes: 30|writes: 40", "wider", "policy: limits.writes: 30 -> 40" },
        { "connections: [okta]|connections: [okta, entra]", "wider", "policy: connections: okta -> entra, okta" },
        { "  connections: [okta]\n|", "wider", "policy: connections: okta -> (none)" },
        { "  daily: { people: 5 }\n|", "wider", "policy: daily.people: 5 -> (none)" },
        { "mode: queue }|mode: queue }\n  preempts: true", "wider", "policy: preempts: no -> yes" },
        { "  concurrency: { key: =input.person, mode: queue }\n|", "wider", "policy: concurrency: queue by =input.person -> (none)" },
        { "person == input.person }\n  limits|person == input.person || person == 'ceo@acme.example' }\n  limits", "wider", "policy: targets.person: person == input.person -> (person == input.person) || (person == \"ceo@acme.example\")" },
        { "approvers: two|seats: [manager]", "wider", "/agree: approvers: two -> manager" },
        { "approvers: two|seats: [manager]", "wider", "/close/which/suspend: People who agree before 'suspend_user': two other people -> one other person." },
        { "approvers: two|approvers: two, seats: [manager]", "narrower", "/agree: approvers: two -> two, and manager" },
        { "approvers: two|approvers: one", "wider", "/close/which/suspend: People who agree before 'suspend_user': two other people -> one other person." },
        { "  - id: agree\n    approve: { approvers: two, timeout: PT4H, summary: \"Close ${input.person}\" }\n|", "wider", "/close/which/suspend: No approval stands before 'suspend_user' on every path any more; its own gate asks one other person." },
        { "  - id: some\n    require: size(steps.open.value) > 0 && size(steps.open.value) < 5\n    message: Nothing to do.\n|", "wider", "/some: Gone: require." },
        { "> 0 && size(steps.open.value) < 5|> 0", "wider", "/some: condition: (size(steps.open.value) > 0) && (size(steps.open.value) < 5) -> size(steps.open.value) > 0" },
        { "  - id: wait\n    wait: { for: days(input.days) }\n|", "wider", "/close/which/suspend: 'wait' does not stand before 'suspend_user' on every path any more." },
        { "a.status == 'active'|a.status != 'deprovisioned'", "wider", "/open: value: =steps.found.accounts.filter(a, (a.status == \"active\")) -> =steps.found.accounts.filter(a, (a.status != \"deprovisioned\"))" },
        { "values: [suspend, sessions]|values: [suspend, sessions, more]", "wider", "input kind: values: sessions, suspend -> more, sessions, suspend" },
        { "max: 30|max: 90", "wider", "input days: max: 30 -> 90" },
        { "min: 1,|min: 0,", "wider", "input days: min: 1 -> 0" },
        { ", trust: untrusted|", "wider", "input note: trust: untrusted -> (none)" },
        { "  - manual\n|  - manual\n  - overdue: { form: leaver, after: PT1H }\n    bind: { person: =request.requester }\n", "wider", "triggers: It is also started so: A request with the form leaver that nobody began within 1 hour." },
        { "    where: request.requester != 'boss@acme.example'\n|", "wider", "trigger request:leaver: where: request.requester != \"boss@acme.example\" -> (none)" },
        { "bind: { person: =request.requester }|bind: { person: \"=request.id == 'REQ-1' ? request.requester : request.requester\" }", "wider", "trigger request:leaver: bind.person: =request.requester -> =((request.id == \"REQ-1\") ? request.requester : request.requester)" },
        { "connection: =account.connection }\n                undo: none|connection: okta }\n                undo: none", "wider", "/close/which/clear: with.connection: =account.connection -> okta" },
        { "input.kind == 'suspend'|input.kind != 'sessions'", "wider", "/close/which/suspend: It runs when: (input.kind == \"suspend\") -> (input.kind != \"sessions\")" },
        { "undo: inverse|undo: none\n                because: It stays", "other", "/close/which/suspend: undo: unsuspend_user -> none" },
        { "onFailure: compensate|onFailure: stop", "wider", "playbook: onFailure: compensate -> stop" },
        { ", maxFailures: 1|", "wider", "/close: maxFailures: 1 -> (none)" },
        { "default: 7|default: 1", "other", "input days: default: 7 -> 1" },
        { "wait: { for: days(input.days) }|wait: { for: days(90) }", "wider", "/wait: for: days(input.days) -> days(90)" },
        // What lets less happen.
        { "max: 4,|max: 2,", "narrower", "/close: max: 4 -> 2" },
        { "> 0 && size|> 0 && input.days > 2 && size", "narrower", "/some: condition: (size(steps.open.value) > 0) && (size(steps.open.value) < 5) -> ((size(steps.open.value) > 0) && (input.days > 2)) && (size(steps.open.value) < 5)" },
        { "  - manual\n|", "narrower", "triggers: It is not started so any more: Somebody starts it." },
        { "onError: continue, maxFailures: 1|onError: stop", "narrower", "/close: goes on after a failure: yes -> no" },
        // Neither.
        { "title: Somebody leaves|title: Somebody goes", "other", "playbook: title: Somebody leaves -> Somebody goes" },
        { "Dear |Hello ", "other", "playbook: vars.greeting: Dear ${input.person} -> Hello ${input.person}" },
        { "timeout: PT4H|timeout: PT8H", "other", "/agree: timeout: PT4H -> PT8H" },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public void Change_IsToldWithWhatItMeans(string change, string weight, string told)
    {
        var parts = change.Split('|', 2);
        if (change.Contains("||", StringComparison.Ordinal))
            parts = ["person == input.person }\n  limits", "person == input.person || person == 'ceo@acme.example' }\n  limits"];
        var found = PlaybookComparison.Of(Read(Old), Read(Changed(parts[0], parts[1])));

        var lines = found.Select(difference => $"{difference.Weight.ToString().ToLowerInvariant()} {difference.Where}: {difference.Text}").ToList();
        Assert.True(lines.Contains($"{weight} {told}"), $"{change}\n{string.Join('\n', lines)}");
        // The worst first.
        Assert.Equal(found.OrderBy(difference => difference.Weight), found);
    }

    /// <summary>Somebody keeps longer what would be taken away.</summary>
    [Theory]
    [InlineData("for: days(30)", "for: days(90)", "wider", "for: days(30) -> days(90)")]
    [InlineData("for: days(30)", "for: duration('721h')", "wider", "for: days(30) -> duration(\"721h\")")]
    [InlineData("for: days(30)", "for: days(7)", "narrower", "for: days(30) -> days(7)")]
    [InlineData("for: days(30)", "until: run.now + days(7)", "wider", "until: (none) -> run.now + days(7)")]
    [InlineData("until: timestamp('2027-01-01T00:00:00Z')", "until: timestamp('2027-02-01T00:00:00Z')", "wider", "until: timestamp(\"2027-01-01T00:00:00Z\") -> timestamp(\"2027-02-01T00:00:00Z\")")]
    [InlineData("for: days(30), wakeOn: { event: assignment.removed }", "for: days(30)", "wider", "wakeOn: assignment.removed -> (none)")]
    public void Wait_BeforeARemoval_ThatGetsLonger_IsWider(string old, string now, string weight, string told)
    {
        var found = Assert.Single(PlaybookComparison.Of(Read(Term(old, "remove_application")), Read(Term(now, "remove_application"))), difference => told == difference.Text);
        var before = PlaybookComparison.Of(Read(Term(old, "add_application")), Read(Term(now, "add_application"))).Single(difference => told == difference.Text);

        Assert.Equal((weight, "/term"), (found.Weight.ToString().ToLowerInvariant(), found.Where));
        Assert.Equal(Weight.Other, before.Weight);
    }

    private static string Term(string wait, string then) => $$"""
        schema: playbook/v1
        id: term
        version: 1.0.0
        title: A term
        owner: group:it-identity
        inputs:
          person: { type: Person }
        policy:
          tools: [{{then}}]
          targets: { person: person == input.person }
          limits: { people: 1, writes: 1 }
        steps:
          - id: agree
            approve: { approvers: one, timeout: PT4H, summary: "For ${input.person}" }
          - id: term
            wait: { {{wait}} }
          - id: then
            do: {{then}}
            with: { person: =input.person, connection: okta, application: 0oa1 }
        """;

    /// <summary>Blanks, quotes, brackets, comments, block or flow style: nothing of a file's look is a difference.</summary>
    [Fact]
    public void Formatting_IsNoDifference()
    {
        var other = Old
            .Replace("size(steps.open.value) > 0 && size(steps.open.value) < 5", "\"(size( steps.open.value )>0) && (size(steps.open.value)<5)\"", StringComparison.Ordinal)
            .Replace("a.status == 'active'", "a.status==\"active\"", StringComparison.Ordinal)
            .Replace("${input.person}", "${ input.person }", StringComparison.Ordinal)
            .Replace("{ type: Person }", "\n    type: Person", StringComparison.Ordinal)
            .Replace("title: Somebody leaves", "# a comment\ntitle: \"Somebody leaves\"", StringComparison.Ordinal)
            .Replace("[find_person, suspend_user, clear_sessions, unsuspend_user]", "[unsuspend_user, find_person, clear_sessions, suspend_user]", StringComparison.Ordinal);

        Assert.NotEqual(Old, other);
        Assert.Empty(PlaybookComparison.Of(Read(Old), Read(other)));
    }

    /// <summary>The condition of a branch before it says when a step runs as well.</summary>
    [Fact]
    public void Step_InAnotherBranchOfTheSameChoice_RunsOnOtherOccasions()
    {
        var swapped = Old.Replace("input.kind == 'suspend'", "input.kind == 'sessions'", StringComparison.Ordinal);

        var found = PlaybookComparison.Of(Read(Old), Read(swapped));

        Assert.Contains(found, difference => difference is { Weight: Weight.Wider, Where: "/close/which/clear" });
        Assert.Contains(found, difference => difference is { Weight: Weight.Wider, Where: "/close/which/suspend" });
    }

    /// <summary>An approval that only one of two ways has does not count for what follows both.</summary>
    [Fact]
    public void ApprovalMovedIntoABranch_NoLongerStandsBeforeTheChange()
    {
        var agree = "  - id: agree\n    approve: { approvers: two, timeout: PT4H, summary: \"Close ${input.person}\" }\n";
        var moved = Changed(agree, "  - id: maybe\n    choose:\n      - when: input.kind == 'suspend'\n        steps:\n"
            + "          - id: agree\n            approve: { approvers: two, timeout: PT4H, summary: \"Close ${input.person}\" }\n      - else: true\n        steps: []\n");

        Assert.Contains(
            new Difference(Weight.Wider, "/close/which/suspend", "No approval stands before 'suspend_user' on every path any more; its own gate asks one other person."),
            PlaybookComparison.Of(Read(Old), Read(moved)));
    }

    [Fact]
    public void NewChange_SaysWhetherSomebodyAgrees()
    {
        var tell = "  - id: tell\n";
        var more = Changed(tell, "  - id: back\n    do: unsuspend_user\n    with: { person: =input.person }\n    undo: inverse\n" + tell);

        Assert.Contains(
            new Difference(Weight.Wider, "/back", "A new change: unsuspend_user. The plan before it is agreed to by two other people."),
            PlaybookComparison.Of(Read(Old), Read(more)));
    }

    [Fact]
    public void EveryKindOfStep_CanBeCompared()
    {
        var kinds = typeof(Step).Assembly.GetTypes().Where(type => !type.IsAbstract && type.IsSubclassOf(typeof(Step)));
        var unknown = kinds.Where(kind =>
        {
            try
            {
                return StepFacts.Verb((Step)System.Runtime.CompilerServices.RuntimeHelpers.GetUninitializedObject(kind)).Length == 0;
            }
            catch (InvalidOperationException)
            {
                return true;
            }
        });

        Assert.Empty(unknown);
    }

    [Fact]
    public void ShippedPlaybooks_DifferInNothingFromThemselves()
    {
        foreach (var playbook in PlaybookFolder.Load(ShippedPlaybooksTests.Folder).Playbooks)
            Assert.Empty(PlaybookComparison.Of(playbook, PlaybookReader.Read(PlaybookFile.Of("again.yaml", playbook.File.Text)).Playbook!));
    }

    private static string Changed(string from, string to)
    {
        Assert.Contains(from, Old, StringComparison.Ordinal);
        return Old.Replace(from, to, StringComparison.Ordinal);
    }

    private static Playbook Read(string text)
    {
        var reading = PlaybookReader.Read(PlaybookFile.Of("leaver.yaml", text));
        Assert.True(reading.Playbook is not null, string.Join('\n', reading.Findings.Select(finding => finding.ToString())));
        return reading.Playbook!;
    }
}
