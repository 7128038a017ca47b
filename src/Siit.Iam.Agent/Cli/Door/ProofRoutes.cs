using System.Text.Json.Nodes;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Gate.Proofs;

namespace Siit.Iam.Agent.Cli.Door;

/// <summary>Proofs, for the desk: starting them, typing in the codes that people tell, recording what an approver has checked.</summary>
internal sealed class ProofRoutes(ProofDesk desk, CallerRegistry callers, Presence presence) : IDoorRoutes
{
    public IEnumerable<DoorRoute> Routes =>
    [
        DoorRoute.Get("/proofs", ListAsync),
        DoorRoute.Post("/proofs", StartAsync),
        DoorRoute.Get("/proofs/{id}", async request => Told(await desk.LookAsync(request.Id, request.Aborted))),
        DoorRoute.Post("/proofs/{id}/enter", async request => Told(await desk.EnterAsync(request.Id, request.Text("entered"), request.Operator, request.Aborted))),
        DoorRoute.Post("/proofs/{id}/record", RecordAsync),
        DoorRoute.Post("/proofs/{id}/void", VoidAsync),
    ];

    private async Task<DoorAnswer> ListAsync(DoorRequest request)
    {
        var proofs = await desk.OfRequestAsync(request.Query("request") ?? throw new DoorInputException("'request' is missing."), request.Aborted);
        return DoorAnswer.Of(WireJson.Array(proofs, proof => new JsonObject
        {
            ["id"] = proof.Id,
            ["started_at"] = WireJson.Node(proof.StartedAt),
            ["action"] = proof.Action,
            ["connection"] = proof.Connection,
            ["login"] = proof.Login,
            ["caller"] = proof.Caller,
            ["used_by"] = proof.UsedBy,
        }));
    }

    private async Task<DoorAnswer> StartAsync(DoorRequest request)
    {
        var (caller, refusal) = await CallerAsync(request);
        if (caller is null)
            return DoorAnswer.Refused(refusal!.Code, refusal.Message);
        List<ProofMethod> ways = [.. request.Texts("by").Select(Way)];
        return Told(await desk.StartAsync(
            caller, request.Text("action"), request.Maybe("connection"), request.Text("person"), request.Text("request"), request.Maybe("factor"), request.Aborted, request.Operator, ways));
    }

    private Task<DoorAnswer> RecordAsync(DoorRequest request)
    {
        var how = request.Text("how");
        return presence.WithAsync(request, $"identity checked for {request.Id}", async by => Told(await desk.RecordProofingAsync(request.Id, by, how, request.Aborted)));
    }

    private async Task<DoorAnswer> VoidAsync(DoorRequest request) => await desk.VoidAsync(request.Id, request.Operator, request.Aborted) is { } refusal
        ? DoorAnswer.Refused(refusal.Code, refusal.Message)
        : DoorAnswer.Of(new JsonObject { ["voided"] = request.Id });

    /// <summary>Whose calls it will count for: the only one there is, or the one that is named.</summary>
    private async Task<(CallerRecord?, Refusal?)> CallerAsync(DoorRequest request)
    {
        var active = (await callers.ListAsync(request.Aborted)).Where(caller => caller.IsActive).ToList();
        if (request.Maybe("caller") is { } named)
            return active.Find(caller => caller.Id == named) is { } found ? (found, null) : (null, new Refusal("unknown_caller", $"There is no caller '{named}'. siit-iam callers list shows them."));
        return active.Count == 1 ? (active[0], null) : (null, new Refusal("which_caller", "Say with --caller whose call it will count for: siit-iam callers list shows them."));
    }

    private static ProofMethod Way(string word)
    {
        foreach (var method in Enum.GetValues<ProofMethod>())
        {
            if (ProofRule.Word(method) == word && method != ProofMethod.Proofing)
                return method;
        }

        throw new DoorInputException($"'{word}' is no way that can be sent. {DidYouMean.Sentence(word, Enum.GetValues<ProofMethod>().Where(method => method != ProofMethod.Proofing).Select(ProofRule.Word))}");
    }

    private static DoorAnswer Told(ProofAnswer answer) => answer.Refusal is { } refusal
        ? DoorAnswer.Refused(refusal.Code, refusal.Message)
        : DoorAnswer.Of(WireJson.Node(answer.Proof!));
}
