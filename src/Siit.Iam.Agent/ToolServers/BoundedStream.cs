namespace Siit.Iam.Agent.ToolServers;

/// <summary>What a server sends, with an end to how long one message may be: a message is a line, or a whole HTTP body.</summary>
internal sealed class BoundedStream(Stream inner, int longest) : Stream
{
    private long _since;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override int Read(byte[] buffer, int offset, int count) => Counted(buffer.AsSpan(offset, inner.Read(buffer, offset, count)));

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await inner.ReadAsync(buffer, cancellationToken);
        return Counted(buffer.Span[..read]);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }

    private int Counted(ReadOnlySpan<byte> read)
    {
        // The end of one message, then whole ones, then the beginning of the next: each counts, also where its end has arrived already.
        var rest = read;
        for (var line = rest.IndexOf((byte)'\n'); line >= 0; line = rest.IndexOf((byte)'\n'))
        {
            Check(_since + line);
            _since = 0;
            rest = rest[(line + 1)..];
        }

        _since += rest.Length;
        Check(_since);
        return read.Length;
    }

    private void Check(long length)
    {
        if (length > longest)
            throw new IOException($"A message is longer than {longest} bytes.");
    }
}
