using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.People.Persons;

namespace Siit.Iam.Agent.Gate;

/// <summary>Decisions about persons that the audit log knows hold in a store that was restored from before.</summary>
internal sealed class PersonLearner(DecisionBook decisions) : ILogLearner
{
    public Task LearnAsync(IReadOnlyList<AuditEntry> entries, CancellationToken cancellationToken) => decisions.LearnAsync(entries, cancellationToken);
}
