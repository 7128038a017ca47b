using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Siit.Iam.Agent.Actions;

/// <summary>
/// The shape of an input record: one list of fields from which both the advertised JSON Schema and the check are made, so that
/// they cannot differ. The MCP library advertises schemas and enforces none.
/// </summary>
internal sealed class InputShape
{
    private static readonly JsonSerializerOptions ReadOptions = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        RespectNullableAnnotations = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
    };

    private readonly Type _type;

    private InputShape(Type type, IReadOnlyList<InputField> fields)
    {
        _type = type;
        Fields = fields;
        Schema = SchemaOf(fields);
    }

    public IReadOnlyList<InputField> Fields { get; }

    /// <summary>JSON Schema 2020-12 of the arguments. Unknown arguments are refused.</summary>
    public JsonObject Schema { get; }

    public static InputShape Of<TInput>() => new(typeof(TInput), FieldsOf(typeof(TInput)));

    /// <summary>Reads arguments, or tells everything that is wrong with them at once.</summary>
    public bool TryRead(JsonObject arguments, out ActionInput? input, out IReadOnlyList<string> problems)
    {
        problems = Check(arguments);
        input = problems.Count > 0 ? null : (ActionInput?)arguments.Deserialize(_type, ReadOptions);
        return input is not null;
    }

    public IReadOnlyList<string> Check(JsonObject arguments)
    {
        var problems = new List<string>();
        foreach (var field in Fields.Where(field => field.Required && arguments[field.Name] is null))
            problems.Add($"'{field.Name}' is missing.");

        foreach (var (name, value) in arguments)
        {
            if (Fields.FirstOrDefault(field => field.Name == name) is not { } field)
                problems.Add($"'{Shown(name)}' is not an argument of this action; its arguments are {string.Join(", ", Fields.Select(f => f.Name))}.");
            else if (value is not null && field.Problem(value) is { } problem)
                problems.Add(problem);
            else if (value is null && arguments.ContainsKey(name) && !field.Required)
                problems.Add($"'{name}' is null; leave it out instead.");
        }

        return problems;
    }

    private static string Shown(string name) => HiddenText.Shown(name, 40);

    private static List<InputField> FieldsOf(Type type)
    {
        // Base records last: an action's own arguments are what a reader looks for.
        var declared = new List<Type>();
        for (var at = type; at is not null && at != typeof(object); at = at.BaseType)
            declared.Add(at);

        return declared
            .SelectMany(at => at.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
            .Where(property => property.CanWrite && property.GetMethod is { IsPublic: true })
            .Select(property => new InputField(property))
            .OrderByDescending(field => field.Required)
            .ToList();
    }

    private static JsonObject SchemaOf(IReadOnlyList<InputField> fields)
    {
        var properties = new JsonObject();
        foreach (var field in fields)
            properties[field.Name] = field.Schema();

        var schema = new JsonObject { ["type"] = "object", ["properties"] = properties };
        if (fields.Any(field => field.Required))
            schema["required"] = new JsonArray([.. fields.Where(field => field.Required).Select(field => (JsonNode)field.Name)]);
        schema["additionalProperties"] = false;
        return schema;
    }
}

/// <summary>One argument.</summary>
internal sealed class InputField
{
    private readonly Type _type;
    private readonly int? _maxLength;
    private readonly (int Min, int Max)? _range;
    private readonly string? _description;

    public InputField(PropertyInfo property)
    {
        Name = JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name);
        _type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        Required = property.IsDefined(typeof(RequiredMemberAttribute));
        _maxLength = property.GetCustomAttribute<MaxLengthAttribute>()?.Length;
        _range = property.GetCustomAttribute<RangeAttribute>() is { } range ? ((int)range.Minimum, (int)range.Maximum) : null;
        _description = property.GetCustomAttribute<DescriptionAttribute>()?.Description;
        Words = _type.IsEnum ? [.. Enum.GetNames(_type).Select(JsonNamingPolicy.SnakeCaseLower.ConvertName)] : [];
    }

    public string Name { get; }

    public bool Required { get; }

    /// <summary>The allowed words; empty when any.</summary>
    public IReadOnlyList<string> Words { get; }

    /// <summary><c>string</c>, <c>integer</c>, <c>boolean</c> or <c>object</c>.</summary>
    public string JsonType => _type == typeof(bool) ? "boolean" : _type == typeof(int) ? "integer" : _type == typeof(JsonObject) ? "object" : "string";

    /// <summary>What is advertised. Lengths and ranges are enforced but left out: they cost every turn of every model.</summary>
    public JsonObject Schema()
    {
        var schema = new JsonObject { ["type"] = JsonType };
        if (Words.Count > 0)
            schema["enum"] = new JsonArray([.. Words.Select(word => (JsonNode)word)]);
        if (_description is not null)
            schema["description"] = _description;
        return schema;
    }

    /// <summary>What is wrong with a value, as a sentence; null when nothing is.</summary>
    public string? Problem(JsonNode value) => value.GetValueKind() switch
    {
        JsonValueKind.String when JsonType == "string" => TextProblem(value.GetValue<string>()),
        JsonValueKind.True or JsonValueKind.False when JsonType == "boolean" => null,
        JsonValueKind.Number when JsonType == "integer" => NumberProblem(value),
        JsonValueKind.Object when JsonType == "object" => null,
        var kind => $"'{Name}' must be {Article(JsonType)}, not {Article(Word(kind))}.",
    };

    private string? TextProblem(string text)
    {
        if (Words.Count > 0)
            return Words.Contains(text) ? null : $"'{Name}' must be one of {string.Join(", ", Words)}.";
        if (text.Trim().Length == 0)
            return $"'{Name}' is empty.";
        if (_maxLength is { } max && text.Length > max)
            return $"'{Name}' has {text.Length.ToString(CultureInfo.InvariantCulture)} characters; at most {max} are allowed.";
        return HiddenText.First(text) is { } hidden
            ? $"'{Name}' holds a character that cannot be seen or that turns text around ({hidden}); type it again without."
            : null;
    }

    private string? NumberProblem(JsonNode value)
    {
        // Also a number that came as a wider one: a playbook's.
        if (value.GetValueKind() != JsonValueKind.Number || !int.TryParse(value.ToJsonString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
            return $"'{Name}' must be a whole number.";
        return _range is { } range && (number < range.Min || number > range.Max)
            ? $"'{Name}' must be between {range.Min} and {range.Max}."
            : null;
    }

    private static string Word(JsonValueKind kind) => kind switch
    {
        JsonValueKind.True or JsonValueKind.False => "boolean",
        _ => kind.ToString().ToLowerInvariant(),
    };

    private static string Article(string word) => word is "integer" or "object" or "array" ? $"an {word}" : $"a {word}";
}
