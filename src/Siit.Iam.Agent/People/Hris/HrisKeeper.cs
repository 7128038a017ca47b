using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.People.Hris;

/// <summary>Looks after the HRIS that leave files, and after the days. All it needs to know is in the store.</summary>
internal sealed partial class HrisKeeper(
    HrisBook book, HrisFiles files, HrisOptions options, IStore store, TimeProvider time, ILogger<HrisKeeper> logger) : BackgroundService
{
    private readonly Dictionary<string, string> _looked = [];
    private DateOnly _day;

    /// <summary>One look at everything. Public for tests with a clock of their own.</summary>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        foreach (var source in options.Sources.Where(source => source.File is not null))
            await ApartAsync(source.Name, () => LookAsync(source, cancellationToken));
        var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        if (today != _day)
        {
            await book.CatchUpAsync(cancellationToken);
            _day = today;
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Sources.Count == 0)
            return;
        using var timer = new PeriodicTimer(options.Every, time);
        try
        {
            do
            {
                await ApartAsync("all", () => LookAsync(stoppingToken));
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException)
        {
            // Stopping; a file half taken is taken again at the next start.
        }
    }

    private async Task LookAsync(HrisSource source, CancellationToken cancellationToken)
    {
        if (await files.ReadAsync(source, cancellationToken) is not { } read)
            return;
        var state = await store.GetAsync<HrisSourceRecord>(source.Name, cancellationToken);
        // Not parsed again and again, unless a person has decided about it meanwhile.
        var looked = $"{read.Digest} {state?.AcceptedDigest} {state?.RefusedDigest}";
        if (state?.Digest == read.Digest)
            files.Tell(source.Name, null);
        else if (_looked.GetValueOrDefault(source.Name) != looked)
        {
            var content = PeopleCsv.Read(read.Content, DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime));
            var outcome = content.Refused is null
                ? await book.TakeFileAsync(source.Name, read.Digest, content, cancellationToken)
                : new FileOutcome(false, content.Refused);
            if (outcome.Why is not null)
                LogRefused(logger, source.Name, outcome.Why);
            files.Tell(source.Name, outcome.Why);
            _looked[source.Name] = looked;
        }
    }

    /// <summary>One HRIS in trouble must not keep the others from being looked after.</summary>
    private async Task ApartAsync(string source, Func<Task> look)
    {
        try
        {
            await look();
        }
        catch (Exception failed) when (failed is not OperationCanceledException)
        {
            if (failed is AuditUnavailableException or StoreUnavailableException or IOException or UnauthorizedAccessException)
                files.Tell(source, $"It could not be read or kept and is tried again: {failed.Message}");
            LogFailed(logger, failed, source);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "HRIS {Source}: file not taken: {Why}")]
    private static partial void LogRefused(ILogger logger, string source, string why);

    [LoggerMessage(Level = LogLevel.Error, Message = "HRIS {Source}: looking after it failed; the next round tries again")]
    private static partial void LogFailed(ILogger logger, Exception failed, string source);
}
