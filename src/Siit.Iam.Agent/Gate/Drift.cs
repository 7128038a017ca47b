using System.Text.Json.Nodes;

namespace Siit.Iam.Agent.Gate;

/// <summary>What differs between what was approved and what is found right before the effect. Pure.</summary>
internal static class Drift
{
    /// <summary>Sentences; empty when nothing differs or the effect only shrank, which runs on.</summary>
    public static IReadOnlyList<string> Between(EffectCard approved, EffectCard now)
    {
        var drift = new List<string>();
        foreach (var (name, value) in now.Facts)
        {
            if (name == "already_so" || JsonNode.DeepEquals(value, approved.Facts[name]))
                continue;
            if (value is JsonArray list && approved.Facts[name] is JsonArray before)
                drift.AddRange(Added(before, list).Select(added => $"{name} has {Text(added)} now."));
            else
                drift.Add($"{name} was {Text(approved.Facts[name])} and is now {Text(value)}.");
        }

        drift.AddRange(now.Lines.Except(approved.Lines).Select(line => $"New: {line.Text}."));
        drift.AddRange(now.Consequences.Except(approved.Consequences).Select(consequence => $"New: {consequence}"));
        drift.AddRange(now.Warnings.Except(approved.Warnings).Select(warning => $"New: {warning}"));
        drift.AddRange(now.LookAlikes.Except(approved.LookAlikes).Select(other => $"New: {other}"));
        return drift;
    }

    /// <summary>What a list has that it had not; a shorter one gives no more power than was agreed to.</summary>
    private static IEnumerable<JsonNode?> Added(JsonArray before, JsonArray now) => now.Where(item => !before.Any(known => JsonNode.DeepEquals(known, item)));

    private static string Text(JsonNode? node) => node is null ? "nothing" : node.ToJsonString();
}
