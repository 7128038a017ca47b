namespace Siit.Iam.Agent.Notices;

/// <summary>Brings notices of one channel to the other side.</summary>
internal interface ICarrier
{
    NoticeChannel Channel { get; }

    /// <summary>A connection for some notices in a row; opened when the first of them is sent.</summary>
    ICarriage Begin();
}

internal interface ICarriage : IAsyncDisposable
{
    /// <summary>Hands one over. Everything that can go wrong is in the answer.</summary>
    Task<Carried> SendAsync(NoticeRecord notice, string text, CancellationToken cancellationToken);
}

internal enum CarriedAs
{
    /// <summary>The other side has taken it.</summary>
    Taken,

    /// <summary>In vain, or not known; worth another try.</summary>
    NotNow,

    /// <summary>This one will never be taken.</summary>
    Never,

    /// <summary>None would be taken: the other side is away, or the settings are wrong.</summary>
    NobodyThere,
}

/// <param name="Trouble">One sentence for operators: what, and what to do. Nothing that the other side wrote, no address, no secret.</param>
/// <param name="Again">When the other side wants to be asked again.</param>
internal sealed record Carried(CarriedAs As, string? Trouble = null, TimeSpan? Again = null)
{
    public static Carried Taken { get; } = new(CarriedAs.Taken);
}
