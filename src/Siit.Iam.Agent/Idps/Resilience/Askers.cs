using System.Diagnostics;

namespace Siit.Iam.Agent.Idps.Resilience;

/// <summary>Whether people and agents are being answered: what is much and waits for nobody then takes a small part of the time.</summary>
internal sealed class Askers
{
    /// <summary>Whoever has just asked reads, and asks again.</summary>
    private static readonly TimeSpan Lately = TimeSpan.FromMilliseconds(250);

    private long _last;

    /// <summary>Somebody has asked within the last quarter of a second.</summary>
    public bool AreThere => Stopwatch.GetElapsedTime(Volatile.Read(ref _last)) < Lately;

    public void Note() => Volatile.Write(ref _last, Stopwatch.GetTimestamp());
}
