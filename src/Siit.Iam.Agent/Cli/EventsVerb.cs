using System.CommandLine;
using System.Text.Json.Nodes;

namespace Siit.Iam.Agent.Cli;

/// <summary><c>events</c>: what happened to accounts, however it was learnt.</summary>
internal static class EventsVerb
{
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(1);

    public static Command Create(Verbs verbs)
    {
        var person = new Option<string?>("--person") { Description = "Only of one person: an address or an id, exact." };
        var connection = new Option<string?>("--connection") { Description = "Only at this connection." };
        var kind = new Option<string?>("--kind") { Description = "Only of this kind, such as account.suspended." };
        var since = new Option<string?>("--since") { Description = "Since a time, or how long ago: 90m, 24h, 7d. Then oldest first.", HelpName = "TIME" };
        var limit = new Option<int>("--limit") { Description = "At most so many.", DefaultValueFactory = _ => 50 };
        var follow = new Option<bool>("--follow") { Description = "Go on and show each new one as it becomes known." };
        return verbs.Create("events", "List lifecycle events: the latest, or since a time.", async (invocation, cancellationToken) =>
        {
            if (invocation.Get(follow) && invocation.Json)
                throw new CliException(ExitCodes.Usage, "usage", "--follow has no end, and --json prints one document: leave one of them out.");
            (string, string?)[] asked = [("person", invocation.Get(person)), ("connection", invocation.Get(connection)), ("kind", invocation.Get(kind))];
            var behind = invocation.Get(follow) ? await NewestAsync(invocation, cancellationToken) : null;
            var answer = await invocation.Server.GetAsync(OperatorsClient.Path("/events", [.. asked, ("since", invocation.Get(since)), ("limit", $"{invocation.Get(limit)}")]), cancellationToken);
            var events = answer["events"]!.AsArray();
            if (behind is null)
                return invocation.Answer(answer, events.Count == 0 ? ["No events."] : Rows(events));
            // Whoever follows reads downwards.
            var shown = events.OfType<JsonNode>().OrderBy(Id, StringComparer.Ordinal).ToList();
            invocation.Terminal.Lines(shown.Select(Line));
            await FollowAsync(invocation, asked, behind, [.. shown.Select(Id)], cancellationToken);
            return ExitCodes.Done;
        }, person, connection, kind, since, limit, follow);
    }

    public static IEnumerable<string> Rows(JsonArray events) => Table.Lines(
        ["time", "kind", "connection", "account", "what", "who", "how"],
        events.Select(happened => (IReadOnlyList<string?>)
        [
            Lists.Moment(happened!["time"]), Lists.Text(happened["kind"]), Lists.Text(happened["connection"]), Lists.Text(happened["login"] ?? happened["account"]), What(happened), Who(happened), How(happened),
        ]));

    private static async Task FollowAsync(Invocation invocation, (string, string?)[] asked, string behind, HashSet<string> shown, CancellationToken cancellationToken)
    {
        while (true)
        {
            var answer = await invocation.Server.GetAsync(OperatorsClient.Path("/events", [.. asked, ("after", behind), ("limit", "1000")]), cancellationToken);
            foreach (var happened in answer["events"]!.AsArray().OfType<JsonNode>())
            {
                behind = Id(happened);
                if (shown.Add(behind))
                    invocation.Terminal.Line(Line(happened));
            }

            await Task.Delay(Between, invocation.Surroundings.Time, cancellationToken);
        }
    }

    private static async Task<string> NewestAsync(Invocation invocation, CancellationToken cancellationToken)
    {
        var newest = await invocation.Server.GetAsync(OperatorsClient.Path("/events", ("limit", "1")), cancellationToken);
        return newest["events"] is JsonArray { Count: 1 } events ? Id(events[0]!) : new string('0', 16);
    }

    private static string Line(JsonNode happened) => string.Join("  ", new[]
    {
        Lists.Moment(happened["time"]), Lists.Text(happened["kind"]), $"{happened["connection"]}:{happened["login"] ?? happened["account"]}", What(happened), Who(happened), How(happened),
    }.Where(part => part is not "-"));

    private static string Id(JsonNode happened) => happened["id"]!.GetValue<string>();

    private static string What(JsonNode happened) => Lists.Text(happened["object"] ?? happened["fields"]);

    private static string Who(JsonNode happened) => happened["call"] is { } call ? $"us: {call}" : Lists.Text(happened["actor"]);

    private static string How(JsonNode happened) => happened["net_change"] is null ? "-" : "net change";
}
