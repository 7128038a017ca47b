using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Siit.Iam.Agent.Playbooks.Rehearsals;
using Siit.Iam.Agent.Playbooks.Runs;

namespace Siit.Iam.Agent.Playbooks.TestFiles;

/// <summary>One walk of a case.</summary>
/// <param name="Report">Null when the run was not started.</param>
/// <param name="Effects">Every change that was made, whatever the run knows of it.</param>
/// <param name="Points">At how many it can be interrupted.</param>
/// <param name="Refusal">Why it was not started.</param>
internal sealed record TestWalk(RehearsalReport? Report, IReadOnlyList<string> Effects, int Points, string? Refusal)
{
    public static TestWalk NotStarted(string? why) => new(null, [], 0, why);

    public string End => Report?.State.Word() ?? TestShapes.NotStarted;
}

/// <summary>What is otherwise than it should be, as sentences for the author.</summary>
internal static partial class TestComparison
{
    public static IEnumerable<string> Compare(TestExpectation expect, TestWalk walk)
    {
        var report = walk.Report;
        if (expect.End != walk.End)
            yield return $"end: expected {expect.End}, but it is {walk.End}{(report?.Code is { } code ? $" ({code})" : "")}: {report?.Message ?? walk.Refusal}{Failed(report)}";
        if (expect.Code is not null && expect.Code != report?.Code)
            yield return $"code: expected {expect.Code}, but it is {report?.Code ?? "none"}.";
        if (expect.Message is not null && (report?.Message ?? walk.Refusal)?.Contains(expect.Message, StringComparison.OrdinalIgnoreCase) != true)
            yield return $"message: expected '{expect.Message}' in it, but it is: {report?.Message ?? walk.Refusal}";
        if (expect.Calls is not null && Calls(expect.Calls, report) is { } calls)
            yield return calls;
        if (expect.Difference is not null && Lists("diff", expect.Difference.Order(StringComparer.Ordinal), All(report).Order(StringComparer.Ordinal)) is { } difference)
            yield return difference;
        foreach (var part in (expect.DifferenceContains ?? []).Where(part => !All(report).Any(line => line.Contains(part, StringComparison.Ordinal))))
            yield return $"diffContains: nothing contains '{part}'; there is:{Listed(All(report))}";
        if (expect.Approvals is not null && Lists("approvals", expect.Approvals, report?.Asking ?? []) is { } approvals)
            yield return approvals;
        if (expect.Writes is { } writes && writes != walk.Effects.Count)
            yield return $"writes: expected {writes}, but there are {walk.Effects.Count}:{Listed(walk.Effects)}";
        foreach (var (name, value) in expect.Outputs ?? [])
        {
            if (!JsonNode.DeepEquals(value, report?.Outputs?[name]))
                yield return $"outputs: expected {name} to be {Told(value)}, but it is {Told(report?.Outputs?[name])}.";
        }
    }

    /// <summary>An interrupted walk with one that was not.</summary>
    public static IEnumerable<string> Compare(TestWalk usual, TestWalk interrupted)
    {
        if (usual.End != interrupted.End || usual.Report?.Code != interrupted.Report?.Code)
            yield return $"ends {interrupted.End} ({interrupted.Report?.Message}), uninterrupted {usual.End}";
        if (Lists("effects", usual.Effects.Order(StringComparer.Ordinal), interrupted.Effects.Order(StringComparer.Ordinal)) is { } effects)
            yield return effects;
        if (Lists("diff", All(usual.Report).Order(StringComparer.Ordinal), All(interrupted.Report).Order(StringComparer.Ordinal)) is { } difference)
            yield return difference;
        if (Lists("approvals", usual.Report?.Approvals.Select(line => line.Split(' ')[0]) ?? [], interrupted.Report?.Approvals.Select(line => line.Split(' ')[0]) ?? []) is { } approvals)
            yield return approvals;
    }

    [GeneratedRegex(@"^(.+?) x(\d{1,4})$")]
    private static partial Regex Times();

    private static IReadOnlyList<string> All(RehearsalReport? report) => report is null ? [] : [.. report.Difference, .. report.CannotBeUndone];

    /// <summary>With connections where the author named them, and runs of the same drawn together again for reading.</summary>
    private static string? Calls(IReadOnlyList<string> expected, RehearsalReport? report)
    {
        var wanted = expected.SelectMany(call => Times().Match(call) is { Success: true } times ? Enumerable.Repeat(times.Groups[1].Value, int.Parse(times.Groups[2].Value, System.Globalization.CultureInfo.InvariantCulture)) : [call]).ToList();
        var changes = report?.Changes ?? [];
        var made = changes.Select((change, at) => at < wanted.Count && wanted[at].Contains(' ', StringComparison.Ordinal) ? $"{change.Action} {change.Connection}" : change.Action).ToList();
        return wanted.SequenceEqual(made) ? null : $"calls: expected {Drawn(wanted)}; made were {Drawn(made)}.";
    }

    private static string Drawn(List<string> calls)
    {
        var drawn = new List<(string Call, int Times)>();
        foreach (var call in calls)
        {
            if (drawn.Count > 0 && drawn[^1].Call == call)
                drawn[^1] = (call, drawn[^1].Times + 1);
            else
                drawn.Add((call, 1));
        }

        return drawn.Count == 0 ? "none" : $"[{string.Join(", ", drawn.Select(one => one.Times == 1 ? one.Call : $"{one.Call} x{one.Times}"))}]";
    }

    private static string? Lists(string what, IEnumerable<string> expected, IEnumerable<string> found)
    {
        var (wanted, there) = (expected.ToList(), found.ToList());
        if (wanted.SequenceEqual(there))
            return null;
        var missing = Without(wanted, there).Select(line => $"expected, not there: {line}");
        var more = Without(there, wanted).Select(line => $"there, not expected: {line}");
        List<string> lines = [.. missing, .. more];
        return $"{what}:{Listed(lines.Count > 0 ? lines : ["the same in another order: " + string.Join(", ", there)])}";
    }

    private static List<string> Without(List<string> some, List<string> others)
    {
        var left = some.ToList();
        others.ForEach(other => left.Remove(other));
        return left;
    }

    private static string Listed(IEnumerable<string> lines) => string.Concat(lines.DefaultIfEmpty("nothing").Select(line => $"\n      {line}"));

    private static string Failed(RehearsalReport? report) => string.Concat((report?.Steps ?? []).Where(step => step.Contains("FAILED.", StringComparison.Ordinal)).Select(step => $"\n      {step}"));

    private static string Told(JsonNode? value) => value?.ToJsonString() ?? "nothing";
}
