using System.Text.RegularExpressions;

namespace Siit.Iam.Agent.Playbooks.Expressions;

internal sealed partial class CelChecker
{
    private Typed Function(CallNode node)
    {
        var named = CelFunctions.All.Where(function => function.Name == node.Function).ToList();
        if (named.Count == 0)
        {
            return Mismatch(node.At, $"There is no function '{node.Function}', or not with {node.Arguments.Count} arguments.",
                Checks.Spelling.Hint(node.Function, CelFunctions.All.Select(function => function.Name).Concat(Macros).Distinct(), "siit-iam playbooks explain functions"));
        }

        List<CelNode> written = node.Receiver is null ? [.. node.Arguments] : [node.Receiver, .. node.Arguments];
        var arguments = written.Select(Of).ToList();
        if (arguments.Any(argument => argument.Type is null))
            return Typed.Broken;

        var types = arguments.Select(argument => argument.Type!).ToList();
        if (named.FirstOrDefault(function => function.CanBeWritten(asMethod: node.Receiver is not null) && function.Takes(types)) is not { } found)
        {
            return Mismatch(node.At, $"{node.Function}() does not take {(types.Count == 0 ? "nothing" : string.Join(" and ", types.Select(type => $"a {type}")))}.",
                $"It is written {string.Join(" or ", named.Select(function => function.ToString()).Distinct())}.");
        }

        // The time is not known before the run, the zone may be.
        if (found.Parameters is [var time, _] && time == CelType.Timestamp && arguments[1].Constant is string zone && CelTime.ZoneProblem(zone) is { } unknown)
            Hopelessly(written[1].At, unknown);

        var run = found.Run;
        if (found.Name == "matches")
        {
            if (Pattern(written[1].At, arguments[1]) is not { } pattern)
                return Typed.Broken;
            run = values => pattern.IsMatch((string)values[0]);
        }

        return new Typed(
            found.Result,
            frame => run([.. arguments.Select(argument => argument.Run(frame))]),
            TaintOf(arguments),
            1 + arguments.Sum(argument => argument.Cost) + (found.Name == "join" ? (types[0] as ListType)?.Max ?? UnknownLength : 0));
    }

    /// <summary>Patterns are literals, so that a text from outside is never one, and are matched in linear time.</summary>
    private Regex? Pattern(int at, Typed pattern)
    {
        if (pattern.Constant is not string text)
        {
            Mismatch(at, "The pattern of matches() is not a literal.", "Write it as a text in quotes.");
            return null;
        }

        try
        {
            return new Regex(text, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            Mismatch(at, "The pattern is not a regular expression without look-around and back-references.", "Mend it.");
            return null;
        }
    }
}
