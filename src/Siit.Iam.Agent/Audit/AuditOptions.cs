using System.ComponentModel.DataAnnotations;
using Siit.Iam.Agent.Audit.Tlog;

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

    /// <summary>
    /// The log's name in its checkpoints, such as <c>audit.acme.example/siit-iam</c>; no other log may have it. Used when the log is
    /// created. Default: the machine's name and a random number.
    /// </summary>
    public string? Origin { get; set; }

    /// <summary>How long an entry may stand without a signed checkpoint over it. Default 1 s, 10 ms to 1 h.</summary>
    [Range(typeof(TimeSpan), "00:00:00.01", "01:00:00")]
    public TimeSpan CheckpointEvery { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long an entry stays here before <c>siit-iam audit archive</c> may move it elsewhere. Default 365 days, 90 days to 100 years.</summary>
    public TimeSpan Keep { get; set; } = TimeSpan.FromDays(365);

    /// <summary>
    /// Witnesses that are asked to cosign checkpoints (c2sp.org/tlog-witness), so that a rollback or a second version of the log cannot
    /// be shown to others. One that does not answer stops nothing. Default: none.
    /// </summary>
    public IReadOnlyList<AuditWitness> Witnesses { get; set; } = [];

    /// <summary>What no range says, by key and fix.</summary>
    public IEnumerable<string> Problems()
    {
        if (!string.IsNullOrEmpty(Origin) && !NoteVerifier.IsName(Origin))
            yield return "audit:origin must have no spaces and no plus, such as audit.acme.example/siit-iam.";
        foreach (var (witness, at) in Witnesses.Select((witness, at) => (witness, at)))
        {
            if (!witness.Url.IsAbsoluteUri || (witness.Url.Scheme != Uri.UriSchemeHttps && !(witness.Url.Scheme == Uri.UriSchemeHttp && witness.Url.IsLoopback)))
                yield return $"audit:witnesses:{at}:url must be an https address.";
            if (WitnessKeyProblem(witness.Vkey) is { } problem)
                yield return $"audit:witnesses:{at}:vkey is wrong: {problem}. Copy it from the witness's operator.";
        }
    }

    private static string? WitnessKeyProblem(string vkey)
    {
        try
        {
            return NoteVerifier.Parse(vkey).Type == NoteVerifier.CosignatureType ? null : "it is not a key for cosignatures";
        }
        catch (TlogException wrong)
        {
            return wrong.Message;
        }
    }
}

/// <param name="Url">Its submission prefix.</param>
/// <param name="Vkey">Its public key, of the kind that makes cosignatures.</param>
internal sealed record AuditWitness(Uri Url, string Vkey);
