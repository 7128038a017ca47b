using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Siit.Iam.Agent.Cli;

/// <summary><c>connections</c> and <c>connections check</c>.</summary>
internal static class ConnectionsVerbs
{
    public static Command Create(Verbs verbs)
    {
        var list = verbs.Create("connections", "List the configured connections.", async (invocation, cancellationToken) =>
        {
            var answer = await invocation.Server.GetAsync("/connections", cancellationToken);
            return invocation.Answer(answer, answer.AsArray().Count == 0 ? ["No connections: configure one in siit-iam.json and start the server again."] : Table.Lines(
                ["connection", "idp", "tenant"], answer.AsArray().Select(line => (IReadOnlyList<string?>)[Lists.Text(line!["name"]), Lists.Text(line["idp"]), Lists.Text(line["tenant"])])));
        });
        list.Add(verbs.Create("check", "Ask every IdP whether we are signed in and what we may do; changes nothing.", async (invocation, cancellationToken) =>
        {
            var answer = await invocation.Server.GetAsync("/connections/check", cancellationToken);
            var works = answer.AsArray().Count > 0 && answer.AsArray().All(report => report!["works"]!.GetValue<bool>());
            return invocation.Answer(answer, answer.AsArray().SelectMany(report => Told(report!)), works ? ExitCodes.Done : ExitCodes.Refused);
        }));
        return list;
    }

    private static IEnumerable<string> Told(JsonNode report)
    {
        yield return $"{report["name"]} ({report["idp"]}, {report["tenant"]}): {(report["works"]!.GetValue<bool>() ? "works" : "DOES NOT WORK")}";
        yield return $"  signed in as  {Lists.Text(report["signed_in_as"])}";
        yield return $"  scopes        {Lists.Text(report["scopes"])}";
        yield return $"  roles         {Lists.Text(report["roles"])}";
        if (Copy(report) is { } copy)
            yield return $"  copy          {copy}";
        if (report["clock_ahead_seconds"] is { } ahead)
            yield return $"  our clock     {Math.Abs(ahead.GetValue<double>()).ToString("0.#", CultureInfo.InvariantCulture)} s {(ahead.GetValue<double>() < 0 ? "behind" : "ahead")}";
        if (Scarcest(report) is { } quota)
            yield return $"  least left    {quota["remaining"]} of {quota["limit"]}: {quota["name"]}";
        foreach (var problem in report["problems"]!.AsArray())
            yield return $"  ! {problem}";
        foreach (var advice in report["advice"]!.AsArray())
            yield return $"  ? {advice}";
        foreach (var action in report["actions"]!.AsArray().Where(action => Lists.Text(action!["access"]) != "yes" || action["missing"]!.AsArray().Count > 0))
            yield return $"  {action!["action"]}: {action["access"]}{Grants(action)}{(action["why"] is { } why ? $" ({why})" : "")}";
    }

    /// <summary>What of the copy of the directory can be read, and what not; null when nothing was looked at.</summary>
    private static string? Copy(JsonNode report)
    {
        var parts = report["copy"]!.AsArray().ToLookup(part => Lists.Text(part!["access"]), part => Lists.Text(part!["part"]));
        if (parts.Count == 0) return null;
        return parts.Contains("yes") && parts.Count == 1
            ? "all of it can be read"
            : string.Join("; ", parts.OrderByDescending(access => access.Key, StringComparer.Ordinal).Select(access => $"{access.Key}: {string.Join(", ", access)}"));
    }

    /// <summary>Where it works already, what would open the other ways stands in the reason.</summary>
    private static string Grants(JsonNode action) =>
        action["missing"]!.AsArray().Count == 0 || Lists.Text(action["access"]) == "yes" ? "" : $", grant {Lists.Text(action["missing"])}";

    private static JsonNode? Scarcest(JsonNode report) => report["quotas"]!.AsArray()
        .Where(quota => quota!["limit"] is not null && quota["remaining"] is not null && quota["limit"]!.GetValue<int>() > 0)
        .MinBy(quota => (double)quota!["remaining"]!.GetValue<int>() / quota["limit"]!.GetValue<int>());
}
