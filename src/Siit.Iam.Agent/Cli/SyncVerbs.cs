using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Siit.Iam.Agent.Cli;

/// <summary><c>sync [CONNECTION]</c>, <c>sync status|review|agree</c>.</summary>
internal static class SyncVerbs
{
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(500);

    public static Command Create(Verbs verbs)
    {
        var connection = new Argument<string?>("connection") { Description = "One connection; all when left out.", Arity = ArgumentArity.ZeroOrOne };
        var full = new Option<bool>("--full") { Description = "Read everything again from the beginning, not only what may have changed." };
        var sync = verbs.Create("sync", "Bring the copy of the directory up to date now. Interrupting it leaves the sync running.", async (invocation, cancellationToken) =>
        {
            var body = new JsonObject { ["connection"] = invocation.Maybe(connection), ["full"] = invocation.Get(full) };
            var tickets = await invocation.Server.PostAsync("/sync", body, cancellationToken);
            return await WatchAsync(invocation, tickets.AsArray(), cancellationToken);
        }, connection, full);
        sync.Add(Status(verbs));
        sync.Add(SyncReview.Create(verbs));
        sync.Add(Agree(verbs));
        return sync;
    }

    private static Command Status(Verbs verbs) => verbs.Create("status", "Show how fresh the copy of each connection is and what is being done.", async (invocation, cancellationToken) =>
    {
        var answer = await invocation.Server.GetAsync("/sync", cancellationToken);
        return invocation.Answer(answer, answer.AsArray().Count == 0 ? ["No connections: configure one in siit-iam.json and start the server again."] : StatusLines(answer.AsArray()));
    });

    private static Command Agree(Verbs verbs)
    {
        var connection = new Argument<string>("connection") { Description = "The connection whose import waits." };
        var code = new CodeOptions();
        return verbs.Create("agree", "Let a held import go on: so many accounts are really gone. Needs an approver's one-time code.", async (invocation, cancellationToken) =>
        {
            var body = new JsonObject { ["connection"] = invocation.Get(connection) };
            code.AddTo(body, invocation);
            var tickets = await invocation.Server.PostAsync("/sync/agree", body, cancellationToken);
            return await WatchAsync(invocation, tickets.AsArray(), cancellationToken);
        }, [connection, .. code.Both]);
    }

    /// <summary>Shows what goes on until all have ended.</summary>
    private static async Task<int> WatchAsync(Invocation invocation, JsonArray tickets, CancellationToken cancellationToken)
    {
        var ends = new JsonArray();
        var told = new Dictionary<string, string>(StringComparer.Ordinal);
        var running = tickets.Select(ticket => ticket!["id"]!.GetValue<string>()).ToList();
        while (running.Count > 0)
        {
            foreach (var id in running.ToList())
            {
                var ticket = await invocation.Server.GetAsync($"/sync/tickets/{Uri.EscapeDataString(id)}", cancellationToken);
                if (ticket["done"]!.GetValue<bool>())
                {
                    running.Remove(id);
                    ends.Add(ticket);
                    if (!invocation.Json)
                        invocation.Terminal.Line(Ended(ticket));
                }
                else if (!invocation.Json && Lists.Text(ticket["now"]) is var now && told.GetValueOrDefault(id) != now)
                {
                    told[id] = now;
                    invocation.Terminal.Line(now);
                }
            }

            if (running.Count > 0)
                await Task.Delay(Between, invocation.Surroundings.Time, cancellationToken);
        }

        var succeeded = ends.All(end => end!["succeeded"]!.GetValue<bool>());
        return invocation.Answer(ends, [], succeeded ? ExitCodes.Done : ExitCodes.Refused);
    }

    private static string Ended(JsonNode ticket) => ticket["succeeded"]!.GetValue<bool>()
        ? $"{ticket["connection"]}: up to date. {Number(ticket["accounts"])} accounts, {Number(ticket["gone"])} gone, {Number(ticket["groups"])} groups, {Number(ticket["memberships"])} memberships, {Number(ticket["applications"])} applications."
        : $"{ticket["connection"]}: not brought up to date. {ticket["message"]}";

    private static IEnumerable<string> StatusLines(JsonArray lines) =>
    [
        .. Table.Lines(
            ["connection", "doing", "reads from", "imported", "synced", "accounts", "gone", "groups", "memberships", "applications"],
            lines.Select(line => (IReadOnlyList<string?>)
            [
                Lists.Text(line!["connection"]), Lists.Text(line["doing"]), line["usable"]!.GetValue<bool>() ? "copy" : "idp", Lists.Moment(line["imported_at"]), Lists.Moment(line["synced_at"]),
                Number(line["accounts"]), Number(line["gone"]), Number(line["groups"]), Number(line["memberships"]), Number(line["applications"]),
            ])),
        .. lines.SelectMany(line => Remarks(line!)),
    ];

    private static IEnumerable<string> Remarks(JsonNode line)
    {
        if (line["import"] is { } import && Lists.Text(line["doing"]) is "importing" or "applying")
            yield return $"{line["connection"]}: {Number(line["import"]!["pages"])} pages, {Number(line["import"]!["accounts"])} accounts, {line["import"]!["pages_per_second"]} pages/s{(line["import"]!["seconds_to_go"] is { } left ? $", about {left} s to go" : "")}";
        if (line["held"] is { } held)
            yield return $"{line["connection"]}: HELD. {held}";
        if (line["trouble"] is { } trouble)
            yield return $"{line["connection"]}: {(line["trouble_since"] is { } since ? $"since {Lists.Moment(since)}: " : "")}{trouble}";
        if (line["usable"]!.GetValue<bool>() && !line["position_known"]!.GetValue<bool>())
            yield return $"{line["connection"]}: changes cannot be read; only the sweeps find them.";
    }

    private static string Number(JsonNode? node) => node is null ? "0" : node.GetValue<int>().ToString("N0", CultureInfo.InvariantCulture);
}
