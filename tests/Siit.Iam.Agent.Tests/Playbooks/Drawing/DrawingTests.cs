using System.Text.RegularExpressions;
using System.Xml.Linq;
using Siit.Iam.Agent.Playbooks;
using Siit.Iam.Agent.Playbooks.Drawing;
using Siit.Iam.Agent.Playbooks.Format;

namespace Siit.Iam.Agent.Tests.Playbooks.Drawing;

public sealed partial class DrawingTests
{
    public static TheoryData<string> Shipped => [.. Directory.EnumerateFiles(ShippedPlaybooksTests.Folder, "*.yaml").Select(file => Path.GetFileNameWithoutExtension(file)!).Order(StringComparer.Ordinal)];

    /// <summary>Everything that a title could try: to end a text, to begin an element, to be read as a number of a character, as a link.</summary>
    public static TheoryData<string> HostileTitles =>
    [
        "</text><script>alert(1)</script>", "\"]; click n1 \"javascript:alert(1)\" %%", "<img src=x onerror=alert(1)>", "&lt;script&gt;", "#60;script#62;", "`**bold**`",
        "%%{init: {'securityLevel': 'loose'}}%%", "]]></style><script>", "a --> b; classDef gate fill:#fff",
    ];

    [Theory]
    [MemberData(nameof(Shipped))]
    public void Draw_ShippedPlaybook_ShowsEveryStepOnce(string id)
    {
        var playbook = PlaybookReader.Read(Path.Combine(ShippedPlaybooksTests.Folder, id + ".yaml")).Playbook!;
        var sketch = Sketches.Of(playbook);
        var (mermaid, svg) = (MermaidDrawing.Of(sketch), SvgDrawing.Of(sketch));

        foreach (var step in playbook.Steps.SelectMany(step => step.All))
        {
            Assert.Single(Regex.Matches(mermaid, $"\"(GATE: [^<]*<br/>)?{step.Id}: "));
            Assert.Single(XDocument.Parse(svg).Descendants(), element => element.Attribute("class")?.Value == "name" && (element.Value + " ").StartsWith(step.Id + ": ", StringComparison.Ordinal));
            Assert.Contains($"{step.Id}: ", sketch.InWords, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Gates_AreApproveStepsAndActionsThatAskForThemselves()
    {
        var sketch = Sketches.Of(PlaybookReader.Read(Path.Combine(ShippedPlaybooksTests.Folder, "side-panel-actions.yaml")).Playbook!);
        var gates = All(sketch.Steps).Where(step => step.Gate is not null).Select(step => $"{step.Id} {step.Gate}");

        // unlock, clear and join ask nobody; suspend is in the plan of the step before it.
        Assert.Equal(["agreeSuspend one other", "suspend one other (plan: agreeSuspend)", "unsuspend one other"], gates);
        Assert.Contains("(plan: agreeSuspend)", SvgDrawing.Of(sketch), StringComparison.Ordinal);
        Assert.Matches(@"class n\d+,n\d+,n\d+ gate", MermaidDrawing.Of(sketch));
    }

    [Fact]
    public void Gate_ThatNamesWhoAgrees_SaysIt()
    {
        var gate = Assert.Single(Sketches.Of(PlaybookReader.Read(PlaybookFile.Of("t.yaml", Small("T").Replace("approvers: one", "seats: [manager], fallback: desk", StringComparison.Ordinal))).Playbook!).Steps, step => step.Kind == SketchKind.Gate);

        Assert.Equal(("Agrees: manager, else desk", "manager, else desk"), (gate.Title, gate.Gate));
    }

    [Theory]
    [MemberData(nameof(HostileTitles))]
    public void HostileText_StaysText(string title)
    {
        var sketch = Sketches.Of(PlaybookReader.Read(PlaybookFile.Of("t.yaml", Small(title))).Playbook!);

        var svg = XDocument.Parse(SvgDrawing.Of(sketch));
        Assert.DoesNotContain(svg.Descendants(), element => element.Name.LocalName is "script" or "img" or "a" or "foreignObject" or "use" or "image");
        Assert.DoesNotContain(svg.Descendants().Attributes(), attribute => attribute.Name.LocalName.StartsWith("on", StringComparison.OrdinalIgnoreCase) || attribute.Name.LocalName == "href");
        Assert.Equal($"Playbook: {title}", svg.Root!.Elements().First(element => element.Name.LocalName == "title").Value);

        // Every line is one of ours: names of our own, and between quotes nothing but harmless signs, line breaks and numbers of characters.
        foreach (var line in MermaidDrawing.Of(sketch).TrimEnd('\n').Split('\n').Skip(1))
            Assert.Matches(OurLine(), line);
    }

    [Fact]
    public void Svg_SaysWhatItShows_AndLoadsNothing()
    {
        var text = SvgDrawing.Of(Sketches.Of(PlaybookReader.Read(PlaybookFile.Of("t.yaml", Small("Small"))).Playbook!));
        var root = XDocument.Parse(text).Root!;

        Assert.Equal("img", root.Attribute("role")!.Value);
        Assert.Equal("title desc", root.Attribute("aria-labelledby")!.Value);
        Assert.Contains("suspend: Suspend user", root.Elements().First(element => element.Name.LocalName == "desc").Value, StringComparison.Ordinal);
        Assert.Contains("prefers-color-scheme: dark", text, StringComparison.Ordinal);
        Assert.DoesNotContain("url(", text, StringComparison.Ordinal);
        Assert.Equal(1, Regex.Count(text, "http"));
    }

    /// <summary>A sign that is left out turns what a condition says.</summary>
    [Fact]
    public void Mermaid_TellsConditionsInWords_WithNothingLeftOut()
    {
        var playbook = PlaybookReader.Read(PlaybookFile.Of("t.yaml", Small("T").Replace("  - id: agree\n", """
              - id: only
                require: "!(input.person == \"a\" || !(size(input.person) * 2 < 6)) && size(input.person) != 4"

            """.ReplaceLineEndings("\n") + "  - id: agree\n", StringComparison.Ordinal))).Playbook!;

        var told = MermaidDrawing.Of(Sketches.Of(playbook)).Split('\n').Single(line => line.StartsWith("  accDescr: ", StringComparison.Ordinal));

        Assert.Contains("Only if not (input.person == 'a' or not (size(input.person) * 2 less than 6)) and size(input.person) is not 4", told, StringComparison.Ordinal);
    }

    private static IEnumerable<SketchStep> All(IEnumerable<SketchStep> steps) => steps.SelectMany(step => All(step.Lanes.SelectMany(lane => lane.Steps)).Prepend(step));

    private static string Small(string title) => $$"""
        schema: playbook/v1
        id: small
        version: 1.0.0
        title: {{System.Text.Json.JsonSerializer.Serialize(title)}}
        owner: group:it
        inputs:
          person: { type: Person }
        policy:
          tools: [suspend_user]
          targets: { person: person == input.person }
          limits: { people: 1, writes: 1 }
        steps:
          - id: agree
            approve: { approvers: one, timeout: PT4H, summary: {{System.Text.Json.JsonSerializer.Serialize(title)}} }
          - id: suspend
            do: suspend_user
            with: { person: =input.person }
            undo: inverse
        """;

    [GeneratedRegex("""
        ^  (accTitle: [^<>"&]*|accDescr: [^<>"&]*|n\d+[\[\]({/]+"([\p{L}\p{N} .,:_'/()=+!?-]|#[0-9]+;|<br/>)*"[\])}/]+(:::\w+)?|n\d+ (-->|-\.-) n\d+|n\d+ (--|-\.) "[^"<>]*" (-->|\.->) n\d+|class n[\dn,]+ gate|classDef [\w]+ [\w#:,. -]+)$
        """, RegexOptions.CultureInvariant)]
    private static partial Regex OurLine();
}
