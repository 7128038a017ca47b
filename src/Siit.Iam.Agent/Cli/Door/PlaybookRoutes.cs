using System.Text.Json.Nodes;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Playbooks;
using Siit.Iam.Agent.Playbooks.Format;
using Siit.Iam.Agent.Playbooks.Publishing;
using Siit.Iam.Agent.Playbooks.Runs;
using Siit.Iam.Agent.Playbooks.Runs.Telling;

namespace Siit.Iam.Agent.Cli.Door;

/// <summary>Playbooks and their runs.</summary>
internal sealed class PlaybookRoutes(PlaybookDesk desk, RunStories stories, CallerRegistry callers, Presence presence) : IDoorRoutes
{
    public IEnumerable<DoorRoute> Routes =>
    [
        DoorRoute.Get("/playbooks", _ => Task.FromResult(DoorAnswer.Of(WireJson.Array(desk.All(), View)))),
        DoorRoute.Get("/playbooks/planned", async request => DoorAnswer.Of(WireJson.Array(await desk.PlannedAsync(request.Number("limit", 50, 1, 1000), request.Aborted), WireJson.Node))),
        DoorRoute.Get("/playbooks/halted", async request => DoorAnswer.Of(WireJson.Array(await desk.HaltedAsync(request.Aborted), WireJson.Node))),
        DoorRoute.Post("/playbooks/{id}/release", ReleaseAsync),
        DoorRoute.Post("/playbooks/{id}/run", RunAsync),
        DoorRoute.Get("/questions", async request => DoorAnswer.Of(WireJson.Array(await desk.QuestionsAsync(request.Number("limit", 50, 1, 1000), request.Aborted), WireJson.Node))),
        DoorRoute.Post("/questions/{id}/answer", AnswerAsync),
        DoorRoute.Get("/runs", ListAsync),
        DoorRoute.Get("/runs/{id}", async request => Found(request.Id, await desk.FindRunAsync(request.Id, request.Aborted))),
        DoorRoute.Get("/runs/{id}/story", async request => await stories.OfAsync(request.Id, request.Aborted) is { } story
            ? DoorAnswer.Of(WireJson.Array(story, WireJson.Node))
            : Found(request.Id, null)),
        DoorRoute.Get("/playbooks/{id}/text", request => Task.FromResult(Text(request.Id))),
        DoorRoute.Post("/runs/{id}/cancel", CancelAsync),
        DoorRoute.Post("/runs/{id}/settle", SettleAsync),
    ];

    private async Task<DoorAnswer> RunAsync(DoorRequest request)
    {
        if (request.Bearer is not { } token || await callers.FindByTokenAsync(token, request.Aborted) is not { } caller)
            return DoorAnswer.NotSignedIn;
        if (request.Body["input"] is not JsonObject input)
            throw new DoorInputException("'input' is missing.");
        return DoorAnswer.Of(View(await desk.RunAsync(
            caller, Doors.CommandLine, request.Id, TypedInputs.Of(desk.List().FirstOrDefault(playbook => playbook.Id == request.Id), input), request.Maybe("requester"), request.Maybe("request"), request.Aborted)));
    }

    /// <summary>Whoever answers is somebody the question was put to, and present.</summary>
    private Task<DoorAnswer> AnswerAsync(DoorRequest request) => presence.WithAsync(request, "answer the question of a run", async by =>
    {
        if (request.Body["answer"] is not JsonObject answer)
            throw new DoorInputException("'answer' is missing.");
        return await desk.AnswerAsync(request.Id, by.Email, answer, request.Aborted) is { } refused
            ? DoorAnswer.Refused(refused.Code, refused.Message)
            : DoorAnswer.Of(new JsonObject { ["question"] = request.Id, ["answered_by"] = by.Email });
    });

    /// <summary>Stopping is open to every operator; taking back makes changes, and needs somebody who may decide.</summary>
    private async Task<DoorAnswer> CancelAsync(DoorRequest request) => request.Body["undo"]?.GetValue<bool>() == true
        ? await presence.WithAsync(request, "cancel a run and take back what it did", async by => Found(request.Id, await desk.CancelRunAsync(by.Email, request.Id, request.Aborted, undo: true)))
        : Found(request.Id, await desk.CancelRunAsync(request.Operator, request.Id, request.Aborted));

    private Task<DoorAnswer> SettleAsync(DoorRequest request)
    {
        var note = request.Text("note");
        return presence.WithAsync(request, "settle what a run could not take back", async by =>
        {
            var (run, refusal) = await desk.SettleRunAsync(request.Id, by, note, request.Aborted);
            return refusal is null ? Found(request.Id, run) : DoorAnswer.Refused(refusal.Code, refusal.Message);
        });
    }

    private Task<DoorAnswer> ReleaseAsync(DoorRequest request) => presence.WithAsync(request, "release a halted playbook", async by =>
        await desk.ReleaseAsync(request.Id, by.Id, request.Text("reason"), request.Aborted)
            ? DoorAnswer.Of(new JsonObject { ["playbook"] = request.Id })
            : DoorAnswer.NotFound("not_halted", $"The playbook '{request.Id}' is not halted."));

    private async Task<DoorAnswer> ListAsync(DoorRequest request) => DoorAnswer.Of(WireJson.Array(
        await desk.ListRunsAsync(State(request.Query("state")), request.Query("request"), request.Number("limit", 50, 1, 1000), request.Aborted), WireJson.Node));

    private static DoorAnswer Found(string id, RunAnswer? run) =>
        run is null ? DoorAnswer.NotFound("unknown_run", $"There is no run '{id}'. siit-iam runs list shows them.") : DoorAnswer.Of(View(run));

    private DoorAnswer Text(string id) => desk.List().FirstOrDefault(playbook => playbook.Id == id) is { } found
        ? DoorAnswer.Of(new JsonObject { ["id"] = found.Id, ["text"] = found.File.Text })
        : DoorAnswer.NotFound("unknown_playbook", $"There is no playbook '{id}' that may run. siit-iam playbooks list shows them.");

    private static JsonObject View(RunAnswer run)
    {
        var view = (JsonObject)WireJson.Node(run);
        view["is_error"] = run.IsError;
        return view;
    }

    private JsonObject View(Playbook playbook) => View(playbook, desk.StandingOf(playbook.Id));

    private JsonObject View(Playbook playbook, PublishedLine standing) => new()
    {
        ["id"] = playbook.Id,
        ["version"] = playbook.Version,
        ["title"] = playbook.Title,
        ["owner"] = playbook.Owner,
        ["tools"] = WireJson.Array([.. playbook.Policy.ToolNames], name => name),
        ["inputs"] = WireJson.Array(playbook.Inputs, input => input.Name),
        ["file"] = playbook.File.Path,
        ["published"] = standing.State,
        ["runs"] = desk.RequiresPublished ? standing.PublishedVersion : playbook.Version,
    };

    private static RunState? State(string? word)
    {
        if (word is null)
            return null;
        var states = Enum.GetValues<RunState>().ToDictionary(state => state.Word());
        return states.TryGetValue(word, out var found) ? found : throw new DoorInputException($"'{word}' is no state. {DidYouMean.Sentence(word, states.Keys)}");
    }
}
