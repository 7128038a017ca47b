using System.Text.Json.Nodes;

namespace Siit.Iam.Agent.ToolServers;

/// <summary>The other servers, as all of the product sees them.</summary>
internal interface IToolServers
{
    /// <summary>What the server says of the tool now; asked anew each time, because it may change.</summary>
    /// <exception cref="ToolServerException">It cannot be asked, or has no such tool.</exception>
    Task<ToolDefinition> DefinitionAsync(string name, CancellationToken cancellationToken);

    /// <summary>Calls it, once. Never tried again here.</summary>
    /// <exception cref="ToolServerException">It was not called, or it is not known what came of it.</exception>
    Task<ToolAnswer> CallAsync(ToolRequest request, CancellationToken cancellationToken);
}

/// <param name="Key">Names the effect, once: handed to the server, which may use it to tell a repetition.</param>
/// <param name="Path">Of the step that calls.</param>
internal sealed record ToolRequest(LockedTool Tool, JsonObject Arguments, string Key, string Path);

/// <summary>What a tool has answered. Untrusted, whatever it says.</summary>
/// <param name="Text">Cut to what the settings allow.</param>
/// <param name="Data">The fields that its locked definition promises; null when it promises none, or they do not fit.</param>
/// <param name="IsError">The server says that the call has failed.</param>
/// <param name="Unfit">It promises fields, and what came does not fit.</param>
internal sealed record ToolAnswer(string Text, JsonObject? Data, bool IsError = false, bool Cut = false, bool Unfit = false)
{
    /// <summary>As it is kept, and read under <c>steps.id</c>.</summary>
    public JsonObject ToJson()
    {
        var kept = new JsonObject { ["text"] = Text };
        if (Data is not null)
            kept["data"] = Data.DeepClone();
        return kept;
    }
}

/// <summary>The message is for people, and holds nothing that the server sent.</summary>
/// <param name="mayHaveHappened">The call was sent, or perhaps; it is not known what came of it.</param>
internal sealed class ToolServerException(string code, string message, bool mayHaveHappened = false, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>snake_case, such as <c>tool_server_down</c>.</summary>
    public string Code { get; } = code;

    public bool MayHaveHappened { get; } = mayHaveHappened;
}

/// <summary>Where none is configured.</summary>
internal sealed class NoToolServers : IToolServers
{
    public Task<ToolDefinition> DefinitionAsync(string name, CancellationToken cancellationToken) => throw None(name);

    public Task<ToolAnswer> CallAsync(ToolRequest request, CancellationToken cancellationToken) => throw None(request.Tool.Name);

    private static ToolServerException None(string name) =>
        new("unknown_tool_server", $"No tool server '{ToolName.ServerOf(name)}' is configured (toolServers in siit-iam.json).");
}
