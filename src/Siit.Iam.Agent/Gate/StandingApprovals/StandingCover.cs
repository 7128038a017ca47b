using System.Text.Json.Serialization;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Gate.StandingApprovals;

/// <summary>The people whom a standing approval has covered in one run, or in one day.</summary>
[Stored("standing_uses")]
internal sealed record StandingUse : IRecord
{
    public required string Id { get; init; }

    public long Version { get; init; }

    public required IReadOnlyList<string> People { get; init; }

    [JsonIgnore]
    public IReadOnlyDictionary<string, string> Keys => new Dictionary<string, string>();

    public static string IdOfRun(string approval, string run) => $"{approval}/{run}";

    public static string IdOfDay(string approval, DateTimeOffset at) => $"{approval}/{at.UtcDateTime:yyyyMMdd}";
}

/// <param name="Uses">What counts the use, to be stored in the commit that starts the effect.</param>
internal sealed record StandingGrant(StandingApproval Approval, IReadOnlyList<Change> Uses);

/// <summary>Whether a standing approval covers a call of a run. What is not certain is not covered: then people are asked.</summary>
internal sealed class StandingCover(IStore store, GateOptions options, GateClock clock)
{
    /// <summary>Null when it does not cover the call. What counts somebody anew is asked with the turn of <see cref="TurnOf"/> held, up to the commit.</summary>
    public async Task<StandingGrant?> CoverAsync(CallRecord call, Judgement judgement, CancellationToken cancellationToken)
    {
        if (call.Claim is not { } claim || call.Run is not { } run || PersonOf(call) is not { } person || Find(claim.Id) is not { } approval)
            return null;
        // Whoever could become somebody who decides, and what a rule refuses, is never covered.
        if (judgement.NobodyLowers || judgement.Demand.Needed is not (Approvers.One or Approvers.Two))
            return null;
        if (clock.Trouble() is not null || clock.Now >= approval.Expires || !Names(approval, claim, call) || !await IsOwnedAsync(approval, cancellationToken))
            return null;
        var inRun = await CountAsync(StandingUse.IdOfRun(approval.Id, run), person, approval.MaxPeople, cancellationToken);
        var inDay = await CountAsync(StandingUse.IdOfDay(approval.Id, clock.Now), person, approval.MaxPerDay, cancellationToken);
        return inRun is null || inDay is null ? null : new StandingGrant(approval, [.. inRun, .. inDay]);
    }

    /// <summary>Counts an effect that the audit log knows and a store restored from before does not; over the maximum or not.</summary>
    public async Task RecallAsync(string approval, string run, string person, DateTimeOffset at, CancellationToken cancellationToken)
    {
        foreach (var id in new[] { StandingUse.IdOfRun(approval, run), StandingUse.IdOfDay(approval, at) })
        {
            if (await CountAsync(id, person, int.MaxValue, cancellationToken) is { Count: > 0 } counted)
                await store.CommitAsync(counted, cancellationToken);
        }
    }

    /// <summary>One call under a standing approval is counted at a time; null when the call names none.</summary>
    public static string? TurnOf(CallRecord call) => call.Claim is { } claim ? $"standing:{claim.Id}" : null;

    /// <summary>As whom the person counts; null when it is not certain.</summary>
    public static string? PersonOf(CallRecord call) =>
        (call.Target is { } target ? target.Email ?? target.Login : call.Person) is { Length: > 0 } person ? person.ToLowerInvariant() : null;

    private StandingApproval? Find(string id) => options.StandingApprovals.FindAll(approval => approval.Id == id) is [var one] ? one : null;

    private static bool Names(StandingApproval approval, StandingClaim claim, CallRecord call) =>
        approval.Actions.Contains(call.Action) && call.Trigger is { } trigger && approval.Triggers.Contains(trigger)
        && (approval.Playbooks.Contains(claim.Playbook) || approval.Playbooks.Contains(claim.Content));

    private async Task<bool> IsOwnedAsync(StandingApproval approval, CancellationToken cancellationToken) =>
        (await store.ListAsync<ApproverRecord>(1000, cancellationToken: cancellationToken)).Any(approver => approver.IsActive && approver.Groups.Contains(approval.Owner));

    /// <summary>The changes that count the person; none when counted before, null when there is no room.</summary>
    private async Task<IReadOnlyList<Change>?> CountAsync(string id, string person, int most, CancellationToken cancellationToken)
    {
        var stored = await store.GetAsync<StandingUse>(id, cancellationToken);
        if (stored?.People.Contains(person) == true)
            return [];
        if (stored?.People.Count >= most)
            return null;
        var counted = new StandingUse { Id = id, Version = stored?.Version ?? 0, People = [.. stored?.People ?? [], person] };
        return [stored is null ? Change.Create(counted) : Change.Save(counted)];
    }
}
