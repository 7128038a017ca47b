using Siit.Iam.Agent.Playbooks;
using Siit.Iam.Agent.Playbooks.Checks;
using Siit.Iam.Agent.Playbooks.Format;

namespace Siit.Iam.Agent.Tests.Playbooks.Checks;

/// <summary>What the checker says about a step in which somebody proves who they are, one fault at a time.</summary>
public sealed class VerifyStepTests
{
    private const string Whole = """
        schema: playbook/v1
        id: whole
        version: 1.0.0
        title: Somebody proves who they are
        owner: group:it-identity
        triggers: [manual]
        inputs:
          person: { type: Person }
          other: { type: Person }
          days: { type: int, default: 3 }
        policy:
          tools: [reset_mfa]
          connections: [okta]
          targets: { person: "person in [input.person, input.other]" }
          limits: { people: 2, writes: 1 }
        steps:
          - id: some
            require: input.person != input.other && input.days > 1
          - id: who
            verify: { subject: =input.person, connection: okta, for: reset_mfa, timeout: PT30M }
          - id: shown
            require: steps.who.level != 'none' && size(steps.who.methods) > 0
          - id: agree
            approve: { approvers: one, timeout: PT4H, summary: "Reset for ${input.person}, proved ${string(steps.who.at)}" }
          - id: reset
            do: reset_mfa
            with: { person: =input.person, connection: okta }
            undo: none
            because: A test
        """;

    [Fact]
    public void Read_Whole_HasNoFinding()
    {
        var reading = PlaybookReader.Read(PlaybookFile.Of("whole.yaml", Whole));

        Assert.Empty(reading.Findings.Select(finding => $"{finding.Code} {finding.Line} {finding.Message}"));
        Assert.IsType<VerifyStep>(reading.Playbook!.Steps[1]);
    }

    [Theory]
    [InlineData("PB037", "with: { person: =input.person,", "with: { person: =input.other,", "do: reset_mfa")]
    [InlineData("PB037", "subject: =input.person", "subject: =input.other", "do: reset_mfa")]
    [InlineData("PB037", "for: reset_mfa", "for: reset_password", "do: reset_mfa")]
    [InlineData("PB021", "subject: =input.person", "subject: =input.days", "verify:")]
    [InlineData("PB021", "connection: okta, for", "connection: =input.days, for", "verify:")]
    [InlineData("PB011", "connection: okta, for", "connection: entra, for", "verify:")]
    [InlineData("PB002", "for: reset_mfa", "for: suspend_user", "verify:")]
    [InlineData("PB002", ", timeout: PT30M }\n  - id: shown", " }\n  - id: shown", "verify:")]
    [InlineData("PB023", "!= 'none'", "!= 'nothing'", "steps.who.level")]
    // Whoever agreed before the proof was there has not seen the reset.
    [InlineData("PB030", "  - id: agree\n    approve: { approvers: one, timeout: PT4H, summary: \"Reset for ${input.person}, proved ${string(steps.who.at)}\" }\n", "", "do: reset_mfa")]
    public void Read_OneFault_FindsIt(string code, string there, string instead, string pointsAt)
    {
        Assert.Contains(there, Whole, StringComparison.Ordinal);
        var text = Whole.Replace(there, instead, StringComparison.Ordinal);

        var found = PlaybookReader.Read(PlaybookFile.Of("whole.yaml", text)).Findings;

        var line = text[..text.IndexOf(pointsAt, StringComparison.Ordinal)].Count(letter => letter == '\n') + 1;
        Assert.True(found.Any(finding => finding.Code == code && finding.Line == line), string.Join('\n', found.Select(finding => $"{finding.Code} {finding.Line} {finding.Message}")));
    }

    /// <summary>An approval from before the proof covers no reset after it, in the checker as in the run.</summary>
    [Fact]
    public void Read_AgreedBeforeTheProof_Warns()
    {
        var approve = Whole.Split('\n').Single(line => line.Contains("approve:", StringComparison.Ordinal));
        var text = Whole.Replace($"  - id: agree\n{approve}\n", "", StringComparison.Ordinal)
            .Replace("  - id: who\n", "  - id: agree\n    approve: { approvers: one, timeout: PT4H, summary: Early }\n  - id: who\n", StringComparison.Ordinal);

        Assert.Contains(PlaybookReader.Read(PlaybookFile.Of("whole.yaml", text)).Findings, finding => finding is { Code: "PB030", Severity: Severity.Warning });
    }

    [Theory]
    [InlineData("of: =input.person, group: security", "PB002")]
    [InlineData("timeout: PT1H", "PB002")]
    [InlineData("group: security", null)]
    public void Read_AskOfAGroup_IsOneOfTwo(string whom, string? code)
    {
        var text = Whole.Replace("  - id: agree\n", $"  - id: asked\n    ask: {{ {whom}, text: Well?, answers: {{ well: {{ enum: ['yes', 'no'] }} }}, {(whom.StartsWith("timeout", StringComparison.Ordinal) ? "" : "timeout: PT1H, ")}default: {{ well: 'no' }} }}\n  - id: agree\n", StringComparison.Ordinal);

        var found = PlaybookReader.Read(PlaybookFile.Of("whole.yaml", text)).Findings.Select(finding => finding.Code).ToList();

        Assert.Equal(code is null ? [] : [code], found.Distinct());
    }
}
