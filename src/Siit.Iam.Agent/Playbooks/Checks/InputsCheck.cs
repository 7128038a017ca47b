using System.Text.Json.Nodes;
using Siit.Iam.Agent.Playbooks.Format;

namespace Siit.Iam.Agent.Playbooks.Checks;

/// <summary>What a run is started with: types, and what goes with which type.</summary>
internal sealed class InputsCheck(Report report)
{
    /// <param name="broken">Those of no type that there is.</param>
    public IReadOnlyList<PlaybookInput> Check(YamlMapping? section, out IReadOnlyList<string> broken)
    {
        var inputs = new List<PlaybookInput>();
        foreach (var entry in section?.Entries ?? [])
        {
            if (entry.Value is YamlMapping declared && Kind(declared.Text("type")) is { } kind)
                inputs.Add(Input(entry.Key, declared, kind));
        }

        broken = [.. (section?.Entries ?? []).Select(entry => entry.Key.Text).Except(inputs.Select(input => input.Name))];
        return inputs;
    }

    private static InputKind? Kind(string? word) => word switch
    {
        "string" => InputKind.String,
        "int" => InputKind.Int,
        "bool" => InputKind.Bool,
        "enum" => InputKind.Enum,
        "timestamp" => InputKind.Timestamp,
        "duration" => InputKind.Duration,
        "Person" => InputKind.Person,
        "Request" => InputKind.Request,
        "Employee" => InputKind.Employee,
        _ => null,
    };

    private PlaybookInput Input(YamlScalar name, YamlMapping declared, InputKind kind)
    {
        OnlyFor(declared, "values", kind, InputKind.Enum);
        OnlyFor(declared, "min", kind, InputKind.Int);
        OnlyFor(declared, "max", kind, InputKind.Int, InputKind.String);
        OnlyFor(declared, "trust", kind, InputKind.String);
        var values = (declared.Sequence("values")?.Items ?? []).OfType<YamlScalar>().Select(item => item.Text).ToList();
        if (kind == InputKind.Enum && values.Count == 0)
            report.Add("PB002", declared, $"Input '{name.Text}' is an enum without 'values'.", "List its words.");
        if (values.Distinct().Count() < values.Count)
            report.Add("PB002", declared.Find("values")!, $"Input '{name.Text}' has a word twice.", "Take one of them out.");

        var input = new PlaybookInput
        {
            Name = name.Text,
            Kind = kind,
            Description = declared.Text("description"),
            Optional = declared.Scalar("optional")?.AsBool ?? false,
            Default = declared.Scalar("default") is { IsNothing: false } given ? ValueCheck.Literal(given).Value : null,
            Values = values,
            Min = declared.Scalar("min")?.AsInt,
            Max = declared.Scalar("max")?.AsInt,
            Untrusted = declared.Text("trust") == "untrusted",
        };
        if (input.Min > input.Max)
            report.Add("PB002", declared.Find("min")!, $"Input '{name.Text}' has a 'min' above its 'max'.", "Swap them.");
        if (input.Default is { } value && input.Problem(value) is { } problem)
            report.Add("PB021", declared.Find("default")!, $"The default of input '{name.Text}' does not fit: {problem}", "Mend one of the two.");
        if (kind is InputKind.Request or InputKind.Person or InputKind.Employee && declared.Find("default") is { } written)
            report.Add("PB002", written, $"Input '{name.Text}' has a default.", "Whom and what a run is about is said by whoever starts it.");
        return input;
    }

    private void OnlyFor(YamlMapping declared, string key, InputKind kind, params InputKind[] kinds)
    {
        if (declared.Entry(key) is { } entry && !kinds.Contains(kind))
            report.Add("PB002", entry.Key, $"'{key}' does not go with type {declared.Text("type")}.", $"It goes with {string.Join(", ", kinds).ToLowerInvariant()}.");
    }
}
