using System.Globalization;

namespace Siit.Iam.Agent.Playbooks.Expressions;

/// <summary>From tokens to a tree, by binding strength.</summary>
internal sealed class CelParser
{
    private const int MaxLength = 4_000;
    private const int MaxDepth = 60;

    private static readonly HashSet<string> Reserved =
    [
        "as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in", "let", "loop",
        "namespace", "null", "package", "return", "true", "var", "void", "while",
    ];

    private readonly List<CelToken> _tokens;
    private int _at;
    private int _depth;

    private CelParser(List<CelToken> tokens) => _tokens = tokens;

    /// <exception cref="ExpressionSyntaxException">The text is no expression of the language.</exception>
    public static CelNode Parse(string text)
    {
        if (text.Length > MaxLength)
            throw new ExpressionSyntaxException(0, $"The expression has {text.Length} characters; at most {MaxLength} are allowed.", "Name parts of it in 'vars' or with 'let'.");
        var parser = new CelParser(new CelLexer(text).Read());
        var tree = parser.Whole();
        return parser.Here.Kind == CelTokenKind.End ? tree : throw parser.Unexpected("an operator or the end");
    }

    public static bool IsReserved(string name) => Reserved.Contains(name);

    private CelToken Here => _tokens[_at];

    private CelToken Take() => _tokens[_at++];

    private bool Takes(string sign)
    {
        if (!Here.Is(sign))
            return false;
        _at++;
        return true;
    }

    private void Expect(string sign)
    {
        if (!Takes(sign))
            throw Unexpected($"'{sign}'");
    }

    private ExpressionSyntaxException Unexpected(string wanted) => new(
        Here.At,
        Here.Kind == CelTokenKind.End ? $"The expression ends where {wanted} is expected." : $"'{Here.Text}' stands where {wanted} is expected.",
        "Check parentheses and quotes.");

    private CelNode Whole()
    {
        if (++_depth > MaxDepth)
            throw new ExpressionSyntaxException(Here.At, "The expression is nested too deeply.", "Name parts of it in 'vars' or with 'let'.");
        var condition = Binary(1);
        if (Here.Is("?"))
        {
            var at = Take().At;
            var then = Binary(1);
            Expect(":");
            condition = new TernaryNode(at, condition, then, Whole());
        }

        _depth--;
        return condition;
    }

    private CelNode Binary(int least)
    {
        var left = Unary();
        while (Strength(Here) is var strength && strength >= least)
        {
            var sign = Take();
            left = new BinaryNode(sign.At, sign.Text, left, Binary(strength + 1));
        }

        return left;
    }

    private static int Strength(CelToken token) => (token.Kind, token.Text) switch
    {
        (CelTokenKind.Sign, "||") => 1,
        (CelTokenKind.Sign, "&&") => 2,
        (CelTokenKind.Sign, "==" or "!=" or "<" or "<=" or ">" or ">=") or (CelTokenKind.Name, "in") => 3,
        (CelTokenKind.Sign, "+" or "-") => 4,
        (CelTokenKind.Sign, "*" or "/" or "%") => 5,
        _ => 0,
    };

    private CelNode Unary()
    {
        var signs = new Stack<CelToken>();
        while (Here.Is("!") || Here.Is("-"))
            signs.Push(Take());
        if (signs.Count > MaxDepth || signs.Distinct(new SameSign()).Count() > 1)
            throw new ExpressionSyntaxException(signs.Peek().At, "Too many or different signs in a row.", "Use parentheses.");

        // The least integer has no positive counterpart, so the minus belongs to the number.
        var node = signs.Count > 0 && signs.Peek().Is("-") && Here.Kind is CelTokenKind.Int or CelTokenKind.Double
            ? Members(Number(Take(), "-", signs.Pop().At))
            : Members(Primary());
        foreach (var sign in signs)
            node = new UnaryNode(sign.At, sign.Text, node);
        return node;
    }

