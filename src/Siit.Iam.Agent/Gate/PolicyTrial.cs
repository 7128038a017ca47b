using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Gate;

/// <summary>What the gate would do with a call now.</summary>
/// <param name="Outcome"><c>refused</c>, <c>already_so</c>, <c>runs</c> or <c>asks</c>.</param>
/// <param name="Needs">Everything that would have to be filled, each with its rule.</param>
/// <param name="Rules">Names of the settings' rules that hold for it.</param>
/// <param name="Able">Work emails of approvers who could decide.</param>
internal sealed record PolicyAnswer(
    string Outcome, IReadOnlyList<Refusal> Refusals, IReadOnlyList<PolicyNeed> Needs, IReadOnlyList<string> Rules, IReadOnlyList<string> Able, TimeSpan? WaitsAtMost, IReadOnlyList<string> Preview);

internal sealed record PolicyNeed(string Needs, string Rule);

/// <summary>Tries the rules on a call without making it: it reads, and nothing is stored but that somebody has tried.</summary>
internal sealed class PolicyTrial(
    IStore store, AuditLog log, Intake intake, Places places, Judge judge, Seating seating, IRequestAuthors authors, GateOptions options, TimeProvider time)
{
    /// <param name="caller">A registered caller; null: one that may everything.</param>
    /// <param name="requester">A claimed requester; a caller's own person wins, as in a call.</param>
    /// <param name="by">The operator who tries, for the audit log.</param>
    public async Task<PolicyAnswer> TryAsync(string action, JsonObject input, string? caller, string? requester, string by, CancellationToken cancellationToken)
    {
        await log.WriteAsync(
            new AuditDraft(AuditKinds.PolicyTried)
            {
                Action = ActionCatalog.Find(action)?.Name,
                Actor = new AuditActor { Requester = requester, Caller = caller, Operator = by, Door = Doors.CommandLine },
            },
            cancellationToken);
        if (await CallerAsync(caller, cancellationToken) is not { } known)
            return Refused(new Refusal("unknown_caller", $"There is no caller '{HiddenText.Shown(caller, 60)}'. siit-iam callers list shows them."));
        if (ActionCatalog.Find(action) is not { IsRead: false } definition)
            return Refused(new Refusal("unknown_action", $"'{HiddenText.Shown(action, 60)}' is no action that changes anything; siit-iam actions shows all."));
        if (requester is not null)
            input["requester"] = requester;
        if (!input.ContainsKey("reason"))
            input["reason"] = "policy try";
        if (!definition.Input.TryRead(input, out var read, out var problems))
            return Refused([.. problems.Select(problem => new Refusal("invalid_input", problem))]);
        var record = intake.Receive(new ActionCall { Action = action, Input = input, Caller = known, Door = Doors.CommandLine });
        try
        {
            return await TryAsync(record, known, definition, (TargetsPerson)read!, cancellationToken);
        }
        catch (IdpException trouble)
        {
            return Refused(new Refusal("idp_trouble", CallAnswers.Trouble(trouble)));
        }
    }

    private async Task<PolicyAnswer> TryAsync(CallRecord record, CallerRecord caller, ActionDefinition action, TargetsPerson input, CancellationToken cancellationToken)
    {
        var place = await places.OfAsync(caller, record.Requester, action, input, cancellationToken);
        if (place.Refusals.Count > 0)
            return Refused(place.Refusals);
        var judgement = await judge.JudgeAsync(action, input, place.Connection!, place.AccountId, new Asker(caller, record.Requester), cancellationToken);
        record = record with
        {
            Connection = judgement.Connection,
            Target = judgement.Target,
            RequestAuthor = record.Request is { } request ? await authors.AuthorOfAsync(request, cancellationToken) : null,
        };
        var demand = judgement.Demand;
        var answer = new PolicyAnswer(
            "refused", judgement.Refusals, [.. demand.Quorums.Select(quorum => new PolicyNeed(quorum.Word(), quorum.Rule))], judgement.Held, [], null, CallAnswers.Preview(judgement.Card));
        if (judgement.AlreadySo)
            return answer with { Outcome = "already_so" };
        if (judgement.Refusals.Count > 0)
            return answer;
        if (demand.Needed == Approvers.None)
            return answer with { Outcome = "runs", Needs = [new PolicyNeed("no approval", demand.Rule)] };
        var seated = await seating.ResolveAsync(record, demand.Quorums, demand.Rules, cancellationToken, everybody: true);
        return answer with
        {
            Outcome = seated.Impossible is null ? "asks" : "refused",
            Refusals = seated.Impossible is { } impossible ? [impossible] : [],
            Needs = [.. seated.Quorums.Select(quorum => new PolicyNeed(quorum.Word(), quorum.Rule))],
            Able = [.. seated.Able.Select(approver => approver.Email).Order(StringComparer.OrdinalIgnoreCase)],
            WaitsAtMost = options.ApprovalLifetime,
        };
    }

    private async Task<CallerRecord?> CallerAsync(string? id, CancellationToken cancellationToken)
    {
        if (id is not null)
            return await store.GetAsync<CallerRecord>(id, cancellationToken) is { IsActive: true } caller ? caller : null;
        return new CallerRecord { Id = "policy-try", Operator = "", Actions = ["*"], Connections = ["*"], ActsFor = ["*"], TokenHash = "", AddedAt = time.GetUtcNow() };
    }

    private static PolicyAnswer Refused(params IReadOnlyList<Refusal> refusals) => new("refused", refusals, [], [], [], null, []);
}
