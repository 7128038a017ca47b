using Siit.Iam.Agent.Gate.Proofs;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Playbooks.Runs;

/// <summary>Wakes the runs that may wait for a proof.</summary>
internal sealed class ProofWakes(IStore store, RunDispatcher dispatcher) : IProofObserver
{
    public async Task ProofChangedAsync(ProofRecord proof)
    {
        foreach (var run in await store.FindAsync<RunRecord>("request", proof.Request, 100, newestFirst: true))
        {
            if (!run.State.IsEnded())
                dispatcher.Wake(run.Id);
        }
    }
}
