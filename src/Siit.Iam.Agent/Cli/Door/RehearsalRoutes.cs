using System.Text.Json.Nodes;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Playbooks.Checks;
using Siit.Iam.Agent.Playbooks.Format;
using Siit.Iam.Agent.Playbooks.Rehearsals;

namespace Siit.Iam.Agent.Cli.Door;

/// <summary>Rehearsals of playbooks, drafts included, and how right the previews of changes have been.</summary>
internal sealed class RehearsalRoutes(RehearsalDesk desk, PreviewAccuracy accuracy, CallerRegistry callers, TimeProvider time) : IDoorRoutes
{
    public IEnumerable<DoorRoute> Routes =>
    [
        DoorRoute.Post("/rehearsals", RehearseAsync),
        DoorRoute.Get("/playbooks/accuracy", async request => DoorAnswer.Of(WireJson.Array(await accuracy.ListAsync(request.Number("days", 30, 1, 3650), request.Aborted), WireJson.Node))),
    ];

    private async Task<DoorAnswer> RehearseAsync(DoorRequest request)
    {
        CallerRecord? caller = null;
        if (request.Bearer is { } token && (caller = await callers.FindByTokenAsync(token, request.Aborted)) is null)
            return DoorAnswer.NotSignedIn;
        var input = request.Body["input"] as JsonObject ?? [];
        var (words, problem) = RehearsalDesk.Words(request.Texts("approve"), request.Body["answers"] as JsonObject ?? [], request.Texts("wake"));
        if (words is null)
            throw new DoorInputException(problem!);
        RehearsalWish Wish(Playbook playbook) => new(playbook, TypedInputs.Of(playbook, input), caller ?? RehearsalDesk.CallerOf(playbook, request.Operator, time), Doors.CommandLine)
        {
            Requester = request.Maybe("requester"),
            Request = request.Maybe("request"),
            Words = words,
            Branches = request.Flag("branches"),
        };
        if (request.Maybe("playbook") is { } id)
        {
            var (found, refusal) = await desk.RehearseAsync(id, Wish, request.Aborted);
            return found is null ? DoorAnswer.Refused(refusal!.Code, NotRehearsed(refusal)) : DoorAnswer.Of(WireJson.Node(found));
        }

        var (answer, refused, findings) = await desk.RehearseDraftAsync(request.Text("file"), request.Text("text"), Wish, request.Aborted, PublishRoutes.Beside(request));
        if (answer is not null)
            return DoorAnswer.Of(WireJson.Node(answer));
        return refused is not null
            ? DoorAnswer.Refused(refused.Code, NotRehearsed(refused))
            : DoorAnswer.Refused("playbook_has_errors", string.Join('\n', findings.Where(finding => finding.Severity == Severity.Error).Select(finding => finding.ToString())));
    }

    private static string NotRehearsed(Refusal refusal) => $"It would not even start ({refusal.Code}). {refusal.Message}";
}

/// <summary>What is typed at a command line is text; numbers and truth values are read as what the playbook says that they are.</summary>
internal static class TypedInputs
{
    public static JsonObject Of(Playbook? playbook, JsonObject given)
    {
        var typed = given.DeepClone().AsObject();
        foreach (var input in playbook?.Inputs ?? [])
        {
            if (typed[input.Name] is JsonValue value && value.TryGetValue<string>(out var text))
                typed[input.Name] = input.Typed(text);
        }

        return typed;
    }
}
