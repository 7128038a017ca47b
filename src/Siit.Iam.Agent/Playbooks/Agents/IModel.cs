using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.ToolServers;

namespace Siit.Iam.Agent.Playbooks.Agents;

/// <summary>A language model: all that is ever asked of it is the next turn of a transcript. It holds no state and calls nothing.</summary>
internal interface IModel
{
    /// <summary>For people and the audit log, such as <c>gpt-5 at api.openai.com</c>.</summary>
    string Name { get; }

    /// <summary>May be asked again with the same prompt: nothing happens by asking but cost.</summary>
    /// <exception cref="ModelException">It could not be asked, or answered nothing that can be read.</exception>
    Task<ModelTurn> NextAsync(ModelPrompt prompt, CancellationToken cancellationToken);
}

/// <summary>Everything that the model sees.</summary>
internal sealed record ModelPrompt
{
    public required IReadOnlyList<ModelMessage> Messages { get; init; }

    /// <summary>On offer in this turn; empty when it has to answer now.</summary>
    public required IReadOnlyList<ActionDefinition> Tools { get; init; }

    /// <summary>The same, of other servers. Of their definitions only the form of the arguments is handed on as a function's.</summary>
    public IReadOnlyList<LockedTool> OtherTools { get; init; } = [];

    /// <summary>JSON Schema of the final answer.</summary>
    public required JsonObject AnswerSchema { get; init; }

    public required int MaxTokens { get; init; }
}

internal enum ModelRole
{
    System,
    User,
    Assistant,
    Tool,
}

/// <param name="Calls">For the assistant: what it asked for. Each is answered by a message of its own before the next turn.</param>
/// <param name="CallId">For a tool: the call that it answers.</param>
internal sealed record ModelMessage(ModelRole Role, string Text, IReadOnlyList<ModelToolCall>? Calls = null, string? CallId = null);

/// <summary>What the model said: calls, or an answer.</summary>
internal sealed record ModelTurn
{
    public string Text { get; init; } = "";

    public IReadOnlyList<ModelToolCall> Calls { get; init; } = [];

    /// <summary>Of prompt and answer together, as the server counts; null when it does not say.</summary>
    public int? Tokens { get; init; }

    /// <summary>Why the answer is not whole: it was cut at the length limit, or withheld by a filter. Null when it is.</summary>
    public string? Cut { get; init; }
}

/// <param name="Arguments">As the model wrote it; may be no JSON.</param>
internal sealed record ModelToolCall(string Id, string Name, string Arguments);

/// <summary>The message is for people and holds nothing that the server sent.</summary>
internal sealed class ModelException(string code, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>snake_case, such as <c>model_unavailable</c>.</summary>
    public string Code { get; } = code;
}

/// <summary>The model in use, if there is one.</summary>
internal sealed record ModelInUse(IModel? Model);
