using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Siit.Iam.Agent.Audit;

namespace Siit.Iam.Agent.Tests.Audit;

/// <summary>A log's folder of its own, and ways to fill it.</summary>
internal sealed class AuditFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("siit-audit-").FullName;

    public AuditFiles Files => new(Path);

    public AuditOptions Options => new() { Folder = Path, ReserveBytes = 1 << 20, CheckpointEvery = TimeSpan.FromHours(1), WriteTimeout = TimeSpan.FromSeconds(20) };

    public static AuditDraft Draft(int i) => new(AuditKinds.CallReceived)
    {
        Call = $"call_{i}",
        Action = "find_person",
        Target = "ü€",
        Actor = new AuditActor { Requester = "ana@acme.example", Caller = "desk", Door = "mcp" },
        Data = new JsonObject { ["n"] = i, ["text"] = "\u0001" },
    };

    public AuditLog Open(Func<string, IAuditFile>? open = null) => AuditLog.Open(Options, TimeProvider.System, NullLogger.Instance, open ?? AuditFile.Open);

    /// <summary>Opens, writes so many entries and closes: all of them signed.</summary>
    public async Task<AuditFolder> WriteAsync(int count, int from = 0)
    {
        await using var log = Open();
        // Together, so that they share their syncs; still in order, because one thread queues them.
        await Task.WhenAll(Enumerable.Range(from, count).Select(i => log.WriteAsync(Draft(i)).AsTask()).ToArray());
        return this;
    }

    public AuditVerification Verify(byte[]? kept = null) => AuditVerifier.Verify(Files, kept);

    public byte[] Checkpoint() => File.ReadAllBytes(Files.Checkpoint);

    /// <summary>A copy of all files as they are now.</summary>
    public AuditFolder Copy()
    {
        var copy = new AuditFolder();
        foreach (var file in Directory.GetFiles(Path, "*", SearchOption.AllDirectories))
        {
            var target = System.IO.Path.Combine(copy.Path, System.IO.Path.GetRelativePath(Path, file));
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(target)!);
            File.Copy(file, target, overwrite: true);
        }

        return copy;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
