using System.Threading.Channels;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Gate;

/// <summary>
/// Takes care of calls that nobody is waiting in: runs approved ones, lets silence expire, settles what is unknown. All it needs
/// to know is in the store, so it begins after a crash where it left off.
/// </summary>
internal sealed partial class CallKeeper(
    IStore store, Lazy<ActionExecutor> executor, Effects effects, CallEndings endings, CallerPace pace, UnsettledAccounts unsettled, KeyedLocks locks,
    StopSwitches stops, LogWins logWins, ApprovalTimers timers, GateClock clock, GateOptions options, TimeProvider time, ILogger<CallKeeper> logger) : BackgroundService
{
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(2);

    private readonly Channel<string> _approved = Channel.CreateUnbounded<string>();

    /// <summary>Says that a call has every approval that it needs. A hint: what is missed is found in the next round.</summary>
    public void Wake(string callId) => _approved.Writer.TryWrite(callId);

    /// <summary>Before the first call is taken: brings store and log together and finds what was interrupted.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await logWins.ReconcileAsync(cancellationToken);
        await stops.LoadAsync(cancellationToken);
        await clock.LoadAsync(cancellationToken);
        foreach (var call in await OfAsync(CallState.Executing, CallState.Unknown, CallState.NeedsPerson))
            unsettled.Add(call);
        await base.StartAsync(cancellationToken);
    }

    /// <summary>At a clean stop store and log agree, so the next start has little to compare.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (!effects.InFlight.IsEmpty)
            return;
        try
        {
            await logWins.MarkAsync(cancellationToken);
        }
        catch (Exception failed) when (failed is StoreUnavailableException or OperationCanceledException)
        {
            LogRound(logger, failed);
        }
    }

    /// <summary>One look at everything that waits. Public for tests with a clock of their own.</summary>
    public async Task SweepAsync(CancellationToken cancellationToken)
    {
        var waiting = await OfAsync(CallState.AwaitingApproval);
        foreach (var call in waiting)
        {
            if (call.Approval?.CompleteAt is { } complete && clock.Now < complete + options.GrantLifetime)
                await ApartAsync(call.Id, () => RunAsync(call.Id, cancellationToken));
            else if (clock.Now >= (call.Approval?.CompleteAt is { } at ? at + options.GrantLifetime : call.Approval?.ExpiresAt ?? clock.Now))
                await ApartAsync(call.Id, () => ExpireAsync(call.Id, cancellationToken));
            else
                await ApartAsync(call.Id, () => timers.LookAsync(call, cancellationToken));
        }

        if (waiting.Count > 0)
            await clock.KeepAsync(cancellationToken);

        foreach (var call in await OfAsync(CallState.Executing, CallState.Unknown))
        {
            if (!effects.InFlight.ContainsKey(call.Id))
                await ApartAsync(call.Id, () => executor.Value.SettleAsync(call, cancellationToken));
        }

        await pace.WriteSwallowedAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var runs = Task.Run(() => RunApprovedAsync(stoppingToken), stoppingToken);
        using var timer = new PeriodicTimer(Round, time);
        try
        {
            do
            {
                try
                {
                    await SweepAsync(stoppingToken);
                }
                catch (Exception failed) when (failed is not OperationCanceledException)
                {
                    LogRound(logger, failed);
                }
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException)
        {
            // Stopping. What is under way is brought to its end by its own task.
        }

        await runs.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private async Task RunApprovedAsync(CancellationToken stoppingToken)
    {
        // Calls of different accounts need not wait for each other; those of one account queue at its lock.
        await Parallel.ForEachAsync(
            _approved.Reader.ReadAllAsync(stoppingToken),
            new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = stoppingToken },
            async (callId, cancellationToken) => await ApartAsync(callId, () => RunAsync(callId, cancellationToken)));
    }

    /// <summary>One call that cannot be looked after must not keep the others from it.</summary>
    private async Task ApartAsync(string callId, Func<Task> look)
    {
        try
        {
            await look();
        }
        catch (Exception failed) when (failed is not OperationCanceledException)
        {
            LogCall(logger, failed, callId);
        }
    }

    private async Task RunAsync(string callId, CancellationToken cancellationToken)
    {
        using var held = await locks.AcquireAsync($"call:{callId}", cancellationToken);
        await executor.Value.ResumeAsync(callId, cancellationToken);
    }

    /// <summary>Ends a call on which nobody has decided in time.</summary>
    public async Task ExpireAsync(string callId, CancellationToken cancellationToken)
    {
        using var held = await locks.AcquireAsync($"call:{callId}", cancellationToken);
        if (await store.GetAsync<CallRecord>(callId, cancellationToken) is not { State: CallState.AwaitingApproval } call)
            return;
        var message = call.Approval?.CompleteAt is null
            ? "NOT EXECUTED. Nobody decided in time, which is a no. Ask again if it is still wanted."
            : "NOT EXECUTED. It was approved, but could not start in time. Ask again if it is still wanted.";
        await endings.EndAsync(call, CallState.Expired, null, message);
    }

    private async Task<IReadOnlyList<CallRecord>> OfAsync(params CallState[] states)
    {
        var calls = new List<CallRecord>();
        foreach (var state in states)
            calls.AddRange(await store.FindAllAsync<CallRecord>("state", state.Word()));

        return calls;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A round of looking after calls failed; the next one tries again")]
    private static partial void LogRound(ILogger logger, Exception failed);

    [LoggerMessage(Level = LogLevel.Error, Message = "Call {Call}: looking after it failed; the next round tries again")]
    private static partial void LogCall(ILogger logger, Exception failed, string call);
}
