using System.Reflection;
using LiteDB;
using LiteDB.Engine;

namespace Siit.Iam.Agent.Store;

/// <summary>
/// What LiteDB writes its log through. It syncs whenever its queue happens to be empty, which is after most pages of a commit; what a
/// commit needs is two syncs: every other page before the one that confirms it is written, and that one. LiteDB's pages have no checksums:
/// a confirmed commit of which a page was never written could not be told from a whole one.
/// </summary>
internal sealed class CommitBarrier(Stream log) : Stream
{
    private static readonly int IsConfirmedAt = typeof(LiteEngine).Assembly.GetType("LiteDB.Engine.BasePage")?.GetField("P_IS_CONFIRMED", BindingFlags.Public | BindingFlags.Static)?.GetRawConstantValue() is int at
        ? at
        : throw new InvalidOperationException("This LiteDB confirms its commits in another way: how they are made durable has to be looked at before it can be used.");

    private bool _unsynced;

    public override bool CanRead => log.CanRead;

    public override bool CanSeek => log.CanSeek;

    public override bool CanWrite => log.CanWrite;

    public override long Length => log.Length;

    public override long Position { get => log.Position; set => log.Position = value; }

    public override int Read(byte[] buffer, int offset, int count) => log.Read(buffer, offset, count);

    public override long Seek(long offset, SeekOrigin origin) => log.Seek(offset, origin);

    public override void SetLength(long value) => log.SetLength(value);

    /// <summary>One page. A commit is durable when its last one is written: nobody can see an empty queue before that.</summary>
    public override void Write(byte[] buffer, int offset, int count)
    {
        var confirms = buffer[offset + IsConfirmedAt] != 0;
        if (confirms && _unsynced)
        {
            // Syncing leaves the place where it is.
            Sync();
        }

        log.Write(buffer, offset, count);
        _unsynced = true;
        if (confirms)
            Sync();
    }

    /// <summary>What is not confirmed yet counts for nothing; it is synced before it is.</summary>
    public override void Flush()
    {
    }

    private void Sync()
    {
        if (log is FileStream file)
            file.Flush(flushToDisk: true);
        else
            log.Flush();
        _unsynced = false;
    }
}
