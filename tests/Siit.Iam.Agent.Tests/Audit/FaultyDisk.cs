using Siit.Iam.Agent.Audit;

namespace Siit.Iam.Agent.Tests.Audit;

/// <summary>A disk of limited room under real files, that fails on demand. Both files of a log share it.</summary>
internal sealed class FaultyDisk : IDisposable
{
    // errno, as the real IOException carries it.
    private const int Eio = 5;
    private const int Enospc = 28;
    private readonly List<FaultyFile> files = [];

    public long Capacity { get; set; } = long.MaxValue;

    public bool FailSync { get; set; }

    public bool FailAppend { get; set; }

    public bool FailTruncate { get; set; }

    public ManualResetEventSlim Answers { get; } = new(initialState: true);

    public int Syncs { get; private set; }

    public IAuditFile Open(string path)
    {
        var file = new FaultyFile(this, AuditFile.Open(path));
        files.Add(file);
        return file;
    }

    /// <summary>Makes everything that is not taken now unavailable.</summary>
    public void FillUp() => Capacity = files.Sum(f => f.Length);

    public void Dispose() => Answers.Dispose();

    private sealed class FaultyFile(FaultyDisk disk, AuditFile file) : IAuditFile
    {
        public long Length => file.Length;

        public void Append(ReadOnlySpan<byte> bytes)
        {
            disk.Answers.Wait();
            var room = disk.Capacity - disk.files.Sum(f => f.Length);
            if (disk.FailAppend || room < bytes.Length)
            {
                // A short write: a part is in the file when the error comes.
                file.Append(bytes[..(int)Math.Min(bytes.Length / 2, Math.Max(0, room))]);
                throw disk.FailAppend ? new IOException("Input/output error", Eio) : new IOException("No space left on device", Enospc);
            }

            file.Append(bytes);
        }

        public void Sync()
        {
            disk.Answers.Wait();
            disk.Syncs++;
            if (disk.FailSync)
                throw new IOException("Input/output error", Eio);
            file.Sync();
        }

        public void Truncate(long length)
        {
            if (disk.FailTruncate)
                throw new IOException("Input/output error", Eio);
            file.Truncate(length);
        }

        public void Dispose()
        {
            disk.files.Remove(this);
            file.Dispose();
        }
    }
}
