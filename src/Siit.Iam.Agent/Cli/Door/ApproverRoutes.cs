using System.Text.Json.Nodes;
using Siit.Iam.Agent.Gate;

namespace Siit.Iam.Agent.Cli.Door;

/// <summary>Who may decide.</summary>
internal sealed class ApproverRoutes(ApproverRegistry registry, Presence presence) : IDoorRoutes
{
    public IEnumerable<DoorRoute> Routes =>
    [
        DoorRoute.Get("/approvers", ListAsync),
        DoorRoute.Post("/approvers", AddAsync),
        DoorRoute.Post("/approvers/link", LinkAsync),
        DoorRoute.Post("/approvers/remove", RemoveAsync),
    ];

    private async Task<DoorAnswer> ListAsync(DoorRequest request) => DoorAnswer.Of(WireJson.Array(await registry.ListAsync(request.Aborted), View));

    private async Task<DoorAnswer> AddAsync(DoorRequest request)
    {
        var wanted = new NewApprover(request.Text("email"), request.Text("name"), request.Texts("groups"), request.Texts("also_known_as"), request.Maybe("account"));
        if (request.Maybe("bootstrap") is { } code)
            return Enrolled(await registry.EnrolFirstAsync(wanted, code, request.Aborted));
        return await presence.WithAsync(request, $"enrol {wanted.Email}", async by => Enrolled(await registry.EnrolAsync(wanted, by, request.Aborted)));
    }

    private Task<DoorAnswer> LinkAsync(DoorRequest request)
    {
        var (email, account) = (request.Text("email"), request.Text("account"));
        return presence.WithAsync(request, $"link {email} {account}", async by => await registry.LinkAsync(email, account, by, request.Aborted) is { } refusal
            ? DoorAnswer.Refused(refusal.Code, refusal.Message)
            : DoorAnswer.Of(new JsonObject { ["linked"] = email, ["account"] = account }));
    }

    private Task<DoorAnswer> RemoveAsync(DoorRequest request)
    {
        var email = request.Text("email");
        return presence.WithAsync(request, $"remove {email}", async by => await registry.RemoveAsync(email, by, request.Aborted) is { } refusal
            ? DoorAnswer.Refused(refusal.Code, refusal.Message)
            : DoorAnswer.Of(new JsonObject { ["removed"] = email }));
    }

    private static DoorAnswer Enrolled(Enrolment enrolment) => enrolment.Approver is { } approver
        ? DoorAnswer.Of(new JsonObject { ["approver"] = View(approver), ["uri"] = enrolment.Uri })
        : DoorAnswer.Refused("not_enrolled", string.Join("\n", enrolment.Problems));

    /// <summary>Without the sealed secret and the counters of codes.</summary>
    private static JsonObject View(ApproverRecord approver) => new()
    {
        ["id"] = approver.Id,
        ["email"] = approver.Email,
        ["name"] = approver.Name,
        ["groups"] = WireJson.Array(approver.Groups, group => group),
        ["also_known_as"] = WireJson.Array(approver.AlsoKnownAs, address => address),
        ["account"] = approver.Account,
        ["enrolled_at"] = approver.EnrolledAt,
        ["removed_at"] = approver.RemovedAt,
        ["throttled_until"] = approver.ThrottledUntil,
    };
}
