using Siit.Iam.Agent.Playbooks.Publishing;
using Siit.Iam.Agent.Playbooks.Runs;
using Siit.Iam.Agent.Requests;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Playbooks.Triggers;

/// <param name="Run">Null when it could not be started; the message says why.</param>
internal sealed record RequestStart(string Playbook, string? Run, string State, string Message);

/// <summary>What a request has started, as soon as that is known.</summary>
internal sealed class RequestStarts(IStore store, PlaybooksInForce playbooks, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Waits a moment for the triggers of the request's form; empty for free text, and while nothing has begun.</summary>
    public async Task<IReadOnlyList<RequestStart>> OfAsync(RequestRecord request, CancellationToken cancellationToken)
    {
        List<TriggerKey> wanted =
        [
            .. playbooks.Now.Playbooks.SelectMany(playbook => playbook.Triggers.OfType<Format.RequestTrigger>().Where(trigger => trigger.Form == request.Form)
                .Select(trigger => TriggerKey.Of(playbook.Id, trigger.Name, request.Id, "submitted", time.GetUtcNow()))),
        ];
        var until = time.GetTimestamp();
        while (true)
        {
            var started = new List<RequestStart>();
            foreach (var key in wanted)
            {
                if (await store.GetAsync<TriggerKey>(key.Id, cancellationToken) is not { } known)
                    continue;
                var run = known.Run is null ? null : await store.GetAsync<RunRecord>(known.Run, cancellationToken);
                started.Add(run is null ? new RequestStart(known.Playbook, null, "not_started", known.Why ?? "") : new RequestStart(run.Title, run.Id, run.State.Word(), run.Message));
            }

            if (started.Count == wanted.Count || time.GetElapsedTime(until) >= Patience)
                return started;
            await Task.Delay(TimeSpan.FromMilliseconds(50), time, cancellationToken);
        }
    }
}
