namespace Siit.Iam.Agent.Audit;

/// <summary>
/// The audit log cannot record. Nothing may be done that would have to be recorded first; the message says what
/// happened and what to do, in words that may be shown to an operator. Whether an entry that was already on its way
/// got to the disk is unknown unless <see cref="NothingKept"/>.
/// </summary>
internal sealed class AuditUnavailableException : Exception
{
    public AuditUnavailableException(string message, bool nothingKept, Exception? inner = null)
        : base(message, inner) => NothingKept = nothingKept;

    /// <summary>True when it is certain that the entry is not in the log.</summary>
    public bool NothingKept { get; }
}
