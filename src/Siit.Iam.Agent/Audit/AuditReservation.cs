namespace Siit.Iam.Agent.Audit;

/// <summary>
/// Room on the disk for entries that must be recorded later whatever happens, taken before an effect begins. Entries
/// written through it are not refused on a full disk. Dispose it when the call is over; unused room goes back.
/// </summary>
internal sealed class AuditReservation : IDisposable
{
    private readonly AuditLog log;
    private int left;

    internal AuditReservation(AuditLog log, int entries) => (this.log, left) = (log, entries);

    /// <summary>Like <see cref="AuditLog.WriteAsync"/>; larger data than fits the held room is replaced by its digest.</summary>
    /// <exception cref="InvalidOperationException">All reserved entries are written.</exception>
    /// <exception cref="AuditUnavailableException">The log has failed otherwise than by a full disk.</exception>
    public ValueTask<AuditReceipt> WriteAsync(AuditDraft draft, CancellationToken cancellationToken = default)
    {
        if (Interlocked.Decrement(ref left) < 0)
        {
            Interlocked.Increment(ref left);
            throw new InvalidOperationException("Every entry of this reservation is written; reserve more beforehand.");
        }

        return log.WriteReservedAsync(draft, cancellationToken);
    }

    public void Dispose()
    {
        var unused = Interlocked.Exchange(ref left, 0);
        if (unused > 0)
            log.GiveBack(unused);
    }
}
