using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Requests;

/// <summary>
/// What people do with a request beside calls: who works on it, where it stands, what they say about it. None of it gives anybody a
/// right: it is written down, with who did it, and stands on the timeline.
/// </summary>
internal sealed class RequestWork(IStore store, AuditLog log, RequestDesk desk, ApproverRegistry approvers, Ids ids, TimeProvider time)
{
    public const int LongestComment = 2000;

    /// <summary>Gives it to somebody, or to nobody. Null when it is done, or why not.</summary>
    /// <param name="to">Work email of an enrolled approver; null for nobody.</param>
    /// <param name="by">Who does it, as the door knows him.</param>
    public async Task<Refusal?> AssignAsync(string id, string? to, string by, CancellationToken cancellationToken)
    {
        if (await desk.GetAsync(id, cancellationToken) is not { } request)
            return Unknown(id);
        ApproverRecord? assignee = null;
        if (to is not null && (assignee = await approvers.FindAsync(to, cancellationToken)) is null)
            return new Refusal("unknown_assignee", $"'{HiddenText.Shown(to, 100)}' is no approver of this server, and only they see requests. siit-iam approvers list shows who is.");
        if (request.State.IsEnded())
            return new Refusal("request_ended", $"The request is {request.State.Word()}; open it again first.");
        if (string.Equals(request.Assignee, assignee?.Email, StringComparison.OrdinalIgnoreCase))
            return null;
        var changed = request with { Assignee = assignee?.Email, State = assignee is null ? RequestState.Open : RequestState.InProgress };
        return await SaveAsync(changed, "assigned", assignee is null ? "Given back: nobody works on it." : $"Given to {assignee.Email}.", by, cancellationToken);
    }

    /// <summary>Says where it stands. Null when it is done, or why not.</summary>
    /// <param name="why">For people, on the timeline: their text.</param>
    public async Task<Refusal?> MoveAsync(string id, RequestState to, string? why, string by, CancellationToken cancellationToken)
    {
        if (await desk.GetAsync(id, cancellationToken) is not { } request)
            return Unknown(id);
        if (why is { Length: > LongestComment })
            return TooLong();
        if (to == RequestState.Declined && string.IsNullOrWhiteSpace(why))
            return new Refusal("no_reason", "Say why it is declined.");
        if (request.State == to)
            return null;
        var changed = request with { State = to, ClosedAt = to.IsEnded() ? time.GetUtcNow() : null };
        var text = $"{Words(request.State)} -> {Words(to)}.{(string.IsNullOrWhiteSpace(why) ? "" : $" \"{HiddenText.Shown(why.Trim(), LongestComment)}\"")}";
        return await SaveAsync(changed, "state", text, by, cancellationToken);
    }

    /// <summary>Puts somebody's words on the timeline. Null when it is done, or why not.</summary>
    public async Task<Refusal?> CommentAsync(string id, string text, string by, CancellationToken cancellationToken)
    {
        if (await desk.GetAsync(id, cancellationToken) is not { } request)
            return Unknown(id);
        if (string.IsNullOrWhiteSpace(text))
            return new Refusal("invalid_input", "The comment is empty.");
        if (text.Length > LongestComment)
            return TooLong();
        var note = Note(request, "comment", HiddenText.Shown(text.Trim(), LongestComment), by);
        var told = new JsonObject { ["note"] = note.Id, ["by"] = by, ["digest"] = CanonicalJson.Digest(JsonValue.Create(note.Text)) };
        await log.WriteAsync(new AuditDraft(AuditKinds.RequestMessage) { Request = request.Id, Data = told }, cancellationToken);
        await store.CommitAsync([Change.Create(note)], CancellationToken.None);
        return null;
    }

    private async Task<Refusal?> SaveAsync(RequestRecord changed, string what, string text, string by, CancellationToken cancellationToken)
    {
        var told = new JsonObject { ["state"] = changed.State.Word(), ["assignee"] = changed.Assignee, ["by"] = by };
        await log.WriteAsync(new AuditDraft(AuditKinds.RequestChanged) { Request = changed.Id, Data = told }, cancellationToken);
        return (await store.CommitAsync([Change.Save(changed), Change.Create(Note(changed, what, text, by))], CancellationToken.None)).Done
            ? null
            : new Refusal("changed_meanwhile", "Somebody else has just changed the request; look at it again.");
    }

    private TimelineNote Note(RequestRecord request, string what, string text, string by) =>
        new() { Id = ids.New("note"), Request = request.Id, What = what, By = by, Text = text, At = time.GetUtcNow() };

    private static string Words(RequestState state) => state.Word().Replace('_', ' ');

    private static Refusal Unknown(string id) =>
        new("unknown_request", $"There is no request '{HiddenText.Shown(id, 64)}' here; one of another system is known by what was done for it only.");

    private static Refusal TooLong() => new("invalid_input", $"The text is longer than {LongestComment} characters.");
}
