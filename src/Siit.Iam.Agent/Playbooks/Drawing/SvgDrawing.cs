using System.Globalization;
using System.Xml.Linq;

namespace Siit.Iam.Agent.Playbooks.Drawing;

/// <summary>
/// A sketch as one SVG file that loads nothing and runs nothing: the tree of steps laid out from the top, branches side by side.
/// Built as XML, so that texts cannot become markup. Its colours follow the reader's light or dark setting.
/// </summary>
internal static class SvgDrawing
{
    private const double Margin = 24;

    /// <summary>Colours by name, light and dark; both readable (4.5:1 and more for texts).</summary>
    private const string Style = """
        text { font: 12.5px system-ui, -apple-system, "Segoe UI", "Helvetica Neue", Arial, sans-serif; fill: #16202c; }
        .head { font-size: 19px; font-weight: 700; } .name { font-weight: 700; } .dim { fill: #556170; } .gate { font-weight: 700; fill: #6b4a00; }
        .page { fill: #f6f7f9; } .box { fill: #fff; stroke: #a3afbd; } .box-change { fill: #fdecee; stroke: #a51d2d; } .box-model { fill: #f3edfb; stroke: #55318a; }
        .box-gate { fill: #fff5db; stroke: #8a6100; stroke-width: 3; } .box-start { fill: #e3ebf8; stroke: #1f4fa3; } .box-end { fill: #eef1f5; stroke: #556170; }
        .box-bounds, .loop { fill: none; stroke: #7c8896; stroke-dasharray: 5 4; } .tag { fill: #fff5db; stroke: #8a6100; stroke-width: 2; }
        .way { fill: none; stroke: #556170; stroke-width: 1.5; } .tip { fill: #556170; }
        @media (prefers-color-scheme: dark) {
          text { fill: #e6ebf1; } .dim { fill: #a3afbd; } .gate { fill: #f4d58a; }
          .page { fill: #10151c; } .box { fill: #18202a; stroke: #5a6877; } .box-change { fill: #3a171d; stroke: #ff98a3; } .box-model { fill: #2a2138; stroke: #d6bcff; }
          .box-gate { fill: #352a10; stroke: #f4d58a; } .box-start { fill: #16263f; stroke: #93bbff; } .box-end { fill: #222c38; stroke: #a3afbd; }
          .box-bounds, .loop { stroke: #7c8896; } .tag { fill: #352a10; stroke: #f4d58a; } .way { stroke: #a3afbd; } .tip { fill: #a3afbd; }
        }
        """;

    public static string Of(Sketch sketch)
    {
        var body = Blocks.List(
        [
            Blocks.Box("box-start", null, "Starts", sketch.Starts),
            .. sketch.Steps.Select(Blocks.Of),
            .. sketch.Steps.Any(step => step.Ends) ? [] : new[] { Blocks.Box("box-end", null, "Done", []) },
        ]);
        var bounds = Blocks.Box("box-bounds", null, "Bounds", [.. sketch.Bounds, sketch.Failure]);
        var canvas = new Canvas();
        var width = Math.Max(body.Width, Math.Max(bounds.Width, 480)) + (2 * Margin);
        canvas.Text(Margin, Margin + 18, "head", Blocks.Cut(sketch.Title, (int)(width / 11)));
        canvas.Text(Margin, Margin + 38, "dim", sketch.Subtitle);
        bounds.Draw(canvas, Margin + (bounds.Width / 2), Margin + 52);
        var top = Margin + 52 + bounds.Height + 24;
        body.Draw(canvas, width / 2, top);
        var height = top + body.Height + Margin;

        XNamespace svg = Canvas.Svg;
        var root = new XElement(
            svg + "svg",
            new XAttribute("viewBox", $"0 0 {Canvas.Number(width)} {Canvas.Number(height)}"),
            new XAttribute("width", Canvas.Number(width)),
            new XAttribute("height", Canvas.Number(height)),
            new XAttribute("role", "img"),
            new XAttribute("aria-labelledby", "title desc"),
            new XElement(svg + "title", new XAttribute("id", "title"), $"Playbook: {sketch.Title}"),
            new XElement(svg + "desc", new XAttribute("id", "desc"), sketch.InWords),
            new XElement(svg + "style", Style),
            new XElement(svg + "rect", new XAttribute("class", "page"), new XAttribute("width", "100%"), new XAttribute("height", "100%")),
            canvas.Drawn);
        return root.ToString(SaveOptions.DisableFormatting) + "\n";
    }
}

/// <summary>Where the parts of a drawing are put.</summary>
internal sealed class Canvas
{
    public const string Svg = "http://www.w3.org/2000/svg";

    private readonly List<XElement> _drawn = [];

    public IReadOnlyList<XElement> Drawn => _drawn;

    public static string Number(double number) => Math.Round(number, 1).ToString(CultureInfo.InvariantCulture);

    public void Rect(double x, double y, double width, double height, string look, double round = 7) => Add(
        "rect", ("x", Number(x)), ("y", Number(y)), ("width", Number(width)), ("height", Number(height)), ("rx", Number(round)), ("class", look));

    public void Text(double x, double y, string? look, string text)
    {
        Add("text", [("x", Number(x)), ("y", Number(y)), .. look is null ? [] : new[] { ("class", look) }]);
        _drawn[^1].Add(text);
    }

    /// <summary>Down, across, down; the last stretch ends in a tip when somewhere is arrived at.</summary>
    public void Way(double fromX, double fromY, double toX, double toY, bool tip, double? turn = null)
    {
        var at = turn ?? ((fromY + toY) / 2);
        Add("path", ("class", "way"), ("d", fromX == toX
            ? $"M{Number(fromX)} {Number(fromY)}V{Number(toY)}"
            : $"M{Number(fromX)} {Number(fromY)}V{Number(at)}H{Number(toX)}V{Number(toY)}"));
        if (tip)
            Add("path", ("class", "tip"), ("d", $"M{Number(toX - 4.5)} {Number(toY - 7)}h9l-4.5 7z"));
    }

    private void Add(string name, params (string Name, string Value)[] attributes) =>
        _drawn.Add(new XElement(XName.Get(name, Svg), attributes.Select(attribute => new XAttribute(attribute.Name, attribute.Value))));
}
