using System.Text.Json;
using System.Text.Json.Nodes;
using ModelContextProtocol.Protocol;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Mcp;

namespace Siit.Iam.Agent.Tests.Mcp;

public sealed class ToolAnswersTests
{
    [Fact]
    public void Waiting_IsNoError_AndSaysSoFirst()
    {
        var result = ToolAnswers.Of(new CallAnswer
        {
            State = CallState.AwaitingApproval,
            Message = "NOT EXECUTED. Waits.",
            Call = "call_1",
            Connection = "okta",
            Preview = ["- Okta: can sign in"],
            ExpiresAt = new DateTimeOffset(2026, 11, 25, 12, 0, 0, TimeSpan.Zero),
        });

        Assert.False(result.IsError);
        Assert.StartsWith("NOT EXECUTED.", Text(result), StringComparison.Ordinal);
        Assert.Equal(
            """{"state":"awaiting_approval","message":"NOT EXECUTED. Waits.","call":"call_1","connection":"okta","preview":["- Okta: can sign in"],"expires_at":"2026-11-25T12:00:00Z"}""",
            result.StructuredContent!.Value.GetRawText());
    }

    [Theory]
    [InlineData("refused", true)]
    [InlineData("awaiting_approval", false)]
    [InlineData("denied", true)]
    [InlineData("expired", true)]
    [InlineData("cancelled", false)]
    [InlineData("succeeded", false)]
    [InlineData("already_so", false)]
    [InlineData("failed", true)]
    [InlineData("unknown", true)]
    [InlineData("needs_person", true)]
    public void State_OfEveryKind_IsAnErrorWhenAModelMustNotTakeItForSuccess(string word, bool isError)
    {
        var state = Enum.GetValues<CallState>().Single(state => state.Word() == word);

        Assert.Equal(isError, ToolAnswers.Of(new CallAnswer { State = state, Message = "So." }).IsError);
    }

    [Fact]
    public void Preview_OfManyLines_IsCutWithACount()
    {
        var result = ToolAnswers.Of(new CallAnswer { State = CallState.AwaitingApproval, Message = "NOT EXECUTED.", Preview = [.. Enumerable.Range(0, 300).Select(i => $"- application {i}")] });

        var preview = result.StructuredContent!.Value.GetProperty("preview");
        Assert.Equal(41, preview.GetArrayLength());
        Assert.StartsWith("… and 260 more lines", preview[40].GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Found_TooMuch_IsCutWithACountAndTheLimitThatLeadsThroughAllOfIt()
    {
        var items = new JsonArray([.. Enumerable.Range(0, 100).Select(i => (JsonNode)new JsonObject { ["id"] = i, ["text"] = new string('x', 2000) })]);

        var result = ToolAnswers.Found(new JsonObject { ["count"] = 100, ["events"] = items, ["next_cursor"] = "abc" });

        var told = result.StructuredContent!.Value;
        var shown = told.GetProperty("events").GetArrayLength();
        Assert.InRange(shown, 10, 50);
        Assert.Equal(shown, told.GetProperty("count").GetInt32());
        Assert.False(told.TryGetProperty("next_cursor", out _));
        Assert.Equal($"Cut: {shown} of 100 events are shown. Ask again with limit {shown}, or for less.", told.GetProperty("message").GetString());
        Assert.InRange(Text(result).Length, 1, 50 * 1024);
        Assert.True(JsonElement.DeepEquals(told, JsonElement.Parse(Text(result))));
    }

    private static string Text(CallToolResult result) => ((TextContentBlock)Assert.Single(result.Content)).Text;
}
