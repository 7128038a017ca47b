using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Playbooks.Expressions;

namespace Siit.Iam.Agent.Playbooks.Format;

/// <summary>What a model has to answer with: an object of exactly these fields.</summary>
internal sealed record AgentOutput(IReadOnlyList<AgentField> Fields)
{
    /// <summary>The lists of which choices are taken, computed once before the model is asked.</summary>
    /// <exception cref="ExpressionException">One cannot be computed.</exception>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Choices(IScope scope) => Fields
        .Where(field => field.From is not null)
        .ToDictionary(field => field.Name, field => (IReadOnlyList<string>)[.. field.From!.Items(scope).Select(item => item!.GetValue<string>()).Distinct()]);

    /// <summary>JSON Schema of the answer, in the part that structured output knows.</summary>
    public JsonObject Schema(IReadOnlyDictionary<string, IReadOnlyList<string>> choices) => new()
    {
        ["type"] = "object",
        ["properties"] = new JsonObject(Fields.Select(field => KeyValuePair.Create(field.Name, (JsonNode?)field.Schema(choices)))),
        ["required"] = new JsonArray([.. Fields.Select(field => (JsonNode)field.Name)]),
        ["additionalProperties"] = false,
    };

    /// <summary>Everything that is wrong with an answer, as sentences.</summary>
    /// <param name="choices">From <see cref="Choices"/>; null to leave choices unchecked.</param>
    public IReadOnlyList<string> Problems(JsonObject answer, IReadOnlyDictionary<string, IReadOnlyList<string>>? choices) =>
    [
        .. answer.Where(given => Fields.All(field => field.Name != given.Key)).Select(given => $"'{Checks.Report.Shown(given.Key)}' is not a field."),
        .. Fields.Select(field => answer[field.Name] is { } value ? field.Problem(value, choices) : $"'{field.Name}' is missing.").OfType<string>(),
    ];
}

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

    /// <inheritdoc cref="AgentOutput.Schema"/>
    public JsonObject Schema(IReadOnlyDictionary<string, IReadOnlyList<string>> choices) => Kind switch
    {
        AgentFieldKind.Int => Range(),
        AgentFieldKind.Bool => new JsonObject { ["type"] = "boolean" },
        AgentFieldKind.String => new JsonObject { ["type"] = "string", ["maxLength"] = MaxLength },
        _ => new JsonObject { ["type"] = "string", ["enum"] = new JsonArray([.. Allowed(choices).Select(word => (JsonNode)word)]) },
    };

    /// <summary>What is wrong with a value, as a sentence; null when nothing is.</summary>
    public string? Problem(JsonNode value, IReadOnlyDictionary<string, IReadOnlyList<string>>? choices) => Kind switch
    {
        AgentFieldKind.Bool => value.GetValueKind() is JsonValueKind.True or JsonValueKind.False ? null : $"'{Name}' must be true or false.",
        AgentFieldKind.Int => value.GetValueKind() != JsonValueKind.Number || !long.TryParse(value.ToJsonString(), CultureInfo.InvariantCulture, out var number)
            ? $"'{Name}' must be a whole number."
            : number < Min || number > Max ? $"'{Name}' must be between {Min} and {Max}." : null,
        _ when value.GetValueKind() != JsonValueKind.String => $"'{Name}' must be a text.",
        AgentFieldKind.String => value.GetValue<string>().Length > MaxLength ? $"'{Name}' has more than {MaxLength} characters." : null,
        AgentFieldKind.Choice when choices is null => null,
        _ => Allowed(choices!).Contains(value.GetValue<string>()) ? null : $"'{Name}' must be one of {string.Join(", ", Allowed(choices!))}.",
    };

    private IReadOnlyList<string> Allowed(IReadOnlyDictionary<string, IReadOnlyList<string>>? choices) => Kind == AgentFieldKind.Enum ? Words : choices![Name];

    private JsonObject Range()
    {
        var schema = new JsonObject { ["type"] = "integer" };
        if (Min is not null)
            schema["minimum"] = Min;
        if (Max is not null)
            schema["maximum"] = Max;
        return schema;
    }
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
