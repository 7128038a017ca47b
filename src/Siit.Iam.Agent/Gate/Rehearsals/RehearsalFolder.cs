using Microsoft.Extensions.Logging.Abstractions;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Gate.Rehearsals;

/// <summary>
/// What a rehearsal writes besides its store: an audit log of its own, and a key to seal with. Thrown away with it; nothing of it is
/// ever taken for the server's.
/// </summary>
internal sealed class RehearsalFolder : IAsyncDisposable
{
    private readonly string _path;

    private RehearsalFolder(string path, AuditLog log) => (_path, Log) = (path, log);

    public AuditLog Log { get; }

    public DataFolder Data => new(_path);

    public static RehearsalFolder Create()
    {
        var path = Directory.CreateTempSubdirectory("siit-iam-rehearsal-").FullName;
        // On the real clock: a clock that jumps would sign checkpoints without a pause.
        var log = AuditLog.Open(
            new AuditOptions { Folder = Path.Combine(path, "audit"), ReserveBytes = 1 << 18, CheckpointEvery = TimeSpan.FromHours(1), Origin = "rehearsal" },
            TimeProvider.System, NullLogger.Instance, file => new UnsyncedFile(AuditFile.Open(file)));
        return new RehearsalFolder(path, log);
    }

    public async ValueTask DisposeAsync()
    {
        await Log.DisposeAsync();
        try
        {
            Directory.Delete(_path, recursive: true);
        }
        catch (IOException)
        {
            // What is left in the folder for temporary files is the machine's to clear away.
        }
    }

    /// <summary>Nobody needs it after a crash.</summary>
    private sealed class UnsyncedFile(IAuditFile file) : IAuditFile
    {
        public long Length => file.Length;

        public void Append(ReadOnlySpan<byte> bytes) => file.Append(bytes);

        public void Sync()
        {
            // On purpose nothing.
        }

        public void Truncate(long length) => file.Truncate(length);

        public void Dispose() => file.Dispose();
    }
}
