using System.Text.Json.Nodes;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Playbooks.Format;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Playbooks.Runs;

/// <summary>Advances a run as far as it goes now and saves where it stands. Anybody may ask, at any time: done twice is done once.</summary>
internal sealed partial class RunWorker(RunTools tools, KeyedLocks locks, ILogger<RunWorker> logger)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    /// <exception cref="AuditUnavailableException">Nothing went on; tried again later.</exception>
    public async Task AdvanceAsync(string runId, CancellationToken cancellationToken)
    {
        using var held = await locks.AcquireAsync($"run:{runId}", cancellationToken);
        if (await tools.Store.GetAsync<RunRecord>(runId, cancellationToken) is not { } run || run.State.IsEnded())
            return;
        try
        {
            var (end, outputs) = await PlaybookOfAsync(run, cancellationToken) is { } playbook
                ? await new RunWalk(run, playbook, await Journal.LoadAsync(tools.Store, tools.Time, run.Id, cancellationToken), tools, cancellationToken).RunAsync()
                : (new FinishedEnd(RunState.Failed, "playbook_unreadable", "The pinned playbook does not pass the checks of this version of the server. Start it again from its file."), null);
            await SaveAsync(run, end, outputs, cancellationToken);
        }
        catch (RunTakenException taken)
        {
            LogTaken(logger, taken, run.Id);
        }
    }

    private async Task<Playbook?> PlaybookOfAsync(RunRecord run, CancellationToken cancellationToken)
    {
        if (await tools.Store.GetAsync<PinnedPlaybook>(run.Sha256, cancellationToken) is not { } pinned)
            return null;
        var file = PlaybookFile.Of(pinned.Path, pinned.Text);
        return file.Sha256 == run.Sha256 ? PlaybookReader.Read(file).Playbook : null;
    }

    private async Task SaveAsync(RunRecord run, StepEnd end, JsonObject? outputs, CancellationToken cancellationToken)
    {
        if (end is FinishedEnd finished)
            await WriteEndAsync(run, finished, cancellationToken);
        for (var current = run; current is not null; current = await tools.Store.GetAsync<RunRecord>(run.Id, cancellationToken))
        {
            // Only a wish to cancel comes in between; it stays.
            var saved = After(current, end, outputs);
            if (saved == current || (await tools.Store.CommitAsync([Change.Save(saved)], CancellationToken.None)).Done)
                return;
        }
    }

    private RunRecord After(RunRecord run, StepEnd end, JsonObject? outputs) => end switch
    {
        ParkedEnd parked => run with { State = RunState.Waiting, WaitsFor = parked.Call, Message = $"Waiting. {parked.Message}", DueAt = null },
        LaterEnd later => run with { State = RunState.Running, WaitsFor = null, Message = later.Message, DueAt = tools.Time.GetUtcNow() + Pause },
        FinishedEnd finished => run with
        {
            State = finished.State,
            Code = finished.Code,
            Message = finished.Message,
            Outputs = outputs,
            WaitsFor = null,
            DueAt = null,
            EndedAt = tools.Time.GetUtcNow(),
        },
        _ => throw new InvalidOperationException($"A walk does not end with {end.GetType().Name}."),
    };

    private async Task WriteEndAsync(RunRecord run, FinishedEnd end, CancellationToken cancellationToken) => await tools.Log.WriteAsync(
        new AuditDraft(AuditKinds.RunEnded)
        {
            Run = run.Id,
            Request = run.Request,
            Actor = RunStarts.Actor(run),
            Data = new JsonObject { ["state"] = end.State.Word(), ["code"] = end.Code, ["playbook"] = run.Title, ["sha256"] = run.Sha256 },
        },
        cancellationToken);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Run {Run}: somebody else works on it; this worker stops")]
    private static partial void LogTaken(ILogger logger, Exception taken, string run);
}
