using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Playbooks.Checks;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Siit.Iam.Agent.Playbooks.Format;

/// <summary>
/// From text to a tree: the core of YAML 1.2 and no more. What makes a file mean something else than it says (anchors, tags,
/// merge keys, keys that come twice, hidden characters) is refused with its place.
/// </summary>
internal sealed class YamlReader(PlaybookFile file, Report report)
{
    private const int MaxLength = 256 * 1024;
    private const int MaxDepth = 40;
    private const char NoBreak = '\u00A0';

    private bool _indented;

    /// <summary>Null when there is nothing to go on with; the report says why.</summary>
    public YamlMapping? Read()
    {
        if (file.Text.Length > MaxLength)
        {
            report.Add("PB001", 1, 1, $"The file has {file.Text.Length} characters; at most {MaxLength} are allowed.", "One file is one playbook.");
            return null;
        }

        FindHidden();
        // A byte order mark, which some editors write, is no part of the text.
        var scanner = new Scanner(new StringReader(file.Text.StartsWith('\uFEFF') ? file.Text[1..] : file.Text), skipComments: true);
        try
        {
            return Document(new Parser(scanner));
        }
        catch (YamlException broken)
        {
            return NotYaml(broken.Start);
        }
        catch (InvalidOperationException)
        {
            // The library's own way of saying so for some broken flow mappings.
            return NotYaml(scanner.CurrentPosition);
        }
    }

    private YamlMapping? NotYaml(Mark at)
    {
        // It is most often all that is wrong: in the indentation of some line before the place where reading ended, or just there.
        var line = Place(at.Line);
        if (NoBreaks(1, line + 1, onlyIndentation: true).Concat(NoBreaks(Math.Max(1, line - 1), line, onlyIndentation: false)).Distinct().ToList() is { Count: > 0 } found)
        {
            found.ForEach(each => TellNoBreak(each.Line, each.Column));
            return null;
        }

        report.Add("PB001", Place(at.Line), Place(at.Column), "This is not YAML.",
            "Look at quotes, brackets and indentation here and just before; a text with ': ', '#' or a leading '!' or '&' needs quotes, and within '{ }' one with ',', '[' or '{' as well.");
        return null;
    }

