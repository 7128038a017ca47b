using System.CommandLine;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Playbooks.Rehearsals;
using Siit.Iam.Agent.Playbooks.Runs;
using Siit.Iam.Agent.Playbooks.TestFiles;

namespace Siit.Iam.Agent.Cli;

/// <summary><c>playbooks rehearse|accuracy</c>.</summary>
internal static class RehearseVerb
{
    public static Command Create(Verbs verbs)
    {
        var playbook = new Argument<string>("playbook") { Description = "The playbook's id, or a YAML file that nobody has published yet." };
        var input = new Option<string[]>("--input", "-i") { Description = "Inputs. KEY:=JSON for what is no text.", HelpName = "KEY=VALUE", AllowMultipleArgumentsPerToken = true };
        var approve = new Option<string[]>("--approve") { Description = "What approvers say: yes (default), no or timeout; for one step STEP=no.", HelpName = "WORD", AllowMultipleArgumentsPerToken = true };
        var answer = new Option<string[]>("--answer") { Description = "What is answered at a step that asks people or a model: a JSON object, or timeout.", HelpName = "STEP=JSON", AllowMultipleArgumentsPerToken = true };
        var wake = new Option<string[]>("--wake") { Description = "Steps whose wait ends early.", HelpName = "STEP", AllowMultipleArgumentsPerToken = true };
        var branches = new Option<bool>("--branches") { Description = $"Every way in which people and models can decide, {Rehearsals.MostWalks} at most." };
        var requester = new Option<string?>("--requester") { Description = "Work email of the person at whose wish it would run." };
        var request = new Option<string?>("--request") { Description = "The service request it would belong to." };
        return verbs.Create("rehearse", "Tell what a playbook would do, on a picture of the directory as it is now; nothing is changed, asked or sent.", async (invocation, cancellationToken) =>
        {
            var body = new JsonObject
            {
                ["input"] = PlaybooksVerbs.Inputs(invocation.Get(input) ?? []),
                ["approve"] = WireJson.Array(invocation.Get(approve) ?? [], word => word),
                ["answers"] = Answers(invocation.Get(answer) ?? []),
                ["wake"] = WireJson.Array(invocation.Get(wake) ?? [], step => step),
                ["branches"] = invocation.Get(branches),
                ["requester"] = invocation.Get(requester),
                ["request"] = invocation.Get(request),
            };
            var named = invocation.Get(playbook);
            if (named.EndsWith(TestReader.Ending, StringComparison.Ordinal))
                throw CheckVerb.IsATest(named);
            if (File.Exists(named))
                (body["file"], body["text"], body["beside"]) = (named, await File.ReadAllTextAsync(named, cancellationToken), CheckVerb.Beside(named));
            else if (named.EndsWith(".yaml", StringComparison.Ordinal) || named.Contains(Path.DirectorySeparatorChar))
                throw new CliException(ExitCodes.Usage, "usage", $"There is no file {named}.");
            else
                body["playbook"] = named;
            var token = invocation.Surroundings.Variable(CallVerb.TokenVariable);
            var told = await invocation.Server.PostAsync("/rehearsals", body, cancellationToken, string.IsNullOrEmpty(token) ? null : token);
            var rehearsed = WireJson.Read<RehearsalAnswer>(told);
            return invocation.Answer(told, rehearsed.Lines(), rehearsed.Report.State == RunState.Succeeded ? ExitCodes.Done : ExitCodes.Refused);
        }, playbook, input, approve, answer, wake, branches, requester, request);
    }

    public static Command Accuracy(Verbs verbs)
    {
        var days = new Option<int>("--days") { Description = "How far back.", DefaultValueFactory = _ => 30 };
        return verbs.Create("accuracy", "Tell for each action how often a run's change came out as its preview had said.", async (invocation, cancellationToken) =>
        {
            var answer = await invocation.Server.GetAsync(OperatorsClient.Path("/playbooks/accuracy", ("days", $"{invocation.Get(days)}")), cancellationToken);
            return invocation.Answer(answer, answer.AsArray().Count == 0 ? ["No run has changed anything that could be compared."] : Table.Lines(
                ["action", "compared", "differing", "last call that differed", "how"],
                answer.AsArray().Select(action => (IReadOnlyList<string?>)
                    [Lists.Text(action!["action"]), Lists.Text(action["compared"]), Lists.Text(action["differing"]), Lists.Text(action["last_call"]), Lists.Text(action["last_difference"])])));
        }, days);
    }

    private static JsonObject Answers(string[] pairs)
    {
        var answers = new JsonObject();
        foreach (var pair in pairs)
        {
            var (step, value) = CallVerb.Pair(pair);
            if (!answers.TryAdd(step, CallVerb.Parsed(value)))
                throw new CliException(ExitCodes.Usage, "usage", $"{step} is answered twice.");
        }

        return answers;
    }
}
