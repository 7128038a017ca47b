using System.Text.Json.Nodes;
using System.Threading.Channels;
using Siit.Iam.Agent.Audit.Tlog;

namespace Siit.Iam.Agent.Audit;

/// <summary>
/// The only writer of the audit log. An entry is durable when its write completes; what cannot be recorded must not be
/// done. Entries that wait at the same time share one write and one sync.
/// </summary>
/// <remarks>
/// A full disk is passed over once there is room again. After any other error the log stays closed until it is opened
/// anew, because a second sync on the same descriptor can report success for pages that were dropped.
/// </remarks>
internal sealed partial class AuditLog : IAsyncDisposable
{
    /// <summary>An entry is at most so large, without its newline; tiles of a transparency log take no more.</summary>
    public const int MaxEntryBytes = 65_535;

    /// <summary>The largest entry that a reservation has room for.</summary>
    public const int ReservedEntryBytes = 16_384;

    // The entry's number, at its longest.
    private const int NumberBytes = 20;
    private const int MaxBatchBytes = 1 << 20;
    private static readonly TimeSpan ProbeEvery = TimeSpan.FromSeconds(1);

    private readonly AuditOptions options;
    private readonly TimeProvider time;
    private readonly ILogger log;
    private readonly FileStream ownership;
    private readonly AuditDisk disk;
    private readonly Channel<Pending> queue;
    private readonly Task writer;
    private readonly int reservable;

    private readonly IReadOnlyList<long> offsets;
    private readonly long first;
    private readonly AuditPublisher publisher;
    private readonly AuditKeys keys;
    private readonly Task publishing;

    private volatile AuditHead head;
    private MerkleEdge tree;
    private volatile string? failure;
    private volatile bool full;
    private volatile bool stuck;
    private int reserved;
    private long lastProbe;

    private AuditLog(AuditOptions options, TimeProvider time, ILogger log, FileStream ownership, AuditDisk disk, Opened opened)
    {
        (this.options, this.time, this.log, this.ownership, this.disk) = (options, time, log, ownership, disk);
        (head, tree, offsets, first, publisher, keys) = (opened.Head, opened.Tree, opened.Offsets, opened.First, opened.Publisher, opened.Keys);
        // A block is lost at the end of each entry that is appended by itself.
        reservable = options.ReserveBytes / (ReservedEntryBytes + (2 * 4096));
        queue = Channel.CreateBounded<Pending>(new BoundedChannelOptions(options.QueueLength) { SingleReader = true });
        full = !disk.TryHoldReserve();
        lastProbe = time.GetTimestamp();
        writer = Task.Run(WriteQueuedAsync);
        publishing = Task.Run(PublishChangesAsync);
    }

    /// <summary>The durable end.</summary>
    public AuditHead Head => head;

    /// <summary>Number of entries; the next entry's place.</summary>
    public long NextSeq => head.NextSeq;

    /// <summary>The first entry that is here; those before it lie in an archive, only their hashes are here.</summary>
    public long First => first;

    /// <summary>Root of the tree of all durable entries, in lower hex.</summary>
    public string HeadHash => head.Hash;

    /// <summary>How many bytes of <see cref="AuditFiles.Log"/> are durable, always a whole number of lines.</summary>
    public long DurableLength => head.Length;

    /// <summary>Copies what is durable now, for a backup; the server goes on writing meanwhile.</summary>
    public async Task<AuditHead> CopyToAsync(Stream target, CancellationToken cancellationToken = default)
    {
        var copied = head;
        await using var source = new FileStream(new AuditFiles(options.Folder).Log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var buffer = new byte[64 * 1024];
        for (var left = copied.Length; left > 0;)
        {
            var piece = buffer.AsMemory(0, (int)Math.Min(buffer.Length, left));
            await source.ReadExactlyAsync(piece, cancellationToken);
            await target.WriteAsync(piece, cancellationToken);
            left -= piece.Length;
        }

        return copied;
    }

    /// <summary>False when an ordinary entry would be refused now: the disk is full, does not answer, or has failed.</summary>
    public bool Healthy => Trouble is null;

    /// <summary>Why the log is not <see cref="Healthy"/>, and what to do; null when it is.</summary>
    public string? Trouble => failure
        ?? (stuck ? $"The disk of the audit log in {options.Folder} does not answer. Check the volume; actions wait until it does." : null)
        ?? (full ? FullMessage : null);

    private string FullMessage =>
        $"The disk of the audit log in {options.Folder} is full: nothing new is done until there is room. Free space on that volume.";

    /// <summary>Records an entry; it is durable when this completes.</summary>
    /// <param name="draft">Copied at once.</param>
    /// <param name="cancellationToken">
    /// Stops waiting. An entry that was already queued is written all the same, so after a cancellation it may or may
    /// not be in the log; the log itself is whole either way.
    /// </param>
    /// <exception cref="AuditUnavailableException">It was not recorded, or nobody can tell. Do not act.</exception>
    /// <exception cref="ArgumentException">The draft's kind is unknown, or its ids alone are larger than an entry may be.</exception>
    public ValueTask<AuditReceipt> WriteAsync(AuditDraft draft, CancellationToken cancellationToken = default)
    {
        // A full disk is looked at again by the writer, so that the log recovers by being used.
        if (failure is not null || stuck)
            throw new AuditUnavailableException(Trouble ?? FullMessage, nothingKept: true);
        return EnqueueAsync(new Pending(Compose(draft, MaxEntryBytes), IsReserved: false), cancellationToken);
    }

    /// <summary>Takes room for the entries that must be recorded after an effect has begun.</summary>
    /// <exception cref="AuditUnavailableException">There is none: too much is under way, or the disk is full. Do not begin.</exception>
    public AuditReservation Reserve(int entries)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(entries);
        if (Trouble is { } trouble)
            throw new AuditUnavailableException(trouble, nothingKept: true);
        if (Interlocked.Add(ref reserved, entries) > reservable)
        {
            GiveBack(entries);
            throw new AuditUnavailableException(
                $"More is under way than the audit log has room for ({reservable} outcomes). Try again in a moment, or raise ReserveBytes.", nothingKept: true);
        }

        return new AuditReservation(this, entries);
    }

