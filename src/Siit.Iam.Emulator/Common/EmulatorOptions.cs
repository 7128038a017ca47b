namespace Siit.Iam.Emulator.Common;

/// <summary>How one emulated IdP is started. The defaults suit a test: port of the system's choice, no delay, nothing on disk.</summary>
public sealed record EmulatorOptions
{
    /// <summary>Size of the company; the people others rely on are always there, so the least is about 30.</summary>
    public int People { get; init; } = 60;

    /// <summary>How many groups there are; those that others rely on are always there.</summary>
    public int Groups { get; init; }

    /// <summary>In how many groups each person is at least, where <see cref="Groups"/> leaves room for that.</summary>
    public int Memberships { get; init; }

    /// <summary>The same seed gives the same ids, names and events.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Added to each answer.</summary>
    public TimeSpan Latency { get; init; }

    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>0 lets the system choose.</summary>
    public int Port { get; init; }

    /// <summary>Origin that absolute links name instead of the listener's own, for a proxy in front.</summary>
    public Uri? BehindProxies { get; init; }

    /// <summary>No page is longer than this, whatever the caller asks for.</summary>
    public int? PageSizeCap { get; init; }

    /// <summary>Requests per minute that each throttling bucket admits, unless <see cref="BucketLimits"/> names the bucket.</summary>
    public int RequestsPerMinute { get; init; } = 6_000;

    /// <summary>Own limits by bucket name, e.g. <c>GET /api/v1/users/*</c>.</summary>
    public IReadOnlyDictionary<string, int> BucketLimits { get; init; } = new Dictionary<string, int>();

    /// <summary>How long an account stays between two states (activation, deactivation); zero changes at once.</summary>
    public TimeSpan TransitionTime { get; init; }

    /// <summary>Admin roles of the emulated service app that the connector signs in as.</summary>
    public IReadOnlyList<string> ServiceAppRoles { get; init; } = ["ORG_ADMIN"];

    /// <summary>Directory that keeps state and ledger across restarts; nothing is kept when null.</summary>
    public string? Data { get; init; }

    /// <summary>Forget what <see cref="Data"/> holds.</summary>
    public bool Fresh { get; init; }
}
