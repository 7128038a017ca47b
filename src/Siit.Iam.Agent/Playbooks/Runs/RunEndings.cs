using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Playbooks.Runs;

/// <summary>Ending runs that are not over, by people or because something else makes them wrong.</summary>
internal sealed class RunEndings(IStore store, CallDesk calls, RunDispatcher dispatcher)
{
    /// <summary>Ends it before its next effect; what waits for approval is withdrawn.</summary>
    /// <param name="by">Who or what, for people.</param>
    public async Task CancelAsync(RunRecord run, string by, CancellationToken cancellationToken)
    {
        while (!run.State.IsEnded() && run.CancelledBy is null)
        {
            if ((await store.CommitAsync([Change.Save(run with { CancelledBy = by })], CancellationToken.None)).Done)
                break;
            run = (await store.GetAsync<RunRecord>(run.Id, cancellationToken))!;
        }

        foreach (var called in await store.FindAsync<RunRecord>("parent", run.Id, 100, cancellationToken: cancellationToken))
            await CancelAsync(called, by, cancellationToken);
        if (run.WaitsFor is { } call)
            await calls.CancelAsync(RunCallers.Withdrawing(run), call, cancellationToken);
        dispatcher.Wake(run.Id);
    }
}
