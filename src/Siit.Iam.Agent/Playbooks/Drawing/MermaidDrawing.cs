using System.Globalization;
using System.Text;
using Siit.Iam.Agent.Actions;

namespace Siit.Iam.Agent.Playbooks.Drawing;

/// <summary>
/// A sketch as a Mermaid flowchart. Node names are ours, and every character of a text that is no letter, digit or harmless sign is
/// written as its number, so that a title can neither end its quotes nor bring in markup.
/// </summary>
internal sealed class MermaidDrawing
{
    private static readonly (string Sign, string Word)[] Signs =
    [
        ("!=", " is not "), ("<=", " at most "), (">=", " at least "), ("->", " to "), ("&&", " and "), ("||", " or "), ("!", "not "), ("<", " less than "), (">", " more than "),
        ("&", " and "), ("|", " or "), ("%", " percent "), ("#", " number "), (";", ","), ("\"", "'"), ("{", "("), ("}", ")"),
    ];

    private readonly StringBuilder _text = new();
    private readonly List<string> _gates = [];
    private int _nodes;

    private MermaidDrawing()
    {
    }

    /// <summary>A way that leads on, and what is written on it.</summary>
    private sealed record Tail(string From, string? Label);

    public static string Of(Sketch sketch)
    {
        var drawing = new MermaidDrawing();
        drawing.Draw(sketch);
        return drawing._text.ToString();
    }

    private void Draw(Sketch sketch)
    {
        Line("flowchart TD");
        Line($"  accTitle: {Plain(sketch.Title)}");
        Line($"  accDescr: {Plain(sketch.InWords)}");
        var start = Node("[", "]", [sketch.Title, sketch.Subtitle, .. sketch.Starts], "start");
        var bounds = Node("[", "]", sketch.Bounds, "bounds");
        Line($"  {start} -.- {bounds}");
        var tails = Steps(sketch.Steps, [new Tail(start, null)]);
        if (tails.Count > 0)
            Join(tails, Node("([", "])", ["Done"], "ending"));
        Node("[", "]", [sketch.Failure], "bounds");
        Line("  classDef default fill:#ffffff,stroke:#556170,color:#16202c");
        Line("  classDef start fill:#e3ebf8,stroke:#1f4fa3,color:#16202c");
        Line("  classDef ending fill:#eef1f5,stroke:#556170,color:#16202c");
        Line("  classDef bounds fill:#f6f7f9,stroke:#a3afbd,color:#3b4754,stroke-dasharray:4 3");
        Line("  classDef change fill:#fdecee,stroke:#a51d2d,color:#16202c");
        Line("  classDef model fill:#f3edfb,stroke:#55318a,color:#16202c");
        Line("  classDef gate fill:#fff5db,stroke:#6b4a00,color:#16202c,stroke-width:3px");
        if (_gates.Count > 0)
            Line($"  class {string.Join(',', _gates)} gate");
    }

    private List<Tail> Steps(IReadOnlyList<SketchStep> steps, List<Tail> tails)
    {
        foreach (var step in steps)
        {
            var node = Node(step);
            Join(tails, node);
            tails = step.Kind switch
            {
                SketchKind.End => [],
                SketchKind.Loop => Loop(step, node),
                _ when step.Lanes.Count == 0 => [new Tail(node, null)],
                _ => [.. step.Lanes.SelectMany(lane => Steps(lane.Steps, [new Tail(node, lane.Label)]))],
            };
            if (step.Kind == SketchKind.Parallel)
            {
                var all = Node("((", "))", ["all done"], null);
                Join(tails, all);
                tails = [new Tail(all, null)];
            }
        }

        return tails;
    }

    private List<Tail> Loop(SketchStep step, string node)
    {
        foreach (var tail in step.Lanes.SelectMany(lane => Steps(lane.Steps, [new Tail(node, "each")])))
            Line($"  {tail.From} -. {Text(tail.Label is null ? "next" : $"{tail.Label}; next")} .-> {node}");
        return [new Tail(node, "all done")];
    }

    private void Join(List<Tail> tails, string node)
    {
        foreach (var tail in tails)
            Line(tail.Label is null ? $"  {tail.From} --> {node}" : $"  {tail.From} -- {Text(tail.Label)} --> {node}");
    }

    private string Node(SketchStep step)
    {
        var (open, close) = step.Kind switch
        {
            SketchKind.Gate => ("{{", "}}"),
            SketchKind.Choice => ("{", "}"),
            SketchKind.Loop => ("[[", "]]"),
            SketchKind.End => ("([", "])"),
            _ => ("[", "]"),
        };
        var look = step.Kind switch
        {
            SketchKind.Change => "change",
            SketchKind.Model => "model",
            SketchKind.End => "ending",
            _ => null,
        };
        var node = Node(open, close, [.. step.Gate is null ? [] : new[] { $"GATE: {step.Gate}" }, $"{step.Id}: {step.Title}", .. step.Lines], look);
        if (step.Gate is not null)
            _gates.Add(node);
        return node;
    }

    private string Node(string open, string close, IReadOnlyList<string> lines, string? look)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"n{++_nodes}");
        Line($"  {name}{open}\"{string.Join("<br/>", lines.Select(Escaped))}\"{close}{(look is null ? "" : $":::{look}")}");
        return name;
    }

    private void Line(string line) => _text.Append(line).Append('\n');

    private static string Text(string label) => $"\"{Escaped(label)}\"";

    private static string Escaped(string text)
    {
        var escaped = new StringBuilder();
        foreach (var rune in HiddenText.Shown(text, 400).EnumerateRunes())
        {
            if (Rune.IsLetterOrDigit(rune) || rune.Value is ' ' or '.' or ',' or ':' or '-' or '_' or '\'' or '/' or '(' or ')' or '=' or '+' or '!' or '?')
                escaped.Append(rune.ToString());
            else
                escaped.Append(CultureInfo.InvariantCulture, $"#{rune.Value};");
        }

        return escaped.ToString();
    }

    /// <summary>
    /// Where numbers of characters are not read: the text for screen readers, which pass over many signs. What a condition says is
    /// told in words, and nothing is left out that could turn its meaning.
    /// </summary>
    private static string Plain(string text)
    {
        var plain = new StringBuilder();
        var shown = HiddenText.Shown(text, 2_000);
        for (var at = 0; at < shown.Length;)
        {
            if (Signs.FirstOrDefault(sign => string.CompareOrdinal(shown, at, sign.Sign, 0, sign.Sign.Length) == 0) is { Sign: { } found } word && (found != "!" || IsDenial(shown, at)))
            {
                plain.Append(word.Word);
                at += found.Length;
                continue;
            }

            _ = Rune.TryGetRuneAt(shown, at, out var rune);
            plain.Append(Rune.IsLetterOrDigit(rune) || ".,:-_'()=!?+/*@[]$".Contains(rune.ToString(), StringComparison.Ordinal) ? rune.ToString() : " ");
            at += Math.Max(1, rune.Utf16SequenceLength);
        }

        return string.Join(' ', plain.ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    /// <summary>Not the end of a sentence.</summary>
    private static bool IsDenial(string text, int at) => at + 1 < text.Length && (char.IsLetter(text[at + 1]) || text[at + 1] is '(' or '!' or '_');
}
