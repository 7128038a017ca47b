using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Playbooks.Format;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Playbooks.Runs;

/// <summary>Advances a run as far as it goes now and saves where it stands. Anybody may ask, at any time: done twice is done once.</summary>
internal sealed partial class RunWorker(RunTools tools, RunEndings endings, RunDispatcher dispatcher, KeyedLocks locks, ILogger<RunWorker> logger)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);
    private const int MostRead = 200;
    private static readonly IReadOnlySet<string> Nobody = new HashSet<string>();
    private readonly ConcurrentDictionary<string, Playbook?> _read = new(StringComparer.Ordinal);

    /// <exception cref="AuditUnavailableException">Nothing went on; tried again later.</exception>
    public async Task AdvanceAsync(string runId, CancellationToken cancellationToken)
    {
        using var held = await locks.AcquireAsync($"run:{runId}", cancellationToken);
        if (await tools.Store.GetAsync<RunRecord>(runId, cancellationToken) is not { } run || run.State.IsEnded())
            return;
        try
        {
            if (run.Preempts)
                await PreemptAsync(run, cancellationToken);
            if (run.CancelledBy is null && await BehindAsync(run, cancellationToken) is { } behind)
            {
                await SaveAsync(run, behind, null, cancellationToken);
                return;
            }

            var journal = await Journal.LoadAsync(tools.Store, tools.Time, run.Id, cancellationToken);
            var (end, outputs) = await PlaybookAsync(run, cancellationToken) is { } playbook
                ? await new RunWalk(run, playbook, journal, tools, cancellationToken).RunAsync()
                : (new FinishedEnd(RunState.Failed, "playbook_unreadable", "The pinned playbook does not pass the checks of this version of the server. Start it again from its file."), null);
            await SaveAsync(run, end, outputs, cancellationToken, journal.OpenLeases);
        }
        catch (RunTakenException taken)
        {
            LogTaken(logger, taken, run.Id);
        }
    }

    /// <summary>Reading and checking one takes longer than most looks at a run, and the same content beside the same tools comes to the same.</summary>
    private async Task<Playbook?> PlaybookAsync(RunRecord run, CancellationToken cancellationToken)
    {
        if (await PinnedPlaybook.FileAsync(tools.Store, run.Sha256, cancellationToken) is not { } file)
            return null;
        if (_read.Count > MostRead)
            _read.Clear();
        var key = string.Join(' ', [file.Sha256, .. run.Tools.Select(tool => $"{tool.Name}={tool.Sha256}/{tool.IsRead}/{tool.Risk}")]);
        return _read.GetOrAdd(key, _ => PlaybookReader.Read(file, run.Locked).Playbook);
    }

    /// <summary>What others do for the same person is wrong by now: a membership that would be taken away again in a month, an account that is being closed.</summary>
    private async Task PreemptAsync(RunRecord run, CancellationToken cancellationToken)
    {
        if (run.Subject is null)
            return;
        foreach (var other in await tools.Store.FindAsync<RunRecord>("subject", run.Subject, 1000, cancellationToken: cancellationToken))
        {
            // What is started later waits for its turn instead.
            if (!other.Preempts && other.CancelledBy is null && string.CompareOrdinal(other.Id, run.Id) < 0 && !other.IsFamilyOf(run))
                await endings.CancelAsync(other, $"run {run.Id} of {run.Title}, which goes before it", cancellationToken);
        }
    }

    /// <summary>The run whose end this one waits for before it goes on; null when it may.</summary>
    private async Task<ParkedEnd?> BehindAsync(RunRecord run, CancellationToken cancellationToken)
    {
        if (run.Concurrency is { } line && await tools.Store.FindAsync<RunRecord>("concurrency", line, 1, cancellationToken: cancellationToken) is [var first] && first.Id != run.Id)
            return new ParkedEnd(null, $"Its turn comes after run {first.Id} of {first.Title}.");
        if (run.Preempts || run.Subject is not { } person)
            return null;
        var before = (await tools.Store.FindAsync<RunRecord>("subject", person, 1000, cancellationToken: cancellationToken)).FirstOrDefault(other => other.Preempts && !other.IsFamilyOf(run));
        return before is null ? null : new ParkedEnd(null, $"Run {before.Id} of {before.Title} goes before it.");
    }

    /// <param name="open">Keys of people on whom an effect is under way.</param>
    private async Task SaveAsync(RunRecord run, StepEnd end, JsonObject? outputs, CancellationToken cancellationToken, IReadOnlySet<string>? open = null)
    {
        if (end is FinishedEnd finished)
            await WriteEndAsync(run, finished, cancellationToken);
        for (var current = run; current is not null; current = await tools.Store.GetAsync<RunRecord>(run.Id, cancellationToken))
        {
            // Only a wish to cancel comes in between; it stays.
            var saved = After(current, end, outputs);
            var given = open is null ? [] : await tools.Leases.GivenBackAsync(run.Id, saved.State.IsEnded() ? Nobody : open, cancellationToken);
            if ((saved != current || given.Count > 0) && !(await tools.Store.CommitAsync([Change.Save(saved), .. await TimerAsync(saved, cancellationToken), .. given], CancellationToken.None)).Done)
                continue;
            foreach (var lease in given)
            {
                foreach (var other in await tools.Store.FindAsync<RunRecord>("behind", lease.Id, 1000, cancellationToken: cancellationToken))
                    dispatcher.Wake(other.Id);
            }

            // Given back between the look at it and this: whoever did could not know that this run waits for it.
            if (saved.Behind is { } behind && await tools.Store.GetAsync<PersonLease>(behind, cancellationToken) is null)
                dispatcher.Wake(run.Id);
            if (saved.State.IsEnded())
                await WakeOthersAsync(saved, cancellationToken);
            return;
        }
    }

    /// <summary>In the commit in which the run begins to wait, so that it is never forgotten.</summary>
    private async Task<IEnumerable<Change>> TimerAsync(RunRecord run, CancellationToken cancellationToken)
    {
        if (run is not { State: RunState.Waiting, DueAt: { } due })
            return [];
        var id = RunTimer.IdOf(run.Id, due);
        return await tools.Store.GetAsync<RunTimer>(id, cancellationToken) is null ? [Change.Create(new RunTimer { Id = id, Run = run.Id, Due = due })] : [];
    }

    private async Task WakeOthersAsync(RunRecord ended, CancellationToken cancellationToken)
    {
        if (ended.Parent is { } parent)
            dispatcher.Wake(parent);
        if (ended.Concurrency is { } line && await tools.Store.FindAsync<RunRecord>("concurrency", line, 1, cancellationToken: cancellationToken) is [var next])
            dispatcher.Wake(next.Id);
        if (ended is not { Preempts: true, Subject: { } person })
            return;
        foreach (var other in await tools.Store.FindAsync<RunRecord>("subject", person, 1000, cancellationToken: cancellationToken))
            dispatcher.Wake(other.Id);
    }

    private RunRecord After(RunRecord run, StepEnd end, JsonObject? outputs) => end switch
    {
        ParkedEnd parked => run with { State = RunState.Waiting, Code = parked.Code, WaitsFor = parked.Call, Message = $"Waiting. {parked.Message}", DueAt = parked.Due, Waker = parked.Waker, Behind = parked.Behind },
        LaterEnd later => run with { State = RunState.Running, Code = null, WaitsFor = null, Message = later.Message, DueAt = tools.Time.GetUtcNow() + Pause, Waker = null, Behind = null },
        FinishedEnd finished => run with
        {
            State = finished.State,
            Code = finished.Code,
            Message = finished.Message,
            Outputs = outputs,
            WaitsFor = null,
            DueAt = null,
            Waker = null,
            Signal = null,
            Behind = null,
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
