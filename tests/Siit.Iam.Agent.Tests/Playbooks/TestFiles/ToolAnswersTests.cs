using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Playbooks.TestFiles;
using Siit.Iam.Agent.ToolServers;

namespace Siit.Iam.Agent.Tests.Playbooks.TestFiles;

/// <summary>Authors' tests of playbooks that use other servers: their tools answer what the case says, and nothing is called.</summary>
public sealed class ToolAnswersTests : IDisposable
{
    private const string Own = """
        schema: playbook/v1
        id: own
        version: 1.0.0
        title: A test
        owner: group:it-identity
        triggers:
          - manual
        policy:
          tools: [chat.search, chat.post]
          limits: { people: 0, writes: 1 }
        steps:
          - id: look
            do: chat.search
            with: { text: "Ana" }
          - id: lost
            require: steps.look.text.contains('lost') && steps.look.data.open
          - id: tell
            do: chat.post
            with: { text: "hello" }
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("siit-tool-answers-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("answers: { look: { text: \"phone lost\", open: true } }\n    expect: { end: succeeded, calls: [chat.post], writes: 1 }")]
    [InlineData("answers: { look: { text: \"phone lost\", open: true } }\n    crash: every\n    expect: { end: succeeded, calls: [chat.post] }")]
    [InlineData("answers: { look: { text: \"nothing\", open: true } }\n    expect: { end: refused, code: require, calls: [] }")]
    [InlineData("answers: { look: { text: \"phone lost\", open: \"yes\" } }\n    expect: { end: failed, code: tool_answer_unfit }")]
    public async Task Case_WithAnAnswerOfATool_ComesOutByIt(string one)
    {
        Tool[] tools = [new("chat.post", false), new("chat.search", true)];
        Write(ToolLock.FileName, new ToolLock([.. tools.Select(tool => tool.Locked)], []).Written());
        Write("own.yaml", Own);
        Write("own.test.yaml", $"playbook: own\ndirectory:\n  connections: {{ okta: okta }}\ncases:\n  - name: one\n    {one}\n");

        var reading = TestReader.Read(Path.Combine(_folder, "own.test.yaml"));
        Assert.True(reading.File is not null, string.Join('\n', reading.Findings));
        var result = await TestRun.RunAsync(reading.File, reading.File.Cases.Single(), TestContext.Current.CancellationToken);

        Assert.Empty(result.Problems);
    }

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_folder, name), text);

    private sealed record Tool(string Name, bool IsRead)
    {
        public LockedTool Locked
        {
            get
            {
                var definition = new ToolDefinition
                {
                    InputSchema = JsonNode.Parse("""{"type":"object","properties":{"text":{"type":"string"}},"required":["text"]}""")!.AsObject(),
                    OutputSchema = IsRead ? JsonNode.Parse("""{"type":"object","properties":{"open":{"type":"boolean"}},"required":["open"]}""")!.AsObject() : null,
                };
                return new LockedTool { Name = Name, Sha256 = definition.Digest(Name), IsRead = IsRead, Risk = IsRead ? Risk.None : Risk.Low, Definition = definition };
            }
        }
    }
}
