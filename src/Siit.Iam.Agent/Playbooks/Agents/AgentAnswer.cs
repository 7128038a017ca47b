using System.Text.Json;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Playbooks.Expressions;
using Siit.Iam.Agent.Playbooks.Format;

namespace Siit.Iam.Agent.Playbooks.Agents;

/// <summary>One field of the answer with everything computed: what is sent as schema, told in words, and checked.</summary>
/// <param name="Words">For an enum or a choice: exactly these.</param>
internal sealed record AnswerField(string Name, AgentFieldKind Kind, IReadOnlyList<string>? Words, int? MaxLength, long? Min, long? Max);

/// <summary>The answer that a step demands: an object of exactly these fields. What does not fit is not an answer.</summary>
internal static class AgentAnswer
{
    private const int MostChoices = 200;

    /// <exception cref="ExpressionException">A choice has nothing to choose from, or too much.</exception>
    public static IReadOnlyList<AnswerField> Fields(AgentOutput output, IScope scope) =>
        [.. output.Fields.Select(field => new AnswerField(field.Name, field.Kind, Words(field, scope), field.MaxLength, field.Min, field.Max))];

    /// <summary>In the vocabulary that every server accepts as strict; lengths are told in words and checked here.</summary>
    public static JsonObject Schema(IReadOnlyList<AnswerField> fields)
    {
        var properties = new JsonObject();
        foreach (var field in fields)
            properties[field.Name] = Schema(field);
        return new JsonObject
        {
            ["type"] = "object",
            ["properties"] = properties,
            ["required"] = new JsonArray([.. fields.Select(field => (JsonNode)field.Name)]),
            ["additionalProperties"] = false,
        };
    }

    /// <summary>The fields as a list for the prompt.</summary>
    public static string Told(IReadOnlyList<AnswerField> fields) => string.Join('\n', fields.Select(field => $"- \"{field.Name}\": {Told(field)}"));

    /// <summary>The value, or everything that is wrong with it.</summary>
    public static (JsonObject? Value, IReadOnlyList<string> Problems) Read(ModelTurn turn, IReadOnlyList<AnswerField> fields)
    {
        if (turn.Cut is not null)
            return (null, [$"The answer is not whole: {turn.Cut}."]);
        if (Parse(turn.Text) is not { } answer)
            return (null, ["The answer is not one JSON object."]);
        var problems = new List<string>();
        foreach (var (name, _) in answer.Where(member => fields.All(field => field.Name != member.Key)))
            problems.Add($"\"{HiddenText.Shown(name, 40)}\" is not asked for.");
        var value = new JsonObject();
        foreach (var field in fields)
        {
            if (Problem(field, answer[field.Name], out var read) is { } problem)
                problems.Add($"\"{field.Name}\" {problem}");
            else
                value[field.Name] = read;
        }

        return problems.Count == 0 ? (value, []) : (null, problems);
    }

    private static JsonObject? Parse(string text)
    {
        text = text.Trim();
        // Servers without structured output answer with the object in a code block.
        if (text.StartsWith("```", StringComparison.Ordinal) && text.EndsWith("```", StringComparison.Ordinal) && text.IndexOf('\n', StringComparison.Ordinal) is > 0 and var line)
            text = text[line..^3].Trim();
        return ModelJson.Object(text, deepest: 8);
    }

    private static string? Problem(AnswerField field, JsonNode? node, out JsonNode? value)
    {
        value = null;
        if (node is not JsonValue given)
            return node is null ? "is missing." : "must be a single value.";
        switch (field.Kind)
        {
            case AgentFieldKind.Bool when given.GetValueKind() is JsonValueKind.True or JsonValueKind.False:
                value = given.GetValueKind() == JsonValueKind.True;
                return null;
            case AgentFieldKind.Bool:
                return "must be true or false.";
            case AgentFieldKind.Int when given.GetValueKind() == JsonValueKind.Number && given.TryGetValue<long>(out var number):
                if (number < (field.Min ?? long.MinValue) || number > (field.Max ?? long.MaxValue))
                    return $"must be between {field.Min} and {field.Max}.";
                value = number;
                return null;
            case AgentFieldKind.Int:
                return "must be a whole number.";
            default:
                if (!given.TryGetValue<string>(out var text))
                    return "must be a text.";
                value = text = field.Words is null ? OneLine(text) : text;
                return TextProblem(field, text);
        }
    }

    private static string? TextProblem(AnswerField field, string text)
    {
        if (field.Words is { } words)
            return words.Contains(text, StringComparer.Ordinal) ? null : "must be one of the values listed, exactly.";
        if (text.Length > field.MaxLength)
            return $"has {text.Length} characters; at most {field.MaxLength} are allowed.";
        return HiddenText.First(text) is { } hidden ? $"holds a character that cannot be seen ({hidden})." : null;
    }

    private static string OneLine(string text) => text.ReplaceLineEndings(" ").Replace('\t', ' ').Trim();

    private static IReadOnlyList<string>? Words(AgentField field, IScope scope)
    {
        if (field.Kind == AgentFieldKind.Enum)
            return field.Words;
        if (field.Kind != AgentFieldKind.Choice)
            return null;
        List<string> words = [.. field.From!.Items(scope).Select(item => item!.GetValue<string>()).Distinct(StringComparer.Ordinal)];
        return words.Count switch
        {
            0 => throw new ExpressionException($"'{field.Name}' has nothing to choose from: {field.From.Text} is empty."),
            > MostChoices => throw new ExpressionException($"'{field.Name}' has {words.Count} values to choose from; at most {MostChoices} are allowed."),
            _ => words,
        };
    }

    private static JsonObject Schema(AnswerField field)
    {
        var schema = new JsonObject
        {
            ["type"] = field.Kind switch { AgentFieldKind.Int => "integer", AgentFieldKind.Bool => "boolean", _ => "string" },
        };
        if (field.Words is { } words)
            schema["enum"] = new JsonArray([.. words.Select(word => (JsonNode)word)]);
        if (field.Min is { } min)
            schema["minimum"] = min;
        if (field.Max is { } max)
            schema["maximum"] = max;
        if (field.MaxLength is { } length)
            schema["description"] = $"At most {length} characters.";
        return schema;
    }

    private static string Told(AnswerField field) => field.Kind switch
    {
        AgentFieldKind.Bool => "true or false",
        AgentFieldKind.Int => $"a whole number{(field.Min is null && field.Max is null ? "" : $" from {field.Min} to {field.Max}")}",
        AgentFieldKind.String => $"a text of at most {field.MaxLength} characters",
        _ => $"one of {string.Join(", ", field.Words!.Select(word => $"\"{HiddenText.Shown(word, 100)}\""))}",
    };
}
