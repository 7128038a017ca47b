using Siit.Iam.Agent.Playbooks;
using Siit.Iam.Agent.Playbooks.Checks;
using Siit.Iam.Agent.Playbooks.Format;

namespace Siit.Iam.Agent.Tests.Playbooks.Checks;

/// <summary>What is printed with every check: counted without running anything, called playbooks included.</summary>
public sealed class BoundReportTests
{
    private const string Callee = "  - id: leave\n    do: remove_from_group\n    with: { person: =input.person, group: g-1 }\n  - id: agree\n    approve: { approvers: two, timeout: PT1H, summary: x }\n  - id: hold\n    do: suspend_user\n    with: { person: =input.person }";

    [Theory]
    [InlineData("[add_to_group]", "  - id: each\n    foreach: { in: \"['a', 'b', 'c']\", as: word, max: 3 }\n    steps: [{ id: add, do: add_to_group, with: { person: =input.person, group: =word } }]", "at most 1 person, 3 groups, 3 writes")]
    [InlineData("[add_to_group]", "  - id: each\n    foreach: { in: \"['a', 'b', 'c']\", as: word, max: 3 }\n    steps: [{ id: add, do: add_to_group, with: { person: =input.person, group: =input.group, reason: =word } }]", "at most 1 person, 1 group, 3 writes")]
    [InlineData("[add_to_group, remove_from_group]", "  - id: add\n    do: add_to_group\n    with: { person: =input.person, group: g-1 }\n  - id: take\n    do: remove_from_group\n    with: { person: =input.person, group: g-1 }", "at most 1 person, 1 group, 2 writes")]
    [InlineData("[add_application]", "  - id: add\n    do: add_application\n    with: { person: =input.person, application: \"a-${input.group}\" }", "at most 1 person, 1 application, 1 write")]
    public void Bound_GroupsAndApplications_AreCountedByWhatTheyAreNamedWith(string tools, string steps, string bound) => Assert.Equal(bound, Read("own", tools, steps).Bound.ToString());

    [Fact]
    public void Report_OfAPlaybookThatCalls_CountsTheCalledOnesInAndTheirGates()
    {
        var callee = Read("callee", "[remove_from_group, suspend_user]", Callee);
        const string call = "{ id: N, call: { playbook: callee, version: ^1 }, with: { person: =input.person, group: x } }";
        var caller = Read("caller", "[clear_sessions]",
            "  - id: clear\n    do: clear_sessions\n    with: { person: =input.person }\n"
            + "  - id: each\n    foreach: { in: \"['a', 'b']\", as: word, max: 2 }\n    steps: [" + call.Replace("N,", "first,", StringComparison.Ordinal) + "]\n"
            + "  - id: either\n    choose:\n      - when: input.group == 'x'\n        steps: [" + call.Replace("N,", "second,", StringComparison.Ordinal) + "]\n      - else: true\n        steps: []");

        var report = BoundReport.Of(caller, id => id == "callee" ? callee : null);

        Assert.Equal(new PlaybookBound(4, 7) { Groups = 3 }, report.Bound);
        Assert.Equal(["callee"], report.Calls);
        Assert.Equal(["callee/agree (two)"], report.Plans);
        Assert.Equal(["suspend_user (one)"], report.Gates);
        Assert.Empty(report.Unknown);
        Assert.Equal("caller 1.0.0: at most 4 people, 3 groups, 7 writes (with callee)", report.Lines().First());
        Assert.Equal(["callee"], BoundReport.Of(caller, _ => null).Unknown);
    }

    [Theory]
    [InlineData("seats: [owner]", "agree (owner)")]
    [InlineData("seats: [manager, \"group:desk\"], needed: 1, fallback: it-leads", "agree (1 of manager, group:desk, else it-leads)")]
    [InlineData("approvers: two, seats: [any]", "agree (two, and any)")]
    public void Report_SaysWhoAgrees(string who, string says) =>
        Assert.Equal([says], BoundReport.Of(Read("own", "[add_to_group]", $"  - id: agree\n    approve: {{ {who}, timeout: PT1H, summary: x }}\n  - id: add\n    do: add_to_group\n    with: {{ person: =input.person, group: =input.group }}"), _ => null).Plans);

    private static Playbook Read(string id, string tools, string steps)
    {
        var reading = PlaybookReader.Read(PlaybookFile.Of($"{id}.yaml", $$"""
            schema: playbook/v1
            id: {{id}}
            version: 1.0.0
            title: A test
            owner: group:it-identity
            inputs:
              person: { type: Person }
              group: { type: string, max: 64 }
            policy:
              tools: {{tools}}
              targets: { person: person == input.person }
              limits: { people: 1, writes: 9 }
            steps:
            {{steps}}
            """));
        Assert.True(reading.Playbook is not null, string.Join('\n', reading.Findings));
        return reading.Playbook;
    }
}
