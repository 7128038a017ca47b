using Siit.Iam.Agent.Playbooks;
using Siit.Iam.Agent.Playbooks.Checks;
using Siit.Iam.Agent.Playbooks.Format;

namespace Siit.Iam.Agent.Tests.Playbooks.Checks;

/// <summary>What an author is told to write, where the words alone left them guessing.</summary>
public sealed class HintsTests
{
    private const string Whole = """
        schema: playbook/v1
        id: hints
        version: 1.0.0
        title: Hints
        owner: group:it-identity
        triggers:
          - manual
        inputs:
          person: { type: Person }
        policy:
          tools: [clear_sessions, find_person]
          targets: { person: person == input.person }
          limits: { people: 1, writes: 1 }
        steps:
          - id: found
            do: find_person
            with: { person: =input.person }
          - id: open
            let: =steps.found.accounts.filter(a, a.status == 'active')
          - id: term
            wait: { for: days(1) }
          - id: out
            do: clear_sessions
            with: { person: =input.person, connection: okta }
            undo: none
            because: Signing in again is possible
        """;

    [Theory]
    [InlineData("  - manual\n", "  - hris: { date: end }\n", "PB014", "Trigger 'hris' leaves input 'person' unsaid.", "Add bind: { person: =employee.work_email }, or give the input a default.")]
    [InlineData("  - manual\n", "  - idp: { event: account.created }\n", "PB014", "Trigger 'idp' leaves input 'person' unsaid.", "Add bind: { person: =event.email } and where: has(event.email), or give the input a default.")]
    [InlineData("  - manual\ninputs:\n", "  - hris: { event: hired }\n    bind: { person: =employee.work_email }\ninputs:\n  who: { type: Employee }\n", "PB014", "Trigger 'hris' leaves input 'who' unsaid.", "Add bind: { who: =employee }, or give the input a default.")]
    [InlineData("for: days(1)", "for: P30D", "PB021", "'P30D' is no duration in an expression.", "Write days(30).")]
    [InlineData("for: days(1)", "for: PT90M", "PB021", "'PT90M' is no duration in an expression.", "Write duration('90m').")]
    [InlineData("for: days(1)", "until: 2027-01-01", "PB021", "'2027-01-01' is no timestamp in an expression.", "Write timestamp('2027-01-01T00:00:00Z').")]
    [InlineData("for: days(1)", "until: \"'2027-01-01T08:00:00Z'\"", "PB021", "''2027-01-01T08:00:00Z'' is no timestamp in an expression.", "Write timestamp('2027-01-01T08:00:00Z').")]
    [InlineData("  - id: term\n", "  - id: some\n    require: size(steps.open) > 0\n  - id: term\n", "PB021", null, " The value is steps.open.value.")]
    [InlineData("  - id: term\n", "  - id: all\n    foreach: { in: steps.open, as: a, max: 3 }\n    steps: [{ id: t, notify: { template: x } }]\n  - id: term\n", "PB021", null, " The value is steps.open.value.")]
    [InlineData("  - manual\n", "  - manual\n  - schedule: { cron: '0 25 * * 1' }\n    bind: { person: ana@acme.example }\n", "PB015", "'0 25 * * 1' is no cron expression: its hour is '25' (0 to 23).", null)]
    [InlineData("  - manual\n", "  - manual\n  - schedule: { cron: '0 7 * *' }\n    bind: { person: ana@acme.example }\n", "PB015", "'0 7 * *' is no cron expression: it has 4 fields.", null)]
    [InlineData("  - id: out\n", "  - id: late\n    wait: { until: run.now + days(2) }\n  - id: out\n", "PB055", "run.now is the moment at which the run started, and stays that after the wait 'term'.", "Count from its end: steps.term.at.")]
    [InlineData("  - id: term\n", "  - id: some\n    require: sizeof(input.person) > 0\n  - id: term\n", "PB021", null, "siit-iam playbooks explain functions")]
    public void Finding_SaysWhatToWrite(string there, string instead, string code, string? message, string? hint)
    {
        Assert.Contains(there, Whole, StringComparison.Ordinal);

        var finding = Assert.Single(PlaybookReader.Read(PlaybookFile.Of("hints.yaml", Whole.Replace(there, instead, StringComparison.Ordinal))).Findings);

        Assert.Equal(code, finding.Code);
        if (message is not null)
            Assert.Equal(message, finding.Message);
        if (hint is not null)
            Assert.EndsWith(hint, finding.Hint, StringComparison.Ordinal);
        Assert.Equal(code == "PB055" ? Severity.Warning : Severity.Error, finding.Severity);
    }

    /// <summary>The first wait of a playbook may well be counted from the start.</summary>
    [Fact]
    public void Wait_UntilATimeFromTheStart_IsFineByItself() =>
        Assert.Empty(PlaybookReader.Read(PlaybookFile.Of("hints.yaml", Whole.Replace("for: days(1)", "until: run.now + days(2)", StringComparison.Ordinal))).Findings);

    /// <summary>Editors offer what the checker takes.</summary>
    [Fact]
    public void Schema_OffersAChoiceToModelsOnly()
    {
        var step = EditorSchema.Make()["$defs"]!["step"]!["oneOf"]!.AsArray();
        System.Text.Json.Nodes.JsonNode Of(string verb) => step.Single(one => one!["properties"]![verb] is not null)!["properties"]![verb]!["properties"]!;

        Assert.Contains("\"choice\"", Of("agent")["output"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.DoesNotContain("\"choice\"", Of("ask")["answers"]!.ToJsonString(), StringComparison.Ordinal);
    }
}
