namespace Siit.Iam.Agent.Playbooks.Expressions;

/// <summary>Whose text a value may be.</summary>
[Flags]
internal enum Taint
{
    None = 0,
    /// <summary>Written by people outside: a request, a directory's free text.</summary>
    Untrusted = 1,
    /// <summary>Chosen by a model.</summary>
    Model = 2,
}

/// <summary>The type of an expression, known before anything runs.</summary>
internal abstract record CelType
{
    public static readonly ScalarType Bool = new("bool");
    public static readonly ScalarType Int = new("int");
    public static readonly ScalarType Double = new("double");
    public static readonly ScalarType String = new("string");
    public static readonly ScalarType Timestamp = new("timestamp");
    public static readonly ScalarType Duration = new("duration");

    /// <summary>A work email: a string that counts as a person.</summary>
    public static readonly ScalarType Person = new("Person");

    /// <summary>The item of an empty list; fits everywhere.</summary>
    public static readonly ScalarType Nothing = new("nothing");
}

internal sealed record ScalarType(string Name) : CelType
{
    public override string ToString() => Name;
}

/// <summary>A string that is one of a few words.</summary>
internal sealed record EnumType(IReadOnlyList<string> Words) : CelType
{
    public override string ToString() => $"one of {string.Join(", ", Words)}";
}

/// <param name="Max">Items at most; null when not known.</param>
internal sealed record ListType(CelType Item, long? Max = null) : CelType
{
    public override string ToString() => $"list<{Item}>";
}

internal sealed record MapType(CelType Value) : CelType
{
    public override string ToString() => $"map<string, {Value}>";
}

/// <summary>An object with declared fields.</summary>
internal sealed record RecordType(string Name, IReadOnlyList<RecordField> Fields) : CelType
{
    public override string ToString() => Name;

    public RecordField? Find(string name) => Fields.FirstOrDefault(field => field.Name == name);
}

/// <param name="Optional">May be absent: reading it has to be guarded with <c>has()</c>.</param>
internal sealed record RecordField(string Name, CelType Type, bool Optional = false, Taint Taint = Taint.None);
