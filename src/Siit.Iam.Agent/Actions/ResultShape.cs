using System.Text.Json;

namespace Siit.Iam.Agent.Actions;

/// <summary>What a read answers, declared beside it: playbooks go on with the answer and are checked before they run.</summary>
internal sealed record ResultShape(IReadOnlyList<ResultField> Fields)
{
    public static ResultShape Of(params ResultField[] fields) => new(fields);
}

internal enum ResultKind
{
    /// <summary>Ids and the vendor's own words.</summary>
    Text,
    /// <summary>What people type into a directory; may try to talk to a model.</summary>
    FreeText,
    Number,
    Bool,
    Time,
    /// <summary>One of <see cref="ResultField.AllowedWords"/>.</summary>
    Words,
    /// <summary>A list of texts.</summary>
    Texts,
    /// <summary>A list of objects.</summary>
    List,
}

/// <summary>One field of an answer.</summary>
internal sealed record ResultField(string Name, ResultKind Kind)
{
    /// <summary>Left out when there is nothing to tell.</summary>
    public bool Optional { get; private init; }

    public IReadOnlyList<string> AllowedWords { get; private init; } = [];

    /// <summary>The fields of a list's items.</summary>
    public IReadOnlyList<ResultField> Item { get; private init; } = [];

    /// <summary>Items at most; null when only the directory limits it.</summary>
    public int? MaxItems { get; private init; }

    public static ResultField Text(string name) => new(name, ResultKind.Text);

    public static ResultField FreeText(string name) => new(name, ResultKind.FreeText);

    public static ResultField Number(string name) => new(name, ResultKind.Number);

    public static ResultField Bool(string name) => new(name, ResultKind.Bool);

    public static ResultField Time(string name) => new(name, ResultKind.Time);

    public static ResultField Words<T>(string name) where T : struct, Enum =>
        new(name, ResultKind.Words) { AllowedWords = [.. Enum.GetNames<T>().Select(JsonNamingPolicy.SnakeCaseLower.ConvertName)] };

    public static ResultField Texts(string name, int max) => new(name, ResultKind.Texts) { MaxItems = max };

    public static ResultField List(string name, IReadOnlyList<ResultField> item, int? max = null) =>
        new(name, ResultKind.List) { Item = item, MaxItems = max };

    public ResultField OrAbsent() => this with { Optional = true };
}
