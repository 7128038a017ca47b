namespace Siit.Iam.Agent.People.Sync;

/// <summary>How the copy of the directory is kept fresh; section <c>sync</c>.</summary>
internal sealed record SyncOptions
{
    /// <summary><c>enabled</c>: false keeps no copy; every question then goes to the IdPs, and nothing is told as events. Default true.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary><c>changes</c>: how often changes are read. 5 s to 1 h, default 60 s.</summary>
    public TimeSpan Changes { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary><c>sweep</c>: how often everything is read and compared. 10 min to 7 d, default 6 h.</summary>
    public TimeSpan Sweep { get; init; } = TimeSpan.FromHours(6);

    /// <summary><c>goneShare</c>: percent of a connection's accounts that may be gone at once; more, and an import asks. 0 to 100, default 5.</summary>
    public int GoneShare { get; init; } = 5;

    /// <summary><c>goneAtLeast</c>: so many accounts may always be gone at once, however small the directory. 0 to 1000, default 3.</summary>
    public int GoneAtLeast { get; init; } = 3;

    /// <summary><c>readers</c>: pages of one connection read at once; its limits on requests hold beside that. 1 to 32, default 16.</summary>
    public int Readers { get; init; } = 16;

    /// <summary><c>keepEvents</c>: how long lifecycle events are kept. 1 d to 3650 d, default 180 d.</summary>
    public TimeSpan KeepEvents { get; init; } = TimeSpan.FromDays(180);

    /// <summary>An import that was interrupted longer ago begins anew.</summary>
    public static readonly TimeSpan ContinueWithin = TimeSpan.FromHours(6);

    /// <summary>How far the IdP's clock may be from ours where lists are narrowed by time.</summary>
    public static readonly TimeSpan Skew = TimeSpan.FromMinutes(5);
}
