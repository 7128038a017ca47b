using System.Diagnostics.CodeAnalysis;

namespace Siit.Iam.Agent.Audit;

/// <summary>The names in the log's folder.</summary>
internal sealed class AuditFiles(string folder)
{
    /// <summary>The folder itself.</summary>
    public string Folder => folder;

    /// <summary>The log itself: one canonical JSON entry a line. Everything else about entries is derived from it.</summary>
    public string Log { get; } = Path.Combine(folder, "audit.jsonl");

    /// <summary>The leaves' hashes of the entries that lie in an archive; not there when none do. See <see cref="AuditLeaves"/>.</summary>
    public string Leaves { get; } = Path.Combine(folder, "audit.leaves");

    /// <summary>Zeros that hold room on the disk.</summary>
    public string Reserve { get; } = Path.Combine(folder, "audit.reserve");

    /// <summary>Held open by the one writer.</summary>
    public string Lock { get; } = Path.Combine(folder, "audit.lock");

    /// <summary>The private key that signs checkpoints; mode 0600 and part of no backup.</summary>
    public string Key { get; } = Path.Combine(folder, "audit.key");

    /// <summary>While a key is being replaced: the one to come.</summary>
    public string NextKey { get; } = Path.Combine(folder, "audit.key.next");

    /// <summary>The public keys that this log has had, one vkey a line, the present one last.</summary>
    public string Vkeys { get; } = Path.Combine(folder, "audit.vkeys");

    /// <summary>What monitors read, in the layout of c2sp.org/tlog-tiles: <c>checkpoint</c> and <c>tile/</c>.</summary>
    public string Prefix { get; } = Path.Combine(folder, "tlog");

    /// <summary>The newest signed checkpoint.</summary>
    public string Checkpoint => Path.Combine(Prefix, "checkpoint");

    /// <summary>The newest checkpoint that a witness has cosigned.</summary>
    public string Witnessed => Path.Combine(Prefix, "checkpoint.witnessed");

    /// <summary>Where a half written last line is kept, by the number it would have had.</summary>
    public string Torn(long seq) => Path.Combine(folder, $"audit.torn-{seq}");

    /// <summary>Creates the folder and becomes the one writer; the operating system frees it when the process dies.</summary>
    [SuppressMessage("Reliability", "CA2000", Justification = "The caller owns the stream.")]
    public FileStream Own()
    {
        try
        {
            CreatePrivate(folder);
            return new FileStream(Lock, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new AuditUnavailableException(
                $"The audit log in {folder} cannot be opened for writing ({e.Message}) Only one process may write it: stop the other one first.",
                nothingKept: true, e);
        }
    }

    /// <summary>Puts a whole file in the place of what was there: whoever reads it sees the old one or the new one.</summary>
    /// <param name="durable">Its content is on the disk before its name is.</param>
    public static void Replace(Func<string, IAuditFile> open, string path, ReadOnlySpan<byte> content, bool durable = true)
    {
        CreatePrivate(Path.GetDirectoryName(path)!);
        var unfinished = path + ".new";
        using (var file = open(unfinished))
        {
            if (file.Length > 0)
                file.Truncate(0);
            file.Append(content);
            if (durable)
                file.Sync();
        }

        File.Move(unfinished, path, overwrite: true);
    }

    /// <summary>Makes a file's present name durable: file systems write a rename with the file that has it.</summary>
    public static void SyncName(Func<string, IAuditFile> open, string path)
    {
        using var file = open(path);
        file.Sync();
    }

    /// <summary>Creates a folder that only its owner can read; an existing one keeps its mode.</summary>
    public static void CreatePrivate(string path)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(path);
        else
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
