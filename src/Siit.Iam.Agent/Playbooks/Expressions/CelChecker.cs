using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Playbooks.Checks;

namespace Siit.Iam.Agent.Playbooks.Expressions;

/// <summary>
/// Gives every part of an expression a type before it runs, proves optional values present, follows text from outside, bounds
/// the cost, and makes what computes it. Goes on after a problem, so that all are told at once.
/// </summary>
internal sealed partial class CelChecker(CelEnvironment environment)
{
    /// <summary>Steps that an expression may take by its types.</summary>
    private const double MaxCost = 1_000_000;

    /// <summary>Items of a list that only the directory limits.</summary>
    private const int UnknownLength = 100;

    private const string OneKeyTwice = "A map has one key twice.";

    private readonly List<ExpressionProblem> _problems = [];
    private readonly List<ExpressionProblem> _hopeless = [];
    private readonly Dictionary<string, CelType> _paths = [];
    private readonly List<Local> _locals = [];
    private ImmutableHashSet<string> _present = environment.Present;
    private int _named;

    public IReadOnlyList<ExpressionProblem> Problems => _problems;

    /// <summary>Parts that fail whenever they are computed: well typed, and a mistake all the same, even where something else decides.</summary>
    public IReadOnlyList<ExpressionProblem> Hopeless => _hopeless;

    /// <summary>Every place that is read, from the name on: <c>steps</c>, <c>steps.found</c>, <c>steps.found.accounts</c>.</summary>
    public IReadOnlyDictionary<string, CelType> Paths => _paths;

    public int Slots { get; private set; }

    private sealed record Local(string Name, CelType Type, Taint Taint, int Slot, string Path);

    public Typed Check(CelNode tree)
    {
        var typed = Of(tree);
        if (typed.Cost > MaxCost)
            Problem(ExpressionProblem.Cost, tree.At, $"The expression may take {typed.Cost:0} steps; {MaxCost:0} are allowed.", "Loop over shorter lists, or not in a loop.");
        return typed;
    }

    private Typed Of(CelNode node)
    {
        var told = _hopeless.Count;
        var typed = ByKind(node);
        if (_hopeless.Count == told && typed.Type is not null && node is not LiteralNode && CelConstants.Trouble(node, typed, environment, Slots) is { } trouble)
            Hopelessly(node.At, trouble);
        return typed;
    }

    private void Hopelessly(int at, string trouble) => _hopeless.Add(new ExpressionProblem(ExpressionProblem.NeverComputed, at, trouble, CelConstants.Hint));

    private Typed ByKind(CelNode node) => node switch
    {
        LiteralNode literal => new Typed(literal.Type, _ => literal.Value) { Constant = literal.Value },
        NameNode name => Name(name),
        SelectNode select => Select(select),
        IndexNode index => Index(index),
        CallNode call => Call(call),
        ListNode list => List(list),
        MapNode map => Map(map),
        UnaryNode unary => Unary(unary),
        BinaryNode binary => Binary(binary),
        TernaryNode ternary => Ternary(ternary),
        _ => throw new InvalidOperationException($"No rule for {node.GetType().Name}."),
    };

    private Typed Problem(string code, int at, string message, string hint)
    {
        _problems.Add(new ExpressionProblem(code, at, message, hint));
        return Typed.Broken;
    }

    private Typed OutOfReach(int at, string why) =>
        why.Length == 0 ? Typed.Broken : Problem(ExpressionProblem.OutOfReach, at, why, "Name it with 'let' where it is known, or move this step.");

    private Typed Mismatch(int at, string message, string hint) => Problem(ExpressionProblem.Type, at, message, hint);

    /// <summary>With more known to be there.</summary>
    private Typed Given(ImmutableHashSet<string> present, CelNode node)
    {
        var outer = _present;
        _present = outer.Union(present);
        var typed = Of(node);
        _present = outer;
        return typed;
    }

    private Typed Name(NameNode node)
    {
        if (_locals.FindLast(local => local.Name == node.Name) is { } local)
            return new Typed(local.Type, frame => frame[local.Slot], local.Taint) { Path = local.Path };
        if (environment.Variables.TryGetValue(node.Name, out var variable))
        {
            var (name, type) = (node.Name, variable.Type);
            _paths[name] = type;
            return new Typed(type, frame => CelValues.FromJson(frame.Scope.Find(name), type, name), variable.Taint) { Path = name };
        }

        if (environment.OutOfReach.TryGetValue(node.Name, out var why))
            return OutOfReach(node.At, why);
        var names = environment.Variables.Keys.Concat(_locals.Select(each => each.Name)).ToList();
        return Mismatch(node.At, $"There is no '{node.Name}' here.", Spelling.Hint(node.Name, names));
    }

