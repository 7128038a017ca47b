using System.Text.Json.Nodes;
using Siit.Iam.Agent.Gate.ToolCalls;
using Siit.Iam.Agent.Playbooks;
using Siit.Iam.Agent.Playbooks.Format;
using Siit.Iam.Agent.Playbooks.Publishing;
using Siit.Iam.Agent.ToolServers;

namespace Siit.Iam.Agent.Cli.Door;

/// <summary>Checking playbooks against this organisation, and letting them run.</summary>
internal sealed class PublishRoutes(PlaybookDesk desk, PublishDesk publishing, ToolLooks tools, ToolLockFile locks, Presence presence) : IDoorRoutes
{
    public IEnumerable<DoorRoute> Routes =>
    [
        DoorRoute.Get("/playbooks/check", async request => DoorAnswer.Of(WireJson.Node(await desk.CheckAsync(request.Aborted)))),
        DoorRoute.Post("/playbooks/check", async request => DoorAnswer.Of(WireJson.Node(await desk.CheckAsync(request.Text("file"), Content(request), Beside(request), request.Aborted)))),
        DoorRoute.Get("/playbooks/published", _ => Task.FromResult(DoorAnswer.Of(new JsonObject
        {
            ["required"] = desk.RequiresPublished,
            ["playbooks"] = WireJson.Array(publishing.List(), WireJson.Node),
        }))),
        DoorRoute.Get("/playbooks/tools", async request => DoorAnswer.Of(await ToolsAsync(request.Aborted))),
        DoorRoute.Post("/playbooks/draft", DraftAsync),
        DoorRoute.Post("/playbooks/publish", PublishAsync),
        DoorRoute.Post("/playbooks/{id}/unpublish", UnpublishAsync),
    ];

    private async Task<JsonObject> ToolsAsync(CancellationToken cancellationToken)
    {
        var now = await tools.NowAsync(cancellationToken);
        return new JsonObject { ["folder"] = locks.Folder, ["before"] = locks.Now.Written(), ["lock"] = now.Written(), ["problems"] = WireJson.Array(now.Problems, problem => problem) };
    }

    /// <summary>What would be published, to be read before the code is given.</summary>
    private async Task<DoorAnswer> DraftAsync(DoorRequest request)
    {
        var (draft, refusal) = await publishing.LookAsync(request.Text("file"), Content(request), request.Aborted);
        return draft is null ? DoorAnswer.Refused(refusal!.Code, refusal.Message) : DoorAnswer.Of(WireJson.Node(draft));
    }

    private Task<DoorAnswer> PublishAsync(DoorRequest request)
    {
        var (file, text, sha256) = (request.Text("file"), Content(request), request.Text("sha256"));
        return presence.WithAsync(request, $"publish the playbook {sha256[..Math.Min(12, sha256.Length)]}", async by =>
        {
            var (publication, refusal) = await publishing.PublishAsync(file, text, sha256, by, request.Aborted);
            return publication is null ? DoorAnswer.Refused(refusal!.Code, refusal.Message) : DoorAnswer.Of(WireJson.Node(publication));
        });
    }

    private Task<DoorAnswer> UnpublishAsync(DoorRequest request) => presence.WithAsync(request, $"unpublish {request.Id}", async by =>
    {
        var (withdrawn, refusal) = await publishing.UnpublishAsync(request.Id, by, request.Aborted);
        return refusal is null ? DoorAnswer.Of(new JsonObject { ["withdrawn"] = WireJson.Array(withdrawn, title => title) }) : DoorAnswer.Refused(refusal.Code, refusal.Message);
    });

    /// <summary>Files that lie beside the one that a request is about.</summary>
    public static IReadOnlyList<PlaybookFile> Beside(DoorRequest request) => [.. request.Objects("beside").Select(file => PlaybookFile.Of(file.Text("file"), Content(file)))];

    /// <summary>As it is, spaces at its ends included: its digest is of every character.</summary>
    private static string Content(DoorRequest request) =>
        request.Body["text"] is JsonValue value && value.TryGetValue<string>(out var text) ? text : throw new DoorInputException("'text' is missing.");
}
