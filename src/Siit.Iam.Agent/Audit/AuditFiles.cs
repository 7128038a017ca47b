using System.Diagnostics.CodeAnalysis;

namespace Siit.Iam.Agent.Audit;

/// <summary>The names in the log's folder.</summary>
internal sealed class AuditFiles(string folder)
{
    /// <summary>The log itself.</summary>
    public string Log { get; } = Path.Combine(folder, "audit.jsonl");

    /// <summary>Zeros that hold room on the disk.</summary>
    public string Reserve { get; } = Path.Combine(folder, "audit.reserve");

    /// <summary>Held open by the one writer.</summary>
    public string Lock { get; } = Path.Combine(folder, "audit.lock");

    /// <summary>Where a half written last line is kept, by the number it would have had.</summary>
    public string Torn(long seq) => Path.Combine(folder, $"audit.torn-{seq}");

    /// <summary>Creates the folder and becomes the one writer; the operating system frees it when the process dies.</summary>
    [SuppressMessage("Reliability", "CA2000", Justification = "The caller owns the stream.")]
    public FileStream Own()
    {
        try
        {
            if (OperatingSystem.IsWindows())
                Directory.CreateDirectory(folder);
            else
                Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            return new FileStream(Lock, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new AuditUnavailableException(
                $"The audit log in {folder} cannot be opened for writing ({e.Message}) Only one process may write it: stop the other one first.",
                nothingKept: true, e);
        }
    }
}
