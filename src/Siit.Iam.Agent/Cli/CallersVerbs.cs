using System.CommandLine;
using System.Text.Json.Nodes;

namespace Siit.Iam.Agent.Cli;

/// <summary><c>callers add|list|remove</c>.</summary>
internal static class CallersVerbs
{
    public static Command Create(Verbs verbs) => Verbs.Group("callers", "Who may call: agents, scripts, a person's tools.", Add(verbs), List(verbs), Remove(verbs));

    private static Command Add(Verbs verbs)
    {
        var id = new Argument<string>("id") { Description = "A name, such as claude-desk; never used again for another one." };
        var answerable = new Option<string>("--operator") { Description = "Work email of the person answerable for it, who never decides on its calls.", Required = true };
        var person = new Option<string?>("--person") { Description = "Work email of the one person whose tool it is: then every call's requester is proved." };
        var actions = Lists.Option("--actions", "Actions it may use: names, 'read' for all reads, '*' for all. Default: read.", "read");
        var connections = Lists.Option("--connections", "Connections it may use: names or '*'. Default: '*'.", "*");
        var actsFor = Lists.Option("--acts-for", "People in whose name it may ask, when its credential does not prove one: work emails or '*'. Default: nobody.");
        var code = new CodeOptions();
        return verbs.Create("add", "Register a caller; its token is printed once.", async (invocation, cancellationToken) =>
        {
            var body = new JsonObject
            {
                ["id"] = invocation.Get(id),
                ["operator"] = invocation.Get(answerable),
                ["person"] = invocation.Get(person),
                ["actions"] = Lists.Of(invocation.Get(actions)),
                ["connections"] = Lists.Of(invocation.Get(connections)),
                ["acts_for"] = Lists.Of(invocation.Get(actsFor)),
            };
            code.AddTo(body, invocation);
            var answer = await invocation.Server.PostAsync("/callers", body, cancellationToken);
            return invocation.Answer(answer, [$"Registered: {answer["caller"]!["id"]}. Its token, not shown again:", Lists.Text(answer["token"])]);
        }, [id, answerable, person, actions, connections, actsFor, .. code.Both]);
    }

    private static Command List(Verbs verbs) => verbs.Create("list", "List callers.", async (invocation, cancellationToken) =>
    {
        var answer = await invocation.Server.GetAsync("/callers", cancellationToken);
        return invocation.Answer(answer, answer.AsArray().Count == 0 ? ["No callers. Register one: siit-iam callers add"] : Table.Lines(
            ["caller", "operator", "person", "actions", "connections", "acts for", "added", "removed"],
            answer.AsArray().Select(caller => (IReadOnlyList<string?>)
            [
                Lists.Text(caller!["id"]), Lists.Text(caller["operator"]), Lists.Text(caller["person"]), Lists.Text(caller["actions"]),
                Lists.Text(caller["connections"]), Lists.Text(caller["acts_for"]), Lists.Moment(caller["added_at"]), Lists.Moment(caller["removed_at"]),
            ])));
    });

    private static Command Remove(Verbs verbs)
    {
        var id = new Argument<string>("id") { Description = "The caller's id." };
        return verbs.Create("remove", "Remove a caller; its token opens nothing from now on.", async (invocation, cancellationToken) =>
        {
            var answer = await invocation.Server.PostAsync("/callers/remove", new JsonObject { ["id"] = invocation.Get(id) }, cancellationToken);
            return invocation.Answer(answer, [$"Removed: {answer["removed"]}"]);
        }, id);
    }
}
