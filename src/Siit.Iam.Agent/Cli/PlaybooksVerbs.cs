using System.CommandLine;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Playbooks.Checks;
using Siit.Iam.Agent.Playbooks.Expressions;

namespace Siit.Iam.Agent.Cli;

/// <summary><c>playbooks list|explain|planned|release|run</c>; <see cref="CheckVerb"/>, <see cref="PublishVerbs"/> and <see cref="PlaybookReadingVerbs"/>, <see cref="RehearseVerb"/>, <see cref="LockVerb"/> and <see cref="PlaybookTestVerb"/> beside them.</summary>
internal static class PlaybooksVerbs
{
    private const string Functions = "functions";

    public static Command Create(Verbs verbs) => Verbs.Group("playbooks", "Look at playbooks and run them.", List(verbs), CheckVerb.Create(verbs), Explain(verbs), PublishVerbs.Publish(verbs),
        PublishVerbs.Unpublish(verbs), PublishVerbs.Published(verbs), Planned(verbs), Release(verbs), Run(verbs), PlaybookReadingVerbs.Graph(verbs), PlaybookReadingVerbs.Diff(verbs),
        RehearseVerb.Create(verbs), RehearseVerb.Accuracy(verbs), PlaybookTestVerb.Create(verbs), LockVerb.Create(verbs));

    private static Command List(Verbs verbs) => verbs.Create("list", "List the playbooks of the folder, and which of them may run.", async (invocation, cancellationToken) =>
    {
        var answer = await invocation.Server.GetAsync("/playbooks", cancellationToken);
        return invocation.Answer(answer, answer.AsArray().Count == 0 ? ["No playbooks. Put YAML files into the folder that 'playbooks' names in siit-iam.json."] : Table.Lines(
            ["playbook", "version", "published", "runs", "title", "owner", "inputs", "actions"],
            answer.AsArray().Select(playbook => (IReadOnlyList<string?>)
            [
                Lists.Text(playbook!["id"]), Lists.Text(playbook["version"]), Lists.Text(playbook["published"]), Lists.Text(playbook["runs"]), Lists.Text(playbook["title"]), Lists.Text(playbook["owner"]),
                Lists.Text(playbook["inputs"]), Lists.Text(playbook["tools"]),
            ])));
    });

    private static Command Explain(Verbs verbs)
    {
        var code = new Argument<string>("code") { Description = $"What the checker said, such as PB030; '{Functions}' for what expressions can compute. Default: all codes, a line each.", Arity = ArgumentArity.ZeroOrOne, DefaultValueFactory = _ => "" };
        return verbs.Create("explain", "Say what a finding of the checker means and what to do about it.", (invocation, _) =>
        {
            if (invocation.Get(code) is not { Length: > 0 } said)
                return Task.FromResult(invocation.Answer(WireJson.Array(Codes.All, WireJson.Node), Codes.All.Select(each => $"{each.Id}  {each.About}")));
            if (said == Functions)
            {
                List<string> functions = [.. CelFunctions.All.Select(function => function.ToString()).Concat(CelChecker.MacrosWritten).Distinct()];
                return Task.FromResult(invocation.Answer(WireJson.Array(functions, function => function), functions));
            }

            var known = Codes.Find(said)
                ?? throw new CliException(ExitCodes.Usage, "usage", $"There is no code '{said}'. {DidYouMean.Sentence(said, Codes.All.Select(each => each.Id))} siit-iam playbooks explain, without a code, lists them.");
            return Task.FromResult(invocation.Answer(WireJson.Node(known), [$"{known.Id}: {known.About}", $"Why: {known.Why}", $"What to do: {known.Mend}"]));
        }, code);
    }

    private static Command Planned(Verbs verbs)
    {
        var limit = new Option<int>("--limit") { Description = "At most so many, the next first.", DefaultValueFactory = _ => 50 };
        return verbs.Create("planned", "List what waits for its time to start.", async (invocation, cancellationToken) =>
        {
            var answer = await invocation.Server.GetAsync(OperatorsClient.Path("/playbooks/planned", ("limit", $"{invocation.Get(limit)}")), cancellationToken);
            return invocation.Answer(answer, answer.AsArray().Count == 0 ? ["Nothing is planned."] : Table.Lines(
                ["due", "playbook", "trigger", "about"],
                answer.AsArray().Select(planned => (IReadOnlyList<string?>)
                    [Lists.Moment(planned!["due"]), Lists.Text(planned["playbook"]), Lists.Text(planned["trigger"]), Lists.Text(planned["subject"])])));
        }, limit);
    }

    private static Command Release(Verbs verbs)
    {
        var id = new Argument<string>("playbook") { Description = "The playbook's id." };
        var reason = new Option<string>("--reason") { Description = "Why its runs may go on.", Required = true };
        var code = new CodeOptions();
        return verbs.Create("release", "Let the runs of a halted playbook go on; needs an approver's code.", async (invocation, cancellationToken) =>
        {
            var body = new JsonObject { ["reason"] = invocation.Get(reason) };
            code.AddTo(body, invocation);
            var answer = await invocation.Server.PostAsync($"/playbooks/{Uri.EscapeDataString(invocation.Get(id))}/release", body, cancellationToken);
            return invocation.Answer(answer, [$"The runs of {answer["playbook"]} go on."]);
        }, [id, reason, .. code.Both]);
    }

    private static Command Run(Verbs verbs)
    {
        var id = new Argument<string>("playbook") { Description = "The playbook's id." };
        var input = new Option<string[]>("--input", "-i") { Description = "Inputs. KEY:=JSON for what is no text.", HelpName = "KEY=VALUE", AllowMultipleArgumentsPerToken = true };
        var requester = new Option<string?>("--requester") { Description = "Work email of the person at whose wish it runs; a claim, unless the caller's credential proves it." };
        var request = new Option<string?>("--request") { Description = "The service request it belongs to." };
        return verbs.Create("run", $"Run a playbook as the caller whose token is in {CallVerb.TokenVariable}.", async (invocation, cancellationToken) =>
        {
            var body = new JsonObject
            {
                ["input"] = Inputs(invocation.Get(input) ?? []),
                ["requester"] = invocation.Get(requester),
                ["request"] = invocation.Get(request),
            };
            var answer = await invocation.Server.PostAsync($"/playbooks/{Uri.EscapeDataString(invocation.Get(id))}/run", body, cancellationToken, CallVerb.Token(invocation));
            return invocation.Answer(answer, RunsVerbs.Told(answer), RunsVerbs.ExitCode(answer));
        }, id, input, requester, request);
    }

    public static JsonObject Inputs(string[] pairs)
    {
        var inputs = new JsonObject();
        foreach (var pair in pairs)
        {
            var (name, value) = CallVerb.Pair(pair);
            var isJson = name.EndsWith(':');
            name = name.TrimEnd(':');
            if (!inputs.TryAdd(name, isJson ? CallVerb.Parsed(value) : value))
                throw new CliException(ExitCodes.Usage, "usage", $"{name} is given twice.");
        }

        return inputs;
    }
}
