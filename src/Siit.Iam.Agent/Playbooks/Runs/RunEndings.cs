using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Playbooks.Runs;

/// <summary>Ending runs that are not over, by people or because something else makes them wrong.</summary>
internal sealed class RunEndings(IStore store, AuditLog log, CallDesk calls, RunDispatcher dispatcher, TimeProvider time)
{
    /// <summary>Ends it before its next effect; what waits for approval is withdrawn.</summary>
    /// <param name="by">Who or what, for people.</param>
    /// <param name="undo">What it has changed is taken back, in reverse.</param>
    public async Task CancelAsync(RunRecord run, string by, CancellationToken cancellationToken, bool undo = false)
    {
        while (!run.State.IsEnded() && (run.CancelledBy is null || (undo && run.UndoneBy is null)))
        {
            if ((await store.CommitAsync([Change.Save(run with { CancelledBy = run.CancelledBy ?? by, UndoneBy = undo ? by : null })], CancellationToken.None)).Done)
                break;
            run = (await store.GetAsync<RunRecord>(run.Id, cancellationToken))!;
        }

        foreach (var called in await store.FindAsync<RunRecord>("parent", run.Id, 100, cancellationToken: cancellationToken))
            await CancelAsync(called, by, cancellationToken, undo);
        if (run.WaitsFor is { } call)
            await calls.CancelAsync(RunCallers.Withdrawing(run), call, cancellationToken);
        dispatcher.Wake(run.Id);
    }

    /// <summary>Says that somebody has seen to what a run could not take back; it ends then. Null when done, or why not.</summary>
    public async Task<Refusal?> SettleAsync(string id, ApproverRecord by, string note, CancellationToken cancellationToken)
    {
        while (await store.GetAsync<RunRecord>(id, cancellationToken) is { State: RunState.Waiting, Code: RunRecord.NeedsPerson, Settled: null } run)
        {
            if (by.IsPerson(run.Requester.Email))
                return new Refusal("is_requester", "Whoever wished the run does not settle what it left.");
            var told = new JsonObject { ["by"] = by.Id, ["note"] = HiddenText.Shown(note, 300) };
            await log.WriteAsync(new AuditDraft(AuditKinds.RunSettled) { Run = run.Id, Request = run.Request, Actor = RunStarts.Actor(run), Data = told }, cancellationToken);
            var settled = run with { Settled = new RunSettling(by.Id, HiddenText.Shown(note, 300), time.GetUtcNow()) };
            if (!(await store.CommitAsync([Change.Save(settled)], CancellationToken.None)).Done)
                continue;
            dispatcher.Wake(run.Id);
            return null;
        }

        return new Refusal("nothing_to_settle", "There is no such run that has left something for a person to look at.");
    }
}
