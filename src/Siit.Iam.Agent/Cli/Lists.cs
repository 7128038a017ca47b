using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Siit.Iam.Agent.Cli;

/// <summary>Options that can be given several times or as one value with commas, and how such lists are shown.</summary>
internal static class Lists
{
    public static Option<string[]> Option(string name, string description, params string[] otherwise) => new(name)
    {
        Description = description,
        AllowMultipleArgumentsPerToken = false,
        DefaultValueFactory = _ => otherwise,
    };

    public static JsonArray Of(IReadOnlyList<string>? texts) =>
        new([.. (texts ?? []).SelectMany(text => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)).Select(text => (JsonNode)text)]);

    public static string Text(JsonNode? node) => node switch
    {
        null => "-",
        JsonArray list => list.Count == 0 ? "-" : string.Join(", ", list.Select(item => $"{item}")),
        _ => node.ToString(),
    };

    public static string Moment(JsonNode? node) => node is null ? "-" : CallsVerbs.Moment(DateTimeOffset.Parse(node.GetValue<string>(), CultureInfo.InvariantCulture));
}
