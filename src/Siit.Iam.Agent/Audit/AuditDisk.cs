namespace Siit.Iam.Agent.Audit;

/// <summary>
/// The log's file and, beside it, a file of zeros that only takes up room. On a full disk the zeros are given back
/// piece by piece, as much as the next outcome needs, so that nobody else can eat what is still held.
/// </summary>
internal sealed class AuditDisk(IAuditFile log, IAuditFile reserve, long reserveBytes) : IDisposable
{
    private const int Block = 4096;

    /// <summary>How much of the log is known to be on the disk.</summary>
    public long DurableLength { get; private set; } = log.Length;

    /// <summary>Appends and syncs. When it throws, what is in the file past <see cref="DurableLength"/> is unknown.</summary>
    /// <exception cref="AuditDiskFullException">There was no room, and the file is durably as it was before.</exception>
    public void Append(ReadOnlySpan<byte> lines)
    {
        try
        {
            log.Append(lines);
        }
        catch (IOException e) when (AuditFile.IsFull(e))
        {
            CutBack();
            throw new AuditDiskFullException(e);
        }

        // A full disk that shows only here is like any other failed sync: the kernel may have dropped the pages and
        // would report success the second time.
        log.Sync();
        DurableLength += lines.Length;
    }

    /// <summary>Appends with the room that was held back.</summary>
    /// <exception cref="AuditDiskFullException">Even that is used up.</exception>
    public void AppendFromReserve(ReadOnlySpan<byte> lines)
    {
        while (true)
        {
            try
            {
                Append(lines);
                return;
            }
            catch (AuditDiskFullException) when (reserve.Length > 0)
            {
                // One block more than the lines need: the file system may want one for its own bookkeeping.
                var piece = ((lines.Length + Block - 1) / Block * Block) + Block;
                reserve.Truncate(Math.Max(0, reserve.Length - piece));
                reserve.Sync();
            }
        }
    }

    /// <summary>Takes the room (again); false when the disk does not have it.</summary>
    public bool TryHoldReserve()
    {
        var zeros = new byte[64 * 1024];
        var before = reserve.Length;
        try
        {
            while (reserve.Length < reserveBytes)
                reserve.Append(zeros.AsSpan(0, (int)Math.Min(zeros.Length, reserveBytes - reserve.Length)));
            if (reserve.Length > before)
                reserve.Sync();
            return true;
        }
        catch (IOException e) when (AuditFile.IsFull(e))
        {
            // Not kept in part: the rest of the disk would then be full because of us.
            reserve.Truncate(before);
            return false;
        }
    }

    /// <summary>Cuts off what a crash left half written; <paramref name="length"/> is the end of the last whole line.</summary>
    public void CutTo(long length)
    {
        DurableLength = length;
        CutBack();
    }

    public void Dispose()
    {
        log.Dispose();
        reserve.Dispose();
    }

    private void CutBack()
    {
        log.Truncate(DurableLength);
        log.Sync();
    }
}

/// <summary>No room for the lines; nothing of them is in the log.</summary>
internal sealed class AuditDiskFullException(Exception inner) : IOException("The disk is full.", inner);
