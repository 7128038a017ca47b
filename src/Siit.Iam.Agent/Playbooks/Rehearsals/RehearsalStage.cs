using Microsoft.Extensions.DependencyInjection.Extensions;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Gate.Rehearsals;
using Siit.Iam.Agent.Playbooks.Agents;
using Siit.Iam.Agent.Playbooks.Format;
using Siit.Iam.Agent.Playbooks.Runs;
using Siit.Iam.Agent.Requests;
using Siit.Iam.Agent.Store;
using Siit.Iam.Agent.ToolServers;

namespace Siit.Iam.Agent.Playbooks.Rehearsals;

/// <summary>The runner as it is, on a rehearsed gate: the same starts, the same walk, the same journal. One walk takes place on it.</summary>
internal sealed class RehearsalStage : IAsyncDisposable
{
    private RehearsalStage(RehearsedGate gate, RehearsalChoices choices, RehearsalInterruption interruption, RehearsedToolServers tools, RehearsedModel model) =>
        (Gate, Choices, Interruption, Tools, Model) = (gate, choices, interruption, tools, model);

    public RehearsedGate Gate { get; }

    public RehearsalChoices Choices { get; }

    public RehearsalInterruption Interruption { get; }

    public RehearsedToolServers Tools { get; }

    public RehearsedModel Model { get; }

    public IStore Store => Gate.Get<IStore>();

    /// <param name="shelf">Where playbooks are that it may call.</param>
    /// <param name="steps">All that may ask a model, those of called playbooks included.</param>
    /// <param name="servers">As the settings have them; null: whatever is locked may be used.</param>
    public static async Task<RehearsalStage> BuildAsync(
        RehearsalGround ground, RehearsalFolder folder, PlaybookShelf shelf, RehearsalChoices choices, RehearsalFaults faults, IEnumerable<Step> steps, CancellationToken cancellationToken,
        ToolServerSet? servers = null)
    {
        var interruption = new RehearsalInterruption();
        var tools = new RehearsedToolServers(choices, shelf.Tools);
        var model = new RehearsedModel(choices, steps);
        var gate = await RehearsedGate.BuildAsync(ground, folder, faults, interruption.Around, services =>
        {
            services.AddRequests();
            // A draft is rehearsed before anybody publishes it.
            services.AddPlaybooks(new PlaybookOptions { RequirePublished = false }, model: null);
            services.AddSingleton(shelf);
            services.AddToolServers(servers ?? RehearsedToolServers.Allowed(shelf.Tools), shelf.Folder);
            services.AddSingleton<IToolServers>(tools);
            services.RemoveAll<ModelInUse>();
            services.AddSingleton(new ModelInUse(model));
        }, cancellationToken);
        return new RehearsalStage(gate, choices, interruption, tools, model);
    }

    public ValueTask DisposeAsync() => Gate.DisposeAsync();
}

/// <summary>
/// Kills whoever works on a run at the n-th thing that the run makes durable, before or after it. The gate's own commits are left
/// alone: that those survive is the gate's to show.
/// </summary>
internal sealed class RehearsalInterruption
{
    private int _left = int.MaxValue;

    /// <summary>Points passed since it was armed: two for each durable write of the run.</summary>
    public int Seen { get; private set; }

    /// <summary>Only what is done in between counts.</summary>
    public bool IsWorking { get; set; }

    /// <param name="point">Even: before the write, odd: after it. Null never interrupts.</param>
    public void Arm(int? point) => (_left, Seen) = (point ?? int.MaxValue, 0);

    public IStore Around(IStore store) => new Interrupted(this, store);

    private void Pass(IReadOnlyList<Change> changes)
    {
        if (!IsWorking || !changes.Any(change => change.Record is JournalEntry or RunRecord or RunQuestion or AgentEntry))
            return;
        Seen++;
        if (_left-- == 0)
            throw new InterruptedException();
    }

    private sealed class Interrupted(RehearsalInterruption interruption, IStore store) : StoreAround(store)
    {
        public override async ValueTask<CommitResult> CommitAsync(IReadOnlyList<Change> changes, CancellationToken cancellationToken = default)
        {
            interruption.Pass(changes);
            var result = await base.CommitAsync(changes, cancellationToken);
            interruption.Pass(changes);
            return result;
        }
    }
}

/// <summary>Whoever worked on the run is gone.</summary>
internal sealed class InterruptedException() : Exception("Interrupted on purpose.");
