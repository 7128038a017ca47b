using System.Text.Json;
using System.Text.Json.Nodes;
using ModelContextProtocol.Protocol;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Playbooks.Runs;

namespace Siit.Iam.Agent.Mcp;

/// <summary>Answers as results of tools: the same as structure and as text, of a size that a model's context bears.</summary>
internal static class ToolAnswers
{
    private const int LongestMessage = 4000;
    private const int MostPreviewLines = 40;
    private const int MostDataBytes = 48 * 1024;

    public static CallToolResult Of(CallAnswer answer) =>
        answer is { State: CallState.Succeeded, Data: { } data } ? Found(data) : Result(Told(answer), Text(answer), answer.IsError);

    public static CallToolResult Of(RunAnswer answer)
    {
        var told = new JsonObject { ["state"] = answer.State.Word() };
        if (answer.Code is { } code)
            told["code"] = code;
        told["message"] = Cut(answer.Message);
        if (answer.Run is { } run)
            told["run"] = run;
        if (answer.Playbook is { } playbook)
            told["playbook"] = playbook;
        if (answer.WaitsFor is { } call)
            told["waits_for"] = call;
        if (answer.Outputs is { } outputs)
            told["outputs"] = Bounded(outputs).DeepClone();
        if (answer.Steps.Count > 0)
            told["steps"] = new JsonArray([.. LastSteps(answer.Steps).Select(step => (JsonNode)step)]);
        List<string> lines = [Cut(answer.Message), .. LastSteps(answer.Steps)];
        if (answer.Run is not null)
            lines.Add($"Run: {answer.Run}");
        return Result(told, string.Join('\n', lines), answer.IsError);
    }

    /// <summary>A no that is given before there is a call.</summary>
    public static CallToolResult Refused(string code, string message) =>
        Of(CallAnswers.Refused(new Refusal(code, message)));

    /// <summary>The same whether there is none or it belongs to another caller: an id is no key.</summary>
    public static CallToolResult NoSuchCall() => Refused("not_found", "You have made no call with that id.");

    public static CallToolResult Failed() => Of(new CallAnswer
    {
        State = CallState.Failed,
        Code = "internal_error",
        Message = "Something is wrong in this server. If this was a change, the same call again is answered with what became of it. Tell the server's operator when it was.",
    });

    /// <summary>What was looked up. Text is the same JSON: some clients show a model nothing else.</summary>
    public static CallToolResult Found(JsonObject data)
    {
        var bounded = Bounded(data);
        return Result(bounded, bounded.ToJsonString(ToolJson.Written), isError: false);
    }

    private static CallToolResult Result(JsonObject structure, string text, bool isError) => new()
    {
        Content = [new TextContentBlock { Text = text }],
        StructuredContent = JsonSerializer.SerializeToElement(structure),
        IsError = isError,
    };

    private static JsonObject Told(CallAnswer answer)
    {
        var told = new JsonObject { ["state"] = answer.State.Word() };
        if (answer.Code is { } code)
            told["code"] = code;
        told["message"] = Cut(answer.Message);
        if (answer.Call is { } call)
            told["call"] = call;
        if (answer.Connection is { } connection)
            told["connection"] = connection;
        if (answer.Preview.Count > 0)
            told["preview"] = new JsonArray([.. Lines(answer.Preview).Select(line => (JsonNode)line)]);
        if (answer.ExpiresAt is { } expires)
            told["expires_at"] = Answers.Time(expires);
        if (answer.Data is { } data)
            told["data"] = Bounded(data);
        return told;
    }

    private static string Text(CallAnswer answer)
    {
        List<string> lines = [Cut(answer.Message), .. Lines(answer.Preview)];
        if (answer.Call is { } call)
            lines.Add($"Call: {call}");
        if (answer.Data is { } data)
            lines.Add(Bounded(data).ToJsonString(ToolJson.Written));
        return string.Join('\n', lines);
    }

    private static IEnumerable<string> Lines(IReadOnlyList<string> preview) => preview.Count <= MostPreviewLines
        ? preview
        : [.. preview.Take(MostPreviewLines), $"… and {preview.Count - MostPreviewLines} more lines; the approver sees all."];

    private static IEnumerable<string> LastSteps(IReadOnlyList<string> steps) => steps.Count <= MostPreviewLines
        ? steps
        : [$"({steps.Count - MostPreviewLines} earlier steps are not shown)", .. steps.TakeLast(MostPreviewLines)];

    private static string Cut(string message) => message.Length <= LongestMessage
        ? message
        : $"{message[..LongestMessage]}… ({message.Length - LongestMessage} more characters)";

    /// <summary>
    /// Cuts the longest list to what fits and says so. The cursor goes with it: it would lead past what was cut. Asking again with
    /// the smaller limit leads through all of it.
    /// </summary>
    private static JsonObject Bounded(JsonObject data)
    {
        var size = Size(data);
        if (size <= MostDataBytes)
            return data;
        var copy = data.DeepClone().AsObject();
        var longest = copy.Where(entry => entry.Value is JsonArray).OrderByDescending(entry => Size(entry.Value!)).FirstOrDefault();
        if (longest.Value is not JsonArray list)
            return new JsonObject { ["message"] = $"The answer has {size:N0} bytes, which is too much to show. Ask for less." };
        var room = MostDataBytes - (size - Size(list));
        var kept = 0;
        for (; kept < list.Count && (room -= Size(list[kept]) + 1) > 0; kept++)
        {
        }

        var all = list.Count;
        while (list.Count > kept)
            list.RemoveAt(list.Count - 1);
        copy["count"] = kept;
        copy.Remove("next_cursor");
        copy["message"] = $"Cut: {kept} of {all} {longest.Key} are shown. Ask again with limit {Math.Max(kept, 1)}, or for less.";
        return copy;
    }

    private static int Size(JsonNode? node) => node is null ? 4 : JsonSerializer.SerializeToUtf8Bytes(node, ToolJson.Written).Length;
}
