using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Gate;

/// <summary>How many approvals one person gives in an hour: whoever is asked too often reads nothing any more. Denying is always free.</summary>
internal sealed class ApproverBudgets(IStore store, GateOptions options)
{
    private static readonly TimeSpan Window = TimeSpan.FromHours(1);

    /// <summary>The change that spends one approval; or the refusal when none is left.</summary>
    public async Task<(Change? Change, Refusal? Refusal)> SpendAsync(ApproverRecord approver, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var id = $"approver:{approver.Id}";
        var stored = await store.GetAsync<BudgetRecord>(id, cancellationToken);
        var spent = BudgetRecord.Within(stored, now, Window);
        var given = spent.Sum(spending => spending.Count);
        if (given >= options.ApproverBudget)
        {
            return (null, new Refusal("approver_tired",
                $"{approver.Email} has approved {given} calls within an hour, which is as much as one person reads with care (gate:approverBudget). "
                + $"The next one can be approved at {spent.Min(spending => spending.At) + Window:HH:mm:ss}Z, or by somebody else now; denying it is always possible."));
        }

        var record = BudgetRecord.With(id, stored, now, now, Window);
        return (stored is null ? Change.Create(record) : Change.Save(record), null);
    }
}
