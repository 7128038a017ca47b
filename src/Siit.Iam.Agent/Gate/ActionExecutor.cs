using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;

namespace Siit.Iam.Agent.Gate;

/// <summary>The only road from a call to an IdP. Each line of <see cref="ExecuteAsync"/> is one step of it.</summary>
internal sealed class ActionExecutor
{
    /// <summary>
    /// Takes a call as far as it goes now: answered, refused, executed, or parked for approval. Cancelling the token before the
    /// intent is written withdraws the call; from then on the effect is brought to its end regardless.
    /// </summary>
    public Task<CallAnswer> ExecuteAsync(ActionCall call, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Asks other people to approve the next effects of a run as one plan. Ends as succeeded (approved), denied, expired or cancelled.</summary>
    public Task<CallAnswer> ProposeAsync(PlanProposal plan, CancellationToken cancellationToken) => throw new NotImplementedException();
}

/// <summary>The effects that a run wants approved together: exactly these, each once, in the name of the run.</summary>
/// <param name="Step">The approve step.</param>
/// <param name="Summary">Written by the playbook's author; values in it come from the run.</param>
/// <param name="Entries">The calls that will follow, with the very arguments that their steps will send.</param>
/// <param name="AtLeast">What the playbook asks for; the actions' own rules can only raise it.</param>
/// <param name="Timeout">Silence after this is a no.</param>
internal sealed record PlanProposal(
    CallerRecord Caller, RunStep Step, string? Request, string Summary, IReadOnlyList<PlanEntry> Entries, Approvers AtLeast, TimeSpan Timeout);

/// <param name="Path">Of the step that will make the call.</param>
internal sealed record PlanEntry(string Path, string Action, JsonObject Input);

/// <summary>Told when a call has ended, also after a restart; may be told twice.</summary>
internal interface ICallObserver
{
    Task CallEndedAsync(CallRecord call);
}
