namespace Siit.Iam.Agent.Playbooks.Expressions;

/// <summary>How types go together. Nothing is converted silently.</summary>
internal static class Types
{
    public static bool IsText(CelType type) => type == CelType.String || type == CelType.Person || type is EnumType;

    /// <summary>Whether a value of one type may stand where another is wanted.</summary>
    public static bool Fits(CelType value, CelType wanted) => (value, wanted) switch
    {
        _ when value == CelType.Nothing => true,
        _ when wanted == CelType.String => IsText(value),
        (EnumType few, EnumType many) => few.Words.All(many.Words.Contains),
        (ListType a, ListType b) => Fits(a.Item, b.Item),
        (MapType a, MapType b) => Fits(a.Value, b.Value),
        (RecordType a, RecordType b) => a.Name == b.Name,
        _ => value == wanted,
    };

    /// <summary>The type that holds both; null when there is none.</summary>
    public static CelType? Join(CelType left, CelType right) => (left, right) switch
    {
        _ when left == CelType.Nothing => right,
        _ when right == CelType.Nothing => left,
        (EnumType a, EnumType b) => new EnumType([.. a.Words.Union(b.Words)]),
        (ListType a, ListType b) => Join(a.Item, b.Item) is { } item ? new ListType(item, a.Max is { } x && b.Max is { } y ? Math.Max(x, y) : null) : null,
        (MapType a, MapType b) => Join(a.Value, b.Value) is { } value ? new MapType(value) : null,
        (RecordType a, RecordType b) => a.Name == b.Name ? Both(a, b) : null,
        _ when left == right => left,
        _ when IsText(left) && IsText(right) => CelType.String,
        _ => null,
    };

    /// <summary>A record of which some fields are certainly there; any other type as it is.</summary>
    /// <param name="fields">From the record on: <c>boss</c>, <c>boss.email</c>.</param>
    public static CelType Having(CelType type, IReadOnlyCollection<string> fields) => type is not RecordType record || fields.Count == 0 ? type : record with
    {
        Fields = [.. record.Fields.Select(field => field with
        {
            Optional = field.Optional && !fields.Contains(field.Name),
            Type = Having(field.Type, [.. fields.Where(path => path.StartsWith(field.Name + ".", StringComparison.Ordinal)).Select(path => path[(field.Name.Length + 1)..])]),
        })],
    };

    /// <summary>What may be absent in one of them may be absent.</summary>
    private static RecordType Both(RecordType a, RecordType b) => ReferenceEquals(a, b) ? a : a with
    {
        Fields = [.. a.Fields.Select(field => b.Find(field.Name) is not { } other ? field : field with
        {
            Optional = field.Optional || other.Optional,
            Type = Join(field.Type, other.Type) ?? field.Type,
            Taint = field.Taint | other.Taint,
        })],
    };

    public static bool HasOrder(CelType type) => IsText(type) || type == CelType.Int || type == CelType.Double || type == CelType.Bool
        || type == CelType.Timestamp || type == CelType.Duration;
}
