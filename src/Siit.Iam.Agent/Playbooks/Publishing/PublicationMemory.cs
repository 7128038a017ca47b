using System.Text.Json.Nodes;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Playbooks.Publishing;

/// <summary>
/// A store that was restored from an older copy publishes nothing that was withdrawn since. A version that it has forgotten comes back
/// without its content: it keeps an older one from running in its place, and its name from being used for something else.
/// </summary>
internal sealed class PublicationMemory(IStore store) : ILogLearner
{
    public async Task LearnAsync(IReadOnlyList<AuditEntry> entries, CancellationToken cancellationToken)
    {
        foreach (var entry in entries)
        {
            if (entry.Data is not { } told || told["playbook"]?.GetValue<string>() is not { } playbook)
                continue;
            if (entry.Kind == AuditKinds.PlaybookPublished && told["version"] is not null)
                await PublishedAsync(entry, told, playbook, cancellationToken);
            else if (entry.Kind == AuditKinds.PlaybookUnpublished)
                await WithdrawnAsync(entry, told, playbook, cancellationToken);
        }
    }

    private async Task PublishedAsync(AuditEntry entry, JsonObject told, string playbook, CancellationToken cancellationToken)
    {
        var version = told["version"]!.GetValue<string>();
        var stored = await store.GetAsync<Publication>(Publication.IdOf(playbook, version), cancellationToken);
        // What the store knows is at least as new as what it has seen of the log.
        if (stored is not null && stored.At >= entry.Time)
            return;
        var remembered = Publication.Told(told, entry.Time, stored);
        await store.CommitAsync([stored is null ? Change.Create(remembered) : Change.Save(remembered)], cancellationToken);
    }

    private async Task WithdrawnAsync(AuditEntry entry, JsonObject told, string playbook, CancellationToken cancellationToken)
    {
        foreach (var publication in await store.FindAsync<Publication>("playbook", playbook, 1000, cancellationToken: cancellationToken))
        {
            if (publication.IsInForce && publication.At <= entry.Time)
                await store.CommitAsync([Change.Save(publication with { WithdrawnAt = entry.Time, WithdrawnBy = told["email"]?.GetValue<string>() })], cancellationToken);
        }
    }
}
