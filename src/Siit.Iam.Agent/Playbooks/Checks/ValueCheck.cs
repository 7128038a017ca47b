using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Playbooks.Expressions;
using Siit.Iam.Agent.Playbooks.Format;

namespace Siit.Iam.Agent.Playbooks.Checks;

/// <summary>What is known about a value of the file.</summary>
/// <param name="Value">Null after a problem, which has been told.</param>
/// <param name="Taint">Of the value and everything in it.</param>
/// <param name="Paths">Every place that it reads.</param>
internal sealed record CheckedValue(PlaybookValue? Value, CelType? Type, Taint Taint, ImmutableDictionary<string, CelType> Paths)
{
    public static CheckedValue Broken { get; } = new(null, null, Taint.None, ImmutableDictionary<string, CelType>.Empty);

    /// <summary>Of the value itself, without what lies in the fields of records.</summary>
    public Taint OwnTaint { get; init; } = Taint;

    /// <summary>Set when it is written out and has no expression in it.</summary>
    public JsonNode? Literal { get; init; }

    /// <summary>Set when the whole of it is one expression.</summary>
    public CheckedExpression? Expression { get; init; }

    /// <summary>Paths that are certainly there when it is true, see <see cref="CheckedExpression.WhenTrue"/>.</summary>
    public ImmutableHashSet<string> WhenTrue { get; init; } = [];

    /// <summary>Paths that are certainly there when it is false, see <see cref="CheckedExpression.WhenFalse"/>.</summary>
    public ImmutableHashSet<string> WhenFalse { get; init; } = [];

    public IEnumerable<string> Steps => Paths.Keys
        .Select(path => path.Split('.'))
        .Where(parts => parts is ["steps", _])
        .Select(parts => parts[1]);
}

/// <summary>Literals, expressions and texts with expressions in them. Remembers what was read, for what is never used.</summary>
internal sealed class ValueCheck(Report report)
{
    private readonly HashSet<string> _used = [];

    /// <summary>Every path that some expression of the file reads.</summary>
    public IReadOnlySet<string> Used => _used;

    public CheckedValue Value(YamlScalar scalar, CelEnvironment environment)
    {
        if (scalar.IsText && scalar.Text.StartsWith('='))
            return Expression(scalar, 1, scalar.Text[1..], environment);
        if (scalar.IsText && scalar.Text.Contains("${", StringComparison.Ordinal))
            return Template(scalar, environment);
        if (IsSlip(scalar, environment))
            return CheckedValue.Broken;
        var (literal, type) = Literal(scalar);
        return new CheckedValue(new Literal(literal), type, Taint.None, ImmutableDictionary<string, CelType>.Empty) { Literal = literal };
    }

    /// <summary>Whether a literal was meant as an expression, which is then told.</summary>
    public bool IsSlip(YamlScalar scalar, CelEnvironment environment)
    {
        if (Slips.InValue(scalar, environment) is not { } slip)
            return false;
        Slipped(scalar, slip);
        return true;
    }

    /// <summary>For keys that only take expressions.</summary>
    public CheckedValue Expression(YamlScalar scalar, CelEnvironment environment, CelType? wanted = null)
    {
        var marked = scalar.Text.StartsWith('=');
        var read = Expression(scalar, marked ? 1 : 0, marked ? scalar.Text[1..] : scalar.Text, environment);
        if (read.Type is null || wanted is null || Types.Fits(read.Type, wanted))
            return read;
        report.Add("PB021", scalar, $"The expression is a {read.Type}, not a {wanted}.", wanted == CelType.Bool ? "Compare it with something: nothing counts as true by itself." : $"It has to be a {wanted}.{Inside(read.Expression)}");
        return CheckedValue.Broken with { WhenTrue = read.WhenTrue, WhenFalse = read.WhenFalse };
    }

