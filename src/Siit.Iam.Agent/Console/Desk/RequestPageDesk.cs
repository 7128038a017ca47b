using System.Text.Json.Nodes;
using Siit.Iam.Agent.Console.Approvals;
using Siit.Iam.Agent.Console.SignIn;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.People;
using Siit.Iam.Agent.Requests;

namespace Siit.Iam.Agent.Console.Desk;

/// <summary>A request as one approver sees it.</summary>
/// <param name="Request">Null for a ticket of another system.</param>
/// <param name="Picture">Who the requester is, as find_person answers from the copy; null when he need not see it or there is no copy.</param>
/// <param name="MayWork">He may say who works on it, and where it stands.</param>
internal sealed record RequestLook(
    RequestRecord? Request, IReadOnlyList<TimelineEntry> Timeline, JsonObject? Picture, IReadOnlyList<OneClickAction> Actions, bool MayWork, bool IsOwn, IReadOnlyList<string> Colleagues);

/// <summary>The page's way to a request: who sees it, what stands beside it, and what is done with its forms.</summary>
internal sealed class RequestPageDesk(PageDesk page, RequestSight sight, RequestWork work, OneClick oneClick, PeopleDesk people, ApproverRegistry approvers)
{
    /// <summary>Null when there is none, or it is not the approver's to see.</summary>
    public async Task<RequestLook?> FindAsync(ApproverRecord approver, string id, CancellationToken cancellationToken)
    {
        if (id.Length is 0 or > 64 || id.Any(char.IsControl))
            return null;
        var (request, timeline) = await page.RequestAsync(approver, id, cancellationToken);
        if (request is null)
            return timeline.Any(entry => entry.Call is not null) ? new RequestLook(null, timeline, null, [], false, false, []) : null;
        if (!await sight.ShowsAsync(approver, request, cancellationToken))
            return null;
        var mayWork = sight.MayWork(approver, request);
        return new RequestLook(
            request, timeline, mayWork ? await people.FindAsync(request.Requester, cancellationToken) : null, oneClick.For(approver, request), mayWork,
            await oneClick.IsSelfAsync(approver, request, cancellationToken),
            mayWork ? [.. (await approvers.ListAsync(cancellationToken)).Where(other => other.IsActive).Select(other => other.Email).Order(StringComparer.OrdinalIgnoreCase)] : []);
    }

    /// <summary>Takes one of the page's forms. Null when it is done, or why not.</summary>
    /// <exception cref="Audit.AuditUnavailableException">It could not be recorded, so it does not count.</exception>
    public async Task<Refusal?> TakeAsync(SignedInPerson person, ApproverRecord approver, RequestRecord request, IFormCollection form, CancellationToken cancellationToken)
    {
        if (!await sight.ShowsAsync(approver, request, cancellationToken))
            return new Refusal("unknown_request", "There is no such request.");
        string Text(string name) => form[name].ToString();
        switch (Text("what"))
        {
            case "comment":
                return await work.CommentAsync(request.Id, Text("text"), approver.Email, cancellationToken);
            case "start":
                var values = form.Where(field => field.Key.StartsWith("in.", StringComparison.Ordinal)).ToDictionary(field => field.Key[3..], field => field.Value.ToString(), StringComparer.Ordinal);
                return (await oneClick.StartAsync(person, approver, request, Text("playbook"), values, Text("code"), cancellationToken)).Refusal;
            case "assign" or "state" when !sight.MayWork(approver, request):
                return new Refusal("not_yours", "Only the desk, and who works on the request, change that.");
            case "assign":
                return await work.AssignAsync(request.Id, Text("to") is { Length: > 0 } to ? to : null, approver.Email, cancellationToken);
            case "state":
                var states = Enum.GetValues<RequestState>().ToDictionary(state => state.Word());
                return states.TryGetValue(Text("state"), out var state)
                    ? await work.MoveAsync(request.Id, state, Text("reason"), approver.Email, cancellationToken)
                    : new Refusal("invalid_input", "Say where the request stands.");
            default:
                return new Refusal("invalid_input", "The form is not known here.");
        }
    }
}
