using System.Globalization;

namespace Siit.Iam.Agent.Playbooks.Expressions;

/// <summary>One overload of a function.</summary>
internal sealed record CelFunction(string Name, FunctionStyle Style, IReadOnlyList<CelType> Parameters, CelType Result, Func<object[], object> Run)
{
    public bool CanBeWritten(bool asMethod) => Style == FunctionStyle.Both || Style == (asMethod ? FunctionStyle.Method : FunctionStyle.Global);

    public bool Takes(IReadOnlyList<CelType> types) =>
        types.Count == Parameters.Count && types.Zip(Parameters).All(pair => (pair.First, pair.Second) switch
        {
            // size() does not look at the items.
            (ListType, ListType any) when any.Item == CelType.Nothing => true,
            (MapType, MapType any) when any.Value == CelType.Nothing => true,
            _ => Types.Fits(pair.First, pair.Second),
        });

    /// <summary>As an author writes it.</summary>
    public override string ToString() => Style == FunctionStyle.Method
        ? $"{Word(Parameters[0])}.{Name}({string.Join(", ", Parameters.Skip(1).Select(Word))})"
        : $"{Name}({string.Join(", ", Parameters.Select(Word))})";

    private static string Word(CelType type) => type switch
    {
        ListType any when any.Item == CelType.Nothing => "list",
        MapType any when any.Value == CelType.Nothing => "map",
        _ => type.ToString()!,
    };
}

internal enum FunctionStyle
{
    /// <summary><c>f(x)</c></summary>
    Global,
    /// <summary><c>x.f()</c></summary>
    Method,
    Both,
}

