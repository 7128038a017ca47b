using System.CommandLine;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Gate;

namespace Siit.Iam.Agent.Cli;

/// <summary><c>policy try</c>: what would be asked for a call, and by which rule, without making it.</summary>
internal static class PolicyVerbs
{
    public static Command Create(Verbs verbs) => Verbs.Group("policy", "Look at what the gate's rules ask for.", Try(verbs));

    private static Command Try(Verbs verbs)
    {
        var action = new Argument<string>("action") { Description = "The action, such as reset_mfa; siit-iam actions shows all." };
        var input = new Option<string[]>("--input", "-i") { Description = "Arguments of the action.", HelpName = "KEY=VALUE", AllowMultipleArgumentsPerToken = true };
        var caller = new Option<string?>("--caller") { Description = "A registered caller; without it, one that may everything." };
        var requester = new Option<string?>("--requester") { Description = "The work email of a claimed requester.", HelpName = "EMAIL" };
        return verbs.Create("try", "Tell what would be asked for a call, and by which rule, without making it.", async (invocation, cancellationToken) =>
        {
            var body = new JsonObject
            {
                ["action"] = invocation.Get(action),
                ["input"] = CallVerb.Input(invocation.Get(action), invocation.Get(input) ?? []),
                ["caller"] = invocation.Get(caller),
                ["requester"] = invocation.Get(requester),
            };
            var answer = await invocation.Server.PostAsync("/policy/try", body, cancellationToken);
            return invocation.Answer(answer, Told(WireJson.Read<PolicyAnswer>(answer)));
        }, action, input, caller, requester);
    }

    private static IEnumerable<string> Told(PolicyAnswer answer)
    {
        yield return answer.Outcome switch
        {
            "asks" => $"It would wait for other people, at most {answer.WaitsAtMost?.TotalMinutes:0} min; silence is a no.",
            "runs" => "It would run at once.",
            "already_so" => "It is so already; nothing would change.",
            _ => "It would be refused.",
        };
        foreach (var refusal in answer.Refusals)
            yield return $"  {refusal.Code}: {refusal.Message}";
        foreach (var need in answer.Needs)
            yield return $"  needs {need.Needs} ({need.Rule})";
        if (answer.Rules.Count > 0)
            yield return $"  rules that hold: {string.Join(", ", answer.Rules)}";
        if (answer.Able.Count > 0)
            yield return $"  who could decide: {string.Join(", ", answer.Able)}";
        foreach (var line in answer.Preview)
            yield return $"  {line}";
    }
}
