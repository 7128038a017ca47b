using System.Text.Json.Nodes;

namespace Siit.Iam.Emulator.Model;

/// <summary>What the model was asked, after the rules let it through.</summary>
internal sealed record ModelRequest(JsonObject Body)
{
    public IReadOnlyList<JsonObject> Messages { get; } = [.. Body["messages"]!.AsArray().Select(message => message!.AsObject())];

    /// <summary>How many turns the model has taken so far: a script that goes by this answers a resumed run like the first one.</summary>
    public int Turn => Messages.Count(message => Role(message) == "assistant");

    /// <summary>Names of the functions on offer.</summary>
    public IReadOnlyList<string> Tools { get; } =
        [.. (Body["tools"]?.AsArray() ?? []).Select(tool => tool!["function"]!["name"]!.GetValue<string>())];

    /// <summary>The properties that the answer must have, when a JSON schema was sent along.</summary>
    public JsonObject? OutputProperties => Body["response_format"]?["json_schema"]?["schema"]?["properties"]?.AsObject();

    /// <summary>Everything that was said to the model as the user.</summary>
    public string UserText => string.Join('\n', Messages.Where(message => Role(message) == "user").Select(Text));

    /// <summary>What tools answered, in order.</summary>
    public IReadOnlyList<string> ToolResults => [.. Messages.Where(message => Role(message) == "tool").Select(Text)];

    public static string Role(JsonObject message) => message["role"]!.GetValue<string>();

    public static string Text(JsonObject message) => message["content"] switch
    {
        JsonValue text => text.GetValue<string>(),
        JsonArray parts => string.Concat(parts.Select(part => part!["text"]?.GetValue<string>())),
        _ => "",
    };
}

/// <summary>What the model answers.</summary>
internal sealed record ModelReply
{
    public string? Text { get; private init; }

    public IReadOnlyList<ModelCall> Calls { get; private init; } = [];

    /// <summary>Reported as used, instead of the estimate.</summary>
    public int? Tokens { get; init; }

    /// <summary>Waited before the answer.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>Cut off at the length limit.</summary>
    public bool CutOff { get; init; }

    public static ModelReply Saying(string text) => new() { Text = text };

    public static ModelReply Json(JsonObject value) => new() { Text = value.ToJsonString() };

    public static ModelReply Calling(params IReadOnlyList<ModelCall> calls) => new() { Calls = calls };

    public static ModelReply Calling(string name, JsonObject arguments) => Calling(new ModelCall(name, arguments.ToJsonString()));
}

/// <param name="Arguments">The text as the model wrote it; may be no JSON at all.</param>
internal sealed record ModelCall(string Name, string Arguments);

/// <summary>Decides what the model answers.</summary>
internal delegate ModelReply ModelScript(ModelRequest request);

internal static class ModelScripts
{
    /// <summary>One reply per turn; the last one for ever after.</summary>
    public static ModelScript Turns(params IReadOnlyList<ModelReply> replies) => request => replies[Math.Min(request.Turn, replies.Count - 1)];
}
