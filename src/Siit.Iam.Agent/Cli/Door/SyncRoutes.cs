using System.Text.Json.Nodes;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.People;
using Siit.Iam.Agent.People.Reads;

namespace Siit.Iam.Agent.Cli.Door;

/// <summary>The copy of the directory: how fresh it is, asking for a sync, looking at what was imported.</summary>
internal sealed class SyncRoutes(SyncDesk desk, ImportReviews reviews, ConnectionDesk connections, Presence presence, AuditLog log) : IDoorRoutes
{
    public IEnumerable<DoorRoute> Routes =>
    [
        DoorRoute.Get("/sync", _ => Task.FromResult(DoorAnswer.Of(WireJson.Array(desk.Status(), WireJson.Node)))),
        DoorRoute.Post("/sync", request => Task.FromResult(Ask(request))),
        DoorRoute.Get("/sync/review", ReviewAsync),
        DoorRoute.Post("/sync/agree", AgreeAsync),
        DoorRoute.Get("/sync/tickets/{id}", request => Task.FromResult(Ticket(request))),
    ];

    private DoorAnswer Ask(DoorRequest request)
    {
        var (tickets, problem) = desk.Ask(request.Maybe("connection"), request.Flag("full"));
        return problem is null ? DoorAnswer.Of(WireJson.Array(tickets, Told)) : DoorAnswer.Refused("not_synced", problem);
    }

    private async Task<DoorAnswer> ReviewAsync(DoorRequest request)
    {
        var all = connections.List().Select(line => line.Name).ToList();
        if (request.Query("connection") is not { } one)
            return DoorAnswer.Of(WireJson.Node(await reviews.OfAsync(all, request.Aborted)));
        return all.Contains(one)
            ? DoorAnswer.Of(WireJson.Node(await reviews.OfAsync([one], request.Aborted)))
            : DoorAnswer.NotFound("unknown_connection", $"There is no connection '{one}'. {DidYouMean.Sentence(one, all)}");
    }

    private async Task<DoorAnswer> AgreeAsync(DoorRequest request)
    {
        var connection = request.Text("connection");
        // Looked at first: a code counts once.
        if (desk.HeldBecause(connection) is not { } held)
            return DoorAnswer.Refused("not_held", $"No import of '{connection}' waits for a person. siit-iam sync status shows what each does.");
        return await presence.WithAsync(request, $"sync agree {connection}", async by =>
        {
            await log.WriteAsync(new AuditDraft(AuditKinds.ImportAgreed)
            {
                Connection = connection,
                Actor = new AuditActor { Operator = by.Email, Door = "cli" },
                Data = new JsonObject { ["held"] = held },
            }, request.Aborted);
            return DoorAnswer.Of(new JsonArray(Told(desk.Agree(connection))));
        });
    }

    private DoorAnswer Ticket(DoorRequest request) => desk.Find(request.Id) is { } ticket
        ? DoorAnswer.Of(Told(ticket))
        : DoorAnswer.NotFound("unknown_sync", "That sync is not known any more; siit-iam sync status shows how fresh the copies are.");

    private JsonObject Told(SyncTicket ticket)
    {
        var line = desk.Status(name => name == ticket.Connection).Single();
        var told = new JsonObject { ["id"] = ticket.Id, ["connection"] = ticket.Connection, ["done"] = ticket.End.IsCompleted, ["now"] = line.Sentence() };
        if (ticket.End.IsCompletedSuccessfully)
        {
            told["succeeded"] = ticket.End.Result.Succeeded;
            told["message"] = ticket.End.Result.Message;
            told["accounts"] = line.Accounts;
            told["gone"] = line.Gone;
            told["groups"] = line.Groups;
            told["memberships"] = line.Memberships;
            told["applications"] = line.Applications;
        }
        else if (ticket.End.IsCompleted)
        {
            told["succeeded"] = false;
            told["message"] = "The sync was ended before it was through; siit-iam sync status shows how fresh the copy is.";
        }

        return told;
    }
}