    private CelNode Members(CelNode node)
    {
        while (true)
        {
            if (Takes("."))
            {
                var field = Here.Kind == CelTokenKind.Name && Here.Text is not ("in" or "true" or "false" or "null") ? Take() : throw Unexpected("a name");
                node = Takes("(") ? new CallNode(field.At, node, field.Text, Items(")")) : new SelectNode(field.At, node, field.Text);
            }
            else if (Here.Is("["))
            {
                var at = Take().At;
                node = new IndexNode(at, node, Whole());
                Expect("]");
            }
            else if (Here.Is("{"))
            {
                throw new ExpressionSyntaxException(Here.At, "Messages cannot be constructed.", "A map is written {'key': value}.");
            }
            else
            {
                return node;
            }
        }
    }

    private CelNode Primary()
    {
        var token = Here;
        switch (token.Kind)
        {
            case CelTokenKind.Int or CelTokenKind.Double:
                return Number(Take(), "", token.At);
            case CelTokenKind.Text:
                return new LiteralNode(Take().At, token.Text, CelType.String);
            case CelTokenKind.Name:
                return Named(Take());
            case CelTokenKind.Sign when Takes("("):
                var inner = Whole();
                Expect(")");
                return inner;
            case CelTokenKind.Sign when Takes("["):
                return new ListNode(token.At, Items("]"));
            case CelTokenKind.Sign when Takes("{"):
                return new MapNode(token.At, Entries());
            default:
                throw Unexpected("a value");
        }
    }

    private CelNode Named(CelToken name)
    {
        if (name.Text is "true" or "false")
            return new LiteralNode(name.At, name.Text == "true", CelType.Bool);
        if (name.Text == "null")
            throw new ExpressionSyntaxException(name.At, "There is no null here.", "Ask with has(x.field) whether a value is there.");
        if (Reserved.Contains(name.Text))
            throw new ExpressionSyntaxException(name.At, $"'{name.Text}' is a reserved word.", "Choose another name.");
        return Takes("(") ? new CallNode(name.At, null, name.Text, Items(")")) : new NameNode(name.At, name.Text);
    }

    private static LiteralNode Number(CelToken token, string sign, int at)
    {
        if (token.Kind == CelTokenKind.Double)
        {
            return double.TryParse(sign + token.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var real) && double.IsFinite(real)
                ? new LiteralNode(at, real, CelType.Double)
                : throw new ExpressionSyntaxException(at, $"{sign}{token.Text} is too great.", "Use a smaller number.");
        }

        var hex = token.Text.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        var digits = hex ? token.Text[2..] : token.Text;
        var style = hex ? NumberStyles.AllowHexSpecifier : NumberStyles.None;
        if (ulong.TryParse(digits, style, CultureInfo.InvariantCulture, out var magnitude))
        {
            if (sign.Length == 0 && magnitude <= long.MaxValue)
                return new LiteralNode(at, (long)magnitude, CelType.Int);
            if (sign.Length > 0 && magnitude <= 1UL << 63)
                return new LiteralNode(at, unchecked(-(long)magnitude), CelType.Int);
        }

        throw new ExpressionSyntaxException(at, $"{sign}{token.Text} is outside of 64 bits.", "Use a smaller number.");
    }

    private List<CelNode> Items(string end)
    {
        var items = new List<CelNode>();
        while (!Takes(end))
        {
            items.Add(Whole());
            if (!Here.Is(end))
                Expect(",");
        }

        return end == ")" && items.Count > 0 && _tokens[_at - 2].Is(",") ? throw Unexpected("an argument") : items;
    }

    private List<(CelNode Key, CelNode Value)> Entries()
    {
        var entries = new List<(CelNode, CelNode)>();
        while (!Takes("}"))
        {
            var key = Whole();
            Expect(":");
            entries.Add((key, Whole()));
            if (!Here.Is("}"))
                Expect(",");
        }

        return entries;
    }

    private sealed class SameSign : IEqualityComparer<CelToken>
    {
        public bool Equals(CelToken x, CelToken y) => x.Text == y.Text;

        public int GetHashCode(CelToken obj) => obj.Text.GetHashCode(StringComparison.Ordinal);
    }
}
