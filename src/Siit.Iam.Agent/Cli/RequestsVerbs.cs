using System.CommandLine;
using System.Text.Json.Nodes;

namespace Siit.Iam.Agent.Cli;

/// <summary><c>requests add|list|show|assign|comment|close</c>.</summary>
internal static class RequestsVerbs
{
    public static Command Create(Verbs verbs) => Verbs.Group("requests", "Service requests and what was done for them.", Add(verbs), List(verbs), Show(verbs), Assign(verbs), Comment(verbs), Close(verbs));

    private static Command Add(Verbs verbs)
    {
        var requester = new Option<string>("--requester") { Description = "Work email of the person who asks.", Required = true };
        var text = new Option<string>("--text") { Description = "What the person wrote.", Required = true };
        var id = new Option<string?>("--id") { Description = "Its id in the ticket system, such as REQ-812; made here when left out." };
        var form = new Option<string?>("--form") { Description = "The form that was filled in; it starts the playbook that names it." };
        var fields = new Option<string[]>("--field", "-f") { Description = "The form's fields. KEY:=JSON for what is no text.", HelpName = "KEY=VALUE", AllowMultipleArgumentsPerToken = true };
        return verbs.Create("add", "Record a service request.", async (invocation, cancellationToken) =>
        {
            var body = new JsonObject
            {
                ["id"] = invocation.Get(id),
                ["requester"] = invocation.Get(requester),
                ["text"] = invocation.Get(text),
                ["form"] = invocation.Get(form),
                ["fields"] = PlaybooksVerbs.Inputs(invocation.Get(fields) ?? []),
            };
            var answer = await invocation.Server.PostAsync("/requests", body, cancellationToken);
            return invocation.Answer(answer, [$"Recorded: {answer["id"]}"]);
        }, requester, text, id, form, fields);
    }

    private static Command List(Verbs verbs)
    {
        var limit = new Option<int>("--limit") { Description = "At most so many.", DefaultValueFactory = _ => 50 };
        return verbs.Create("list", "List requests, newest first.", async (invocation, cancellationToken) =>
        {
            var answer = await invocation.Server.GetAsync(OperatorsClient.Path("/requests", ("limit", $"{invocation.Get(limit)}")), cancellationToken);
            return invocation.Answer(answer, answer.AsArray().Count == 0 ? ["No requests."] : Table.Lines(
                ["request", "state", "assignee", "submitted", "requester", "text"],
                answer.AsArray().Select(request => (IReadOnlyList<string?>)
                [
                    Lists.Text(request!["id"]), Lists.Text(request["state"]), Lists.Text(request["assignee"]), Lists.Moment(request["submitted_at"]), Lists.Text(request["requester"]), $"\"{request["text"]}\"",
                ])));
        }, limit);
    }

    private static Command Show(Verbs verbs)
    {
        var id = new Argument<string>("request") { Description = "The request's id." };
        return verbs.Create("show", "Show a request's timeline: everything done for it.", async (invocation, cancellationToken) =>
        {
            var answer = await invocation.Server.GetAsync($"/requests/{Uri.EscapeDataString(invocation.Get(id))}", cancellationToken);
            return invocation.Answer(answer, Told(answer));
        }, id);
    }

    private static Command Assign(Verbs verbs)
    {
        var id = new Argument<string>("request") { Description = "The request's id." };
        var to = new Argument<string?>("approver") { Description = "Work email of the approver who works on it; nobody when left out.", Arity = ArgumentArity.ZeroOrOne };
        return verbs.Create("assign", "Say who works on a request.", async (invocation, cancellationToken) =>
        {
            var answer = await ChangeAsync(invocation, invocation.Get(id), "assign", new JsonObject { ["to"] = invocation.Maybe(to) }, cancellationToken);
            return invocation.Answer(answer, [$"Request {answer["id"]}: {Lists.Text(answer["assignee"])}"]);
        }, id, to);
    }

    private static Command Comment(Verbs verbs)
    {
        var id = new Argument<string>("request") { Description = "The request's id." };
        var text = new Argument<string>("text") { Description = "What is to stand on its timeline." };
        return verbs.Create("comment", "Put a comment on a request's timeline.", async (invocation, cancellationToken) =>
        {
            var answer = await ChangeAsync(invocation, invocation.Get(id), "comment", new JsonObject { ["text"] = invocation.Get(text) }, cancellationToken);
            return invocation.Answer(answer, ["It stands on the timeline."]);
        }, id, text);
    }

    private static Command Close(Verbs verbs)
    {
        var id = new Argument<string>("request") { Description = "The request's id." };
        var declined = new Option<bool>("--declined") { Description = "It was not done; needs --reason." };
        var reopen = new Option<bool>("--reopen") { Description = "It is open again." };
        var reason = new Option<string?>("--reason") { Description = "Why, for the timeline." };
        return verbs.Create("close", "End a request as done, or as declined.", async (invocation, cancellationToken) =>
        {
            if (invocation.Get(declined) && invocation.Get(reopen))
                throw new CliException(ExitCodes.Usage, "usage", "Say at most one of --declined and --reopen.");
            var body = new JsonObject { ["state"] = invocation.Get(declined) ? "declined" : invocation.Get(reopen) ? "open" : "done", ["reason"] = invocation.Get(reason) };
            var answer = await ChangeAsync(invocation, invocation.Get(id), "state", body, cancellationToken);
            return invocation.Answer(answer, [$"Request {answer["id"]}: {answer["state"]}"]);
        }, id, declined, reopen, reason);
    }

    private static Task<JsonNode> ChangeAsync(Invocation invocation, string id, string what, JsonObject body, CancellationToken cancellationToken) =>
        invocation.Server.PostAsync($"/requests/{Uri.EscapeDataString(id)}/{what}", body, cancellationToken);

    private static IEnumerable<string> Told(JsonNode answer)
    {
        if (answer["request"] is { } request)
            yield return $"Request {request["id"]} of {request["requester"]}: {request["state"]}{(request["assignee"] is { } assignee ? $", given to {assignee}" : "")}{(request["form"] is { } form ? $", form {form}" : "")}";
        else
            yield return "A request of another system, known by what was done for it.";
        foreach (var entry in answer["timeline"]!.AsArray())
            yield return $"{Lists.Moment(entry!["at"])}  {Lists.Text(entry["what"]),-9}  {entry["text"]}{(entry["call"] is { } call ? $"  [{call}]" : entry["run"] is { } run ? $"  [{run}]" : "")}";
    }
}
