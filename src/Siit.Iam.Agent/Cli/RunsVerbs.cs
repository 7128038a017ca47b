using System.CommandLine;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Playbooks.Runs;

namespace Siit.Iam.Agent.Cli;

/// <summary><c>runs list|show|explain|cancel|settle|questions|answer</c>.</summary>
internal static class RunsVerbs
{
    public static Command Create(Verbs verbs) => Verbs.Group("runs", "Look at runs of playbooks.", List(verbs), Show(verbs), Explain(verbs), Cancel(verbs), Questions(verbs), Answer(verbs), Settle(verbs));

    /// <summary>An answer about one run, for people.</summary>
    public static IEnumerable<string> Told(JsonNode answer)
    {
        yield return $"{Lists.Text(answer["state"])}{(answer["code"] is { } code ? $" ({code})" : "")}: {answer["message"]}";
        if (answer["run"] is { } run)
            yield return $"Run {run} of {Lists.Text(answer["playbook"])}";
        foreach (var step in answer["steps"] as JsonArray ?? [])
            yield return $"  {step}";
        if (answer["waits_for"] is { } call)
            yield return $"Waits for call {call}: siit-iam approvals show {call}";
        if (answer["outputs"] is { } outputs)
            yield return $"Outputs: {outputs.ToJsonString(WireJson.Options)}";
    }

    public static int ExitCode(JsonNode answer) => answer["is_error"]!.GetValue<bool>() ? ExitCodes.Refused : ExitCodes.Done;

    private static Command List(Verbs verbs)
    {
        var state = new Option<string?>("--state") { Description = "Only runs in this state, such as waiting." };
        var request = new Option<string?>("--request") { Description = "Only runs of this service request." };
        var limit = new Option<int>("--limit") { Description = "At most so many, newest first.", DefaultValueFactory = _ => 50 };
        return verbs.Create("list", "List runs, newest first.", async (invocation, cancellationToken) =>
        {
            var path = OperatorsClient.Path("/runs", ("state", invocation.Get(state)), ("request", invocation.Get(request)), ("limit", $"{invocation.Get(limit)}"));
            var answer = await invocation.Server.GetAsync(path, cancellationToken);
            var runs = answer.AsArray().Select(run => WireJson.Read<RunRecord>(run!)).ToList();
            return invocation.Answer(answer, runs.Count == 0 ? ["No runs."] : Table.Lines(
                ["started", "state", "playbook", "caller", "requester", "request", "waits for", "run"],
                runs.Select(run => (IReadOnlyList<string?>)
                [
                    CallsVerbs.Moment(run.StartedAt), run.State.Word(), run.Title, run.Starter.Caller, run.Requester.Email ?? "-", run.Request ?? "-", run.WaitsFor ?? "-", run.Id,
                ])));
        }, state, request, limit);
    }

    private static Command Show(Verbs verbs)
    {
        var id = new Argument<string>("run") { Description = "The run's id." };
        return verbs.Create("show", "Show one run, step by step.", async (invocation, cancellationToken) =>
        {
            var answer = await invocation.Server.GetAsync($"/runs/{Uri.EscapeDataString(invocation.Get(id))}", cancellationToken);
            return invocation.Answer(answer, Told(answer));
        }, id);
    }

    private static Command Explain(Verbs verbs)
    {
        var id = new Argument<string>("run") { Description = "The run's id." };
        return verbs.Create("explain", "Say in sentences what a run did and why: what it read, what it decided, who agreed, how it ended.", async (invocation, cancellationToken) =>
        {
            var answer = await invocation.Server.GetAsync($"/runs/{Uri.EscapeDataString(invocation.Get(id))}/story", cancellationToken);
            return invocation.Answer(answer, answer.AsArray().Select(sentence =>
                $"{Lists.Moment(sentence!["at"])}  {(sentence["path"] is { } path ? $"{path}: " : "")}{sentence["text"]}{(sentence["call"] is { } call ? $" [{call}]" : "")}"));
        }, id);
    }

    private static Command Cancel(Verbs verbs)
    {
        var id = new Argument<string>("run") { Description = "The run's id." };
        var undo = new Option<bool>("--undo") { Description = "Also take back, in reverse, what it has changed; needs an approver's code, and each change goes through the gate." };
        var code = new CodeOptions();
        return verbs.Create("cancel", "End a run before its next effect; what waits for approval is withdrawn.", async (invocation, cancellationToken) =>
        {
            var body = new JsonObject();
            if (invocation.Get(undo))
            {
                body["undo"] = true;
                code.AddTo(body, invocation);
            }

            var answer = await invocation.Server.PostAsync($"/runs/{Uri.EscapeDataString(invocation.Get(id))}/cancel", body, cancellationToken);
            return invocation.Answer(answer, Told(answer));
        }, [id, undo, .. code.Both]);
    }

    private static Command Settle(Verbs verbs)
    {
        var id = new Argument<string>("run") { Description = "The run's id." };
        var note = new Option<string>("--note") { Description = "What was found or done.", Required = true };
        var code = new CodeOptions();
        return verbs.Create("settle", "Say that somebody has seen to what a run could not take back; needs an approver's code.", async (invocation, cancellationToken) =>
        {
            var body = new JsonObject { ["note"] = invocation.Get(note) };
            code.AddTo(body, invocation);
            var answer = await invocation.Server.PostAsync($"/runs/{Uri.EscapeDataString(invocation.Get(id))}/settle", body, cancellationToken);
            return invocation.Answer(answer, Told(answer));
        }, [id, note, .. code.Both]);
    }

    private static Command Questions(Verbs verbs)
    {
        var limit = new Option<int>("--limit") { Description = "At most so many.", DefaultValueFactory = _ => 50 };
        return verbs.Create("questions", "List questions of runs that nobody has answered yet.", async (invocation, cancellationToken) =>
        {
            var answer = await invocation.Server.GetAsync(OperatorsClient.Path("/questions", ("limit", $"{invocation.Get(limit)}")), cancellationToken);
            return invocation.Answer(answer, answer.AsArray().Count == 0 ? ["No questions."] : answer.AsArray().SelectMany(question => (string[])
            [
                $"{Lists.Text(question!["id"])} (until {Lists.Moment(question["until"])}): \"{question["text"]}\"",
                $"  asked: {string.Join(", ", question["of"]!.AsArray())}; answer: {question["fields"]!["properties"]!.ToJsonString(WireJson.Options)}",
            ]));
        }, limit);
    }

    private static Command Answer(Verbs verbs)
    {
        var id = new Argument<string>("question") { Description = "The question's id." };
        var given = new Option<string[]>("--answer", "-a") { Description = "The answer's fields. KEY:=JSON for what is no text.", HelpName = "KEY=VALUE", AllowMultipleArgumentsPerToken = true, Required = true };
        var code = new CodeOptions();
        return verbs.Create("answer", "Answer the question of a run, as somebody it was put to; needs that person's code.", async (invocation, cancellationToken) =>
        {
            var body = new JsonObject { ["answer"] = PlaybooksVerbs.Inputs(invocation.Get(given) ?? []) };
            code.AddTo(body, invocation);
            var answer = await invocation.Server.PostAsync($"/questions/{Uri.EscapeDataString(invocation.Get(id))}/answer", body, cancellationToken);
            return invocation.Answer(answer, ["Answered; the run goes on."]);
        }, [id, given, .. code.Both]);
    }
}
