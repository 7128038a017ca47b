using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Playbooks.Runs;

/// <summary>"Somebody advance this run": at least once, from wherever. A hint; what is missed is found by looking.</summary>
internal sealed class RunDispatcher : ICallObserver
{
    private readonly Channel<string> _wakes = Channel.CreateUnbounded<string>();

    // Those that wait to be looked at: one look sees whatever happened before it begins.
    private readonly ConcurrentDictionary<string, bool> _waiting = new();

    public void Wake(string runId)
    {
        if (_waiting.TryAdd(runId, true))
            _wakes.Writer.TryWrite(runId);
    }

    /// <summary>The runs to be looked at, as they are woken. Who wakes one that was taken wants another look at it.</summary>
    public async IAsyncEnumerable<string> TakeAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var runId in _wakes.Reader.ReadAllAsync(cancellationToken))
        {
            _waiting.TryRemove(runId, out _);
            yield return runId;
        }
    }

    /// <summary>Forgets who was woken. For tests of what wakes.</summary>
    public void Forget()
    {
        while (_wakes.Reader.TryRead(out var runId))
            _waiting.TryRemove(runId, out _);
    }

    public Task CallEndedAsync(CallRecord call)
    {
        if (call.Run is { } run)
            Wake(run);
        return Task.CompletedTask;
    }
}

/// <summary>Takes care of runs that nobody is waiting in. All it needs to know is in the store, so it begins after a crash where it left off.</summary>
internal sealed partial class RunKeeper(IStore store, RunWorker worker, RunDispatcher dispatcher, TimeProvider time, ILogger<RunKeeper> logger) : BackgroundService
{
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan AfterTrouble = TimeSpan.FromSeconds(30);

    // Waiting runs are woken by the end of their call; looking at them all is for wakes that a crash has swallowed.
    private const int RoundsPerFullLook = 15;

    // They wait for IdPs and for commits, which are made together.
    private const int Together = 32;

    private readonly ConcurrentDictionary<string, DateTimeOffset> _troubled = new();

    // Runs that are worked on, and whether they were woken meanwhile.
    private readonly Dictionary<string, bool> _inWork = [];

    /// <summary>One look at everything that is not ended. Public for tests with a clock of their own.</summary>
    /// <param name="waiting">Also at runs that wait for a call.</param>
    public async Task SweepAsync(bool waiting, CancellationToken cancellationToken)
    {
        foreach (var run in await OfAsync(RunState.Running, cancellationToken))
        {
            if (run.DueAt is null || run.DueAt <= time.GetUtcNow())
                dispatcher.Wake(run.Id);
        }

        await TimersAsync(cancellationToken);
        if (!waiting)
            return;
        foreach (var run in await OfAsync(RunState.Waiting, cancellationToken))
        {
            // Whom only time or an event wakes is not looked at in between.
            if (run is { WaitsFor: null, DueAt: not null, CancelledBy: null, Signal: null })
                continue;
            if (run.CancelledBy is not null || run.WaitsFor is null || await store.GetAsync<CallRecord>(run.WaitsFor, cancellationToken) is not { } call
                || (call.State.IsEnded() && call.State != CallState.NeedsPerson))
            {
                dispatcher.Wake(run.Id);
            }
        }
    }

    /// <summary>A timer goes when its run does not wait for it any more, so that one that was woken and then killed is woken again.</summary>
    private async Task TimersAsync(CancellationToken cancellationToken)
    {
        string? after = null;
        while (await store.ListAsync<RunTimer>(500, after, cancellationToken: cancellationToken) is { Count: > 0 } page)
        {
            foreach (var timer in page)
            {
                if (timer.Due > time.GetUtcNow())
                    return;
                if (await store.GetAsync<RunRecord>(timer.Run, cancellationToken) is { State: RunState.Waiting, DueAt: { } due } && RunTimer.IdOf(timer.Run, due) == timer.Id)
                    dispatcher.Wake(timer.Run);
                else
                    await store.CommitAsync([Change.Delete<RunTimer>(timer.Id, timer.Version)], CancellationToken.None);
            }

            after = page[^1].Id;
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var works = Task.Run(() => WorkAsync(stoppingToken), stoppingToken);
        using var timer = new PeriodicTimer(Round, time);
        try
        {
            for (var round = 0; ; round++)
            {
                try
                {
                    await SweepAsync(waiting: round % RoundsPerFullLook == 0, stoppingToken);
                }
                catch (Exception failed) when (failed is not OperationCanceledException)
                {
                    LogRound(logger, failed);
                }

                if (!await timer.WaitForNextTickAsync(stoppingToken))
                    break;
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping. Everything a run has reached is in its journal.
        }

        await works.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private async Task WorkAsync(CancellationToken stoppingToken) => await Parallel.ForEachAsync(
        dispatcher.TakeAsync(stoppingToken),
        new ParallelOptions { MaxDegreeOfParallelism = Together, CancellationToken = stoppingToken },
        async (run, cancellationToken) =>
        {
            if (_troubled.TryGetValue(run, out var until) && time.GetUtcNow() < until)
                return;
            // A worker that waits for another one at the same run is missing elsewhere.
            if (!Take(run))
                return;
            try
            {
                await worker.AdvanceAsync(run, cancellationToken);
                _troubled.TryRemove(run, out _);
            }
            catch (Exception failed) when (failed is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
            {
                _troubled[run] = time.GetUtcNow() + AfterTrouble;
                LogRun(logger, failed, run);
            }
            finally
            {
                if (Leave(run))
                    dispatcher.Wake(run);
            }
        });

    private bool Take(string run)
    {
        lock (_inWork)
        {
            if (_inWork.TryAdd(run, false))
                return true;
            _inWork[run] = true;
            return false;
        }
    }

    /// <returns>Whether it was woken while it was worked on: what woke it may have come too late for this look.</returns>
    private bool Leave(string run)
    {
        lock (_inWork)
            return _inWork.Remove(run, out var again) && again;
    }

    private Task<List<RunRecord>> OfAsync(RunState state, CancellationToken cancellationToken) => store.FindAllAsync<RunRecord>("state", state.Word(), cancellationToken);

    [LoggerMessage(Level = LogLevel.Error, Message = "A round of looking after runs failed; the next one tries again")]
    private static partial void LogRound(ILogger logger, Exception failed);

    [LoggerMessage(Level = LogLevel.Error, Message = "Run {Run} could not be advanced; it is tried again in half a minute")]
    private static partial void LogRun(ILogger logger, Exception failed, string run);
}
