namespace Siit.Iam.Agent.People.Sync;

/// <summary>What a connection's sync is doing now.</summary>
internal sealed record SyncProgress
{
    public required SyncActivity Activity { get; init; }

    public DateTimeOffset Since { get; init; }

    /// <summary>Of an import.</summary>
    public ImportCounts Counts { get; init; } = new(0, 0, 0, 0, 0);

    /// <summary>Pages per second since this process began reading.</summary>
    public double PagesPerSecond { get; init; }

    /// <summary>Until the pages known now are read; each page can name further ones. Null: not known.</summary>
    public TimeSpan? ToGo { get; init; }

    public static SyncProgress Idle { get; } = new() { Activity = SyncActivity.Idle };
}

internal enum SyncActivity
{
    Idle,
    /// <summary>The copy is being read from its file.</summary>
    Loading,
    ReadingChanges,
    Importing,
    /// <summary>Everything is read, the copy is brought up to date.</summary>
    Applying,
}

/// <summary>Counts and times of one import as it goes.</summary>
internal sealed class ProgressMeter(TimeProvider time)
{
    private readonly long _began = time.GetTimestamp();
    private readonly DateTimeOffset _since = time.GetUtcNow();
    private int? _pagesBefore;

    public SyncProgress Of(ImportRun run, int left)
    {
        _pagesBefore ??= run.Counts.Pages - 1;
        var seconds = time.GetElapsedTime(_began).TotalSeconds;
        var rate = seconds > 0 ? (run.Counts.Pages - _pagesBefore.Value) / seconds : 0;
        return new SyncProgress
        {
            Activity = run.Stage == ImportStage.Applying ? SyncActivity.Applying : SyncActivity.Importing,
            Since = _since,
            Counts = run.Counts,
            PagesPerSecond = rate,
            ToGo = rate > 0 ? TimeSpan.FromSeconds(left / rate) : null,
        };
    }
}
