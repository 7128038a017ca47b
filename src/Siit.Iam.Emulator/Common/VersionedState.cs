namespace Siit.Iam.Emulator.Common;

/// <summary>An immutable state and its recent past, which stale reads are answered from.</summary>
internal sealed class VersionedState<T>(T first, TimeProvider time)
    where T : class
{
    private const int Kept = 256;
    private readonly LinkedList<(T State, DateTimeOffset Since)> versions = new([(first, time.GetUtcNow())]);

    public T Current => versions.Last!.Value.State;

    public void Commit(T next)
    {
        versions.AddLast((next, time.GetUtcNow()));
        if (versions.Count > Kept) versions.RemoveFirst();
    }

    public T Past(Fault stale)
    {
        var before = time.GetUtcNow() - TimeSpan.FromMilliseconds(stale.Milliseconds);
        var version = versions.Last!;
        for (var writes = 0; version.Previous is not null; writes++)
        {
            var recent = stale.Milliseconds > 0 ? version.Value.Since > before : writes < stale.Writes;
            if (!recent) break;
            version = version.Previous;
        }

        return version.Value.State;
    }
}
