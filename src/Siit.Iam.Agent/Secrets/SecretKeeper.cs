namespace Siit.Iam.Agent.Secrets;

/// <summary>Erases secrets that nobody came for.</summary>
internal sealed partial class SecretKeeper(SecretDesk desk, TimeProvider time, ILogger<SecretKeeper> logger) : BackgroundService
{
    private static readonly TimeSpan Round = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Round, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                try
                {
                    await desk.SweepAsync(stoppingToken);
                }
                catch (Exception failed) when (failed is not OperationCanceledException)
                {
                    LogRound(logger, failed);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Erasing expired secrets failed; the next round tries again")]
    private static partial void LogRound(ILogger logger, Exception failed);
}
