using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Console.SignIn;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Requests;

namespace Siit.Iam.Agent.Console.Approvals;

/// <summary>What was sent with the form of a card.</summary>
internal sealed class DecisionForm
{
    public string? Digest { get; set; }

    public string? Code { get; set; }

    public string? Reason { get; set; }

    /// <summary><c>approve</c> or <c>refuse</c>.</summary>
    public string? Verdict { get; set; }
}

/// <param name="IsMine">False: whoever looks has decided already, and others are still asked.</param>
internal sealed record WaitingCall(CallRecord Call, bool IsMine);

/// <summary>
/// The page's way to the approvals: who the signed-in person is as an approver, what he gets to see, and his decision. Deciding
/// itself is the desk's, as at every door; a stolen session decides nothing, because each decision needs a code as well.
/// </summary>
internal sealed class PageDesk(
    ApproverRegistry approvers, ApprovalDesk desk, CallDesk calls, RequestDesk requests, OneTimeCodes codes, Sessions sessions, Sight sight, AuditTrail trail)
{
    public const int LongestReason = 500;
    private const int PageLength = 50;

    /// <summary>How many ended calls are looked at for one page: not all of them were ever asked about.</summary>
    private const int MostLookedAt = 500;

    /// <summary>The approver who sits there; null when the person is none.</summary>
    public Task<ApproverRecord?> ApproverAsync(SignedInPerson person, CancellationToken cancellationToken) => approvers.FindAsync(person.Email, cancellationToken);

    /// <summary>What waits and this approver may see: first what waits for him, of that what expires first.</summary>
    public async Task<IReadOnlyList<WaitingCall>> WaitingAsync(ApproverRecord approver, CancellationToken cancellationToken)
    {
        var waiting = new List<WaitingCall>();
        foreach (var call in await desk.ListAsync(cancellationToken))
        {
            if (await sight.ShowsAsync(call, approver, cancellationToken))
                waiting.Add(new WaitingCall(call, await sight.WhyNotDecideAsync(call, approver, cancellationToken) is null));
        }

        return [.. waiting.OrderBy(one => !one.IsMine).ThenBy(one => one.Call.Approval!.ExpiresAt)];
    }

    /// <summary>Approvals that are over, newest first, and the id to go on after.</summary>
    public async Task<(IReadOnlyList<CallRecord> Calls, string? Next)> EndedAsync(ApproverRecord approver, string? after, CancellationToken cancellationToken)
    {
        var found = new List<CallRecord>();
        var looked = 0;
        while (looked < MostLookedAt && found.Count < PageLength)
        {
            var page = await calls.ListAsync(null, null, 100, after, cancellationToken);
            foreach (var call in page)
            {
                after = call.Id;
                if (call.State != CallState.AwaitingApproval && await sight.ShowsAsync(call, approver, cancellationToken))
                    found.Add(call);
                if (found.Count == PageLength)
                    break;
            }

            looked += page.Count;
            if (page.Count < 100 && found.Count < PageLength)
                return (found, null);
        }

        return (found, after);
    }

    /// <summary>The call, when this approver may see it.</summary>
    public async Task<CallRecord?> FindAsync(ApproverRecord approver, string callId, CancellationToken cancellationToken) =>
        callId.Length is > 0 and <= 100 && !callId.Any(char.IsControl) && await calls.FindAsync(callId, cancellationToken) is { } call && await sight.ShowsAsync(call, approver, cancellationToken) ? call : null;

    /// <summary>Why this approver is not asked any more; null while he is.</summary>
    public Task<Refusal?> WhyNotDecideAsync(ApproverRecord approver, CallRecord call, CancellationToken cancellationToken) => sight.WhyNotDecideAsync(call, approver, cancellationToken);

    /// <summary>Everything done for a request, without the calls that this approver may not see.</summary>
    public async Task<(RequestRecord? Request, IReadOnlyList<TimelineEntry> Timeline)> RequestAsync(ApproverRecord approver, string id, CancellationToken cancellationToken)
    {
        var timeline = new List<TimelineEntry>();
        var seen = new Dictionary<string, bool>();
        foreach (var entry in await requests.TimelineAsync(id, cancellationToken))
        {
            if (entry.Call is { } callId && !seen.TryGetValue(callId, out var shown))
                seen[callId] = shown = await calls.FindAsync(callId, cancellationToken) is { } call && (call.Approval is null || await sight.ShowsAsync(call, approver, cancellationToken));
            if (entry.Call is null || seen[entry.Call])
                timeline.Add(entry);
        }

        return (await requests.GetAsync(id, cancellationToken), timeline);
    }

    /// <summary>Whether deciding needs a sign-in made for it. A plan may hold anything.</summary>
    public static bool NeedsFreshSignIn(CallRecord call) => ActionCatalog.Find(call.Action) is not { Risk: < Risk.High };

    /// <exception cref="AuditUnavailableException">It could not be recorded, so it does not count.</exception>
    public async Task<DecisionResult> DecideAsync(
        SignedInPerson person, ApproverRecord approver, CallRecord call, DecisionForm form, CancellationToken cancellationToken)
    {
        if (form.Verdict is not ("approve" or "refuse"))
            return No("no_verdict", "Say whether you approve or refuse: use one of the two buttons.", call);
        if (form.Reason is { Length: > LongestReason })
            return No("reason_too_long", $"The reason is longer than {LongestReason} characters.", call);
        if (call.State != CallState.AwaitingApproval)
            return No("not_waiting", $"This call does not wait for a decision any more; it is {CallWords.State(call)}.", call);
        var approve = form.Verdict == "approve";
        if (NeedsFreshSignIn(call) && !await sessions.IsFreshAsync(person, cancellationToken))
            return await NotFreshAsync(approver, call, approve, cancellationToken);
        var check = await codes.CheckAsync(approver.Email, form.Code ?? "", $"{(approve ? "approve" : "deny")} {call.Id}", cancellationToken);
        if (check.Approver is not { } present)
            return No(check.Refusal!.Code, check.Refusal.Message, call);
        // Whose code it is and who has signed in are the same person, or neither counts.
        if (present.Id != approver.Id)
            return No("unknown_approver", "The code is not that of the person who has signed in.", call);
        if (NeedsFreshSignIn(call) && !await sessions.UseAsync(person, call.Id, cancellationToken))
            return await NotFreshAsync(approver, call, approve, cancellationToken);
        var reason = string.IsNullOrWhiteSpace(form.Reason) ? null : form.Reason.Trim();
        var result = await desk.DecideAsync(call.Id, present, approve, form.Digest ?? "", reason, cancellationToken, Doors.Console);
        return result.Code == "not_what_was_shown" ? result with { Message = "The call is not what was shown any more. Below it stands as it is now: read it again before you decide." } : result;
    }

    private async Task<DecisionResult> NotFreshAsync(ApproverRecord approver, CallRecord call, bool approve, CancellationToken cancellationToken)
    {
        const string code = "sign_in_again";
        await trail.WriteAsync(AuditKinds.ApprovalRefusedDecision, call, new JsonObject
        {
            ["approver"] = approver.Id,
            ["email"] = approver.Email,
            ["approved"] = approve,
            ["refused"] = code,
            ["door"] = Doors.Console,
        }, cancellationToken);
        return No(code, "For a high-risk call you sign in anew, each time. Nothing was decided.", call);
    }

    private static DecisionResult No(string code, string message, CallRecord call) => new(false, code, message, call);
}
