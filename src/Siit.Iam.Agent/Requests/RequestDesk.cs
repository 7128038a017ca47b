using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Requests;

/// <param name="What">One word: submitted, run, call, decision, message, comment, assigned, state.</param>
/// <param name="Text">For people; directory and user text in quotes.</param>
internal sealed record TimelineEntry(DateTimeOffset At, string What, string Text, string? Call = null, string? Run = null);

/// <summary>Service requests and what was done for them. A timeline is not stored: it is the calls, decisions and notes that carry the id.</summary>
internal sealed class RequestDesk(IStore store, AuditLog log, Ids ids, TimeProvider time, IEnumerable<ITimelineSource> sources, IRequestForms? forms = null) : IRequestAuthors
{
    public const int LongestText = 4000;

    /// <summary>The request, or what is wrong, all at once.</summary>
    /// <param name="id">Of the ticket system; null makes one.</param>
    /// <param name="form">The form that was filled in with <paramref name="fields"/>; null for free text alone.</param>
    public async Task<(RequestRecord? Request, IReadOnlyList<string> Problems)> SubmitAsync(
        string? id, string requester, string text, CancellationToken cancellationToken, string? form = null, JsonObject? fields = null, RequestOrigin? origin = null)
    {
        var problems = new List<string>();
        if (id is not null && !IsId(id))
            problems.Add("The id must be 1 to 64 letters, digits, '-', '_' or '.', such as REQ-812.");
        if (!Addresses.LooksLikeOne(requester))
            problems.Add("The requester must be a work email.");
        if (text.Trim().Length == 0 || text.Length > LongestText)
            problems.Add($"The text must have 1 to {LongestText} characters.");
        if (form is not null)
            problems.AddRange(forms?.Problems(form, fields ?? []) ?? [$"There is no form '{HiddenText.Shown(form, 64)}'."]);
        else if (fields is { Count: > 0 })
            problems.Add("Fields without a form mean nothing; name the form.");
        if (problems.Count > 0)
            return (null, problems);

        var request = new RequestRecord
        {
            Id = id ?? ids.New("req"),
            Requester = requester,
            Text = text,
            Form = form,
            Fields = fields?.DeepClone().AsObject(),
            State = RequestState.Open,
            Origin = origin,
            SubmittedAt = time.GetUtcNow(),
        };
        var told = new JsonObject { ["requester"] = requester };
        if (origin?.Caller is { } caller)
            (told["caller"], told["proved"]) = (caller, origin.Proved);
        await log.WriteAsync(new AuditDraft(AuditKinds.RequestSubmitted) { Request = request.Id, Data = told }, cancellationToken);
        var news = new RequestNews { Id = ids.New("news"), Request = request.Id };
        return (await store.CommitAsync([Change.Create(request), Change.Create(news)], CancellationToken.None)).Done
            ? (request with { Version = 1 }, [])
            : (null, [$"There is a request '{request.Id}' already."]);
    }

    public ValueTask<RequestRecord?> GetAsync(string id, CancellationToken cancellationToken) =>
        IsId(id) ? store.GetAsync<RequestRecord>(id, cancellationToken) : ValueTask.FromResult<RequestRecord?>(null);

    public async ValueTask<string?> AuthorOfAsync(string request, CancellationToken cancellationToken) => (await GetAsync(request, cancellationToken))?.Requester;

    public async ValueTask<string?> TextOfAsync(string request, CancellationToken cancellationToken) => (await GetAsync(request, cancellationToken))?.Text;

    /// <summary>Newest first.</summary>
    public ValueTask<IReadOnlyList<RequestRecord>> ListAsync(int limit, CancellationToken cancellationToken) =>
        store.ListAsync<RequestRecord>(limit, newestFirst: true, cancellationToken: cancellationToken);

    /// <summary>Puts a message on the timeline, once per id.</summary>
    /// <param name="id">What is noted, such as run and step: the same again changes nothing.</param>
    public async Task NoteAsync(string id, string request, string text, string? run, CancellationToken cancellationToken)
    {
        var note = new TimelineNote { Id = id, Request = request, Run = run, Text = HiddenText.Shown(text, LongestText), At = time.GetUtcNow() };
        if (await store.GetAsync<TimelineNote>(id, cancellationToken) is not null)
            return;
        var told = new JsonObject { ["note"] = id, ["digest"] = CanonicalJson.Digest(JsonValue.Create(note.Text)) };
        await log.WriteAsync(new AuditDraft(AuditKinds.RequestMessage) { Request = request, Run = run, Data = told }, cancellationToken);
        await store.CommitAsync([Change.Create(note)], CancellationToken.None);
    }

    /// <summary>Everything done for a request, oldest first; also for a ticket that is known only by its id.</summary>
    public async Task<IReadOnlyList<TimelineEntry>> TimelineAsync(string id, CancellationToken cancellationToken)
    {
        var entries = new List<TimelineEntry>();
        if (await GetAsync(id, cancellationToken) is { } request)
            entries.Add(new TimelineEntry(request.SubmittedAt, "submitted", $"{request.Requester}: \"{HiddenText.Shown(request.Text, 400)}\"{By(request.Origin)}"));
        foreach (var source in sources)
            entries.AddRange(await source.OfAsync(id, cancellationToken));

        // All of them: whoever may call could else push out of sight what is done later.
        foreach (var call in await store.FindAllAsync<CallRecord>("request", id, cancellationToken))
            entries.AddRange(Of(call));
        foreach (var note in await store.FindAllAsync<TimelineNote>("request", id, cancellationToken))
            entries.Add(new TimelineEntry(note.At, note.What, Of(note), Run: note.Run));
        return [.. entries.OrderBy(entry => entry.At)];
    }

    private static string By(RequestOrigin? origin) => origin?.Caller is not { } caller ? "" : $" (handed in by {caller}; the requester is {(origin.Proved ? "proved" : "claimed")})";

    private static string Of(TimelineNote note) => (note.What, note.By) switch
    {
        ("comment", { } by) => $"{by}: \"{note.Text}\"",
        (_, { } by) => $"{note.Text} By {by}.",
        _ => note.Text,
    };

    private static IEnumerable<TimelineEntry> Of(CallRecord call)
    {
        yield return new TimelineEntry(call.ReceivedAt, "call", $"{call.Action} for {CallAnswers.Who(call)} asked by {call.Caller}.", call.Id, call.Run);
        foreach (var approval in call.Earlier.Append(call.Approval).OfType<ApprovalPart>())
        {
            foreach (var decision in approval.Decisions)
                yield return new TimelineEntry(decision.At, "decision", $"{(decision.Approved ? "Approved" : "Denied")} by {decision.Email}{(decision.Reason is { Length: > 0 } reason ? $": {HiddenText.Quoted(reason)}" : "")}.", call.Id, call.Run);
            if (approval.Revoked is { } revoked)
                yield return new TimelineEntry(revoked.At, "decision", $"Approval taken back by {revoked.Email}.", call.Id, call.Run);
        }

        yield return new TimelineEntry(call.EndedAt ?? call.Approval?.AskedAt ?? call.ReceivedAt, "call", $"{call.State.Word()}: {call.Message}", call.Id, call.Run);
    }

    private static bool IsId(string id) => id.Length is > 0 and <= 64 && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
}
