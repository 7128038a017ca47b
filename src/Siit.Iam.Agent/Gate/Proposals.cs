using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Gate.ToolCalls;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.People;
using Siit.Iam.Agent.ToolServers;

namespace Siit.Iam.Agent.Gate;

/// <summary>Judges the calls that a run wants approved together, and asks for them as one plan, for the executor.</summary>
internal sealed class Proposals(Places places, Judge judge, ToolExecutor tools, Parking parking, CallEndings endings, AuditTrail trail)
{
    /// <summary>The code of an entry that cannot be judged before another one of the plan is done.</summary>
    private const string MadeFirst = "made_first";

    public async Task<CallAnswer> AskAsync(CallRecord record, PlanProposal plan, CancellationToken cancellationToken)
    {
        await trail.WriteAsync(AuditKinds.CallReceived, record, new JsonObject { ["summary"] = plan.Summary, ["entries"] = plan.Entries.Count }, cancellationToken);
        var judged = new List<JudgedEntry>();
        var refusals = new List<Refusal>();
        var leftOut = new List<string>();
        var passed = new List<Refusal>();
        var people = plan.Entries.Select(entry => entry.Input["person"]?.ToString().ToLowerInvariant()).OfType<string>().Distinct().Count();
        foreach (var entry in plan.Entries)
        {
            var (found, refusal) = await JudgeAsync(plan, entry, people, judged, cancellationToken);
            if (refusal is { Code: MadeFirst })
                leftOut.Add($"ASKED FOR BY ITSELF: {entry.Path} {entry.Action}: {refusal.Message}");
            else if (refusal is { Code: "unsupported" } && entry.SkipUnsupported)
                leftOut.Add($"{entry.Path} is left out. {refusal.Message}");
            else if (refusal is not null)
                (entry.MayFail ? passed : refusals).Add(refusal with { Message = $"{entry.Path} {entry.Action}: {refusal.Message}" });
            else
                judged.Add(found!);
        }

        // When nothing is left to agree to, why is the answer.
        if (refusals.Count > 0 || judged.Count == 0)
            refusals.AddRange(passed);
        else
            leftOut.AddRange(passed.Select(refusal => $"LEFT OUT, and stays as it is: {refusal.Message}"));
        return refusals.Count > 0
            ? await endings.RefuseAsync(record, refusals)
            : await parking.ParkPlanAsync(record, plan, judged, leftOut, cancellationToken);
    }

    /// <param name="before">What the plan does before, in its order.</param>
    private async Task<(JudgedEntry?, Refusal?)> JudgeAsync(PlanProposal plan, PlanEntry entry, int people, List<JudgedEntry> before, CancellationToken cancellationToken)
    {
        if (ToolName.IsOne(entry.Action))
        {
            var (tool, seen, problem) = await tools.JudgeAsync(plan, entry, cancellationToken);
            return problem is null ? (new JudgedEntry(entry, ToolCards.Title(tool!.Name), ToolCall.Version, seen!), null) : (null, problem);
        }

        if (ActionCatalog.Find(entry.Action) is not { IsRead: false } action)
            return (null, new Refusal("unknown_action", "There is no such action that changes anything."));
        if (!action.Input.TryRead(entry.Input, out var read, out var problems))
            return (null, new Refusal("invalid_input", string.Join(" ", problems)));
        var input = (TargetsPerson)read!;
        var place = await places.OfAsync(plan.Caller, plan.Step.Requester, action, input, cancellationToken);
        if (place.Refusals is [{ Code: PersonFinder.Unknown }, ..] && before.Find(earlier => Makes(earlier, input, place.Connection!)) is { } maker)
            return (null, new Refusal(MadeFirst, $"its account is not there before {maker.Entry.Path} has made it."));
        if (place.Refusals.Count > 0)
            return (null, place.Refusals[0]);
        var asker = new Asker(plan.Caller, plan.Step.Requester, plan.Step.Trigger, people);
        // What was so already is nothing that the plan gives.
        var giving = before.FindLast(earlier => !earlier.Judgement.AlreadySo && earlier.Judgement.Connection == place.Connection!.Name && earlier.Judgement.Target?.AccountId == place.AccountId
            && place.AccountId is not null && earlier is { Action: { } gives, Input: { } given } && Returns.TakesBack(gives, given, action, input));
        var judgement = await judge.JudgeAsync(
            action, input, place.Connection!, place.AccountId, asker, cancellationToken, giving is null ? null : situation => Returns.After(giving.Action!, giving.Input!, situation));
        return judgement.Refusals.Count > 0 ? (null, judgement.Refusals[0]) : (new JudgedEntry(entry, action.Title, action.Version, judgement, action, input, giving?.Entry.Path), null);
    }

    /// <summary>Whether an entry creates the account that another one names.</summary>
    private static bool Makes(JudgedEntry earlier, TargetsPerson input, IIdpConnection connection) =>
        earlier is { Action.Write.CreatesAccount: true, Input: { } created } && earlier.Judgement.Connection == connection.Name
        && string.Equals(created.Person, input.Person, StringComparison.OrdinalIgnoreCase);
}
