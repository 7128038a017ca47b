using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace Siit.Iam.Agent.Playbooks.Expressions;

internal sealed partial class CelChecker
{
    /// <summary>As an author writes them.</summary>
    public static IReadOnlyList<string> MacrosWritten { get; } =
        ["has(record.field)", "list.all(x, bool)", "list.exists(x, bool)", "list.exists_one(x, bool)", "list.filter(x, bool)", "list.map(x, value)"];

    private static readonly string[] Macros = [.. MacrosWritten.Select(written => written.Split('(')[0].Split('.')[^1])];

    public static bool IsFunction(string name) => Macros.Contains(name) || CelFunctions.All.Any(function => function.Name == name);

    /// <summary>Whether the first argument is a variable of the call's own.</summary>
    public static bool IsLoop(CallNode node) => (node.Function, node.Arguments.Count) is ("all" or "exists" or "exists_one" or "filter" or "map", 2) or ("map", 3);

    private Typed Call(CallNode node) => (node.Receiver, node.Function, node.Arguments.Count) switch
    {
        (null, "has", 1) => Has(node),
        (not null, "all" or "exists" or "exists_one" or "filter", 2) => Loop(node, node.Arguments[1], null),
        (not null, "map", 2) => Loop(node, null, node.Arguments[1]),
        (not null, "map", 3) => Loop(node, node.Arguments[1], node.Arguments[2]),
        _ => Function(node),
    };

    private Typed Has(CallNode node)
    {
        if (node.Arguments[0] is not SelectNode select)
            return Mismatch(node.At, "has() does not ask for a field.", "Write has(record.field).");
        var of = Of(select.Of);
        switch (of.Type)
        {
            case null:
                return of;
            case MapType:
                return new Typed(CelType.Bool, frame => ((IReadOnlyDictionary<string, object>)of.Run(frame)).ContainsKey(select.Field), of.Taint, of.Cost + 1);
            case RecordType:
                var path = of.Path is null ? null : $"{of.Path}.{select.Field}";
                // The check of the field itself, with its absence allowed.
                var field = Given(path is null ? [] : [path], select);
                if (field.Type is null)
                    return field;
                return new Typed(CelType.Bool, frame => ((JsonObject)of.Run(frame))[select.Field] is not null, of.Taint, of.Cost + 1)
                {
                    WhenTrue = path is null ? [] : [path],
                };
            default:
                return Mismatch(node.At, $"A {of.Type} has no field '{select.Field}'.", "has() asks for a field of a record.");
        }
    }

    /// <summary>all, exists, exists_one, filter and map: a variable, a condition, a value.</summary>
    private Typed Loop(CallNode node, CelNode? condition, CelNode? value)
    {
        var range = Of(node.Receiver!);
        if (range.Type is null)
            return range;
        var item = range.Type switch
        {
            ListType list => list.Item,
            MapType => CelType.String,
            _ => null,
        };
        if (item is null)
            return Mismatch(node.At, $"{node.Function}() does not work on a {range.Type}.", "It takes a list or a map.");
        if (node.Arguments[0] is not NameNode variable)
            return Mismatch(node.Arguments[0].At, $"The first argument of {node.Function}() is not a name.", $"Write list.{node.Function}(x, ...).");
        var local = new Local(variable.Name, item, range.Taint, _locals.Count, $"{variable.Name}#{_named++}");
        _locals.Add(local);
        Slots = Math.Max(Slots, _locals.Count);
        var test = condition is null ? null : Of(condition);
        var made = value is null ? null : Given(test?.WhenTrue ?? [], value);
        _locals.RemoveAt(_locals.Count - 1);

        if (test is { Type: not null } && test.Type != CelType.Bool && test.Type != CelType.Nothing)
            return Mismatch(condition!.At, $"The condition of {node.Function}() is a {test.Type}.", "It is a bool: compare it with something.");
        if (test is { Type: null } || made is { Type: null })
            return Typed.Broken;

        var length = (range.Type as ListType)?.Max ?? UnknownLength;
        var looped = Looped(node.Function, range, local, test, made);
        return looped with
        {
            Taint = range.Taint | (test?.Taint ?? Taint.None) | (made?.Taint ?? Taint.None),
            Cost = range.Cost + (length * ((test?.Cost ?? 0) + (made?.Cost ?? 0) + 1)),
        };
    }

    private static Typed Looped(string function, Typed range, Local local, Typed? test, Typed? made)
    {
        var max = (range.Type as ListType)?.Max;
        return function switch
        {
            "all" => new Typed(CelType.Bool, frame => Decided(frame, range, local, test!, decides: false)),
            "exists" => new Typed(CelType.Bool, frame => Decided(frame, range, local, test!, decides: true)),
            "exists_one" => new Typed(CelType.Bool, frame => Items(frame, range, local).Count(_ => (bool)test!.Run(frame)) == 1),
            "filter" => new Typed(new ListType(Types.Having(local.Type, Fields(local, test!)), max), frame => Items(frame, range, local).Where(_ => (bool)test!.Run(frame)).ToList()),
            _ => new Typed(
                new ListType(made!.Type!, max),
                frame => Items(frame, range, local).Where(_ => test is null || (bool)test.Run(frame)).Select(_ => made.Run(frame)).ToList()),
        };
    }

    /// <summary>Fields of the variable that are there whenever a condition is true, such as <c>boss.email</c>.</summary>
    private static List<string> Fields(Local local, Typed test) =>
        [.. test.WhenTrue.Where(path => path.StartsWith(local.Path + ".", StringComparison.Ordinal)).Select(path => path[(local.Path.Length + 1)..])];

    private static IEnumerable<object> Items(Frame frame, Typed range, Local local)
    {
        var items = range.Run(frame) switch
        {
            IReadOnlyDictionary<string, object> map => map.Keys,
            var list => (IEnumerable<object>)list,
        };
        foreach (var item in items)
        {
            frame.Work();
            frame[local.Slot] = item;
            yield return item;
        }
    }

    /// <summary>One item that decides is enough, even when others cannot be computed.</summary>
    private static bool Decided(Frame frame, Typed range, Local local, Typed test, bool decides)
    {
        ExpressionException? broken = null;
        foreach (var _ in Items(frame, range, local))
        {
            try
            {
                if ((bool)test.Run(frame) == decides)
                    return decides;
            }
            catch (ExpressionException e)
            {
                broken ??= e;
            }
        }

        return broken is null ? !decides : throw broken;
    }
}
