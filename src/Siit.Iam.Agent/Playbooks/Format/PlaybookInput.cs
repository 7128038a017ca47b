using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Playbooks.Expressions;

namespace Siit.Iam.Agent.Playbooks.Format;

internal enum InputKind
{
    String,
    Int,
    Bool,
    Enum,
    /// <summary>RFC 3339, with a zone.</summary>
    Timestamp,
    /// <summary>ISO 8601, such as <c>PT4H</c>.</summary>
    Duration,
    /// <summary>A work email.</summary>
    Person,
    /// <summary>
    /// Given as a request's id. Expressions see the record <c>{ id, text, requester? }</c> that the run has put in its place
    /// when it started; the text is untrusted.
    /// </summary>
    Request,
    /// <summary>
    /// Somebody as an HRIS knows them, given as work email or as the HRIS's id. Expressions see the record
    /// <see cref="Checks.StepOutputs.Employee"/> as it was when the run started.
    /// </summary>
    Employee,
}

/// <summary>What a run is started with.</summary>
internal sealed partial record PlaybookInput
{
    private const int MaxText = 4000;

    [GeneratedRegex(@"^[^@\s:]+@[^@\s:]+\z", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex WorkEmail();

    public static bool IsWorkEmail(string text) => WorkEmail().IsMatch(text);

    public required string Name { get; init; }

    public required InputKind Kind { get; init; }

    public string? Description { get; init; }

    /// <summary>May be left out and is then absent.</summary>
    public bool Optional { get; init; }

    /// <summary>Taken when it is left out.</summary>
    public JsonNode? Default { get; init; }

    /// <summary>The allowed words of an enum.</summary>
    public IReadOnlyList<string> Values { get; init; } = [];

    /// <summary>Least value of an int.</summary>
    public long? Min { get; init; }

    /// <summary>Greatest value of an int, greatest length of a string.</summary>
    public long? Max { get; init; }

    /// <summary>Free text from outside: data, never instruction.</summary>
    public bool Untrusted { get; init; }

    public bool Required => !Optional && Default is null;

    /// <summary>What somebody typed, as a value: numbers and truth values are read as what they are meant to be, all else stays text.</summary>
    public JsonNode Typed(string text) => Kind switch
    {
        InputKind.Int when long.TryParse(text, CultureInfo.InvariantCulture, out var number) => JsonValue.Create(number),
        InputKind.Bool when bool.TryParse(text, out var truth) => JsonValue.Create(truth),
        _ => JsonValue.Create(text),
    };

    /// <summary>What is wrong with a given value, as a sentence; null when nothing is.</summary>
    public string? Problem(JsonNode value) => Kind switch
    {
        InputKind.Int => !(value is JsonValue number && value.GetValueKind() == JsonValueKind.Number && long.TryParse(number.ToJsonString(), out var whole)) ? $"'{Name}' must be a whole number."
            : whole < Min ? $"'{Name}' must be at least {Min}."
            : whole > Max ? $"'{Name}' must be at most {Max}."
            : null,
        InputKind.Bool => value.GetValueKind() is JsonValueKind.True or JsonValueKind.False ? null : $"'{Name}' must be true or false.",
        _ => value is JsonValue text && text.TryGetValue<string>(out var written) ? TextProblem(written) : $"'{Name}' must be a text.",
    };

    private string? TextProblem(string text)
    {
        if (text.Trim().Length == 0)
            return $"'{Name}' is empty.";
        if (text.Length > (Kind == InputKind.String ? Max ?? MaxText : 320))
            return $"'{Name}' has {text.Length} characters; at most {(Kind == InputKind.String ? Max ?? MaxText : 320)} are allowed.";
        // Text from outside is never more than data; line breaks and the like are part of it.
        if (!Untrusted && HiddenText.First(text) is { } hidden)
            return $"'{Name}' holds a character that cannot be seen or that turns text around ({hidden}); type it again without.";
        return Kind switch
        {
            InputKind.Enum when !Values.Contains(text) => $"'{Name}' must be one of {string.Join(", ", Values)}.",
            InputKind.Timestamp when CelTime.Timestamp(text) is null => $"'{Name}' must be a time such as 2026-01-31T09:00:00Z.",
            InputKind.Duration when CelTime.Iso(text) is null => $"'{Name}' must be a duration such as PT4H.",
            InputKind.Person when !WorkEmail().IsMatch(text) => $"'{Name}' must be a work email.",
            _ => null,
        };
    }
}
