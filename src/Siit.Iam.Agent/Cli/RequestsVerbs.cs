using System.CommandLine;
using System.Text.Json.Nodes;

namespace Siit.Iam.Agent.Cli;

/// <summary><c>requests add|list|show</c>.</summary>
internal static class RequestsVerbs
{
    public static Command Create(Verbs verbs) => Verbs.Group("requests", "Service requests and what was done for them.", Add(verbs), List(verbs), Show(verbs));

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
                ["request", "state", "submitted", "requester", "text"],
                answer.AsArray().Select(request => (IReadOnlyList<string?>)
                [
                    Lists.Text(request!["id"]), Lists.Text(request["state"]), Lists.Moment(request["submitted_at"]), Lists.Text(request["requester"]), $"\"{request["text"]}\"",
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

    private static IEnumerable<string> Told(JsonNode answer)
    {
        if (answer["request"] is { } request)
            yield return $"Request {request["id"]} of {request["requester"]}: {request["state"]}";
        else
            yield return "A request of another system, known by what was done for it.";
        foreach (var entry in answer["timeline"]!.AsArray())
            yield return $"{Lists.Moment(entry!["at"])}  {Lists.Text(entry["what"]),-9}  {entry["text"]}{(entry["call"] is { } call ? $"  [{call}]" : "")}";
    }
}