    private Typed Select(SelectNode node)
    {
        var of = Of(node.Of);
        if (of.Type is MapType map)
            return Entry(of, new Typed(CelType.String, _ => node.Field), map.Value);
        if (of.Type is not RecordType record)
            return of.Type is null ? of : Mismatch(node.At, $"A {of.Type} has no field '{node.Field}'.", "Only records have fields.");

        var path = of.Path is null ? null : $"{of.Path}.{node.Field}";
        if (path is not null && environment.OutOfReach.TryGetValue(path, out var why))
            return OutOfReach(node.At, why);
        if (record.Find(node.Field) is not { } field)
            return Mismatch(node.At, $"'{(of.Path is null ? record.Name : Shown(of.Path))}' has no '{node.Field}'.", Spelling.Hint(node.Field, record.Fields.Select(each => each.Name)));
        if (field.Optional && (path is null || !_present.Contains(path)))
        {
            return Problem(ExpressionProblem.MaybeAbsent, node.At, $"'{(path is null ? node.Field : Shown(path))}' may be absent.",
                path is null ? "Name the record with 'let', then guard it with has()." : Guard(path));
        }

        // A path through a list is no place that anything is said about.
        if (path is not null && !path.Contains('[', StringComparison.Ordinal))
            _paths[path] = field.Type;
        var what = path is null ? node.Field : Shown(path);
        return new Typed(field.Type, frame => CelValues.FromJson(((JsonObject)of.Run(frame))[field.Name], field.Type, what), of.Taint | field.Taint, of.Cost + 1)
        {
            Path = path,
        };
    }

    private static string Guard(string path)
    {
        var shown = Shown(path);
        if (shown != path)
            return $"Guard it: has({shown}) && ..., or take those that have it before: .filter({shown.Split('.')[0]}, has({shown})).";
        var bound = path.StartsWith("event.", StringComparison.Ordinal) || path.StartsWith("employee.", StringComparison.Ordinal);
        return $"Guard it: has({path}) && ..., or require: has({path}) in a step before{(bound ? $"; for what a trigger binds, where: has({path})" : "")}.";
    }

    /// <summary>As an author writes it: variables of macros are numbered so that two of one name are two.</summary>
    private static string Shown(string path) => System.Text.RegularExpressions.Regex.Replace(path, "#[0-9]+", "");

    private Typed Index(IndexNode node)
    {
        var (of, index) = (Of(node.Of), Of(node.Index));
        if (of.Type is null || index.Type is null)
            return Typed.Broken;
        switch (of.Type)
        {
            case MapType map when Types.IsText(index.Type):
                return Entry(of, index, map.Value);
            case ListType list when index.Type == CelType.Int:
                return new Typed(list.Item, frame => At((IReadOnlyList<object>)of.Run(frame), (long)index.Run(frame)), of.Taint | index.Taint, of.Cost + index.Cost + 1)
                {
                    Path = of.Path is not null && index.Constant is long place ? $"{of.Path}[{place}]" : null,
                };
            default:
                return Mismatch(node.At, $"A {of.Type} cannot be indexed with a {index.Type}.", "Lists take an int, maps a text.");
        }
    }

    private static object At(IReadOnlyList<object> list, long index) =>
        index >= 0 && index < list.Count ? list[(int)index] : throw new ExpressionException($"The list has {list.Count} items; there is none at {index}.");

    private static Typed Entry(Typed map, Typed key, CelType value) => new(
        value,
        frame => ((IReadOnlyDictionary<string, object>)map.Run(frame)).TryGetValue((string)key.Run(frame), out var found)
            ? found
            : throw new ExpressionException("The map has no such key."),
        map.Taint | key.Taint,
        map.Cost + key.Cost + 1);

    private Typed List(ListNode node)
    {
        var items = node.Items.Select(Of).ToList();
        if (Joined(items, node.Items, "list") is not { } type)
            return Typed.Broken;
        return new Typed(new ListType(type, items.Count), frame => items.Select(item => item.Run(frame)).ToList(), TaintOf(items), 1 + items.Sum(item => item.Cost));
    }

    private Typed Map(MapNode node)
    {
        var keys = node.Entries.Select(entry => Of(entry.Key)).ToList();
        var values = node.Entries.Select(entry => Of(entry.Value)).ToList();
        for (var i = 0; i < keys.Count; i++)
        {
            if (keys[i].Constant is { } twice && keys.Take(i).Any(known => twice.Equals(known.Constant)))
                Hopelessly(node.Entries[i].Key.At, OneKeyTwice);
            if (keys[i].Type is { } key && !Types.IsText(key))
                return Mismatch(node.Entries[i].Key.At, $"A key is a {key}.", "Keys of maps are texts.");
        }

        if (Joined(values, [.. node.Entries.Select(entry => entry.Value)], "map") is not { } type || keys.Any(key => key.Type is null))
            return Typed.Broken;
        return new Typed(new MapType(type), Run, TaintOf(keys) | TaintOf(values), 1 + keys.Sum(key => key.Cost) + values.Sum(value => value.Cost));

        object Run(Frame frame)
        {
            var map = new Dictionary<string, object>(StringComparer.Ordinal);
            for (var i = 0; i < keys.Count; i++)
            {
                if (!map.TryAdd((string)keys[i].Run(frame), values[i].Run(frame)))
                    throw new ExpressionException(OneKeyTwice);
            }

            return map;
        }
    }

    private CelType? Joined(List<Typed> items, IReadOnlyList<CelNode> nodes, string what)
    {
        CelType type = CelType.Nothing;
        for (var i = 0; i < items.Count; i++)
        {
            if (items[i].Type is not { } item)
                return null;
            if (Types.Join(type, item) is not { } joined)
            {
                Mismatch(nodes[i].At, $"A {what} holds a {type} and a {item}.", "All values of it have one type.");
                return null;
            }

            type = joined;
        }

        return type;
    }

    private static Taint TaintOf(IEnumerable<Typed> parts) => parts.Aggregate(Taint.None, (taint, part) => taint | part.Taint);
}
