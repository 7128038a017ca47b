using System.CommandLine;
using System.Globalization;
using Siit.Iam.Agent.Gate;

namespace Siit.Iam.Agent.Cli;

/// <summary><c>approvals stats</c>: whether approvals still mean something.</summary>
internal static class ApprovalsStats
{
    public static Command Create(Verbs verbs)
    {
        var days = new Option<int>("--days") { Description = "Of so many days.", DefaultValueFactory = _ => 30 };
        return verbs.Create("stats", "Tell how much is asked, how fast it is answered, and how often the answer is no.", async (invocation, cancellationToken) =>
        {
            var answer = await invocation.Server.GetAsync(OperatorsClient.Path("/approvals/stats", ("days", $"{invocation.Get(days)}")), cancellationToken);
            return invocation.Answer(answer, Told(WireJson.Read<ApprovalStats>(answer)));
        }, days);
    }

    private static IEnumerable<string> Told(ApprovalStats stats)
    {
        yield return $"Of the last {stats.Within.TotalDays:0} days: {stats.Calls} calls that change something, {stats.Gated} of them asked about ({Percent(stats.GatedShare)}).";
        yield return $"Approved {stats.Approved}, denied {stats.Denied}, expired {stats.Expired}, withdrawn or taken back {stats.Withdrawn}, waiting {stats.Waiting}.";
        yield return stats is { MedianSecondsToDecide: { } median, RefusalRate: { } rate }
            ? $"Half of the decisions came within {Span(median)}; {Percent(rate)} were a no."
            : "Nothing was decided.";
        if (stats.Approvers.Count == 0)
            yield break;
        yield return "";
        foreach (var line in Table.Lines(
            ["approver", "approved", "denied", "refusal rate", "median time to decide"],
            stats.Approvers.Select(own => (IReadOnlyList<string?>)[own.Email, $"{own.Approved}", $"{own.Denied}", Percent(own.RefusalRate), Span(own.MedianSecondsToDecide)])))
            yield return line;
    }

    private static string Percent(double share) => share.ToString("0.0 %", CultureInfo.InvariantCulture);

    private static string Span(double seconds) => seconds >= 5400 ? $"{seconds / 3600:0.0} h" : seconds >= 90 ? $"{seconds / 60:0.0} min" : $"{seconds:0} s";
}
