using System.Globalization;
using System.Text.RegularExpressions;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Playbooks.Expressions;

namespace Siit.Iam.Agent.Playbooks.Comparing;

/// <summary>One thing that a part of a playbook says, so that two versions can be held against each other.</summary>
/// <param name="Value">The same for all ways of writing the same; null when it is not said.</param>
/// <param name="Weigh">What a change means, from the old value and the new one.</param>
internal sealed partial record Fact(string Name, string? Value, Func<string?, string?, Weight> Weigh)
{
    private const int Longest = 120;

    [GeneratedRegex(@"\s+", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex BlankRuns();

    /// <summary>Where both have a fact of that name, or one has.</summary>
    public static IEnumerable<Difference> Compare(string where, IReadOnlyList<Fact> old, IReadOnlyList<Fact> now)
    {
        foreach (var name in now.Concat(old).Select(fact => fact.Name).Distinct())
        {
            var (before, after) = (old.FirstOrDefault(fact => fact.Name == name), now.FirstOrDefault(fact => fact.Name == name));
            if (before?.Value != after?.Value)
                yield return new Difference((after ?? before)!.Weigh(before?.Value, after?.Value), where, $"{name}: {Shown(before?.Value)} -> {Shown(after?.Value)}");
        }
    }

    public static Fact Plain(string name, string? value) => new(name, value, (_, _) => Weight.Other);

    /// <summary>Where it cannot be told which of two values lets more through.</summary>
    public static Fact Guarding(string name, string? value, bool guards = true) => new(name, value, (_, _) => guards ? Weight.Wider : Weight.Other);

    /// <summary>The greater the more may happen; nothing said is without bound.</summary>
    public static Fact Most(string name, long? value) => new(name, value?.ToString(CultureInfo.InvariantCulture), (old, now) =>
        old is null ? Weight.Narrower : now is null || long.Parse(now, CultureInfo.InvariantCulture) > long.Parse(old, CultureInfo.InvariantCulture) ? Weight.Wider : Weight.Narrower);

    /// <summary>The smaller the more may happen.</summary>
    public static Fact Least(string name, long? value) => new(name, value?.ToString(CultureInfo.InvariantCulture), (old, now) => Opposite(Most(name, null).Weigh(old, now), old, now));

    /// <summary>One more word and more may happen.</summary>
    /// <param name="words">Null: without bound.</param>
    public static Fact Words(string name, IEnumerable<string>? words) => new(name, words is null ? null : string.Join(", ", words.Order(StringComparer.Ordinal)), (old, now) =>
        now is null || (old is not null && Set(now).Except(Set(old)).Any()) ? Weight.Wider : Weight.Narrower);

    /// <summary>True lets more happen.</summary>
    public static Fact Loosens(string name, bool value) => new(name, value ? "yes" : "no", (_, now) => now == "yes" ? Weight.Wider : Weight.Narrower);

    /// <summary>A condition: nothing said always holds; demanding more of the same is narrower, anything else counts as wider.</summary>
    public static Fact Condition(string name, Expression? value) => new(name, value is null ? null : CelText.Of(value.Text), (old, now) =>
        now is null ? Weight.Wider : old is null || Demands(now).IsSupersetOf(Demands(old)) ? Weight.Narrower : Weight.Wider);

    /// <summary>The same text for all ways of writing the same value.</summary>
    public static string? Normal(PlaybookValue? value) => value switch
    {
        null => null,
        Expression expression => "=" + CelText.Of(expression.Text),
        Template template => string.Concat(template.Parts.Select(part => part is Expression inner ? $"${{{CelText.Of(inner.Text)}}}" : Blanks(part.Written))),
        _ => Blanks(value.Written),
    };

    // Words of one text are parted by one blank; a blank at its edge parts it from an expression.
    private static string Blanks(string text) => BlankRuns().Replace(text, " ");

    private static Weight Opposite(Weight weight, string? old, string? now) => old is null || now is null ? weight : weight == Weight.Wider ? Weight.Narrower : Weight.Wider;

    private static HashSet<string> Set(string words) => [.. words.Split(", ", StringSplitOptions.RemoveEmptyEntries)];

    private static HashSet<string> Demands(string condition) => [.. CelText.Demands(CelParser.Parse(condition)).Select(CelText.Of)];

    private static string Shown(string? value) => value switch
    {
        null => "(none)",
        "" => "(empty)",
        _ => HiddenText.Shown(value.StartsWith('(') && value.EndsWith(')') && Unwrapped(value) is { } inner ? inner : value, Longest),
    };

    /// <summary>Without the brackets around the whole, which are ours.</summary>
    private static string? Unwrapped(string value)
    {
        var depth = 0;
        for (var i = 0; i < value.Length - 1; i++)
        {
            depth += value[i] == '(' ? 1 : value[i] == ')' ? -1 : 0;
            if (depth == 0)
                return null;
        }

        return value[1..^1];
    }
}
