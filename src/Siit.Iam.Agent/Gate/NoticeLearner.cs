using System.Text.Json.Nodes;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Notices;

namespace Siit.Iam.Agent.Gate;

/// <summary>What the audit log knows as sent is not sent again out of a store that was restored from before, or that died before it noted it.</summary>
internal sealed class NoticeLearner(Outbox outbox) : ILogLearner
{
    public async Task LearnAsync(IReadOnlyList<AuditEntry> entries, CancellationToken cancellationToken)
    {
        foreach (var entry in entries.Where(entry => entry.Kind is AuditKinds.NoticeSent or AuditKinds.NoticeGivenUp))
        {
            var state = entry.Kind == AuditKinds.NoticeSent ? NoticeState.Sent : NoticeState.GivenUp;
            foreach (var id in (entry.Data?["of"] as JsonArray ?? []).Append(entry.Data?["notice"]).OfType<JsonValue>())
                await outbox.LearnAsync(id.GetValue<string>(), state, entry.Time, cancellationToken);
        }
    }
}
