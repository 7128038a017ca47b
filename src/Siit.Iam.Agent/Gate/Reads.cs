using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Idps.Resilience;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Gate;

/// <summary>How a call ends that only reads: from the copy of the directory where that can answer, else from the IdPs.</summary>
internal sealed class Reads(Places places, StopSwitches stops, AuditTrail trail, CallEndings endings, IKnownDirectory directory)
{
    public async Task<CallAnswer> AnswerAsync(ActionCall call, CallRecord record, ActionDefinition action, ActionInput input, CancellationToken cancellationToken)
    {
        var (seen, refusal) = places.All(call.Caller, input);
        if (refusal is not null)
            return await endings.RefuseAsync(record, refusal);
        if (seen.Select(connection => stops.Find(action.Name, connection.Name)).FirstOrDefault(stop => stop is not null) is { } stop)
            return await endings.RefuseAsync(record, stop);
        // Whoever turns the pages of a list reads on for a while.
        using var urgency = input is AsksList { Cursor: not null } ? AmbientUrgency.Of(Urgency.Bulk) : null;
        try
        {
            // What a playbook's step goes on with is not to be old.
            var known = call.Step is null && input is AsksConnections { Fresh: not true } ? directory : null;
            var data = await AnsweredAsync(action, seen, known, input, cancellationToken);
            await trail.WriteAsync(AuditKinds.CallAnswered, record, new JsonObject { ["state"] = "succeeded" }, cancellationToken);
            return new CallAnswer { State = CallState.Succeeded, Message = "", Data = data };
        }
        catch (InputException wrong)
        {
            return await endings.RefuseAsync(record, new Refusal("invalid_input", wrong.Message));
        }
    }

    private static async Task<JsonObject> AnsweredAsync(
        ActionDefinition action, IReadOnlyList<IIdpConnection> seen, IKnownDirectory? known, ActionInput input, CancellationToken cancellationToken)
    {
        try
        {
            return await action.Read!.Run(new Reading(seen, known), input, cancellationToken);
        }
        catch (StoreUnavailableException) when (known is not null)
        {
            // The copy's file has failed; the IdPs know all of it.
            return await action.Read!.Run(new Reading(seen, null), input, cancellationToken);
        }
    }
}
