using System.ComponentModel.DataAnnotations;

namespace Siit.Iam.Agent.Audit;

/// <summary>Where and how the audit log is kept.</summary>
internal sealed class AuditOptions
{
    /// <summary>The folder of the log, normally <c>audit/</c> in the data directory. Created with mode 0700 if missing.</summary>
    [Required]
    public string Folder { get; set; } = "";

    /// <summary>How many entries may wait for the disk before writers have to wait themselves. Default 1024, 1 to 65536.</summary>
    [Range(1, 65536)]
    public int QueueLength { get; set; } = 1024;

    /// <summary>
    /// Disk space held back so that outcomes of what is under way can be recorded on a full disk. Default 8 MiB,
    /// 1 MiB to 1 GiB; each reserved entry takes <see cref="AuditLog.ReservedEntryBytes"/> of it.
    /// </summary>
    [Range(1 << 20, 1 << 30)]
    public int ReserveBytes { get; set; } = 8 << 20;

    /// <summary>How long one write may take before the log counts as stuck and refuses. Default 10 s, 100 ms to 5 min.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:05:00")]
    public TimeSpan WriteTimeout { get; set; } = TimeSpan.FromSeconds(10);
}
