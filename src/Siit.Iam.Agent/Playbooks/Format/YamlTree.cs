using System.Globalization;

namespace Siit.Iam.Agent.Playbooks.Format;

/// <summary>A piece of a playbook's YAML with its place (from 1).</summary>
internal abstract record YamlNode(int Line, int Column);

/// <param name="Plain">Without quotes: only then it may be a number, a bool or nothing.</param>
/// <param name="Straight">Stands in the file letter by letter on one line, so that an index into it is a column.</param>
internal sealed record YamlScalar(int Line, int Column, string Text, bool Plain, bool Straight) : YamlNode(Line, Column)
{
    public bool IsNothing => Plain && Text is "" or "~" or "null" or "Null" or "NULL";

    /// <summary>As the core schema of YAML 1.2 has it: yes, no, on and off are texts.</summary>
    public bool? AsBool => !Plain ? null : Text switch
    {
        "true" or "True" or "TRUE" => true,
        "false" or "False" or "FALSE" => false,
        _ => null,
    };

    public long? AsInt => Plain && long.TryParse(Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    public double? AsDouble => Plain && double.TryParse(Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;

    public bool IsText => !Plain || (!IsNothing && AsBool is null && AsInt is null && AsDouble is null);

    /// <summary>The column of a letter of the text.</summary>
    public int ColumnOf(int index) => Straight ? Column + (Plain ? 0 : 1) + index : Column;
}

internal sealed record YamlSequence(int Line, int Column, IReadOnlyList<YamlNode> Items) : YamlNode(Line, Column);

internal sealed record YamlMapping(int Line, int Column, IReadOnlyList<YamlEntry> Entries) : YamlNode(Line, Column)
{
    public YamlEntry? Entry(string key) => Entries.FirstOrDefault(entry => entry.Key.Text == key);

    public YamlNode? Find(string key) => Entry(key)?.Value;

    public YamlScalar? Scalar(string key) => Find(key) as YamlScalar;

    public YamlMapping? Mapping(string key) => Find(key) as YamlMapping;

    public YamlSequence? Sequence(string key) => Find(key) as YamlSequence;

    public string? Text(string key) => Scalar(key)?.Text;
}

internal sealed record YamlEntry(YamlScalar Key, YamlNode Value);
