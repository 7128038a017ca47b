using Siit.Iam.Agent.People.Events;
using Siit.Iam.Agent.Playbooks.Publishing;

namespace Siit.Iam.Agent.Playbooks.Triggers;

/// <summary>Looks after what starts by itself. All it needs to know is in the store; what it is told in between is a hint.</summary>
internal sealed partial class TriggerKeeper(
    PlaybooksInForce playbooks, TriggerFeeds feeds, PlannedStarts planned, EventBook events, TimeProvider time, ILogger<TriggerKeeper> logger) : BackgroundService
{
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan WholeLook = TimeSpan.FromMinutes(15);

    private readonly SemaphoreSlim _turn = new(1, 1);
    private PlaybookFolder? _folder;
    private DateTimeOffset _wholeAt;
    private IReadOnlySet<string> _imported = new HashSet<string>();
    private int _hinted;

    /// <summary>One look at everything. Public for tests with a clock of their own.</summary>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            var folder = playbooks.Now;
            await ApartAsync("HRIS", () => feeds.HrisAsync(folder, cancellationToken));
            await ApartAsync("IdPs", () => feeds.IdpsAsync(folder, cancellationToken));
            await ApartAsync("requests", () => feeds.RequestsAsync(folder, cancellationToken));
            await ApartAsync("plans", () => PlansAsync(folder, cancellationToken));
            await ApartAsync("times", () => planned.StartDueAsync(folder, cancellationToken));
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task PlansAsync(PlaybookFolder folder, CancellationToken cancellationToken)
    {
        // Whom a first file names is no news: no event tells that their dates are to be planned. Looked at before the people, so that none of them is missed.
        var imported = await planned.ImportedAsync(cancellationToken);
        if (ReferenceEquals(folder, _folder) && time.GetUtcNow() < _wholeAt + WholeLook && imported.IsSubsetOf(_imported))
            return;
        // Also when it fails: nobody is helped by trying the whole every other second.
        (_folder, _wholeAt, _imported) = (folder, time.GetUtcNow(), imported);
        await planned.ReconcileAsync(folder, cancellationToken);
    }

    public override void Dispose()
    {
        _turn.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Round, time);
        void Hint()
        {
            // One look sees whatever was added before it began.
            if (Interlocked.Exchange(ref _hinted, 1) == 0)
                _ = Task.Run(() => HintedAsync(stoppingToken), stoppingToken);
        }

        events.Added += Hint;
        try
        {
            do
            {
                await LookAsync(stoppingToken);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException)
        {
            // Stopping; what was not started yet is started after the next start.
        }
        finally
        {
            events.Added -= Hint;
        }
    }

    private Task HintedAsync(CancellationToken stoppingToken)
    {
        Interlocked.Exchange(ref _hinted, 0);
        return LookAsync(stoppingToken);
    }

    /// <summary>One feed in trouble must not keep the others from being read.</summary>
    private async Task ApartAsync(string what, Func<Task> look)
    {
        try
        {
            await look();
        }
        catch (Exception failed) when (failed is not OperationCanceledException)
        {
            LogFailed(logger, failed, what);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Triggers of {What}: a round failed; the next one tries again")]
    private static partial void LogFailed(ILogger logger, Exception failed, string what);
}
