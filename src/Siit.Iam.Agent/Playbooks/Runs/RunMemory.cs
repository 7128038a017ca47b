using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Playbooks.Runs;

/// <summary>
/// Where the audit log knows that a run ended and the store has forgotten it (restored from an older copy), the run stays ended.
/// Effects that were forgotten need nothing here: the gate gives each its record again, and the walk finds it.
/// </summary>
internal sealed class RunMemory(IStore store) : ILogLearner
{
    public async Task LearnAsync(IReadOnlyList<AuditEntry> entries, CancellationToken cancellationToken)
    {
        foreach (var entry in entries.Where(entry => entry.Kind == AuditKinds.RunEnded && entry.Run is not null))
        {
            // A success is reached again by walking, with its outputs; every other end must not be walked past.
            if (EndOf(entry) is not { } state || state == RunState.Succeeded
                || await store.GetAsync<RunRecord>(entry.Run!, cancellationToken) is not { } run || run.State.IsEnded())
                continue;
            var ended = run with
            {
                State = state,
                Code = entry.Data?["code"]?.GetValue<string>(),
                Message = $"The audit log says: {state.Word()}. The store had forgotten it.",
                WaitsFor = null,
                DueAt = null,
                EndedAt = entry.Time,
            };
            await store.CommitAsync([Change.Save(ended)], cancellationToken);
        }
    }

    private static RunState? EndOf(AuditEntry entry) =>
        entry.Data?["state"]?.GetValue<string>() is { } word ? Enum.GetValues<RunState>().Cast<RunState?>().FirstOrDefault(state => state!.Value.Word() == word) : null;
}
