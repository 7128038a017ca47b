using System.Text.Json;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Gate.Rules;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Store;
using Siit.Iam.Agent.ToolServers;

namespace Siit.Iam.Agent.Gate.ToolCalls;

/// <summary>What a call of a tool asks for, and what whoever decides is shown: the arguments, each as it will be sent.</summary>
internal sealed class ToolCards(GateOptions options, Ids ids)
{
    private const int LongestShown = 2_000;

    private readonly string _policyVersion = options.PolicyVersion();

    public static string Title(string name) => $"Call of {name}";

    /// <param name="caller">Id of the caller: the run's playbook.</param>
    /// <param name="trigger">What started the run.</param>
    public Judgement Judge(LockedTool tool, JsonObject arguments, string caller, string? trigger)
    {
        var held = ApprovalRules.Held(tool, caller, trigger, options);
        var demand = ApprovalRules.Demand(tool, held);
        return new Judgement
        {
            Situation = new Situation(),
            Refusals = [],
            AlreadySo = false,
            ReducesSuperAdministrators = false,
            Demand = demand,
            Abouts = CallAbouts.Nothing,
            NobodyLowers = false,
            Held = [.. held.Select(rule => rule.Name)],
            Connection = tool.Server,
            Card = new EffectCard
            {
                Lines = [.. arguments.Select(argument => new EffectLine("+", "argument", argument.Key, $"{HiddenText.Shown(argument.Key, 40)}: {Shown(argument.Value)}"))],
                Consequences = [$"{tool.Server} is another server: what it does cannot be undone or read back from here."],
                Warnings = [],
                Facts = new JsonObject { ["definition"] = tool.Sha256, ["risk"] = ToolLock.Word(tool.Risk) },
                Rule = demand.Rules,
                PolicyVersion = _policyVersion,
                Nonce = ids.New("nonce"),
            },
        };
    }

    private static string Shown(JsonNode? value) => value is JsonValue text && text.GetValueKind() == JsonValueKind.String
        ? $"\"{HiddenText.Shown(text.GetValue<string>(), LongestShown)}\""
        : HiddenText.Shown(value?.ToJsonString() ?? "nothing", LongestShown);
}
