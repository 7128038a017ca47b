using System.Collections.Concurrent;
using LiteDB;
using LiteDB.Engine;
using Siit.Iam.Agent.Store;
using Siit.Iam.Agent.Tests.Audit;

namespace Siit.Iam.Agent.Tests.Store;

/// <summary>A real file under LiteDB that fails at one of the steps that make something durable.</summary>
internal sealed class FaultyStream(FaultPoints points, FileStream file) : Stream
{
    /// <summary>A transaction of LiteDB's that has met a disk error throws when it is collected, and takes the process with it. A server's store is never collected.</summary>
    private static readonly ConcurrentBag<LiteDatabase> Kept = [];

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => true;

    public override long Length => file.Length;

    public override long Position { get => file.Position; set => file.Position = value; }

    /// <summary>The store's two files, as <c>LiteDbRecords.OpenFile</c> opens them, on this disk.</summary>
    /// <param name="opened">Gets what LiteDB leaves open.</param>
    public static LiteDatabase Open(FaultPoints points, string path, ICollection<Stream> opened)
    {
        var settings = new EngineSettings { DataStream = On(path), LogStream = On(LiteDbLog.PathOf(path)), Collation = Collation.Binary };
        var database = new LiteDatabase(new LiteEngine(settings));
        Kept.Add(database);
        return database;

        FaultyStream On(string name)
        {
            var stream = new FaultyStream(points, new FileStream(name, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite));
            opened.Add(stream);
            return stream;
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => file.Read(buffer, offset, count);

    public override long Seek(long offset, SeekOrigin origin) => file.Seek(offset, origin);

    public override void Write(byte[] buffer, int offset, int count) => points.Step(() => file.Write(buffer, offset, count), () =>
    {
        file.Write(buffer, offset, count / 2);
        file.Flush();
    });

    public override void Flush() => points.Step(() => file.Flush(flushToDisk: true));

    public override void SetLength(long value) => points.Step(() => file.SetLength(value));

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            file.Dispose();
        base.Dispose(disposing);
    }
}