    // A reviewer has to see what will run.
    private void FindHidden()
    {
        var lines = file.Text.Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i].TrimEnd('\r');
            if (i == 0)
                line = line.TrimStart('\uFEFF'); // a byte order mark
            if (HiddenText.First(line) is { } hidden)
                report.Add("PB001", i + 1, 1, $"The line holds a character that cannot be seen or that turns text around ({hidden}).", "Type the line again without it.");
        }
    }

    private void TellNoBreak(int line, int column) => report.Add(
        "PB001", line, column, $"Line {line} has a no-break space (U+00A0) in column {column}, which looks like a space and is none.", "Type an ordinary space in its place; within a text, put quotes around the text.");

    /// <summary>Told where it stands; read as the space that it looks like.</summary>
    private string WithoutNoBreak(Scalar scalar, string text)
    {
        foreach (var (line, column) in NoBreaks(Place(scalar.Start.Line), Place(scalar.End.Line), onlyIndentation: false))
        {
            if (line > scalar.Start.Line || column >= scalar.Start.Column)
                TellNoBreak(line, column);
        }

        _indented |= text[0] == NoBreak;
        return text.Replace(NoBreak, ' ').Trim();
    }

    /// <summary>The first of each line.</summary>
    private IEnumerable<(int Line, int Column)> NoBreaks(int from, int to, bool onlyIndentation)
    {
        var lines = file.Text.Split('\n');
        for (var line = from; line <= Math.Min(to, lines.Length); line++)
        {
            var text = lines[line - 1];
            var at = text.IndexOf(NoBreak, StringComparison.Ordinal);
            if (at >= 0 && (!onlyIndentation || string.IsNullOrWhiteSpace(text[..at])))
                yield return (line, at + 1);
        }
    }

    private YamlMapping? Document(Parser parser)
    {
        parser.Consume<StreamStart>();
        if (!parser.TryConsume<DocumentStart>(out var start))
        {
            report.Add("PB001", 1, 1, "The file is empty.", "A playbook begins with 'schema: playbook/v1'.");
            return null;
        }

        if (start.Version is not null || start.Tags is { Count: > 0 } tags && tags.Any(tag => tag.Prefix is not ("!" or "tag:yaml.org,2002:")))
            report.Add("PB001", Place(start.Start.Line), Place(start.Start.Column), "The file has a YAML directive.", "Take the line with '%' out.");
        var tree = Node(parser, 0);
        parser.Consume<DocumentEnd>();
        if (parser.TryConsume<DocumentStart>(out var second))
            report.Add("PB001", Place(second.Start.Line), Place(second.Start.Column), "The file holds a second document.", "One file is one playbook: take '---' out.");
        // With it the lines are not where they look: what follows from that says nothing.
        if (_indented)
            return null;
        if (tree is YamlMapping mapping)
            return mapping;
        if (tree is not null)
            report.Add("PB001", tree.Line, tree.Column, "The file is not a mapping.", "A playbook begins with 'schema: playbook/v1'.");
        return null;
    }

    private YamlNode? Node(Parser parser, int depth)
    {
        var at = parser.Current!;
        var (line, column) = (Place(at.Start.Line), Place(at.Start.Column));
        if (depth > MaxDepth)
            throw new YamlException(at.Start, at.End, "Nested too deeply.");
        if (parser.TryConsume<AnchorAlias>(out _))
        {
            report.Add("PB001", line, column, "An alias ('*') stands for something written elsewhere.", "Write it out here; put quotes around a text that begins with '*'.");
            return new YamlScalar(line, column, "alias", Plain: false, Straight: false);
        }

        if (at is NodeEvent node)
            Refuse(node, line, column);
        switch (parser.Current)
        {
            case Scalar scalar:
                parser.MoveNext();
                return Read(scalar, line, column);
            case SequenceStart:
                parser.MoveNext();
                var items = new List<YamlNode>();
                while (!parser.TryConsume<SequenceEnd>(out _))
                {
                    if (Node(parser, depth + 1) is { } item)
                        items.Add(item);
                }

                return new YamlSequence(line, column, items);
            default:
                parser.Consume<MappingStart>();
                var entries = new List<YamlEntry>();
                while (!parser.TryConsume<MappingEnd>(out _))
                    Entry(parser, depth, entries);
                return new YamlMapping(line, column, entries);
        }
    }

    private void Entry(Parser parser, int depth, List<YamlEntry> entries)
    {
        var key = Node(parser, depth + 1);
        var value = Node(parser, depth + 1);
        if (key is not YamlScalar name)
        {
            if (key is not null)
                report.Add("PB001", key.Line, key.Column, "A key is not a text.", "Put quotes around a text that begins with '{' or '['.");
            return;
        }

        if (name is { Plain: true, Text: "<<" })
            report.Add("PB001", name.Line, name.Column, "A merge key ('<<') takes in something written elsewhere.", "Write the keys out here.");
        else if (entries.Find(entry => entry.Key.Text == name.Text) is { } first)
            report.Add("PB001", name.Line, name.Column, $"The key '{Report.Shown(name.Text)}' is there twice (first on line {first.Key.Line}).", "Take one of them out.");
        else if (value is not null)
            entries.Add(new YamlEntry(name, value));
    }

    private void Refuse(NodeEvent node, int line, int column)
    {
        if (!node.Anchor.IsEmpty)
            report.Add("PB001", line, column, "An anchor ('&') names a part of the file.", "Take it out; put quotes around a text that begins with '&'.");
        if (!node.Tag.IsEmpty)
            report.Add("PB001", line, column, "A tag ('!') changes what a value means.", "Put quotes around a text or expression that begins with '!'.");
    }

    private YamlScalar Read(Scalar scalar, int line, int column)
    {
        var plain = scalar.Style == ScalarStyle.Plain;
        var quotes = plain ? 0 : 2;
        var straight = scalar.Style is ScalarStyle.Plain or ScalarStyle.SingleQuoted or ScalarStyle.DoubleQuoted
            && scalar.Start.Line == scalar.End.Line && scalar.End.Column - scalar.Start.Column == scalar.Value.Length + quotes;
        // A refused tag was most likely the beginning of the text: with it, what follows can be checked as it was meant.
        var text = plain && !scalar.Tag.IsEmpty ? $"{scalar.Tag.Value} {scalar.Value}" : scalar.Value;
        if (plain && text.Contains(NoBreak, StringComparison.Ordinal))
            text = WithoutNoBreak(scalar, text);
        var read = new YamlScalar(line, column, text, plain, straight);
        if (WrittenSecret.First(text) is not { } secret)
            return read;
        report.Add("PB043", line, read.ColumnOf(secret), "A password, key or token is written out here.", "Take it out, and change it where it is valid: whoever can read this file has it. Playbooks need none.");
        return read with { Text = WrittenSecret.Without(text) };
    }

    private static int Place(long mark) => (int)Math.Clamp(mark, 1, int.MaxValue);
}
