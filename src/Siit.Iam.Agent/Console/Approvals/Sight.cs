using Siit.Iam.Agent.Gate;

namespace Siit.Iam.Agent.Console.Approvals;

/// <summary>Which calls an approver gets to see: those that he may decide on, or might have. Of the others he does not even learn that they are.</summary>
internal sealed class Sight(Seating seating, TimeProvider time)
{
    /// <summary>As if nobody had decided yet: whoever has, and whoever came too late, still sees what became of it.</summary>
    public async Task<bool> ShowsAsync(CallRecord call, ApproverRecord approver, CancellationToken cancellationToken) =>
        call.Approval is { } approval && await WhyNotDecideAsync(call with { Approval = approval with { Decisions = [] } }, approver, cancellationToken) is null;

    /// <summary>Why no decision of this approver is wanted any more; null while one is.</summary>
    public Task<Refusal?> WhyNotDecideAsync(CallRecord call, ApproverRecord approver, CancellationToken cancellationToken) =>
        seating.RefusalAsync(call, approver, time.GetUtcNow(), cancellationToken);
}
