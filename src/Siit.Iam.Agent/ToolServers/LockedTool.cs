using System.Text.Json.Serialization;
using Siit.Iam.Agent.Actions;

namespace Siit.Iam.Agent.ToolServers;

/// <summary>A tool as somebody has looked at it: what it says of itself, and what the operator said of it then.</summary>
internal sealed record LockedTool
{
    /// <summary>Such as <c>chat.post_message</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Of its definition: <see cref="ToolDefinition.Digest"/>.</summary>
    public required string Sha256 { get; init; }

    public required bool IsRead { get; init; }

    public required Risk Risk { get; init; }

    public required ToolDefinition Definition { get; init; }

    [JsonIgnore]
    public string Server => ToolName.ServerOf(Name);

    /// <summary>What a call of it asks for by itself.</summary>
    [JsonIgnore]
    public Approvers Approval => Risk switch
    {
        Risk.None or Risk.Low => Approvers.None,
        Risk.Medium => Approvers.One,
        _ => Approvers.Two,
    };

    [JsonIgnore]
    public ToolShape Arguments => ToolShape.Of(Definition.InputSchema);

    /// <summary>What it answers beside its text; null when it does not say.</summary>
    [JsonIgnore]
    public ToolShape? Result => Definition.OutputSchema is { } schema && ToolShape.Of(schema) is { Fields.Count: > 0 } shape ? shape : null;
}