    /// <summary>Writes what is queued, then lets go of the files. Later writes are refused.</summary>
    public async Task CloseAsync()
    {
        queue.Writer.TryComplete();
        try
        {
            await writer.WaitAsync(options.WriteTimeout, time);
        }
        catch (TimeoutException)
        {
            // A disk that does not answer must not keep the process from ending; the next start cuts off what is torn.
            LogStuck(log, options.WriteTimeout);
            return;
        }

        await StopPublishingAsync();
        failure ??= "The audit log is closed.";
        disk.Dispose();
        await ownership.DisposeAsync();
    }

    public async ValueTask DisposeAsync() => await CloseAsync();

    internal async ValueTask<AuditReceipt> WriteReservedAsync(AuditDraft draft, CancellationToken cancellationToken)
    {
        Pending pending;
        try
        {
            pending = new Pending(Compose(draft, ReservedEntryBytes), IsReserved: true);
        }
        catch
        {
            GiveBack(1);
            throw;
        }

        return await EnqueueAsync(pending, cancellationToken);
    }

    internal void GiveBack(int entries) => Interlocked.Add(ref reserved, -entries);

    private async ValueTask<AuditReceipt> EnqueueAsync(Pending pending, CancellationToken cancellationToken)
    {
        try
        {
            var written = QueueAsync(pending, cancellationToken);
            return written.IsCompletedSuccessfully ? written.Result : await written.WaitAsync(options.WriteTimeout, time, cancellationToken);
        }
        catch (TimeoutException e)
        {
            stuck = true;
            LogStuck(log, options.WriteTimeout);
            throw new AuditUnavailableException(Trouble ?? FullMessage, nothingKept: false, e);
        }
    }

    private async Task<AuditReceipt> QueueAsync(Pending pending, CancellationToken cancellationToken)
    {
        try
        {
            await queue.Writer.WriteAsync(pending, cancellationToken);
        }
        catch (ChannelClosedException e)
        {
            Settle(pending);
            throw new AuditUnavailableException(failure ?? "The audit log is closed.", nothingKept: true, e);
        }
        catch (OperationCanceledException)
        {
            Settle(pending);
            throw;
        }

        return await pending.Done.Task;
    }

    private async Task WriteQueuedAsync()
    {
        var batch = new List<Pending>();
        while (await queue.Reader.WaitToReadAsync())
        {
            var bytes = 0;
            while (bytes < MaxBatchBytes && queue.Reader.TryRead(out var pending))
            {
                batch.Add(pending);
                bytes += pending.Bytes;
            }

            Write(batch);
            batch.Clear();
            stuck = false;
        }
    }

    private void Write(List<Pending> batch)
    {
        try
        {
            if (failure is not null)
                Refuse(batch, failure, nothingKept: true);
            else if (full && !TryLeaveFull(batch))
                WriteWhileFull(batch);
            else
                WriteOrTurnFull(batch);
        }
        catch (Exception e)
        {
            failure = $"The audit log in {options.Folder} has failed ({e.Message}) and is closed: no action runs. "
                + "Check the volume, run 'siit-iam audit verify', then restart the server.";
            LogFailed(log, options.Folder, e);
            Refuse(batch, failure, nothingKept: false, e);
            // Not only refused one by one: writers that wait for room in the queue must hear of it as well.
            queue.Writer.TryComplete();
        }
    }

    private void WriteOrTurnFull(List<Pending> batch)
    {
        try
        {
            Append(batch, disk.Append);
        }
        catch (AuditDiskFullException)
        {
            full = true;
            lastProbe = time.GetTimestamp();
            LogFull(log, options.Folder);
            WriteWhileFull(batch);
        }
    }

