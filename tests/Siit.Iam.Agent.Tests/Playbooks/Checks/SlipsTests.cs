using Siit.Iam.Agent.Playbooks;
using Siit.Iam.Agent.Playbooks.Checks;
using Siit.Iam.Agent.Playbooks.Format;

namespace Siit.Iam.Agent.Tests.Playbooks.Checks;

/// <summary>What a fresh author writes: texts that were meant as expressions, written-out secrets, guards; told once, with what to write instead.</summary>
public sealed class SlipsTests
{
    private const string Whole = """
        schema: playbook/v1
        id: whole
        version: 1.0.0
        title: input.person
        owner: group:it-identity
        triggers:
          - manual
          - hris: { event: hired }
            bind: { person: =employee.work_email, who: =employee }
        inputs:
          person: { type: Person }
          note: { type: string, optional: true }
          who: { type: Employee, optional: true }
        policy:
          tools: [find_person, remove_from_group, add_to_group]
          targets: { person: person == input.person }
          limits: { people: 1, writes: 11 }
          concurrency: { key: =input.person, mode: queue }
        vars:
          hello: "Hello ${input.person}"
          teams: "={'Finance': 'finance-all', 'Sales': 'sales-all'}"
        steps:
          - id: noted
            require: has(input.note) && has(input.who)
            message: No note, no run.
          - id: found
            do: find_person
            with: { person: =input.person }
          - id: agree
            approve: { seats: [any], timeout: P1D, summary: "${vars.hello}: ${vars.teams['Sales']}" }
          - id: named
            let: =input.note
          - id: each
            foreach: { in: steps.found.accounts, as: account, max: 10 }
            steps:
              - id: leave
                do: remove_from_group
                with: { person: =input.person, connection: =account.connection, group: VPN Users }
                undo: inverse
            yield: =account.id
          - id: ticket
            request: { for: =input.person, text: "Look at ${steps.named.value}" }
          - id: again
            ask: { of: =input.person, text: Again?, answers: { again: bool }, timeout: P1D, default: { again: false } }
          - id: told
            notify: { to: =input.person, template: "Done for ${input.who.work_email} with ${steps.ticket.id}." }
        onFailure: compensate
        outputs:
          ids: =steps.each.values
        """;

    [Fact]
    public void Read_Whole_HasNoFinding() => Assert.Empty(Read(Whole).Findings);

    [Theory]
    // with, let, yield, the key, outputs, vars, bind
    [InlineData("connection: =account.connection", "connection: account.connection", "Write \"=account.connection\".")]
    [InlineData("connection: =account.connection", "connection: account", "Write \"=account\".")]
    [InlineData("let: =input.note", "let: input.note", "Write \"=input.note\".")]
    [InlineData("let: =input.note", "let: string(input.note)", "Write \"=string(input.note)\".")]
    [InlineData("let: =input.note", "let: \"input.note == 'x' ? 'a' : 'b'\"", "Write \"=input.note == 'x' ? 'a' : 'b'\".")]
    [InlineData("yield: =account.id", "yield: account.id", "Write \"=account.id\".")]
    [InlineData("key: =input.person", "key: input.person", "Write \"=input.person\".")]
    [InlineData("ids: =steps.each.values", "ids: steps.each.values", "Write \"=steps.each.values\".")]
    [InlineData("hello: \"Hello ${input.person}\"", "hello: input.person", "Write \"=input.person\".")]
    [InlineData("who: =employee }", "who: employee }", "Write \"=employee\".")]
    [InlineData("for: =input.person", "for: input.person", "Write \"=input.person\".")]
    [InlineData("to: =input.person", "to: input.person", "Write \"=input.person\".")]
    // texts
    [InlineData("template: \"Done for ${input.who.work_email} with ${steps.ticket.id}.\"", "template: input.who.work_email", "Write \"${input.who.work_email}\".")]
    [InlineData("template: \"Done for ${input.who.work_email} with ${steps.ticket.id}.\"", "template: =input.who.work_email", "Write \"${input.who.work_email}\".")]
    [InlineData("text: \"Look at ${steps.named.value}\"", "text: steps.named.value", "Write \"${steps.named.value}\".")]
    [InlineData("text: Again?", "text: input.note", "Write \"${input.note}\".")]
    [InlineData("message: No note, no run.", "message: run.id", "Write \"${run.id}\".")]
    [InlineData("summary: \"${vars.hello}: ${vars.teams['Sales']}\"", "summary: vars.hello", "Write \"${vars.hello}\".")]
    // as other tools write them
    [InlineData("Done for", "Done for {{ input.person }} and", "Write ${input.person}.")]
    [InlineData("Done for", "Done for $(input.person) and", "Write ${input.person}.")]
    [InlineData("Done for", "Done for $input.person and", "Write ${input.person}.")]
    [InlineData("Done for", "Done for %{input.person} and", "Write ${input.person}.")]
    [InlineData("Done for", "Done for {input.person} and", "Write ${input.person}.")]
    [InlineData("let: =input.note", "let: \"Dear {{ input.note }}\"", "Write ${input.note}.")]
    public void Read_TextThatWasMeantAsExpression_SaysWhatToWrite(string there, string instead, string hint)
    {
        var findings = Errors(there, instead);

        Assert.Equal(("PB020", hint), Assert.Single(findings) is var only ? (only.Code, only.Hint) : default);
    }

