using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Playbooks;
using Siit.Iam.Agent.Playbooks.Checks;
using Siit.Iam.Agent.Playbooks.Format;
using Siit.Iam.Agent.ToolServers;

namespace Siit.Iam.Agent.Tests.Playbooks.Checks;

public sealed class ToolStepsCheckTests
{
    private static readonly ToolLock Locked = new([Tool("chat.post", false, Risk.Low), Tool("chat.search", true, Risk.None), Tool("chat.purge", false, Risk.High)], []);

    private static LockedTool Tool(string name, bool isRead, Risk risk)
    {
        var definition = new ToolDefinition
        {
            InputSchema = JsonNode.Parse("""{"type":"object","properties":{"text":{"type":"string","maxLength":10},"level":{"enum":["low","high"]},"count":{"type":"integer"},"tags":{"type":"array","items":{"type":"string"}}},"required":["text"]}""")!.AsObject(),
            OutputSchema = JsonNode.Parse("""{"type":"object","properties":{"id":{"type":"string"},"open":{"type":"boolean"}},"required":["id"]}""")!.AsObject(),
        };
        return new LockedTool { Name = name, Sha256 = definition.Digest(name), IsRead = isRead, Risk = risk, Definition = definition };
    }

    private static PlaybookReading Read(string steps, string tools = "chat.post, chat.search", string inputs = "", string tail = "", ToolLock? locked = null) => PlaybookReader.Read(PlaybookFile.Of("own.yaml", $$"""
        schema: playbook/v1
        id: own
        version: 1.0.0
        title: A test
        owner: group:it-identity
        triggers:
          - manual
        {{inputs}}
        policy:
          tools: [{{tools}}]
          limits: { people: 0, writes: 3 }
        steps:
        {{steps}}
        {{tail}}
        """), locked ?? Locked);

    [Fact]
    public void Steps_ThatFit_AreAccepted()
    {
        var reading = Read("""
              - id: look
                do: chat.search
                with: { text: "Ana", level: low, count: 3 }
              - id: tell
                do: chat.post
                with: { text: "hello" }
            """, tail: """
            outputs:
              found: =steps.look.data.id
              state: =steps.tell.state
            """);

        Assert.Empty(reading.Findings);
        Assert.Equal("at most 0 people, 1 write", reading.Playbook!.Bound.ToString());
    }

    [Theory]
    [InlineData("do: chat.pst\n    with: { text: a }", "PB010", "'chat.pst' is not in playbooks.lock.json")]
    [InlineData("do: chat.post", "PB012", "'chat.post' needs 'text'.")]
    [InlineData("do: chat.post\n    with: { text: a, chanel: b }", "PB012", "'chat.post' has no argument 'chanel'.")]
    [InlineData("do: chat.post\n    with: { text: 3 }", "PB012", "'text' must be a text.")]
    [InlineData("do: chat.post\n    with: { text: 'much too long' }", "PB012", "'text' has 13 characters; at most 10 are allowed.")]
    [InlineData("do: chat.post\n    with: { text: a, level: medium }", "PB012", "'level' must be one of low, high.")]
    [InlineData("do: chat.post\n    with: { text: a, count: =run.id }", "PB012", "'count' of 'chat.post' is a string, and has to be a whole number.")]
    [InlineData("do: chat.post\n    with: { text: a, tags: =run.id }", "PB012", "'tags' of 'chat.post' is a string, and has to be a list of texts.")]
    [InlineData("do: chat.post\n    with: { text: a }\n    unsupported: skip", "PB012", "'unsupported' does not go with 'chat.post'.")]
    [InlineData("do: chat.post\n    with: { text: a }\n    undo: inverse", "PB061", "Nothing takes 'chat.post' back from here.")]
    [InlineData("do: chat.purge\n    with: { text: a }", "PB011", "'chat.purge' is not among the tools")]
    [InlineData("do: chat.search\n    with: { text: a }\n    undo: none", "PB061", "'undo' does not go with 'chat.search'.")]
    public void Step_ThatDoesNotFit_IsFound(string step, string code, string message)
    {
        var reading = Read($"  - id: one\n    {step}");

        Assert.Contains(reading.Findings, finding => finding.Code == code && finding.Message.Contains(message, StringComparison.Ordinal));
        Assert.Null(reading.Playbook);
    }

