using System.Threading.Channels;
using Siit.Iam.Agent.Audit.Tlog;

namespace Siit.Iam.Agent.Audit;

/// <content>
/// Signing what is durable. Nobody waits for it: an entry counts when it is synced, and stands under a signed checkpoint at the latest
/// <see cref="AuditOptions.CheckpointEvery"/> later, however many there were in between.
/// </content>
internal sealed partial class AuditLog
{
    private readonly Channel<bool> changed = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly CancellationTokenSource closing = new();
    private TaskCompletionSource signedMore = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The newest signed checkpoint; null when not even the first could be written.</summary>
    public SignedCheckpoint? Latest => publisher.Latest;

    /// <summary>The public keys, the present one last.</summary>
    public IReadOnlyList<NoteVerifier> Vkeys => keys.All;

    /// <summary>Signs all that is durable now, instead of within <see cref="AuditOptions.CheckpointEvery"/>.</summary>
    /// <exception cref="AuditUnavailableException">It could not be written.</exception>
    public SignedCheckpoint Publish()
    {
        try
        {
            return Signed(publisher.Publish(head));
        }
        catch (Exception e) when (e is AuditDamagedException or IOException or UnauthorizedAccessException)
        {
            NotSigned(e);
            throw new AuditUnavailableException($"The audit log's checkpoint could not be written: {e.Message}", nothingKept: true, e);
        }
    }

    /// <summary>Whether the entry at that place, and all before it, are those whose <see cref="HeadHash"/> was noted then.</summary>
    /// <param name="hash">Of a log that was of the old format then: that entry's own <c>hash</c>.</param>
    public bool Agrees(long seq, string hash)
    {
        if (seq >= head.NextSeq)
            return false;
        if (seq + 1 == head.NextSeq && hash == head.Hash)
            return true;
        var files = new AuditFiles(options.Folder);
        if (publisher.Latest is { } latest && seq < latest.Size && RootByTiles(files, latest.Size, seq + 1) == hash)
            return true;
        var edge = new MerkleEdge();
        foreach (var leaf in AuditLeaves.Read(files, 0, first))
        {
            edge.Append(leaf);
            if (edge.Size > seq)
                return hash == Convert.ToHexStringLower(edge.Root());
        }

        using var lines = new AuditLines(files.Log);
        while (edge.Size <= seq && lines.Next(out var line))
        {
            edge.Append(Merkle.Leaf(line));
            if (edge.Size > seq)
                return hash == Convert.ToHexStringLower(edge.Root()) || OldFormat.HashOf(line) == hash;
        }

        return false;
    }

    /// <summary>The entries after that place, in order, up to what was durable when it was asked for.</summary>
    /// <exception cref="AuditUnavailableException">Some of them lie in an archive.</exception>
    public IEnumerable<AuditEntry> ReadAfter(long seq)
    {
        if (seq + 1 < first)
            throw new AuditUnavailableException(
                $"Entries {seq + 1} to {first - 1} of the audit log have to be read, and lie in an archive. Bring them back: siit-iam audit unarchive --from FOLDER", nothingKept: true);
        var (files, end) = (new AuditFiles(options.Folder), head.NextSeq);
        var start = Math.Min((seq + 1 - first) / AuditRecovery.OffsetEvery, offsets.Count - 1);
        return AuditReader.Read(files.Log, first + (Math.Max(0, start) * AuditRecovery.OffsetEvery), start < 0 ? 0 : offsets[(int)start])
            .TakeWhile(entry => entry.Seq < end).Where(entry => entry.Seq > seq);
    }

    /// <summary>Waits for a checkpoint of more entries than that.</summary>
    public async Task<SignedCheckpoint> SignedMoreThanAsync(long size, CancellationToken cancellationToken)
    {
        while (true)
        {
            var more = Volatile.Read(ref signedMore);
            if (publisher.Latest is { } latest && latest.Size > size)
                return latest;
            await more.Task.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Keeps what witnesses have cosigned.</summary>
    public void AddCosignatures(SignedCheckpoint checkpoint, IReadOnlyList<NoteSignature> cosignatures) => publisher.AddCosignatures(checkpoint, cosignatures);

    // No tile can be made up so that it leads to a given root; one that is wrong only means that the lines have to be read.
    private static string? RootByTiles(AuditFiles files, long size, long of)
    {
        try
        {
            return Convert.ToHexStringLower(MerkleProofs.Root(new TileTree(files.Prefix, size).Hash, of));
        }
        catch (Exception e) when (e is TlogException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private async Task PublishChangesAsync()
    {
        try
        {
            while (await changed.Reader.WaitToReadAsync(closing.Token))
            {
                await Task.Delay(options.CheckpointEvery, time, closing.Token);
                changed.Reader.TryRead(out _);
                TryPublish();
            }
        }
        catch (OperationCanceledException)
        {
            // Closing signs what is left.
        }
    }

    private async Task StopPublishingAsync()
    {
        try
        {
            await closing.CancelAsync();
            await publishing.WaitAsync(options.WriteTimeout, time);
            // After a failure the next opening looks at what is there and signs that.
            if (failure is null)
                await Task.Run(TryPublish).WaitAsync(options.WriteTimeout, time);
        }
        catch (TimeoutException)
        {
            LogStuck(log, options.WriteTimeout);
        }
    }

    private void TryPublish()
    {
        try
        {
            Signed(publisher.Publish(head));
        }
        catch (Exception e) when (e is AuditDamagedException or IOException or UnauthorizedAccessException)
        {
            NotSigned(e);
        }
    }

    private SignedCheckpoint Signed(SignedCheckpoint checkpoint)
    {
        Interlocked.Exchange(ref signedMore, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
        return checkpoint;
    }

    private void NotSigned(Exception trouble)
    {
        if (trouble is not AuditDamagedException)
        {
            // Entries are durable without it, and it is tried again.
            LogUnsigned(log, head.NextSeq, trouble.Message);
            changed.Writer.TryWrite(true);
            return;
        }

        failure ??= $"{trouble.Message} No action runs.";
        LogFailed(log, options.Folder, trouble);
        queue.Writer.TryComplete();
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The audit log's checkpoint of {Entries} entries could not be written ({Trouble}); it is tried again")]
    private static partial void LogUnsigned(ILogger log, long entries, string trouble);
}
