using System.Threading.Channels;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.People.Copy;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.People.Sync;

/// <summary>
/// Keeps the copy of one connection fresh: everything once, then changes every minute, then everything again every few hours. The only
/// one that changes this part of the copy; whoever wants something of it sends a wish.
/// </summary>
internal sealed partial class ConnectionSync(
    string connection, IDirectorySource source, DirectoryCopy copy, Importer importer, ChangeReader changes, SyncOptions options, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(300);
    private readonly Channel<Wish> _wishes = Channel.CreateUnbounded<Wish>();
    private volatile SyncProgress _progress = SyncProgress.Idle;
    private int _failures;
    private DateTimeOffset? _lastTry;
    private bool _held;

    public string Name => connection;

    public SyncProgress Progress => _progress;

    /// <summary>The seam through which it is woken before its time: by a person, by an effect of ours, by a vendor's push message.</summary>
    public void Wake(SyncWish wish) => _wishes.Writer.TryWrite(new Wish(wish, null));

    /// <summary>Wakes it and waits for the end.</summary>
    /// <returns>What to tell the person who asked.</returns>
    public Task<SyncEnd> WakeAsync(SyncWish wish, CancellationToken cancellationToken)
    {
        var answer = new TaskCompletionSource<SyncEnd>(TaskCreationOptions.RunContinuationsAsynchronously);
        _wishes.Writer.TryWrite(new Wish(wish, answer));
        return answer.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Until it is stopped.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var wishes = await WaitAsync(cancellationToken);
            var end = await OnceAsync(wishes, cancellationToken);
            foreach (var wish in wishes)
                wish.Answer?.TrySetResult(end);
        }
    }

    private async Task<List<Wish>> WaitAsync(CancellationToken cancellationToken)
    {
        var pause = Due() - time.GetUtcNow();
        if (pause > TimeSpan.Zero)
        {
            using var due = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var alarm = Task.Delay(pause, time, due.Token);
            await Task.WhenAny(alarm, _wishes.Reader.WaitToReadAsync(due.Token).AsTask());
            await due.CancelAsync();
        }

        cancellationToken.ThrowIfCancellationRequested();
        var wishes = new List<Wish>();
        Take();
        if (wishes.Count > 0 && wishes.TrueForAll(wish => wish.What.Kind == SyncWishKind.Touched))
        {
            // Effects come in numbers: one step for all of them costs less than one for each.
            await Task.Delay(Gathering, time, cancellationToken);
            Take();
        }

        return wishes;

        void Take()
        {
            while (_wishes.Reader.TryRead(out var wish))
                wishes.Add(wish);
        }
    }

    /// <summary>When something has to be done without being asked.</summary>
    private DateTimeOffset Due()
    {
        var state = copy.State(connection);
        if (state.TroubleSince is not null)
        {
            var pause = TimeSpan.FromTicks(Math.Min(LongestPause.Ticks, FirstPause.Ticks << Math.Min(_failures, 10)));
            return (_lastTry ?? DateTimeOffset.MinValue) + pause;
        }

        if (state.ImportedAt is null || state.Position is null)
            return DateTimeOffset.MinValue;
        var sweep = (state.ImportBeganAt ?? DateTimeOffset.MinValue) + options.Sweep;
        if (_held)
            sweep = (_lastTry ?? DateTimeOffset.MinValue) + options.Sweep;
        var next = (_lastTry ?? DateTimeOffset.MinValue) + options.Changes;
        return state.OnlySweeps ? sweep : Earlier(sweep, next);
    }

    private async Task<SyncEnd> OnceAsync(List<Wish> wishes, CancellationToken cancellationToken)
    {
        var began = time.GetUtcNow();
        try
        {
            var end = await DoAsync(wishes, cancellationToken);
            _failures = 0;
            return end;
        }
        catch (IdpException trouble)
        {
            _failures++;
            await TroubledAsync(trouble.Message);
            LogTrouble(logger, connection, trouble.Message);
            return new SyncEnd(false, trouble.Message);
        }
        catch (StoreUnavailableException trouble)
        {
            _failures++;
            LogTrouble(logger, connection, trouble.Message);
            return new SyncEnd(false, trouble.Message);
        }
        catch (Exception bug) when (bug is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            _failures++;
            LogBug(logger, connection, bug);
            var sentence = "The sync stopped because of a defect of its own; the log file says more. The copy stays as it was.";
            await TroubledAsync(sentence);
            return new SyncEnd(false, sentence);
        }
        finally
        {
            _lastTry = began;
            _progress = SyncProgress.Idle;
        }
    }

    private async Task<SyncEnd> DoAsync(List<Wish> wishes, CancellationToken cancellationToken)
    {
        var state = copy.State(connection);
        var drop = wishes.Exists(wish => wish.What.Kind == SyncWishKind.Everything);
        var unfinished = copy.File.Get(CopyShelves.Runs, connection) is { Stage: ImportStage.Reading, ChangedSince: null };
        var swept = false;
        var sweepDue = !_held && (state.ImportBeganAt ?? DateTimeOffset.MinValue) + options.Sweep <= time.GetUtcNow();
        if (_held && (_lastTry ?? DateTimeOffset.MinValue) + options.Sweep <= time.GetUtcNow())
            (drop, sweepDue) = (true, true);
        if (drop)
            await importer.DropAsync(connection, cancellationToken);
        if (state.ImportedAt is null || drop || sweepDue || unfinished || state.Position is null)
        {
            // The changes first: what they tell is not a difference that the lists have to explain. But not into an import that was
            // interrupted: it would have to begin anew.
            if (state is { ImportedAt: not null, Position: not null, OnlySweeps: false } && (drop || !unfinished))
                await ReadChangesAsync(cancellationToken);
            var end = await ImportAsync(everything: true, cancellationToken);
            if (end is not null)
                return end;
            swept = true;
        }
        else if (wishes.Exists(wish => wish.What.Kind == SyncWishKind.Now))
        {
            var end = await ImportAsync(everything: false, cancellationToken);
            if (end is not null)
                return end;
        }

        var touched = wishes.Where(wish => wish.What.Kind == SyncWishKind.Touched).Select(wish => wish.What).ToList();
        if (touched.Count > 0 && copy.State(connection) is { ImportedAt: not null, Position: not null })
        {
            await changes.TouchAsync(connection, source, [.. touched.SelectMany(wish => wish.Accounts).Distinct(StringComparer.Ordinal)],
                [.. touched.SelectMany(wish => wish.Ties)], cancellationToken);
            if (wishes.TrueForAll(wish => wish.What.Kind == SyncWishKind.Touched))
                return SyncEnd.Done;
        }

        // Where changes could not be read, each sweep tries again: somebody may have given the permission.
        if ((swept || !copy.State(connection).OnlySweeps) && !await ReadChangesAsync(cancellationToken))
            return await ImportAsync(everything: true, cancellationToken) ?? SyncEnd.Done;
        return SyncEnd.Done;
    }

    private async Task<bool> ReadChangesAsync(CancellationToken cancellationToken)
    {
        _progress = new SyncProgress { Activity = SyncActivity.ReadingChanges, Since = time.GetUtcNow() };
        try
        {
            return await changes.RunAsync(connection, source, cancellationToken);
        }
        catch (IdpException refused) when (refused.Trouble == IdpTrouble.NotAllowed)
        {
            // Not bought, or not permitted: the sweeps still find everything.
            var state = copy.State(connection);
            await copy.CommitAsync(null, new DocumentChanges(), connection, state with { OnlySweeps = true, Trouble = refused.Message, TroubleSince = null });
            LogOnlySweeps(logger, connection, refused.Message);
            return true;
        }
    }

    /// <returns>Null when it is through.</returns>
    private async Task<SyncEnd?> ImportAsync(bool everything, CancellationToken cancellationToken)
    {
        var meter = new ProgressMeter(time);
        _progress = new SyncProgress { Activity = SyncActivity.Importing, Since = time.GetUtcNow() };
        var end = await importer.RunAsync(connection, source, everything, (run, left) => _progress = meter.Of(run, left), cancellationToken);
        _held = end.Held is not null;
        if (end.Held is { } why)
        {
            LogHeld(logger, connection, why);
            return new SyncEnd(false, why);
        }

        LogImported(logger, connection, end.Run.Counts.Pages, end.Run.Counts.Accounts, end.Gone);
        return null;
    }

    private async Task TroubledAsync(string sentence)
    {
        var state = copy.State(connection);
        try
        {
            await copy.CommitAsync(null, new DocumentChanges(), connection, state with { Trouble = sentence, TroubleSince = state.TroubleSince ?? time.GetUtcNow() });
        }
        catch (StoreUnavailableException)
        {
            // Said in the log already.
        }
    }

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;

    [LoggerMessage(Level = LogLevel.Warning, Message = "Sync of {Connection}: {Trouble}")]
    private static partial void LogTrouble(ILogger logger, string connection, string trouble);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Changes at {Connection} cannot be read; it is only swept: {Why}")]
    private static partial void LogOnlySweeps(ILogger logger, string connection, string why);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Import of {Connection} waits for a person: {Why}")]
    private static partial void LogHeld(ILogger logger, string connection, string why);

    [LoggerMessage(Level = LogLevel.Information, Message = "Imported {Connection}: {Pages} pages, {Accounts} accounts, {Gone} gone")]
    private static partial void LogImported(ILogger logger, string connection, int pages, int accounts, int gone);

    [LoggerMessage(Level = LogLevel.Error, Message = "Sync of {Connection} failed by a defect")]
    private static partial void LogBug(ILogger logger, string connection, Exception bug);

    private sealed record Wish(SyncWish What, TaskCompletionSource<SyncEnd>? Answer);
}

internal enum SyncWishKind
{
    /// <summary>Changes, and lists narrowed to what may have changed.</summary>
    Now,
    /// <summary>Changes.</summary>
    Changes,
    /// <summary>All lists, from the beginning.</summary>
    Everything,
    /// <summary>These accounts have changed.</summary>
    Touched,
}

/// <summary>What somebody wants of a connection's sync.</summary>
internal sealed record SyncWish(SyncWishKind Kind)
{
    public IReadOnlyList<string> Accounts { get; init; } = [];

    public IReadOnlyList<TieChange> Ties { get; init; } = [];
}

/// <summary>How a wish ended.</summary>
internal sealed record SyncEnd(bool Succeeded, string? Message)
{
    public static SyncEnd Done { get; } = new(true, null);
}
