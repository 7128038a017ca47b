using System.Text.RegularExpressions;
using Siit.Iam.Agent.Playbooks.Expressions;
using Siit.Iam.Agent.Playbooks.Format;

namespace Siit.Iam.Agent.Playbooks.Checks;

/// <param name="At">Index into the text.</param>
internal sealed record Slip(int At, string Message, string Hint);

/// <summary>Texts that were meant as expressions: their '=' is missing, or they are written as another tool writes them.</summary>
internal static partial class Slips
{
    /// <summary>Nothing but fields of these is ever a value.</summary>
    private static readonly string[] Roots = ["input", "steps", "vars", "run"];

    /// <summary>What triggers know; as words alone they may be meant.</summary>
    private static readonly string[] Words = [.. Roots, "event", "request"];

    // {{ x }}, $(x), %{x}, {input.x}, $input.x
    [GeneratedRegex(@"\{\{(?<in>[^{}]*)\}\}|\$\((?<in>[A-Za-z_][^()]*(\([^()]*\)[^()]*)*)\)|%\{(?<in>[^{}]*)\}|(?<![${%])\{\s*(?<in>(input|steps|vars|run)\.[^{}]*)\}|\$(?<in>(input|steps|vars|run|employee|event|request)(\.[A-Za-z_][A-Za-z0-9_]*)+)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Foreign();

    /// <summary>Where a literal, an expression after '=' or a text with <c>${}</c> may stand.</summary>
    public static Slip? InValue(YamlScalar scalar, CelEnvironment environment)
    {
        if (!scalar.IsText)
            return null;
        var text = scalar.Text.Trim();
        return IsMeant(text, environment, mayBeName: true)
            ? new Slip(0, $"'{Report.Shown(text)}' is only these letters here, not a value of the run.", $"Write \"={Report.Shown(text)}\".")
            : Placeholder(scalar.Text);
    }

    /// <summary>Where only a text with <c>${}</c> may stand.</summary>
    public static Slip? InText(YamlScalar scalar, CelEnvironment environment)
    {
        var text = scalar.Text.Trim();
        if (text.StartsWith('=') && Parsed(text[1..]) is not null)
            return new Slip(0, "A text that begins with '=' is not computed here.", $"Write \"${{{Report.Shown(text[1..].Trim())}}}\".");
        return IsMeant(text, environment, mayBeName: false)
            ? new Slip(0, $"'{Report.Shown(text)}' is only these letters here, not a value of the run.", $"Write \"${{{Report.Shown(text)}}}\".")
            : null;
    }

    /// <summary>In what is sent as it is written.</summary>
    public static Slip? Placeholder(string plain) => Foreign().Match(plain) is { Success: true } found
        ? new Slip(found.Index, $"'{Report.Shown(found.Value)}' is not replaced: other tools write so.", $"Write ${{{Report.Shown(found.Groups["in"].Value.Trim())}}}.")
        : null;

    /// <summary>The whole text is an expression that begins with something that stands here.</summary>
    private static bool IsMeant(string text, CelEnvironment environment, bool mayBeName)
    {
        if (Parsed(text) is not { } tree || CelText.Root(tree) is not { } root)
            return false;
        if (tree is NameNode)
            return mayBeName && environment.Variables.ContainsKey(root) && !Words.Contains(root);
        return IsDotted(tree) && (Roots.Contains(root) || environment.Variables.ContainsKey(root));
    }

    // "run - then stop" is prose; "run.id" is not.
    private static bool IsDotted(CelNode node) => node switch
    {
        SelectNode or IndexNode => true,
        CallNode { Receiver: { } } => true,
        CallNode call => CelChecker.IsFunction(call.Function) && call.Arguments.Count > 0 && (IsDotted(call.Arguments[0]) || call.Arguments[0] is NameNode),
        BinaryNode binary => IsDotted(binary.Left),
        TernaryNode ternary => IsDotted(ternary.Condition),
        UnaryNode { Operator: "!" } unary => IsDotted(unary.Operand),
        _ => false,
    };

    private static CelNode? Parsed(string text)
    {
        try
        {
            return CelParser.Parse(text);
        }
        catch (ExpressionSyntaxException)
        {
            return null;
        }
    }
}
