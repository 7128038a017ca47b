using Siit.Iam.Agent.Playbooks.TestFiles;
using TestResult = Siit.Iam.Agent.Playbooks.TestFiles.TestResult;

namespace Siit.Iam.Agent.Tests.Playbooks.TestFiles;

/// <summary>What is said about a test file that is wrong, and about a playbook that is.</summary>
public sealed class TestFileTests : IDisposable
{
    private const string Suspend = """
        schema: playbook/v1
        id: own
        version: 1.0.0
        title: A test
        owner: group:it-identity
        inputs:
          person: { type: Person }
        policy:
          tools: [suspend_user, clear_sessions]
          targets: { person: person == input.person }
          limits: { people: 1, writes: 2 }
        steps:
          - id: agree
            approve: { approvers: one, timeout: PT4H, summary: "Suspend ${input.person}" }
          - id: suspend
            do: suspend_user
            with: { person: =input.person, connection: okta }
            undo: inverse
          - id: out
            do: clear_sessions
            with: { person: =input.person, connection: okta }
            undo: none
            because: It is a test
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("siit-test-files-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Case_ThatComesOutOtherwise_IsTold()
    {
        var problems = await ProblemsAsync("""
            inputs: { person: ana@acme.example }
            expect:
              end: refused
              calls: [clear_sessions x2]
              diff: ["~ ana@acme.example okta: status active -> deprovisioned"]
              diffContains: [locked]
              approvals: []
              writes: 1
              outputs: { some: 1 }
            """);

        Assert.Equal(7, problems.Count);
        Assert.Contains(problems, problem => problem.StartsWith("end: expected refused, but it is succeeded", StringComparison.Ordinal));
        Assert.Contains("calls: expected [clear_sessions x2]; made were [suspend_user, clear_sessions].", problems);
        Assert.Contains(problems, problem => problem.Contains("expected, not there: ~ ana@acme.example okta: status active -> deprovisioned", StringComparison.Ordinal)
            && problem.Contains("there, not expected: ~ ana@acme.example okta: status active -> suspended", StringComparison.Ordinal));
    }

    /// <summary>The gate's own rules hold in a test as everywhere.</summary>
    [Fact]
    public async Task Case_AboutAProtectedPerson_IsRefused() => Assert.Empty(await ProblemsAsync("""
        inputs: { person: boss@acme.example }
        expect: { end: refused, code: protected_person, writes: 0 }
        """));

    [Fact]
    public async Task Case_InterruptedEverywhere_IsWalkedAtEachPoint()
    {
        var result = await RunAsync("""
            inputs: { person: ana@acme.example }
            crash: every
            expect: { end: succeeded, writes: 2 }
            """);

        Assert.True(result.Passed, string.Join('\n', result.Problems));
        Assert.True(result.Crashes >= 12, $"{result.Crashes} points");
    }

    /// <summary>A file that says the wrong thing about an interruption would say nothing at all.</summary>
    [Fact]
    public void Comparison_OfAnEffectThatCameTwice_IsTold()
    {
        var usual = new TestWalk(null, ["suspend_user ana okta"], 4, null);

        Assert.Contains("there, not expected: suspend_user ana okta", Assert.Single(TestComparison.Compare(usual, usual with { Effects = ["suspend_user ana okta", "suspend_user ana okta"] })), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_WhatIsWrong_IsToldAtOnceWithItsPlace()
    {
        Write("own.yaml", Suspend);
        Write("own.test.yaml", """
            playbook: own
            directory:
              people:
                - email: ana@acme.example
                  accounts: { okta: { groups: [Nowhere] } }
            cases:
              - name: one
                inputs: { persn: ana@acme.example }
                approvals: { agre: no }
                wake: [nothing]
                fail: { suspend: unavailable, "suspend_user[1]": rejected }
                expect: { end: succeeded }
              - name: one
                trigger: { hris: end, idp: account.created }
                expect: { end: succeeded, approvals: [nobody] }
            """);

        var findings = TestReader.Read(Path.Combine(_folder, "own.test.yaml")).Findings;

        Assert.Equal(
            [(5, "'Nowhere' is none of the directory's groups."), (8, "'persn' is not an input of the playbook."), (9, "'agre' is not a step."), (10, "'nothing' is not a step."),
                (11, "'suspend' is no change of this playbook."), (13, "There are two cases 'one'."), (14, "A trigger of a case names exactly one thing that happens."), (15, "'nobody' is not a step.")],
            findings.DistinctBy(finding => finding.Line).Select(finding => (finding.Line, finding.Message)));
        Assert.Contains("Did you mean 'person'?", findings.Single(finding => finding.Line == 8).Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("playbook: none\ndirectory: {}\ncases:\n  - { name: a, expect: { end: succeeded } }\n", "There is no playbook 'none'.")]
    [InlineData("playbook: own\ndirectory: none.yaml\ncases:\n  - { name: a, expect: { end: succeeded } }\n", "There is no file 'none.yaml'.")]
    [InlineData("playbook: own\ndirectory: {}\ncases:\n  - { name: a, expect: { end: succeded } }\n", "'test.cases.expect.end' is 'succeded' (did you mean 'succeeded'?).")]
    [InlineData("playbook: own\ndirectory: {}\ncases:\n  - { name: a, exspect: {} }\n", "'exspect' is not a key of 'test.cases'.")]
    public void Read_WithoutWhatItNames_SaysSo(string text, string message)
    {
        Write("own.yaml", Suspend);
        Write("own.test.yaml", text);

        Assert.Contains(message, TestReader.Read(Path.Combine(_folder, "own.test.yaml")).Findings.Select(finding => finding.Message));
    }

    /// <summary>Left out without a word, the account is missed in a test that then says nothing.</summary>
    [Fact]
    public void Read_AnAccountWhereThereIsNoConnection_IsAnError()
    {
        Write("own.yaml", Suspend);
        Write("own.test.yaml", """
            playbook: own
            directory:
              people:
                - { email: ana@acme.example, accounts: { okta: active, entra: active } }
            cases:
              - name: one
                inputs: { person: ana@acme.example }
                given: { people: [{ email: ben@acme.example, accounts: { google: active } }] }
                expect: { end: succeeded }
              - name: another connection in this case
                inputs: { person: ana@acme.example }
                given:
                  connections: { okta: okta, jumpcloud: jumpcloud }
                  people: [{ email: ben@acme.example, accounts: { jumpcloud: active } }]
                expect: { end: succeeded }
            """);

        var findings = TestReader.Read(Path.Combine(_folder, "own.test.yaml")).Findings;

        Assert.Equal([(4, "The directory has no connection 'entra'."), (8, "The directory has no connection 'google'.")], findings.Select(finding => (finding.Line, finding.Message)));
    }

    private const string Outer = """
        schema: playbook/v1
        id: outer
        version: 1.0.0
        title: A test
        owner: group:it-identity
        inputs:
          person: { type: Person }
        policy:
          tools: [suspend_user, clear_sessions]
          targets: { person: person == input.person }
          limits: { people: 1, writes: 2 }
        steps:
          - id: close
            call: { playbook: own, version: ^1 }
            with: { person: =input.person }
        """;

    [Theory]
    [InlineData("approvals: { close/agree: no }", "end: failed, approvals: [close/agree], writes: 0")]
    [InlineData("approvals: { close/agree: yes }", "end: succeeded, approvals: [close/agree], writes: 2")]
    public async Task Case_OfACalledPlaybook_SaysWhatIsDecidedInIt(string words, string expect)
    {
        Write("own.yaml", Suspend);
        Write("outer.yaml", Outer);
        Write("outer.test.yaml", OfOuter(words, expect));
        var reading = TestReader.Read(Path.Combine(_folder, "outer.test.yaml"));
        Assert.True(reading.File is not null, string.Join('\n', reading.Findings));

        Assert.Empty((await TestRun.RunAsync(reading.File, reading.File.Cases.Single(), TestContext.Current.CancellationToken)).Problems);
    }

    [Theory]
    [InlineData("approvals: { close: no }", "'close' is no step that asks approvers.", "It runs 'own': name a step of that, such as close/agree, close/suspend, close/out.")]
    [InlineData("answers: { close: { sure: true } }", "'close' is no step that asks for an answer.", "It runs 'own', no step of which asks for an answer.")]
    [InlineData("wake: [close/agree]", "'close/agree' is no step that waits for an event.", "No step waits for an event.")]
    [InlineData("approvals: { close/agre: no }", "'close/agre' is not a step.", "Did you mean 'close/agree'?")]
    public void Read_AnAnswerForAStepThatAsksNobody_IsAnError(string words, string message, string hint)
    {
        Write("own.yaml", Suspend);
        Write("outer.yaml", Outer);
        Write("outer.test.yaml", OfOuter(words, "end: succeeded"));

        var finding = Assert.Single(TestReader.Read(Path.Combine(_folder, "outer.test.yaml")).Findings);

        Assert.Equal((8, message, hint), (finding.Line, finding.Message, finding.Hint));
    }

    private static string OfOuter(string words, string expect) => $$"""
        playbook: outer
        directory:
          people:
            - { email: ana@acme.example, accounts: { okta: active } }
        cases:
          - name: one
            inputs: { person: ana@acme.example }
            {{words}}
            expect: { {{expect}} }
        """;

    private async Task<IReadOnlyList<string>> ProblemsAsync(string one) => (await RunAsync(one)).Problems;

    private async Task<TestResult> RunAsync(string one)
    {
        Write("own.yaml", Suspend);
        Write("own.test.yaml", $"""
            playbook: own
            directory:
              people:
                - email: ana@acme.example
                  accounts: {"{"} okta: active {"}"}
                - email: boss@acme.example
                  protected: true
                  accounts: {"{"} okta: active {"}"}
            cases:
              - name: one
                {one.ReplaceLineEndings("\n    ")}
            """);
        var reading = TestReader.Read(Path.Combine(_folder, "own.test.yaml"));
        Assert.True(reading.File is not null, string.Join('\n', reading.Findings));
        return await TestRun.RunAsync(reading.File, reading.File.Cases.Single(), TestContext.Current.CancellationToken);
    }

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_folder, name), text);
}
