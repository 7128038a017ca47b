using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Siit.Iam.Agent.Notices;

/// <summary>How long until the next try: doubled each time up to a limit, and spread, so that what failed together is not tried together.</summary>
internal sealed record Backoff(TimeSpan First, TimeSpan Longest)
{
    /// <summary>Of one notice.</summary>
    public static Backoff OfNotice { get; } = new(TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(30));

    /// <summary>Of a channel whose other side is away: shorter, because everything waits for it.</summary>
    public static Backoff OfChannel { get; } = new(TimeSpan.FromSeconds(2), TimeSpan.FromMinutes(5));

    /// <param name="failures">In a row, 1 or more.</param>
    /// <param name="of">What is waited for: the same waits the same, others not.</param>
    public TimeSpan After(int failures, string of)
    {
        var doubled = First * Math.Pow(2, Math.Clamp(failures - 1, 0, 20));
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{of}/{failures}"));
        var spread = 0.8 + (0.4 * (BinaryPrimitives.ReadUInt32LittleEndian(hash) / (double)uint.MaxValue));
        return (doubled < Longest ? doubled : Longest) * spread;
    }
}
