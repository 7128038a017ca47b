using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Siit.Iam.Emulator.Model;

/// <summary>
/// What a chat completions server checks before it asks the model, in its words. Double-encoded tool results are let through by
/// the real one and read by the model as a quoted string; here they are refused, or nobody would notice.
/// </summary>
internal static partial class ChatRules
{
    private static readonly string[] Known =
    [
        "frequency_penalty", "logit_bias", "logprobs", "max_completion_tokens", "max_tokens", "messages", "metadata", "model", "n",
        "parallel_tool_calls", "presence_penalty", "reasoning_effort", "response_format", "seed", "service_tier", "stop", "store", "stream",
        "stream_options", "temperature", "tool_choice", "tools", "top_logprobs", "top_p", "user",
    ];

    public static void Check(JsonObject body)
    {
        foreach (var (name, _) in body.Where(member => !Known.Contains(member.Key)))
            throw new ModelRefusal(400, $"Unrecognized request argument supplied: {name}");
        if (body["max_tokens"] is not null && body["max_completion_tokens"] is not null)
            throw new ModelRefusal(400, "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.", "invalid_parameter_combination");
        if (body["stream"]?.GetValueKind() == JsonValueKind.True)
            throw new ModelRefusal(400, "This stand-in does not stream.", "unsupported_value", "stream");
        Tools(body);
        Format(body);
        Messages(body);
    }

    private static void Messages(JsonObject body)
    {
        if (body["messages"] is not JsonArray { Count: > 0 } messages)
            throw new ModelRefusal(400, "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.", "empty_array", "messages");
        var open = new List<string>();
        for (var i = 0; i < messages.Count; i++)
        {
            var message = messages[i] as JsonObject ?? throw Wrong(i, "must be an object");
            var role = Word(message["role"]);
            if (role != "tool" && open.Count > 0)
                throw Unanswered(open);
            switch (role)
            {
                case "system" or "developer" or "user":
                    Content(message, i, required: true);
                    break;
                case "assistant":
                    open.AddRange(Assistant(message, i));
                    break;
                case "tool":
                    ToolResult(message, i, open);
                    break;
                default:
                    throw new ModelRefusal(400, $"Invalid value: '{role}'. Supported values are: 'system', 'assistant', 'user', 'function', 'tool', and 'developer'.", "invalid_value", $"messages[{i}].role");
            }
        }

        if (open.Count > 0)
            throw Unanswered(open);
    }

    private static IEnumerable<string> Assistant(JsonObject message, int i)
    {
        Content(message, i, required: message["tool_calls"] is null);
        if (message["tool_calls"] is not { } listed)
            return [];
        if (listed is not JsonArray { Count: > 0 } calls)
            throw new ModelRefusal(400, $"Invalid 'messages[{i}].tool_calls': empty array. Expected an array with minimum length 1, but got an empty array instead.", "empty_array", $"messages[{i}].tool_calls");
        return [.. calls.Select(call => Call(call, i))];
    }

    private static string Call(JsonNode? call, int i)
    {
        if (Word(call?["id"]) is not { Length: > 0 } id || Word(call?["type"]) != "function")
            throw Wrong(i, "tool_calls need an id and the type 'function'");
        if (Word(call?["function"]?["name"]) is not { } name || !FunctionName().IsMatch(name))
            throw new ModelRefusal(400, $"Invalid 'messages[{i}].tool_calls[0].function.name': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.", "invalid_value");
        if (Word(call?["function"]?["arguments"]) is null)
            throw new ModelRefusal(400, $"Invalid type for 'messages[{i}].tool_calls[0].function.arguments': expected a string.", "invalid_type");
        return id;
    }

    private static void ToolResult(JsonObject message, int i, List<string> open)
    {
        if (Word(message["tool_call_id"]) is not { } id || !open.Remove(id))
            throw new ModelRefusal(400, "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.", null, $"messages.[{i}].role");
        Content(message, i, required: true);
        var text = ModelRequest.Text(message);
        if (text.StartsWith('"') && IsJsonText(text))
            throw new ModelRefusal(400, $"The tool result in messages[{i}] is a JSON string in a string: it was encoded twice.", "double_encoded", $"messages[{i}].content");
    }

    private static void Content(JsonObject message, int i, bool required)
    {
        switch (message["content"])
        {
            case null when !required:
            case JsonValue text when text.GetValueKind() == JsonValueKind.String:
            case JsonArray { Count: > 0 } parts when parts.All(part => part is JsonObject && Word(part["type"]) == "text" && Word(part["text"]) is not null):
                return;
            default:
                throw new ModelRefusal(400, $"Invalid value for 'content': expected a string, got {message["content"]?.GetValueKind().ToString().ToLowerInvariant() ?? "null"}.", null, $"messages.[{i}].content");
        }
    }

    private static void Tools(JsonObject body)
    {
        if (body["tools"] is null)
        {
            foreach (var name in new[] { "tool_choice", "parallel_tool_calls" }.Where(name => body[name] is not null))
                throw new ModelRefusal(400, $"Invalid value for '{name}': '{name}' is only allowed when 'tools' are specified.", null, name);
            return;
        }

        if (body["tools"] is not JsonArray { Count: > 0 } tools)
            throw new ModelRefusal(400, "Invalid 'tools': empty array. Expected an array with minimum length 1, but got an empty array instead.", "empty_array", "tools");
        foreach (var tool in tools)
        {
            if (Word(tool?["type"]) != "function" || Word(tool?["function"]?["name"]) is not { } name || !FunctionName().IsMatch(name))
                throw new ModelRefusal(400, "Invalid 'tools[0].function.name': string does not match pattern.", "invalid_value", "tools[0].function.name");
            if (tool!["function"]!["parameters"] is { } parameters && (parameters is not JsonObject schema || Word(schema["type"]) != "object"))
                throw new ModelRefusal(400, $"Invalid schema for function '{name}': schema must be a JSON Schema of 'type: \"object\"'.", "invalid_function_parameters", "tools[0].function.parameters");
        }
    }

    private static void Format(JsonObject body)
    {
        if (body["response_format"] is not { } format)
            return;
        switch (Word(format["type"]))
        {
            case "text" or "json_object":
                return;
            case "json_schema":
                var name = Word(format["json_schema"]?["name"]);
                if (name is null || !FunctionName().IsMatch(name))
                    throw new ModelRefusal(400, "Missing required parameter: 'response_format.json_schema.name'.", "missing_required_parameter", "response_format.json_schema.name");
                if (format["json_schema"]!["strict"]?.GetValueKind() == JsonValueKind.True)
                    StrictSchema.Check(name, format["json_schema"]!["schema"]);
                return;
            default:
                throw new ModelRefusal(400, "Invalid value for 'response_format.type'. Supported values are: 'json_object', 'json_schema', and 'text'.", "invalid_value", "response_format.type");
        }
    }

    private static ModelRefusal Unanswered(List<string> open) => new(
        400,
        "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. "
        + $"The following tool_call_ids did not have response messages: {string.Join(", ", open)}",
        null,
        "messages");

    private static ModelRefusal Wrong(int i, string why) => new(400, $"Invalid 'messages[{i}]': {why}.", "invalid_value", $"messages[{i}]");

    private static bool IsJsonText(string text)
    {
        try
        {
            return JsonNode.Parse(text)?.GetValueKind() == JsonValueKind.String;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static string? Word(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    [GeneratedRegex("^[a-zA-Z0-9_-]{1,64}$", RegexOptions.CultureInvariant)]
    private static partial Regex FunctionName();
}
