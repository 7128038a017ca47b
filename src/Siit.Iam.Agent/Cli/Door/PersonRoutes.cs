using System.Text.Json.Nodes;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.People.Persons;

namespace Siit.Iam.Agent.Cli.Door;

/// <summary>Who belongs to whom, and where their values come from.</summary>
internal sealed class PersonRoutes(PersonDesk desk, FieldDesk fields, ApproverRegistry approvers, Presence presence) : IDoorRoutes
{
    public IEnumerable<DoorRoute> Routes =>
    [
        DoorRoute.Get("/people/conflicts", async request => DoorAnswer.Of(WireJson.Array(await desk.ConflictsAsync(request.Aborted), conflict => WireJson.Node(ConflictLine.Of(conflict))))),
        DoorRoute.Get("/people/decisions", DecisionsAsync),
        DoorRoute.Get("/people/fields", FieldsAsync),
        DoorRoute.Post("/people/join", request => DecideAsync(request, "join", by => desk.JoinAsync(request.Texts("accounts"), by.Id, request.Aborted))),
        DoorRoute.Post("/people/split", request => DecideAsync(request, "split", by => desk.SplitAsync(request.Text("account"), request.Text("from"), by.Id, request.Aborted))),
        DoorRoute.Post("/people/conflicts/{id}/settle", request => DecideAsync(request, $"settle {request.Id}", by => desk.SettleAsync(request.Id, request.Texts("apart"), by.Id, request.Aborted))),
        DoorRoute.Post("/people/decisions/{id}/undo", request => DecideAsync(request, $"undo {request.Id}", by => desk.TakeBackAsync(request.Id, by.Id, request.Aborted))),
    ];

    private async Task<DoorAnswer> DecisionsAsync(DoorRequest request)
    {
        // Removed approvers, too, have decided.
        var emails = (await approvers.ListAsync(request.Aborted)).ToDictionary(approver => approver.Id, approver => approver.Email);
        return DoorAnswer.Of(WireJson.Array(await desk.DecisionsAsync(request.Aborted), decision => WireJson.Node(decision with
        {
            By = emails.GetValueOrDefault(decision.By, decision.By),
            TakenBackBy = decision.TakenBackBy is { } by ? emails.GetValueOrDefault(by, by) : null,
        })));
    }

    private async Task<DoorAnswer> FieldsAsync(DoorRequest request) => request.Query("email") is not { } email
        ? DoorAnswer.Of(new JsonObject { ["rules"] = WireJson.Array(fields.Rules(), WireJson.Node) })
        : DoorAnswer.Of(new JsonObject { ["people"] = WireJson.Array(await fields.OfAsync(email, request.Aborted), WireJson.Node) });

    private Task<DoorAnswer> DecideAsync(DoorRequest request, string what, Func<ApproverRecord, Task<Settled>> decide) =>
        presence.WithAsync(request, $"people {what}", async by =>
        {
            var settled = await decide(by);
            return settled.Code is { } code
                ? DoorAnswer.Refused(code, settled.Message)
                : DoorAnswer.Of(new JsonObject { ["message"] = settled.Message, ["decision"] = settled.Decision is { } decision ? WireJson.Node(decision) : null });
        });
}
