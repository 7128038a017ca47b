using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Gate;

/// <summary>How many approvals one person gives in an hour: whoever is asked too often reads nothing any more. Denying is always free.</summary>
internal sealed class ApproverBudgets(IStore store, GateOptions options)
{
    private static readonly TimeSpan Window = TimeSpan.FromHours(1);

    /// <summary>The change that spends one approval; or the refusal when none is left.</summary>
    public async Task<(Change? Change, Refusal? Refusal)> SpendAsync(ApproverRecord approver, string call, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var id = $"approver:{approver.Id}";
        var stored = await store.GetAsync<BudgetRecord>(id, cancellationToken);
        List<Spending> spent = [.. (stored?.Spent ?? []).Where(spending => spending.At > now - Window)];
        if (spent.Count >= options.ApproverBudget)
        {
            return (null, new Refusal("approver_tired",
                $"{approver.Email} has approved {spent.Count} calls within an hour, which is as much as one person reads with care (gate:approverBudget). "
                + $"The next one can be approved at {spent.Min(spending => spending.At) + Window:HH:mm:ss}Z, or by somebody else now; denying it is always possible."));
        }

        spent.Add(new Spending(call, now));
        var record = new BudgetRecord { Id = id, Version = stored?.Version ?? 0, Spent = spent };
        return (stored is null ? Change.Create(record) : Change.Save(record), null);
    }
}