    [Fact]
    public void Answer_OfATool_IsTextFromOutsideAndReachesNoWrite()
    {
        var reading = Read("""
              - id: look
                do: chat.search
                with: { text: "Ana" }
              - id: tell
                do: chat.post
                with: { text: =steps.look.data.id }
            """);
        var agreed = Read("""
              - id: look
                do: chat.search
                with: { text: "Ana" }
              - id: agree
                approve: { approvers: one, timeout: PT1H, summary: "Tell them" }
              - id: tell
                do: chat.post
                with: { text: =steps.look.data.id }
            """);

        Assert.Contains(reading.Findings, finding => finding.Code == "PB041" && finding.Message.Contains("text from outside", StringComparison.Ordinal));
        Assert.Empty(agreed.Findings);
    }

    [Fact]
    public void Answer_OfAToolInAnActionsTarget_NeedsAgreement() => Assert.Contains(Read("""
              - id: look
                do: chat.search
                with: { text: "Ana" }
              - id: away
                do: suspend_user
                with: { person: =steps.look.data.id, connection: okta }
            """, tools: "chat.search, suspend_user").Findings, finding => finding.Code == "PB041");

    [Fact]
    public void Model_MayReadWithATool_AndCallOneOfLowRiskWhenSomebodyHasAgreed()
    {
        const string agreed = "  - id: agree\n    approve: { approvers: one, timeout: PT1H, summary: Let it post }\n";
        const string agent = """
              - id: write
                agent:
                  goal: Look.
                  tools: [TOOL]
                  budget: { turns: 4, toolCalls: 2, tokens: 20000, time: PT1M }
                  output:
                    text: { string: 200 }
                  onInvalid: { then: fail }
            """;

        Assert.Empty(Read(agent.Replace("TOOL", "chat.search", StringComparison.Ordinal), tools: "chat.search").Findings);
        var posting = agent.Replace("TOOL", "chat.post", StringComparison.Ordinal);
        Assert.Equal("PB041", Assert.Single(Read(posting, tools: "chat.post").Findings).Code);
        Assert.Empty(Read(agreed + posting, tools: "chat.post").Findings);
        Assert.Equal("PB060", Assert.Single(Read(agreed + posting, tools: "chat.post", tail: "onFailure: compensate").Findings).Code);
        // As many writes as it has calls.
        Assert.Equal("PB070", Assert.Single(Read(agreed + posting.Replace("toolCalls: 2", "toolCalls: 200", StringComparison.Ordinal), tools: "chat.post").Findings).Code);
        Assert.Contains(Read(agreed + agent.Replace("TOOL", "chat.purge", StringComparison.Ordinal), tools: "chat.purge").Findings, finding => finding.Code == "PB040");
    }

    [Fact]
    public void Risk_OfMoreThanLow_IsWarnedOfWithoutAnApproval() => Assert.Contains(
        Read("  - id: one\n    do: chat.purge\n    with: { text: a }", tools: "chat.purge").Findings, finding => finding is { Code: "PB030", Severity: Severity.Warning });

    [Fact]
    public void Compensation_WantsAWordOnEveryCall() => Assert.Contains(
        Read("  - id: one\n    do: chat.post\n    with: { text: a }", tools: "chat.post", tail: "onFailure: compensate").Findings, finding => finding.Code == "PB060");

    [Fact]
    public void Tool_AllowedAndNotLocked_OrNotUsed_IsFound()
    {
        Assert.Contains(Read("  - id: one\n    do: chat.post\n    with: { text: a }", tools: "chat.post, chat.gone").Findings, finding => finding.Code == "PB010");
        Assert.Contains(Read("  - id: one\n    do: chat.post\n    with: { text: a }").Findings, finding => finding.Code == "PB090");
        Assert.Null(Read("  - id: one\n    do: chat.post\n    with: { text: a }", tools: "chat.post", locked: ToolLock.None).Playbook);
    }
}