/// <summary>All functions. None looks at a clock or at anything but its arguments.</summary>
internal static class CelFunctions
{
    public static IReadOnlyList<CelFunction> All { get; } =
    [
        new("size", FunctionStyle.Both, [CelType.String], CelType.Int, x => CelValues.Length((string)x[0])),
        new("size", FunctionStyle.Both, [new ListType(CelType.Nothing)], CelType.Int, x => (long)((IReadOnlyList<object>)x[0]).Count),
        new("size", FunctionStyle.Both, [new MapType(CelType.Nothing)], CelType.Int, x => (long)((IReadOnlyDictionary<string, object>)x[0]).Count),

        // Of CEL's strings extension.
        new("join", FunctionStyle.Method, [new ListType(CelType.String)], CelType.String, x => Join((IReadOnlyList<object>)x[0], "")),
        new("join", FunctionStyle.Method, [new ListType(CelType.String), CelType.String], CelType.String, x => Join((IReadOnlyList<object>)x[0], (string)x[1])),

        Text("contains", CelType.Bool, (text, part) => text.Contains(part, StringComparison.Ordinal)),
        Text("startsWith", CelType.Bool, (text, part) => text.StartsWith(part, StringComparison.Ordinal)),
        Text("endsWith", CelType.Bool, (text, part) => text.EndsWith(part, StringComparison.Ordinal)),
        // The check replaces it by the compiled pattern.
        new("matches", FunctionStyle.Both, [CelType.String, CelType.String], CelType.Bool, _ => throw new ExpressionException("The pattern was not compiled.")),
        new("lowerAscii", FunctionStyle.Method, [CelType.String], CelType.String, x => string.Create(((string)x[0]).Length, (string)x[0], static (lower, text) =>
        {
            for (var i = 0; i < text.Length; i++)
                lower[i] = char.IsAsciiLetterUpper(text[i]) ? (char)(text[i] | 0x20) : text[i];
        })),

        Convert("string", CelType.String, CelType.String, x => x),
        Convert("string", CelType.Int, CelType.String, x => ((long)x).ToString(CultureInfo.InvariantCulture)),
        Convert("string", CelType.Double, CelType.String, x => CelValues.Text((double)x)),
        Convert("string", CelType.Bool, CelType.String, x => (bool)x ? "true" : "false"),
        Convert("string", CelType.Timestamp, CelType.String, x => CelTime.Text((DateTimeOffset)x)),
        Convert("string", CelType.Duration, CelType.String, x => CelTime.Text((TimeSpan)x)),
        Convert("int", CelType.Int, CelType.Int, x => x),
        Convert("int", CelType.Double, CelType.Int, x => Whole((double)x)),
        Convert("int", CelType.String, CelType.Int, x => long.TryParse((string)x, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole)
            ? whole
            : throw new ExpressionException("A text is not a whole number.")),
        Convert("int", CelType.Timestamp, CelType.Int, x => ((DateTimeOffset)x).ToUnixTimeSeconds()),
        Convert("double", CelType.Double, CelType.Double, x => x),
        Convert("double", CelType.Int, CelType.Double, x => (double)(long)x),
        Convert("double", CelType.String, CelType.Double, x => double.TryParse((string)x, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var real)
            ? real
            : throw new ExpressionException("A text is not a number.")),
        Convert("bool", CelType.Bool, CelType.Bool, x => x),
        Convert("bool", CelType.String, CelType.Bool, x => (string)x switch
        {
            "1" or "t" or "T" or "true" or "TRUE" or "True" => true,
            "0" or "f" or "F" or "false" or "FALSE" or "False" => false,
            _ => throw new ExpressionException("A text is neither true nor false."),
        }),
        Convert("timestamp", CelType.Timestamp, CelType.Timestamp, x => x),
        Convert("timestamp", CelType.String, CelType.Timestamp, x => CelTime.Timestamp((string)x) ?? throw new ExpressionException("A text is not a time such as 2026-01-31T09:00:00Z.")),
        Convert("timestamp", CelType.Int, CelType.Timestamp, x => (long)x is >= -62_135_596_800 and <= 253_402_300_799
            ? DateTimeOffset.FromUnixTimeSeconds((long)x)
            : throw new ExpressionException("A timestamp lies outside of the years 1 to 9999.")),
        Convert("duration", CelType.Duration, CelType.Duration, x => x),
        Convert("duration", CelType.String, CelType.Duration, x => CelTime.Duration((string)x) ?? throw new ExpressionException("A text is not a duration such as 1h30m.")),
        Convert("days", CelType.Int, CelType.Duration, x => CelTime.InRange(Math.Clamp((long)x, -1_000_000, 1_000_000) * (decimal)TimeSpan.TicksPerDay)),

        .. OfTime("getFullYear", time => time.Year),
        .. OfTime("getMonth", time => time.Month - 1),
        .. OfTime("getDate", time => time.Day),
        .. OfTime("getDayOfMonth", time => time.Day - 1),
        .. OfTime("getDayOfWeek", time => (long)time.DayOfWeek),
        .. OfTime("getDayOfYear", time => time.DayOfYear - 1),
        .. OfTime("getHours", time => time.Hour),
        .. OfTime("getMinutes", time => time.Minute),
        .. OfTime("getSeconds", time => time.Second),
        .. OfTime("getMilliseconds", time => time.Millisecond),
        OfSpan("getHours", span => span.Ticks / TimeSpan.TicksPerHour),
        OfSpan("getMinutes", span => span.Ticks / TimeSpan.TicksPerMinute),
        OfSpan("getSeconds", span => span.Ticks / TimeSpan.TicksPerSecond),
        OfSpan("getMilliseconds", span => span.Milliseconds),
    ];

    private static CelFunction Text(string name, CelType result, Func<string, string, object> run) =>
        new(name, FunctionStyle.Method, [CelType.String, CelType.String], result, x => run((string)x[0], (string)x[1]));

    private static CelFunction Convert(string name, CelType from, CelType to, Func<object, object> run) =>
        new(name, FunctionStyle.Global, [from], to, x => run(x[0]));

    private static IEnumerable<CelFunction> OfTime(string name, Func<DateTimeOffset, long> part) =>
    [
        new(name, FunctionStyle.Method, [CelType.Timestamp], CelType.Int, x => part((DateTimeOffset)x[0])),
        new(name, FunctionStyle.Method, [CelType.Timestamp, CelType.String], CelType.Int, x => part(CelTime.InZone((DateTimeOffset)x[0], (string)x[1]))),
    ];

    private static CelFunction OfSpan(string name, Func<TimeSpan, long> part) =>
        new(name, FunctionStyle.Method, [CelType.Duration], CelType.Int, x => part((TimeSpan)x[0]));

    private static string Join(IReadOnlyList<object> items, string between) =>
        items.Sum(item => (long)((string)item).Length) + ((long)between.Length * Math.Max(0, items.Count - 1)) <= Frame.MaxText
            ? string.Join(between, items)
            : throw new ExpressionException("A text becomes too long.");

    // A double at the upper end is rounded to 2^63, which is no int any more.
    private static long Whole(double real) => real is > long.MinValue and < long.MaxValue
        ? (long)real
        : throw new ExpressionException("A number is outside of 64 bits.");
}