    private void WriteWhileFull(List<Pending> batch)
    {
        Refuse(batch.FindAll(p => !p.IsReserved), FullMessage, nothingKept: true);
        // One by one, so that each takes no more room than was reserved for it.
        foreach (var outcome in batch.FindAll(p => p.IsReserved))
        {
            try
            {
                Append([outcome], disk.AppendFromReserve);
            }
            catch (AuditDiskFullException)
            {
                Refuse([outcome], FullMessage, nothingKept: true);
            }
        }
    }

    private bool TryLeaveFull(List<Pending> batch)
    {
        if (batch.TrueForAll(p => p.IsReserved) || time.GetElapsedTime(lastProbe) < ProbeEvery)
            return false;
        lastProbe = time.GetTimestamp();
        if (!disk.TryHoldReserve())
            return false;
        full = false;
        LogRoomAgain(log, options.Folder);
        return true;
    }

    private void Append(List<Pending> batch, Action<ReadOnlySpan<byte>> append)
    {
        var lines = new MemoryStream();
        var receipts = new AuditReceipt[batch.Count];
        // Grown aside: when the disk does not take the lines, the tree has not grown.
        var (seq, grown) = (head.NextSeq, tree.Copy());
        for (var i = 0; i < batch.Count; i++, seq++)
        {
            var line = AuditLine.At(seq, batch[i].Before, batch[i].After);
            lines.Write(line);
            lines.WriteByte((byte)'\n');
            var leaf = Merkle.Leaf(line);
            grown.Append(leaf);
            receipts[i] = new AuditReceipt(seq, Convert.ToHexStringLower(leaf), batch[i].Time);
        }

        append(lines.GetBuffer().AsSpan(0, (int)lines.Length));
        (tree, head) = (grown, new AuditHead(seq, Convert.ToHexStringLower(grown.Root()), disk.DurableLength));
        changed.Writer.TryWrite(true);
        for (var i = 0; i < batch.Count; i++)
        {
            Settle(batch[i]);
            batch[i].Done.TrySetResult(receipts[i]);
        }
    }

    private void Refuse(List<Pending> batch, string message, bool nothingKept, Exception? inner = null)
    {
        foreach (var pending in batch)
        {
            Settle(pending);
            pending.Done.TrySetException(new AuditUnavailableException(message, nothingKept, inner));
        }
    }

    // A reserved entry keeps its room until it is written or refused.
    private void Settle(Pending pending)
    {
        if (pending.IsReserved && pending.TrySettle())
            GiveBack(1);
    }

    private Composed Compose(AuditDraft draft, int maxBytes)
    {
        var now = time.GetUtcNow();
        now = now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMillisecond));
        var body = AuditLine.Body(draft, now);
        var composed = Around(body, now);
        if (composed.Bytes > maxBytes && body["data"] is JsonObject data)
        {
            body["data"] = new JsonObject
            {
                ["digest"] = CanonicalJson.Digest(data),
                ["omitted_bytes"] = CanonicalJson.Utf8(data).Length,
            };
            composed = Around(body, now);
        }

        return composed.Bytes <= maxBytes
            ? composed
            : throw new ArgumentException($"The entry's ids alone take {composed.Bytes} bytes; {maxBytes} are the most.", nameof(draft));
    }

    private static Composed Around(JsonObject body, DateTimeOffset time)
    {
        var (before, after) = AuditLine.Around(body);
        return new Composed(before, after, time);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The audit log ended in a half written line of {Bytes} bytes; it was moved to {File}")]
    private static partial void LogRepaired(ILogger log, long bytes, string file);

    [LoggerMessage(Level = LogLevel.Critical, Message = "The audit log in {Folder} has failed; no action runs until the server is restarted")]
    private static partial void LogFailed(ILogger log, string folder, Exception error);

    [LoggerMessage(Level = LogLevel.Critical, Message = "The disk of the audit log in {Folder} is full; only outcomes of what is under way are recorded")]
    private static partial void LogFull(ILogger log, string folder);

    [LoggerMessage(Level = LogLevel.Information, Message = "The disk of the audit log in {Folder} has room again")]
    private static partial void LogRoomAgain(ILogger log, string folder);

    [LoggerMessage(Level = LogLevel.Critical, Message = "The audit log's disk has not answered within {Timeout}")]
    private static partial void LogStuck(ILogger log, TimeSpan timeout);

    /// <summary>An entry as it will stand, but for its number.</summary>
    private sealed record Composed(byte[] Before, byte[] After, DateTimeOffset Time)
    {
        public int Bytes => Before.Length + NumberBytes + After.Length;
    }

    private sealed class Pending(Composed content, bool IsReserved)
    {
        private int settled;

        public byte[] Before => content.Before;

        public byte[] After => content.After;

        public int Bytes => content.Bytes;

        public DateTimeOffset Time => content.Time;

        public bool IsReserved { get; } = IsReserved;

        public TaskCompletionSource<AuditReceipt> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool TrySettle() => Interlocked.Exchange(ref settled, 1) == 0;
    }
}

/// <summary>The durable end of the log: how many entries, the root of their tree in lower hex, how many bytes.</summary>
internal sealed record AuditHead(long NextSeq, string Hash, long Length);
