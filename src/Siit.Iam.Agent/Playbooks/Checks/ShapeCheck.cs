using System.Text.RegularExpressions;
using Siit.Iam.Agent.Playbooks.Expressions;
using Siit.Iam.Agent.Playbooks.Format;

namespace Siit.Iam.Agent.Playbooks.Checks;

/// <summary>The form of a file: known keys, none missing, each value of its kind. What it means is checked afterwards.</summary>
internal sealed class ShapeCheck(Report report)
{
    public void Check(YamlNode node, Shape shape, string where)
    {
        switch (shape)
        {
            case ObjectShape keys when node is YamlMapping mapping:
                Keys(mapping, keys.Keys, where);
                break;
            case MapShape map when node is YamlMapping mapping:
                foreach (var entry in mapping.Entries)
                {
                    Name(entry.Key);
                    Check(entry.Value, map.Item, $"{where}.{entry.Key.Text}");
                }

                break;
            case ListShape list when node is YamlSequence sequence:
                if (sequence.Items.Count == 0 && !list.MayBeEmpty)
                    report.Add("PB002", node, $"'{where}' is empty.", "Leave the key out, or put something in.");
                foreach (var item in sequence.Items)
                    Check(item, list.Item, where);
                break;
            case StepsShape when node is YamlSequence sequence:
                foreach (var item in sequence.Items)
                    Step(item);
                break;
            case EntriesShape entries when node is YamlMapping mapping:
                foreach (var entry in mapping.Entries)
                    Check(entry.Value, entries.Item, $"{where}.{entry.Key.Text}");
                break;
            case EitherShape two:
                Check(node, node is YamlScalar ? two.Plain : two.Other, where);
                break;
            case AnyShape:
                break;
            case WordOrObjectShape either:
                Check(node, node is YamlMapping ? either.Object : either.Word, where);
                break;
            default:
                if (node is not YamlScalar scalar)
                    report.Add("PB002", node, $"'{where}' is {Kind(node)}.", $"It has to be {shape.What}.");
                else if (Problem(scalar, shape) is { } problem)
                    report.Add("PB002", node, $"'{where}' {problem}.", $"It has to be {shape.What}{Example(shape)}.");
                break;
        }
    }

    private void Keys(YamlMapping mapping, IReadOnlyList<Key> keys, string where)
    {
        foreach (var entry in mapping.Entries)
        {
            if (keys.FirstOrDefault(key => key.Name == entry.Key.Text) is { } known)
                Check(entry.Value, known.Shape, where.Length == 0 ? known.Name : $"{where}.{known.Name}");
            else
                Unknown(entry.Key, where.Length == 0 ? "a playbook" : $"'{where}'", keys.Where(key => key.Offered).Select(key => key.Name));
        }

        foreach (var missing in keys.Where(key => key.Required && mapping.Entry(key.Name) is null))
            report.Add(missing.Code, mapping, $"{(where.Length == 0 ? "The playbook" : $"'{where}'")} has no '{missing.Name}'.", $"It is {missing.Shape.What}.");
    }

    private void Unknown(YamlScalar key, string where, IEnumerable<string> known) =>
        report.Add("PB002", key, $"'{Report.Shown(key.Text)}' is not a key of {where}.", Spelling.Hint(key.Text, known));

    private void Name(YamlScalar name)
    {
        if (!Regex.IsMatch(name.Text, Shapes.NamePattern, RegexOptions.NonBacktracking) || CelParser.IsReserved(name.Text))
            report.Add("PB002", name, $"'{Report.Shown(name.Text)}' cannot be a name.", "Names begin with a small letter, go on with letters, digits and '_', and are no reserved word.");
    }

