using System.Text.Json.Nodes;
using Siit.Iam.Agent.Gate;

namespace Siit.Iam.Agent.Cli.Door;

/// <summary>Where approvers decide, and take back.</summary>
internal sealed class ApprovalRoutes(ApprovalDesk desk, ApprovalRecords records, Presence presence) : IDoorRoutes
{
    public IEnumerable<DoorRoute> Routes =>
    [
        DoorRoute.Get("/approvals", ListAsync),
        DoorRoute.Get("/approvals/stats", async request => DoorAnswer.Of(WireJson.Node(await records.StatsAsync(Days(request), request.Aborted)))),
        DoorRoute.Post("/approvals/{id}", DecideAsync),
        DoorRoute.Post("/approvals/{id}/revoke", RevokeAsync),
    ];

    private async Task<DoorAnswer> ListAsync(DoorRequest request) => DoorAnswer.Of(WireJson.Array(
        request.Query("all") is null ? await desk.ListAsync(request.Aborted) : await records.ListAsync(Days(request), request.Number("limit", 50, 1, 1000), request.Aborted), WireJson.Node));

    private Task<DoorAnswer> DecideAsync(DoorRequest request)
    {
        var (approve, digest) = (request.Flag("approve"), request.Text("digest"));
        return presence.WithAsync(request, $"{(approve ? "approve" : "deny")} {request.Id}", async approver =>
            Told(await desk.DecideAsync(request.Id, approver, approve, digest, request.Maybe("reason"), request.Aborted)));
    }

    private Task<DoorAnswer> RevokeAsync(DoorRequest request) => presence.WithAsync(request, $"revoke {request.Id}", async approver =>
        Told(await desk.RevokeAsync(request.Id, approver, request.Maybe("reason"), request.Aborted)));

    private static DoorAnswer Told(DecisionResult result) => result.Taken
        ? DoorAnswer.Of(new JsonObject { ["message"] = result.Message, ["call"] = result.Call is { } call ? WireJson.Node(call) : null })
        : DoorAnswer.Refused(result.Code!, result.Message);

    private static TimeSpan Days(DoorRequest request) => TimeSpan.FromDays(request.Number("days", 30, 1, 3650));
}
