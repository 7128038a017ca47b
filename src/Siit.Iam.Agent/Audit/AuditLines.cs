namespace Siit.Iam.Agent.Audit;

/// <summary>
/// The lines of a log file as bytes, without reading all of it at once. Only '\n' ends a line, and a line without it
/// is not one: text readers would take it for whole, and '\r' for an end.
/// </summary>
internal sealed class AuditLines : IDisposable
{
    // Longer than any entry, so that a file without line ends cannot take all memory.
    private const int MaxLine = 2 * AuditLog.MaxEntryBytes;

    // A writer may have it open; what it has not finished is a torn line to us.
    private readonly FileStream file;
    private byte[] buffer = new byte[256 * 1024];
    private int from;
    private int to;

    /// <param name="begin">Where a line begins; lines are counted from there.</param>
    public AuditLines(string path, long begin = 0)
    {
        file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0, FileOptions.SequentialScan);
        file.Seek(begin, SeekOrigin.Begin);
        WholeLength = begin;
    }

    /// <summary>Number of the line last given, from 1.</summary>
    public long Number { get; private set; }

    /// <summary>Where the line last given ends, its newline included.</summary>
    public long WholeLength { get; private set; }

    /// <summary>After the last line: how many bytes stand behind it.</summary>
    public long TornBytes { get; private set; }

    /// <summary>The next line without its newline; valid until the next call.</summary>
    public bool Next(out ReadOnlySpan<byte> line)
    {
        while (true)
        {
            var end = buffer.AsSpan(from, to - from).IndexOf((byte)'\n');
            if (end >= 0 || to - from > MaxLine)
            {
                // An overlong line is handed out as it is and fails as an entry.
                var length = end >= 0 ? end : to - from;
                line = buffer.AsSpan(from, length);
                from += end >= 0 ? end + 1 : length;
                Number++;
                WholeLength += end >= 0 ? end + 1 : length;
                return true;
            }

            if (!Fill())
            {
                TornBytes = to - from;
                line = default;
                return false;
            }
        }
    }

    /// <summary>The same as bytes of one's own, which stay valid: where a span cannot live. Null after the last line.</summary>
    public byte[]? Next() => Next(out var line) ? line.ToArray() : null;

    public void Dispose() => file.Dispose();

    private bool Fill()
    {
        buffer.AsSpan(from, to - from).CopyTo(buffer);
        (from, to) = (0, to - from);
        if (to == buffer.Length)
            Array.Resize(ref buffer, buffer.Length * 2);
        var read = file.Read(buffer, to, buffer.Length - to);
        to += read;
        return read > 0;
    }
}
