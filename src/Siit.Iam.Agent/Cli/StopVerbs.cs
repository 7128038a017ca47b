using System.CommandLine;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Gate;

namespace Siit.Iam.Agent.Cli;

/// <summary><c>stop</c>, open to every operator, and <c>resume</c>, which is not.</summary>
internal static class StopVerbs
{
    public static Command Stop(Verbs verbs)
    {
        var what = new What();
        var reason = new Option<string>("--reason") { Description = "Why; shown to whoever is refused.", Required = true };
        return verbs.Create("stop", "Stop everything, one action or one connection, at once.", async (invocation, cancellationToken) =>
        {
            var body = new JsonObject { ["stop"] = what.Of(invocation), ["reason"] = invocation.Get(reason) };
            return Told(invocation, await invocation.Server.PostAsync("/stop", body, cancellationToken));
        }, [.. what.All, reason]);
    }

    public static Command Resume(Verbs verbs)
    {
        var what = new What();
        var code = new CodeOptions();
        return verbs.Create("resume", "Lift what was stopped; needs an approver's one-time code.", async (invocation, cancellationToken) =>
        {
            var body = new JsonObject { ["stop"] = what.Of(invocation) };
            code.AddTo(body, invocation);
            return Told(invocation, await invocation.Server.PostAsync("/resume", body, cancellationToken));
        }, [.. what.All, .. code.Both]);
    }

    public static Command Stops(Verbs verbs) => verbs.Create(
        "stops", "List what is stopped.", async (invocation, cancellationToken) => Told(invocation, await invocation.Server.GetAsync("/stops", cancellationToken)));

    private static int Told(Invocation invocation, JsonNode stops) => invocation.Answer(stops, stops.AsArray().Count == 0 ? ["Nothing is stopped."] : Table.Lines(
        ["stopped", "since", "reason"],
        stops.AsArray().Select(stop => (IReadOnlyList<string?>)[Lists.Text(stop!["id"]), Lists.Moment(stop["at"]), Lists.Text(stop["reason"])])));

    private sealed class What
    {
        private readonly Option<bool> _all = new("--all") { Description = "Everything." };
        private readonly Option<string?> _action = new("--action") { Description = "One action, such as reset_mfa." };
        private readonly Option<string?> _connection = new("--connection") { Description = "One connection." };

        public IEnumerable<Symbol> All => [_all, _action, _connection];

        public string Of(Invocation invocation)
        {
            string?[] named =
            [
                invocation.Get(_all) ? StopSwitches.Everything : null,
                invocation.Get(_action) is { } action ? $"action:{action}" : null,
                invocation.Get(_connection) is { } connection ? $"connection:{connection}" : null,
            ];
            return named.OfType<string>().ToList() is [var one] ? one : throw new CliException(ExitCodes.Usage, "usage", "Say what: exactly one of --all, --action NAME and --connection NAME.");
        }
    }
}