    public CheckedValue Template(YamlScalar scalar, CelEnvironment environment)
    {
        var parts = new List<PlaybookValue>();
        var taint = Taint.None;
        var paths = ImmutableDictionary<string, CelType>.Empty;
        var (at, broken) = (0, false);
        var text = scalar.Text;
        if (Slips.InText(scalar, environment) is { } slip)
            return Slipped(scalar, slip);
        while (at < text.Length)
        {
            var open = text.IndexOf("${", at, StringComparison.Ordinal);
            var plain = open < 0 ? text[at..] : text[at..open];
            if (plain.Length > 0)
                parts.Add(new Literal(plain));
            if (Slips.Placeholder(plain) is { } foreign)
            {
                Slipped(scalar, foreign with { At = at + foreign.At });
                broken = true;
            }

            if (open < 0)
                break;
            if (Closing(text, open + 2) is not { } close)
            {
                report.Add("PB020", scalar.Line, scalar.ColumnOf(open), "'${' has no '}'.", "Close it; write ${'${'} for the two characters themselves.");
                return CheckedValue.Broken;
            }

            var part = Expression(scalar, open + 2, text[(open + 2)..close], environment);
            at = close + 1;
            if (part.Type is { } type && !Types.IsText(type))
            {
                report.Add("PB021", scalar.Line, scalar.ColumnOf(open), $"A {type} stands in a text.", type switch
                {
                    ListType list when Types.Fits(list, new ListType(CelType.String)) => "Put its items together: write .join(', ') after it.",
                    ListType => "Take a field of its items: .map(x, x.field).join(', ').",
                    RecordType or MapType => $"Take a field of it.{Inside(part.Expression)}",
                    _ => "Write string(...) around it.",
                });
                broken = true;
            }

            broken |= part.Value is null;
            parts.Add(part.Value ?? new Literal(""));
            taint |= part.Taint;
            paths = paths.SetItems(part.Paths);
        }

        if (broken)
            return CheckedValue.Broken;
        return new CheckedValue(new Template(parts), CelType.String, taint, paths) { Literal = paths.IsEmpty ? JsonValue.Create(text) : null };
    }

    private CheckedValue Expression(YamlScalar scalar, int start, string text, CelEnvironment environment)
    {
        var check = Cel.Check(text, environment);
        foreach (var problem in check.Problems.Concat(check.Hopeless))
            report.Add(problem.Code, scalar.Line, scalar.ColumnOf(start + problem.At), problem.Message, problem.Hint + (problem.Code == "PB021" ? Inside(check) : ""));
        _used.UnionWith(check.Paths.Keys);
        var read = check.Typed is null || check.Hopeless.Count > 0
            ? CheckedValue.Broken
            : new CheckedValue(check.ToExpression(), check.Typed.Type, check.Typed.WholeTaint, check.Paths.ToImmutableDictionary()) { Expression = check, OwnTaint = check.Typed.Taint };
        return read with { WhenTrue = check.WhenTrue, WhenFalse = check.WhenFalse };
    }

    private CheckedValue Slipped(YamlScalar scalar, Slip slip)
    {
        report.Add("PB020", scalar.Line, scalar.ColumnOf(slip.At), slip.Message, slip.Hint);
        return CheckedValue.Broken;
    }

    /// <summary>What a let, a choose or a loop has left is a record around the value, which is easily forgotten.</summary>
    public static string Inside(CheckedExpression? check)
    {
        foreach (var path in check?.Tree is { } tree ? CelText.Paths(tree) : [])
        {
            if (check!.Paths.GetValueOrDefault(path) is RecordType { Name: "value" or "loop" } left)
                return left.Find("value") is not null ? $" The value is {path}.value." : left.Find("values") is not null ? $" The values are {path}.values." : $" A loop hands out values with 'yield', as {path}.values.";
        }

        return "";
    }

    public static (JsonNode Value, CelType Type) Literal(YamlScalar scalar)
    {
        if (scalar.AsBool is { } truth)
            return (JsonValue.Create(truth), CelType.Bool);
        if (scalar.AsInt is { } number)
            return (JsonValue.Create(number), CelType.Int);
        if (scalar.AsDouble is { } real && double.IsFinite(real))
            return (JsonValue.Create(real), CelType.Double);
        return (JsonValue.Create(scalar.Text), CelType.String);
    }

    /// <summary>The brace that ends an expression: not one in a text or of a map in it.</summary>
    private static int? Closing(string text, int at)
    {
        var depth = 0;
        char? quote = null;
        for (; at < text.Length; at++)
        {
            var here = text[at];
            if (quote is not null)
            {
                if (here == '\\')
                    at++;
                else if (here == quote)
                    quote = null;
            }
            else if (here is '\'' or '"')
            {
                quote = here;
            }
            else if (here == '{')
            {
                depth++;
            }
            else if (here == '}' && depth-- == 0)
            {
                return at;
            }
        }

        return null;
    }
}
