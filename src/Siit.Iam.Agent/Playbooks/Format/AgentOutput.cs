using Siit.Iam.Agent.Playbooks.Expressions;

namespace Siit.Iam.Agent.Playbooks.Format;

/// <summary>What a model has to answer with: an object of exactly these fields.</summary>
internal sealed record AgentOutput(IReadOnlyList<AgentField> Fields);

/// <summary>One field of a model's answer.</summary>
internal sealed record AgentField
{
    public required string Name { get; init; }

    public required AgentFieldKind Kind { get; init; }

    /// <summary>The words of an enum.</summary>
    public IReadOnlyList<string> Words { get; init; } = [];

    /// <summary>Greatest length of a text.</summary>
    public int? MaxLength { get; init; }

    public long? Min { get; init; }

    public long? Max { get; init; }

    /// <summary>Answers the list of texts of which a choice must be one.</summary>
    public Expression? From { get; init; }
}

internal enum AgentFieldKind
{
    Enum,
    String,
    Int,
    Bool,
    /// <summary>One of a list computed without the model.</summary>
    Choice,
}