    private void Step(YamlNode node)
    {
        if (node is not YamlMapping step)
        {
            report.Add("PB003", node, "A step is not a mapping.", "Write '- id: name', and a verb under it.");
            return;
        }

        var verbs = step.Entries.Select(entry => Shapes.Verbs.FirstOrDefault(verb => verb.Name == entry.Key.Text)).OfType<Verb>().ToList();
        var name = step.Text("id") is { } id ? $"step '{Report.Shown(id)}'" : "a step";
        if (step.Entry("id") is not { } idEntry)
            report.Add("PB002", step, "A step has no 'id'.", "It is a name by which later steps and the audit log know it.");
        else if (idEntry.Value is not YamlScalar given || Problem(given, Shapes.StepId) is not null || CelParser.IsReserved(given.Text))
            report.Add("PB002", idEntry.Value, $"'{Report.Shown((idEntry.Value as YamlScalar)?.Text ?? "")}' cannot be a step's id.", "Ids begin with a small letter, go on with letters, digits and '_', and are no reserved word.");

        if (verbs.Count > 1)
        {
            report.Add("PB003", step.Entry(verbs[1].Name)!.Key, $"{Capital(name)} has two verbs, '{verbs[0].Name}' and '{verbs[1].Name}'.", "One step does one thing: make two steps of it.");
            return;
        }

        var others = step.Entries.Where(entry => entry.Key.Text != "id").ToList();
        if (verbs.Count == 0)
        {
            report.Add("PB003", step, $"{Capital(name)} does nothing.", others.Select(entry => Spelling.Nearest(entry.Key.Text, [.. Shapes.Verbs.Select(verb => verb.Name)])).FirstOrDefault(meant => meant is not null) is { } near
                ? $"Did you mean '{near}'?"
                : $"It needs one of {string.Join(", ", Shapes.Verbs.Select(verb => verb.Name))}.");
            return;
        }

        var verb = verbs[0];
        foreach (var entry in others)
        {
            if (entry.Key.Text == verb.Name)
                Check(entry.Value, verb.Shape, verb.Name);
            else if (verb.Beside.FirstOrDefault(key => key.Name == entry.Key.Text) is { } beside)
                Check(entry.Value, beside.Shape, beside.Name);
            else
                Unknown(entry.Key, $"a step with '{verb.Name}'", [.. verb.Beside.Select(key => key.Name), "id", verb.Name]);
        }

        foreach (var missing in verb.Beside.Where(key => key.Required && step.Entry(key.Name) is null))
            report.Add(missing.Code, step, $"{Capital(name)} has no '{missing.Name}'.", $"It is {missing.Shape.What}.");
    }

    /// <summary>What is wrong with a scalar, to go on from "'x' ..."; null when nothing is.</summary>
    private static string? Problem(YamlScalar scalar, Shape shape)
    {
        switch (shape)
        {
            case WordShape words:
                return words.Words.Contains(scalar.Text) ? null
                    : $"is '{Report.Shown(scalar.Text)}'{(Spelling.Nearest(scalar.Text, words.Words) is { } near ? $" (did you mean '{near}'?)" : "")}";
            case IntShape range:
                return scalar.AsInt is not { } number ? "is not a whole number" : number < range.Min || number > range.Max ? $"is {number}" : null;
            case BoolShape:
                return scalar.AsBool is null ? "is neither true nor false" : null;
            case DurationShape:
                return CelTime.Iso(scalar.Text) is not { } span ? $"is not a duration: '{Report.Shown(scalar.Text)}'" : span <= TimeSpan.Zero ? "is no time at all" : null;
            case OffsetShape:
                return CelTime.Iso(scalar.Text) is not { } offset ? $"is not a duration: '{Report.Shown(scalar.Text)}'" : offset.Ticks % TimeSpan.TicksPerDay != 0 ? "is not a number of whole days" : null;
            case TextShape text:
                return scalar.IsNothing || scalar.Text.Trim().Length == 0 ? "is empty"
                    : scalar.Text.Length > text.MaxLength ? $"has {scalar.Text.Length} characters"
                    : text.Pattern is { } pattern && !Regex.IsMatch(scalar.Text, pattern, RegexOptions.NonBacktracking) ? $"is '{Report.Shown(scalar.Text)}'"
                    : null;
            case ExpressionShape or TemplateShape:
                return scalar.IsNothing || scalar.Text.Trim().Length == 0 ? "is empty" : null;
            case ValueShape or LiteralShape:
                return scalar.IsNothing ? "is empty" : null;
            default:
                return $"is {Kind(scalar)}";
        }
    }

    private static string Example(Shape shape) => shape switch
    {
        TextShape { Example: { } example } text => $" such as '{example}', of at most {text.MaxLength} characters",
        TextShape text => $" of at most {text.MaxLength} characters",
        _ => "",
    };

    private static string Kind(YamlNode node) => node switch
    {
        YamlMapping => "a mapping",
        YamlSequence => "a list",
        _ => "a single value",
    };

    private static string Capital(string sentence) => char.ToUpperInvariant(sentence[0]) + sentence[1..];
}
