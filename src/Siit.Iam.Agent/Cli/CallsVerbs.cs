using System.CommandLine;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Gate;

namespace Siit.Iam.Agent.Cli;

/// <summary><c>calls list|show|settle</c>.</summary>
internal static class CallsVerbs
{
    public static Command Create(Verbs verbs) => Verbs.Group("calls", "Look at calls.", List(verbs), Show(verbs), Settle(verbs));

    private static Command List(Verbs verbs)
    {
        var state = new Option<string?>("--state") { Description = "Only calls in this state, such as awaiting_approval." };
        var request = new Option<string?>("--request") { Description = "Only calls of this service request." };
        var limit = new Option<int>("--limit") { Description = "At most so many, newest first.", DefaultValueFactory = _ => 50 };
        var after = new Option<string?>("--after") { Description = "Only calls older than this one." };
        return verbs.Create("list", "List calls, newest first.", async (invocation, cancellationToken) =>
        {
            var path = OperatorsClient.Path(
                "/calls", ("state", invocation.Get(state)), ("request", invocation.Get(request)), ("limit", $"{invocation.Get(limit)}"), ("after", invocation.Get(after)));
            var answer = await invocation.Server.GetAsync(path, cancellationToken);
            var calls = answer.AsArray().Select(call => WireJson.Read<CallRecord>(call!)).ToList();
            return invocation.Answer(answer, calls.Count == 0 ? ["No calls."] : Rows(calls));
        }, state, request, limit, after);
    }

    public static IEnumerable<string> Rows(IEnumerable<CallRecord> calls) => Table.Lines(
        ["received", "state", "action", "connection", "for", "caller", "request", "call"],
        calls.Select(call => (IReadOnlyList<string?>)
        [
            Moment(call.ReceivedAt), call.State.Word(), call.Action, call.Connection ?? "-", CallAnswers.Who(call), call.Caller, call.Request ?? "-", call.Id,
        ]));

    private static Command Show(Verbs verbs)
    {
        var id = new Argument<string>("call") { Description = "The call's id." };
        return verbs.Create("show", "Show one call with everything that is known of it.", async (invocation, cancellationToken) =>
        {
            var answer = await invocation.Server.GetAsync($"/calls/{Uri.EscapeDataString(invocation.Get(id))}", cancellationToken);
            return invocation.Answer(answer, CallCard.Lines(WireJson.Read<CallRecord>(answer), invocation.Surroundings.Time.GetUtcNow()));
        }, id);
    }

    private static Command Settle(Verbs verbs)
    {
        var id = new Argument<string>("call") { Description = "The call's id." };
        var happened = new Option<bool>("--happened") { Description = "The IdP shows that it was done." };
        var not = new Option<bool>("--did-not-happen") { Description = "The IdP shows that it was not done." };
        var note = new Option<string>("--note") { Description = "What was seen, and where.", Required = true };
        var code = new CodeOptions();
        return verbs.Create("settle", "Say, after looking at the IdP, whether something happened that could not be told from here.", async (invocation, cancellationToken) =>
        {
            if (invocation.Get(happened) == invocation.Get(not))
                throw new CliException(ExitCodes.Usage, "usage", "Say exactly one of --happened and --did-not-happen.");
            var body = new JsonObject { ["happened"] = invocation.Get(happened), ["note"] = invocation.Get(note) };
            code.AddTo(body, invocation);
            var answer = await invocation.Server.PostAsync($"/calls/{Uri.EscapeDataString(invocation.Get(id))}/settle", body, cancellationToken);
            return invocation.Answer(answer, [Lists.Text(answer["message"])]);
        }, [id, happened, not, note, .. code.Both]);
    }

    public static string Moment(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);
}