    [Theory]
    [InlineData("let: =input.note", "let: input")]
    [InlineData("let: =input.note", "let: run - then stop")]
    [InlineData("let: =input.note", "let: accounts")]
    [InlineData("let: =input.note", "let: \"='input.note'\"")]
    [InlineData("text: Again?", "text: account")]
    [InlineData("text: Again?", "text: \"It costs $(5) or 20% {sic}, $input or $PATH\"")]
    [InlineData("text: Again?", "text: \"${'{{ x }} $(x)'} %\"")]
    [InlineData("message: No note, no run.", "message: \"The password is reset. Your token = none, password: ${run.id}, secret=${run.id}\"")]
    public void Read_TextThatIsOne_IsLeftAlone(string there, string instead) => Assert.Empty(Errors(there, instead));

    [Theory]
    [InlineData("text: Again?", "text: The password is Winter2026!", "Winter2026")]
    [InlineData("text: Again?", "text: use AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLE")]
    [InlineData("group: VPN Users", "group: xoxb-123456789012-abcdef", "xoxb")]
    [InlineData("group: VPN Users", "grouq: \"api_key=sk-proj-abcdef1234567890abcdef\", group: x", "abcdef")]
    [InlineData("do: remove_from_group", "do: ghp_16C7e42F292c6912E7710c838347Ae178B4a", "16C7")]
    [InlineData("title: input.person", "title: AIzaSyA1234567890abcdefghijklmnopqrstuv", "AIza")]
    [InlineData("let: =input.note", "let: \"='github_pat_11ABCDEFG0123456789_abc' + 1\"", "11ABC")]
    [InlineData("message: No note, no run.", "message: \"-----BEGIN RSA PRIVATE KEY-----\\nMIIEow\"", "MIIEow")]
    public void Read_Secret_IsFoundAndNeverRepeated(string there, string instead, string secret)
    {
        var findings = Errors(there, instead);

        Assert.Contains(findings, finding => finding.Code == "PB043");
        Assert.All(findings, finding => Assert.DoesNotContain(secret, finding.ToString(), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("ana@acme.example", true)]
    [InlineData("okta:00u1", true)]
    [InlineData("hello", false)]
    [InlineData("\"='hello'\"", false)]
    [InlineData("Ana Lopes", false)]
    public void Read_WrittenOutPerson_IsAWorkEmailOrAnAccount(string person, bool right) =>
        Assert.Equal(right ? [] : ["PB012"], Errors("do: find_person\n    with: { person: =input.person }", $"do: find_person\n    with: {{ person: {person} }}").Select(finding => finding.Code));

    [Theory]
    [InlineData("let: =input.note", "let: =timestamp('2027-13-01')", "PB027")]
    [InlineData("require: has(input.note) && has(input.who)", "require: has(input.note) && has(input.who) && 1 / 0 == 1", "PB027")]
    [InlineData("require: has(input.note) && has(input.who)", "require: has(input.note) && has(input.who) || int('x') == 1", "PB027")]
    [InlineData("vars.teams['Sales']", "vars.teams['Fin']", "PB027")]
    [InlineData("hello: \"Hello ${input.person}\"", "hello: =1.0 / 0.0", "PB027")]
    public void Read_WhatCanNeverBeComputed_IsAllThatIsSaid(string there, string instead, string code) =>
        Assert.Equal([code], Errors(there, instead).Select(finding => finding.Code).Distinct().Where(found => found != "PB022"));

    [Theory]
    // One wrong name, and the other guards still count.
    [InlineData("require: has(input.note) && has(input.who)", "require: has(input.note) && input.persn == 'x' && has(input.who)", "PB021")]
    [InlineData("in: steps.found.accounts", "in: \"steps.found.accounts[\"", "PB020")]
    [InlineData("person: { type: Person }", "person: { type: person }", "PB002")]
    [InlineData("with: { person: =input.person, connection: =account.connection, group: VPN Users }", "with: { person: =input.person, group: \"=account.id +\" }", "PB020")]
    public void Read_OneMistake_IsToldWithoutWhatFollowsFromIt(string there, string instead, string code) =>
        Assert.Equal(code, Assert.Single(Errors(there, instead)).Code);

    [Fact]
    public void Read_TypeInSmallLetters_IsNamed() =>
        Assert.Contains("did you mean 'Person'?", Assert.Single(Errors("type: Person }", "type: person }")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("in: steps.found.accounts", "in: \"steps.found.accounts.filter(a, has(a.email))\"", "=account.id", "=account.email", true)]
    [InlineData("in: steps.found.accounts", "in: \"steps.found.accounts.filter(a, has(a.email) || true)\"", "=account.id", "=account.email", false)]
    [InlineData("in: steps.found.accounts", "in: steps.found.accounts", "=account.id", "=account.email", false)]
    public void Read_ForeachOverThoseThatHaveIt_ProvesItThere(string there, string instead, string value, string read, bool proved)
    {
        var findings = Read(Replaced(Replaced(Whole, there, instead), value, read)).Findings.Where(finding => finding.Severity == Severity.Error);

        Assert.Equal(proved ? [] : ["PB022"], findings.Select(finding => finding.Code));
    }

    [Fact]
    public void Read_ListInAText_IsToldJoin()
    {
        var finding = Assert.Single(Errors("${steps.ticket.id}", "${steps.each.values}"));

        Assert.Equal(("A list<string> stands in a text.", "Put its items together: write .join(', ') after it."), (finding.Message, finding.Hint));
        Assert.Empty(Errors("${steps.ticket.id}", "${steps.each.values.join(', ')}"));
    }

    [Fact]
    public void Read_ByteOrderMark_IsNoPartOfTheText() => Assert.NotNull(Read("\uFEFF" + Whole).Playbook);

    [Theory]
    [InlineData("    let: =input.note", "\u00A0\u00A0  let: =input.note", 1)]
    [InlineData("    let: =input.note", "  \u00A0\u00A0let: =input.note", 3)]
    [InlineData("    let: =input.note", "    let:\u00A0=input.note", 9)]
    [InlineData("    let: =input.note", "    let: no\u00A0te", 12)]
    public void Read_NoBreakSpace_IsNamedWithItsPlace(string there, string instead, int column)
    {
        var text = Replaced(Whole, there, instead);

        var finding = Assert.Single(Read(text).Findings, each => each.Message.Contains("U+00A0", StringComparison.Ordinal));

        var line = text[..text.IndexOf('\u00A0', StringComparison.Ordinal)].Count(letter => letter == '\n') + 1;
        Assert.Equal(("PB001", line, column), (finding.Code, finding.Line, finding.Column));
    }

    [Fact]
    public void Read_NoBreakSpaceInQuotes_IsText() => Assert.Empty(Errors("text: Again?", "text: \"Encore\u00A0?\""));

    [Fact]
    public void Read_PlaybookThatOnlyTells_NeedsNoTools()
    {
        var reading = Read("""
            schema: playbook/v1
            id: tell
            version: 1.0.0
            title: Tell somebody
            owner: group:it-identity
            inputs: { person: { type: Person } }
            policy: { tools: [], limits: { people: 0, writes: 0 } }
            steps:
              - { id: told, notify: { to: =input.person, template: Hello } }
            """);

        Assert.Empty(reading.Findings);
        Assert.Empty(reading.Playbook!.Policy.Tools);
    }

    private static List<Finding> Errors(string there, string instead) =>
        [.. Read(Replaced(Whole, there, instead)).Findings.Where(finding => finding.Severity == Severity.Error)];

    private static string Replaced(string text, string there, string instead)
    {
        Assert.Contains(there, text, StringComparison.Ordinal);
        var at = text.IndexOf(there, StringComparison.Ordinal);
        return text[..at] + instead + text[(at + there.Length)..];
    }

    private static PlaybookReading Read(string text) => PlaybookReader.Read(PlaybookFile.Of("whole.yaml", text));
}
