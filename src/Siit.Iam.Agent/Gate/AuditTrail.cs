using System.Text.Json.Nodes;
using Siit.Iam.Agent.Audit;

namespace Siit.Iam.Agent.Gate;

/// <summary>What the gate writes into the audit log about a call, always with the whole chain of who.</summary>
internal sealed class AuditTrail(AuditLog log)
{
    public async Task WriteAsync(string kind, CallRecord call, JsonObject? data, CancellationToken cancellationToken) =>
        await log.WriteAsync(Draft(kind, call, data), cancellationToken);

    /// <summary>Space for what is under way, so that its outcome can be written even when the disk is full by then.</summary>
    public AuditReservation Reserve(int entries) => log.Reserve(entries);

    public static AuditDraft Draft(string kind, CallRecord call, JsonObject? data) => new(kind)
    {
        Call = call.Id,
        Request = call.Request,
        Run = call.Run,
        Action = call.Action,
        Connection = call.Connection,
        Target = call.Target?.AccountId,
        Actor = new AuditActor
        {
            Requester = call.Requester.Email,
            RequesterProved = call.Requester.Proved,
            Caller = call.Caller,
            Operator = call.Operator,
            Door = call.Door,
        },
        Data = data,
    };

    /// <summary>The end of a call, as the log tells it.</summary>
    public static JsonObject Ending(CallRecord call)
    {
        var data = new JsonObject { ["state"] = call.State.Word() };
        if (call.Code is not null)
            data["code"] = call.Code;
        if (call.Outcome is { } outcome)
        {
            data["idp_request_id"] = outcome.IdpRequestId;
            data["read_back"] = outcome.ReadBack;
            if (outcome.NewId is not null)
                data["new_id"] = outcome.NewId;
        }

        return data;
    }
}
