using System.Collections.Concurrent;

namespace Siit.Iam.Emulator.Common;

/// <summary>One request as it arrived, also when it changed nothing. Bodies and credentials are not kept.</summary>
/// <param name="By">Whose credential it carried; null when that was not asked or not accepted.</param>
public sealed record SeenRequest(
    long Sequence, DateTimeOffset At, string Method, string Target, int Status, string RequestId, string? Fault, bool Changed, string? By = null);

/// <summary>The last requests.</summary>
public sealed class RequestLog
{
    private const int Kept = 5_000;
    private readonly ConcurrentQueue<SeenRequest> seen = new();
    private long sequence;

    public IReadOnlyList<SeenRequest> Requests => [.. seen];

    /// <summary>How many there have been, also those that are not kept.</summary>
    public long Count => Interlocked.Read(ref sequence);

    internal void Add(DateTimeOffset at, string method, string target, int status, string requestId, string? fault, bool changed, string? by)
    {
        seen.Enqueue(new(Interlocked.Increment(ref sequence), at, method, target, status, requestId, fault, changed, by));
        while (seen.Count > Kept) seen.TryDequeue(out _);
    }

    internal void Clear() => seen.Clear();
}
