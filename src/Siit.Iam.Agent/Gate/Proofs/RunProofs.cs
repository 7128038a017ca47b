using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.People.Copy;
using Siit.Iam.Agent.People.Sync;

namespace Siit.Iam.Agent.Gate.Proofs;

/// <summary>Hears that something was shown for a proof, or that it was voided. A hint.</summary>
internal interface IProofObserver
{
    Task ProofChangedAsync(ProofRecord proof);
}

/// <summary>Proofs at the wish of a run's step.</summary>
internal interface IRunProofs
{
    /// <summary>Whether the settings leave out the proof before this action (<c>gate:dangerouslyWithoutProof</c>).</summary>
    bool IsWaived(string action);

    /// <inheritdoc cref="ProofDesk.StartAsync(ProofWish, CancellationToken)"/>
    /// <returns>Neither proof nor refusal while the IdP cannot be asked, or the copy of the directory is being read after a start.</returns>
    Task<ProofAnswer> StartAsync(ProofWish wish, CancellationToken cancellationToken);

    /// <summary>How it stands; asks for answers on devices.</summary>
    /// <returns>As with <see cref="StartAsync"/>.</returns>
    Task<ProofAnswer> LookAsync(string proof, CancellationToken cancellationToken);
}

/// <summary>The real ones.</summary>
internal sealed class RunProofs(ProofDesk desk, GateOptions options, DirectoryCopy copy, SyncOptions sync) : IRunProofs
{
    private static readonly ProofAnswer NotNow = new(null, null);

    public bool IsWaived(string action) => options.DangerouslyWithoutProof.Contains(action);

    public Task<ProofAnswer> StartAsync(ProofWish wish, CancellationToken cancellationToken) => sync.Enabled && !copy.IsLoaded
        // Nobody's manager and private contacts are known yet: what is started now would offer fewer ways for good.
        ? Task.FromResult(NotNow)
        : AskedAsync(() => desk.StartAsync(wish, cancellationToken));

    public Task<ProofAnswer> LookAsync(string proof, CancellationToken cancellationToken) => AskedAsync(() => desk.LookAsync(proof, cancellationToken));

    private static async Task<ProofAnswer> AskedAsync(Func<Task<ProofAnswer>> ask)
    {
        try
        {
            return await ask();
        }
        catch (IdpException)
        {
            return NotNow;
        }
    }
}
