using System.Text.Json.Nodes;
using Siit.Iam.Agent.Gate;

namespace Siit.Iam.Agent.Cli.Door;

/// <summary>Where approvers decide.</summary>
internal sealed class ApprovalRoutes(ApprovalDesk desk, Presence presence) : IDoorRoutes
{
    public IEnumerable<DoorRoute> Routes => [DoorRoute.Get("/approvals", ListAsync), DoorRoute.Post("/approvals/{id}", DecideAsync)];

    private async Task<DoorAnswer> ListAsync(DoorRequest request) => DoorAnswer.Of(WireJson.Array(await desk.ListAsync(request.Aborted), WireJson.Node));

    private Task<DoorAnswer> DecideAsync(DoorRequest request)
    {
        var (approve, digest) = (request.Flag("approve"), request.Text("digest"));
        return presence.WithAsync(request, $"{(approve ? "approve" : "deny")} {request.Id}", async approver =>
        {
            var result = await desk.DecideAsync(request.Id, approver, approve, digest, request.Maybe("reason"), request.Aborted);
            return result.Taken
                ? DoorAnswer.Of(new JsonObject { ["message"] = result.Message, ["call"] = result.Call is { } call ? WireJson.Node(call) : null })
                : DoorAnswer.Refused(result.Code!, result.Message);
        });
    }
}
