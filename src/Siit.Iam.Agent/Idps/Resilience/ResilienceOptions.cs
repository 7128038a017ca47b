namespace Siit.Iam.Agent.Idps.Resilience;

/// <summary>How patiently one connection talks to its IdP. All calls of a connection share one of these.</summary>
internal sealed record ResilienceOptions
{
    /// <summary>Longest throttling that a call waits for; a longer one is said at once. Default 30 s.</summary>
    public TimeSpan MaxWait { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Longest throttling that is believed; a longer one is cut to this. Default 1 hour.</summary>
    public TimeSpan LongestBelievedWait { get; init; } = TimeSpan.FromHours(1);

    /// <summary>First wait when the vendor names none; doubles. Default 1 s.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Tries after the first. Default 4.</summary>
    public int Retries { get; init; } = 4;

    /// <summary>Requests under way at once; the others queue. Default 16.</summary>
    public int Concurrency { get; init; } = 16;

    /// <summary>The last share of a vendor's quota that bulk requests leave to interactive ones, where the vendor says what is left. Default 0.1.</summary>
    public double KeptShare { get; init; } = 0.1;

    /// <summary>Longest a single try may take. Default 20 s.</summary>
    public TimeSpan TryTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Longest a request may take with all its tries and waits. Default 100 s.</summary>
    public TimeSpan TotalTimeout { get; init; } = TimeSpan.FromSeconds(100);

    /// <summary>Largest answer that is read, in bytes. Default 16 MiB.</summary>
    public long MaxResponseBytes { get; init; } = 16 * 1024 * 1024;
}
