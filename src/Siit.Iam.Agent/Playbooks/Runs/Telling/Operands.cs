using System.Text.Json;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Playbooks.Expressions;

namespace Siit.Iam.Agent.Playbooks.Runs.Telling;

/// <summary>What expressions were computed from: the values at the places that they read, short enough to be kept with each decision.</summary>
internal static class Operands
{
    private const int Most = 8;
    private const int LongestText = 120;

    /// <summary>By place, such as <c>steps.found.accounts</c>. A list stands as <c>{ "items": 3 }</c>, what is not there as <c>{}</c>.</summary>
    public static JsonObject Of(IEnumerable<Expression?> expressions, IScope scope)
    {
        var read = new JsonObject();
        foreach (var path in expressions.OfType<Expression>().SelectMany(expression => expression.Paths).Distinct())
        {
            // The variable of a macro is nothing of the scope.
            if (read.Count < Most && scope.Find(path.Split('.')[0]) is { } root)
                read[path] = Short(path.Split('.').Skip(1).Aggregate((JsonNode?)root, (at, field) => (at as JsonObject)?[field]));
        }

        return read;
    }

    /// <summary>As part of a sentence. Texts are quoted: they may be anybody's.</summary>
    public static string Told(JsonObject values) => string.Join(", ", values.Select(value => $"{HiddenText.Shown(value.Key, LongestText)} {Told(value.Value)}"));

    /// <summary>One value: <c>= "text"</c>, <c>has 3 items</c>, <c>is not there</c>.</summary>
    public static string Told(JsonNode? value) => value switch
    {
        null => "is not there",
        JsonObject { Count: 0 } => "is not there",
        JsonObject { Count: 1 } list when list["items"] is JsonValue count => $"has {count} item{(count.ToString() == "1" ? "" : "s")}",
        JsonObject record => $"= {{ {Told(record)} }}",
        JsonArray list => list.Count == 0 ? "has no items" : $"has {list.Count} item{(list.Count == 1 ? "" : "s")}",
        JsonValue text when text.GetValueKind() == JsonValueKind.String => $"= {HiddenText.Quoted(text.GetValue<string>())}",
        _ => $"= {HiddenText.Shown(value.ToJsonString(), LongestText)}",
    };

    private static JsonNode Short(JsonNode? value) => value switch
    {
        null => new JsonObject(),
        JsonArray list => new JsonObject { ["items"] = list.Count },
        JsonObject record => record["id"] is JsonValue id ? id.DeepClone() : new JsonObject { ["items"] = record.Count },
        JsonValue text when text.GetValueKind() == JsonValueKind.String => HiddenText.Shown(text.GetValue<string>(), LongestText),
        _ => value.DeepClone(),
    };
}
