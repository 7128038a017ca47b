namespace Siit.Iam.Agent.Playbooks.Drawing;

/// <summary>Something with a size that can be drawn: it is entered at the middle of its top and left at the middle of its bottom.</summary>
/// <param name="Draw">With the middle of the top.</param>
/// <param name="Ends">Nothing leaves it.</param>
internal sealed record Block(double Width, double Height, Action<Canvas, double, double> Draw, bool Ends = false);

/// <summary>From steps to blocks. Widths of texts are reckoned, on the safe side: there is no font to ask.</summary>
internal static class Blocks
{
    private const double BoxWidth = 280;
    private const double Line = 17;
    private const double Pad = 10;
    private const double Gap = 26;
    private const double LaneGap = 26;
    private const double LetterWidth = 6.9;
    private const double BoldWidth = 7.7;
    private const int MostLines = 4;

    public static Block Of(SketchStep step)
    {
        var box = Box(Look(step.Kind), step.Gate, $"{step.Id}: {step.Title}", step.Lines);
        return step switch
        {
            { Lanes.Count: 0 } => box with { Ends = step.Kind == SketchKind.End },
            { Kind: SketchKind.Loop } => Loop(box, List([.. step.Lanes[0].Steps.Select(Of)])),
            _ => Lanes(box, [.. step.Lanes.Select(Lane)], step.Ends),
        };
    }

    /// <param name="title">Cut to three lines.</param>
    public static Block Box(string look, string? gate, string title, IReadOnlyList<string> lines)
    {
        var rows = new List<(string? Look, string Text)>();
        rows.AddRange(Wrapped(title, 3, BoldWidth).Select(row => ((string?)"name", row)));
        rows.AddRange(lines.SelectMany(line => Wrapped(line, MostLines)).Select(row => ((string?)"dim", row)));
        var height = (2 * Pad) + (rows.Count * Line) - 4;
        var asked = gate is null ? [] : Wrapped($"GATE: {gate}", 2, BoldWidth + .8);
        var tag = asked.Count == 0 ? 0 : 7 + (asked.Count * Line);
        return new Block(BoxWidth, height + tag, (canvas, x, y) =>
        {
            var left = x - (BoxWidth / 2);
            if (asked.Count > 0)
                canvas.Rect(left + 10, y, BoxWidth - 20, tag + 8, "tag", 5);
            for (var i = 0; i < asked.Count; i++)
                canvas.Text(left + 10 + Pad, y + 16 + (i * Line), "gate", asked[i]);

            canvas.Rect(left, y + tag, BoxWidth, height, look);
            for (var i = 0; i < rows.Count; i++)
                canvas.Text(left + Pad, y + tag + Pad + 11 + (i * Line), rows[i].Look, rows[i].Text);
        });
    }

    /// <summary>One below the other.</summary>
    public static Block List(IReadOnlyList<Block> blocks)
    {
        if (blocks.Count == 0)
            return new Block(120, 20, (canvas, x, y) => canvas.Way(x, y, x, y + 20, tip: false));
        var height = blocks.Sum(block => block.Height) + ((blocks.Count - 1) * Gap);
        return new Block(blocks.Max(block => block.Width), height, (canvas, x, y) =>
        {
            for (var i = 0; i < blocks.Count; i++)
            {
                blocks[i].Draw(canvas, x, y);
                y += blocks[i].Height;
                if (i < blocks.Count - 1 && !blocks[i].Ends)
                    canvas.Way(x, y, x, y + Gap, tip: true);
                y += Gap;
            }
        }, blocks.Any(block => block.Ends));
    }

    public static string Cut(string text, int longest) => text.Length <= longest ? text : Whole(text[..Math.Max(1, longest - 1)]).TrimEnd() + "…";

    private static string Whole(string cut) => char.IsHighSurrogate(cut[^1]) ? cut[..^1] : cut;

    private static Block Lane(SketchLane lane)
    {
        var steps = List([.. lane.Steps.Select(Of)]);
        var label = Wrapped(lane.Label ?? "", 3);
        var above = (label.Count * Line) + 4;
        var empty = lane.Steps.Count == 0;
        return steps with
        {
            Width = Math.Max(BoxWidth, steps.Width),
            Height = steps.Height + above + Gap,
            Draw = (canvas, x, y) =>
            {
                for (var i = 0; i < label.Count; i++)
                    canvas.Text(x + 8 - (BoxWidth / 2), y + 11 + (i * Line), null, label[i]);
                canvas.Way(x, y + above, x, y + above + Gap, tip: !empty);
                steps.Draw(canvas, x, y + above + Gap);
            },
        };
    }

    private static Block Lanes(Block head, IReadOnlyList<Block> lanes, bool ends)
    {
        var width = lanes.Sum(lane => lane.Width) + ((lanes.Count - 1) * LaneGap);
        var tallest = lanes.Max(lane => lane.Height);
        return new Block(Math.Max(head.Width, width), head.Height + Gap + tallest + Gap, (canvas, x, y) =>
        {
            head.Draw(canvas, x, y);
            var (fork, top) = (y + head.Height + 10, y + head.Height + Gap);
            var bottom = top + tallest;
            var left = x - (width / 2);
            foreach (var lane in lanes)
            {
                var middle = left + (lane.Width / 2);
                canvas.Way(x, y + head.Height, middle, top, tip: false, fork);
                lane.Draw(canvas, middle, top);
                if (!lane.Ends)
                    canvas.Way(middle, top + lane.Height, x, bottom + Gap, tip: false, bottom + (Gap / 2));
                left += lane.Width + LaneGap;
            }
        }, ends);
    }

    /// <summary>A frame around what is repeated.</summary>
    private static Block Loop(Block head, Block body)
    {
        var width = Math.Max(head.Width, body.Width) + (2 * Pad) + 8;
        var height = head.Height + Gap + body.Height + (2 * Pad);
        return new Block(width, height, (canvas, x, y) =>
        {
            canvas.Rect(x - (width / 2), y, width, height, "loop", 10);
            head.Draw(canvas, x, y + Pad);
            canvas.Way(x, y + Pad + head.Height, x, y + Pad + head.Height + Gap, tip: true);
            body.Draw(canvas, x, y + Pad + head.Height + Gap);
        });
    }

    private static string Look(SketchKind kind) => kind switch
    {
        SketchKind.Change => "box-change",
        SketchKind.Gate => "box-gate",
        SketchKind.Model => "box-model",
        SketchKind.End => "box-end",
        _ => "box",
    };

    /// <summary>Broken between words where that is possible; what does not fit into so many lines is cut.</summary>
    private static List<string> Wrapped(string text, int most, double letter = LetterWidth)
    {
        var longest = (int)((BoxWidth - (2 * Pad)) / letter);
        var lines = new List<string>();
        while (text.Length > 0 && lines.Count < most)
        {
            if (text.Length <= longest || lines.Count == most - 1)
            {
                lines.Add(Cut(text, longest));
                break;
            }

            var at = text.LastIndexOf(' ', longest);
            if (at < longest / 3)
                at = longest;
            // Half a pair of surrogates is no text.
            if (char.IsHighSurrogate(text[at - 1]))
                at--;
            lines.Add(text[..at]);
            text = text[at..].TrimStart();
        }

        return lines;
    }
}
