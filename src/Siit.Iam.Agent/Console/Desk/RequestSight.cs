using Siit.Iam.Agent.Console.Approvals;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Requests;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Console.Desk;

/// <summary>
/// Which requests an approver gets to see: all of them for the desk, else those that he works on or has asked for himself, and those
/// with a call that waits for him. Of the others he does not even learn that they are.
/// </summary>
internal sealed class RequestSight(IStore store, ApprovalDesk approvals, Sight sight, RequestDesk requests, ConsoleOptions options)
{
    private const int Most = 100;

    public bool IsDesk(ApproverRecord approver) => approver.Groups.Intersect(options.Desk, StringComparer.OrdinalIgnoreCase).Any();

    /// <summary>Whether he may say who works on it and where it stands, and sees the requester's picture.</summary>
    public bool MayWork(ApproverRecord approver, RequestRecord request) => IsDesk(approver) || approver.IsPerson(request.Assignee);

    public async Task<bool> ShowsAsync(ApproverRecord approver, RequestRecord request, CancellationToken cancellationToken) =>
        MayWork(approver, request) || approver.IsPerson(request.Requester) || (await WaitingAsync(approver, cancellationToken)).Contains(request.Id);

    /// <summary>Newest first.</summary>
    public async Task<IReadOnlyList<RequestRecord>> ListAsync(ApproverRecord approver, CancellationToken cancellationToken)
    {
        if (IsDesk(approver))
            return await requests.ListAsync(Most, cancellationToken);
        var found = new Dictionary<string, RequestRecord>(StringComparer.Ordinal);
        foreach (var email in approver.AlsoKnownAs.Prepend(approver.Email).Select(email => email.ToLowerInvariant()))
        {
            foreach (var key in new[] { "assignee", "requester" })
            {
                foreach (var request in await store.FindAsync<RequestRecord>(key, email, Most, newestFirst: true, cancellationToken: cancellationToken))
                    found[request.Id] = request;
            }
        }

        foreach (var id in await WaitingAsync(approver, cancellationToken))
        {
            if (await requests.GetAsync(id, cancellationToken) is { } request)
                found[id] = request;
        }

        return [.. found.Values.OrderByDescending(request => request.SubmittedAt).Take(Most)];
    }

    /// <summary>Requests with a call that waits and that this approver may see.</summary>
    private async Task<HashSet<string>> WaitingAsync(ApproverRecord approver, CancellationToken cancellationToken)
    {
        var waiting = new HashSet<string>(StringComparer.Ordinal);
        foreach (var call in await approvals.ListAsync(cancellationToken))
        {
            if (call.Request is { } request && !waiting.Contains(request) && await sight.ShowsAsync(call, approver, cancellationToken))
                waiting.Add(request);
        }

        return waiting;
    }
}
