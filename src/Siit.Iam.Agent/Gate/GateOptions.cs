using System.Text.Json;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Gate.Rules;
using Siit.Iam.Agent.Gate.StandingApprovals;

namespace Siit.Iam.Agent.Gate;

/// <summary>
/// The organisation's limits (section <c>gate</c> of the settings). Lists name accounts and groups as <c>connection:id</c>, as a
/// work email or as a group's exact name. Everything that lowers a gate begins with <c>dangerously</c>; it is logged and audited
/// at every start.
/// </summary>
internal sealed class GateOptions
{
    /// <summary>Accounts that no call may change: break-glass and service accounts. Default: none.</summary>
    public List<string> ProtectedAccounts { get; set; } = [];

    /// <summary>Groups whose members no call may change. Default: none. Groups that give administrator roles are protected anyway.</summary>
    public List<string> ProtectedGroups { get; set; } = [];

    /// <summary>Groups at an IdP that make somebody an approver: their members can never be changed through this server.</summary>
    public List<string> ApproverGroups { get; set; } = [];

    /// <summary>Lets calls change administrators' accounts, with two approvers each. Default: refused.</summary>
    public bool DangerouslyAllowActionsOnAdministrators { get; set; }

    /// <summary>Lets calls change groups that give administrator roles, with two approvers each. Default: refused.</summary>
    public bool DangerouslyAllowChangesOfPrivilegedGroups { get; set; }

    /// <summary>Actions that run without the approval they would need. Default: none.</summary>
    public List<string> DangerouslyRunWithoutApproval { get; set; } = [];

    /// <summary>Resets for which nobody has to prove who asks. Default: none. Needed where another system has proved it before.</summary>
    public List<string> DangerouslyWithoutProof { get; set; } = [];

    /// <summary>
    /// Removes, at the start, approvers whose secrets this server's key cannot open (data.key was lost), and prints a new code for the
    /// first one. Default: the server does not start then.
    /// </summary>
    public bool DangerouslyForgetLockedApprovers { get; set; }

    /// <summary>Actions that need more approvers than their definition says: <c>none</c>, <c>one</c>, <c>two</c>, <c>refuse</c>.</summary>
    public Dictionary<string, Approvers> RaiseApproval { get; set; } = [];

    /// <summary><c>proof</c>: how people prove who they are before a reset.</summary>
    public Proofs.ProofOptions Proof { get; set; } = new();

    /// <summary>Who has to agree to which calls. All that hold have to be met; a refusal wins. Default: none, the actions' definitions hold.</summary>
    public List<ApprovalRule> ApprovalRules { get; set; } = [];

    /// <summary>What runs of named playbooks may do without asking anybody each time; told and audited at every start. Default: nothing.</summary>
    public List<StandingApproval> StandingApprovals { get; set; } = [];

    /// <summary>Words for groups and applications, for rules: word to ids (<c>connection:id</c>) or exact names. Default: none.</summary>
    public Dictionary<string, List<string>> Sensitivity { get; set; } = [];

    /// <summary>Where it is known who is whose manager and who owns what: a connection's name, or <c>hris</c>. Default: nowhere.</summary>
    public string? StandingSource { get; set; }

    /// <summary>A manager or owner who became one more lately does not count. 0 to 90 days. Default: 3 days.</summary>
    public TimeSpan StandingAge { get; set; } = TimeSpan.FromDays(3);

    /// <summary>When approvers are reminded, once; null: never. 1 minute to 30 days. Default: 30 minutes.</summary>
    public TimeSpan? RemindAfter { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>When the people of <see cref="EscalateTo"/> may take any seat that is left, too; null: never. Default: never.</summary>
    public TimeSpan? EscalateAfter { get; set; }

    /// <summary>An approver group.</summary>
    public string? EscalateTo { get; set; }

    /// <summary>Approvals one person may give in an hour; more are somebody else's, because nobody reads so many. 1 to 1,000,000. Default: 10.</summary>
    public int ApproverBudget { get; set; } = 10;

    /// <summary>How many effects may start within a time. When empty, <see cref="DefaultBudgets"/> hold.</summary>
    public List<BudgetRule> Budgets { get; set; } = [];

    /// <summary>Times in which nothing is changed.</summary>
    public List<ChangeFreeze> ChangeFreezes { get; set; } = [];

    /// <summary>Super administrators who must remain at a connection after any call. 1 or more. Default: 1.</summary>
    public int MinimumSuperAdministrators { get; set; } = 1;

    /// <summary>How long an approval is waited for; silence is a no. 1 minute to 30 days. Default: 1 hour.</summary>
    public TimeSpan ApprovalLifetime { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How long after the last decision an approved call may still start. 1 minute to 1 hour. Default: 15 minutes.</summary>
    public TimeSpan GrantLifetime { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>How long an approved plan of a run covers its calls. 1 minute to 7 days. Default: 24 hours.</summary>
    public TimeSpan PlanLifetime { get; set; } = TimeSpan.FromHours(24);

    /// <summary>How long the same call again is answered with the ended one. 0 to 1 hour. Default: 10 minutes.</summary>
    public TimeSpan RepeatWindow { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Calls a caller may make in a minute; more are refused. 1 to 1,000,000. Default: 600.</summary>
    public int CallsPerMinute { get; set; } = 600;

    /// <summary>How long an effect that was accepted may take to be seen when read back. Default: 10 seconds.</summary>
    public TimeSpan ReadBackPatience { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long an unknown outcome is looked after before a person has to. Default: 10 minutes.</summary>
    public TimeSpan SettlePatience { get; set; } = TimeSpan.FromMinutes(10);

    public static IReadOnlyList<BudgetRule> DefaultBudgets { get; } =
    [
        new BudgetRule { Actions = "*", Per = BudgetScope.Caller, Max = 200, Window = TimeSpan.FromHours(1) },
        new BudgetRule { Actions = "high", Per = BudgetScope.Tenant, Max = 25, Window = TimeSpan.FromHours(1) },
    ];

    public IReadOnlyList<BudgetRule> BudgetsInForce => Budgets.Count > 0 ? Budgets : DefaultBudgets;

    /// <summary>Digest of everything that decides; part of what an approval binds.</summary>
    public string PolicyVersion() => CanonicalJson.Digest(JsonSerializer.SerializeToNode(this, Store.StoreJson.Options))[..16];

    /// <summary>What lowers a gate, as sentences.</summary>
    public IEnumerable<string> Lowered()
    {
        if (DangerouslyAllowActionsOnAdministrators)
            yield return "Administrators' accounts can be changed with two approvers (dangerouslyAllowActionsOnAdministrators).";
        if (DangerouslyAllowChangesOfPrivilegedGroups)
            yield return "Groups that give administrator roles can be changed with two approvers (dangerouslyAllowChangesOfPrivilegedGroups).";
        if (DangerouslyForgetLockedApprovers)
            yield return "Approvers whose secrets cannot be opened are removed, and a new first one can be enrolled (dangerouslyForgetLockedApprovers).";
        foreach (var rule in ApprovalRules.Where(rule => rule.DangerouslyLowers))
            yield return $"The approval rule '{rule.Name}' holds in place of what its actions need by their definitions (dangerouslyLowers).";
        foreach (var action in DangerouslyRunWithoutApproval)
            yield return $"{action} runs without approval (dangerouslyRunWithoutApproval).";
        foreach (var standing in StandingApprovals)
            yield return standing.Told();
        foreach (var action in DangerouslyWithoutProof)
            yield return $"{action} runs without proof of who asks (dangerouslyWithoutProof).";
    }

    /// <summary>Everything that is wrong, each with the key and the fix.</summary>
    /// <param name="tools">Tools of other servers that change something, by their full names; null: none.</param>
    public IEnumerable<string> Problems(IReadOnlyCollection<string>? tools = null)
    {
        tools ??= [];
        foreach (var name in DangerouslyRunWithoutApproval.Concat(RaiseApproval.Keys).Where(name => ActionCatalog.Find(name) is not { IsRead: false }))
            yield return $"gate: '{name}' is no action that changes anything; see 'siit-iam actions'.";
        foreach (var (name, approvers) in RaiseApproval.Where(raise => ActionCatalog.Find(raise.Key) is { } action && raise.Value < action.Approval))
            yield return $"gate:raiseApproval: '{approvers.ToString().ToLowerInvariant()}' would lower '{name}'; lowering is dangerouslyRunWithoutApproval.";
        foreach (var name in DangerouslyWithoutProof.Where(name => !Proofs.ProofOptions.IsReset(name)))
            yield return $"gate:dangerouslyWithoutProof: '{name}' is no reset; it can be reset_mfa and reset_password.";
        foreach (var problem in Proof.Problems())
            yield return problem;
        if (MinimumSuperAdministrators < 1)
            yield return "gate:minimumSuperAdministrators must be 1 or more.";
        if (ApprovalLifetime < TimeSpan.FromMinutes(1) || ApprovalLifetime > TimeSpan.FromDays(30))
            yield return "gate:approvalLifetime must be between 1 minute and 30 days.";
        if (GrantLifetime < TimeSpan.FromMinutes(1) || GrantLifetime > TimeSpan.FromHours(1))
            yield return "gate:grantLifetime must be between 1 minute and 1 hour.";
        if (PlanLifetime < TimeSpan.FromMinutes(1) || PlanLifetime > TimeSpan.FromDays(7))
            yield return "gate:planLifetime must be between 1 minute and 7 days.";
        if (RepeatWindow < TimeSpan.Zero || RepeatWindow > TimeSpan.FromHours(1))
            yield return "gate:repeatWindow must be between 0 and 1 hour.";
        if (CallsPerMinute is < 1 or > 1_000_000)
            yield return "gate:callsPerMinute must be between 1 and 1,000,000.";
        foreach (var budget in Budgets.Where(budget => budget.Max < 1 || budget.Window < TimeSpan.FromSeconds(1) || budget.Window > TimeSpan.FromDays(31)))
            yield return $"gate:budgets: '{budget.Actions}' needs max of 1 or more and a window between 1 second and 31 days.";
        foreach (var budget in Budgets.Where(budget => budget.Actions is not ("*" or "high" or "medium" or "low") && ActionCatalog.Find(budget.Actions) is null && !tools.Contains(budget.Actions)))
            yield return $"gate:budgets: '{budget.Actions}' is neither an action nor a tool of another server that changes anything, nor one of *, high, medium, low. The actions: {ApprovalRuleProblems.Listed([.. ActionCatalog.All.Where(action => !action.IsRead).Select(action => action.Name)])}. The tools: {ApprovalRuleProblems.Listed(tools)}.";
        foreach (var problem in ChangeFreezes.SelectMany(freeze => freeze.Problems()).Concat(ApprovalRuleProblems.Of(ApprovalRules, Sensitivity.Keys, StandingSource, tools)).Concat(StandingApproval.Problems(StandingApprovals)))
            yield return problem;
        if (StandingAge < TimeSpan.Zero || StandingAge > TimeSpan.FromDays(90))
            yield return "gate:standingAge must be between 0 and 90 days.";
        if (RemindAfter is { } remind && (remind < TimeSpan.FromMinutes(1) || remind > TimeSpan.FromDays(30)))
            yield return "gate:remindAfter must be between 1 minute and 30 days.";
        if (EscalateAfter is { } escalate && (escalate < TimeSpan.FromMinutes(1) || escalate > TimeSpan.FromDays(30)))
            yield return "gate:escalateAfter must be between 1 minute and 30 days.";
        if (EscalateAfter is null != (EscalateTo is null))
            yield return "gate:escalateAfter and gate:escalateTo belong together: when, and which approver group.";
        if (ApproverBudget is < 1 or > 1_000_000)
            yield return "gate:approverBudget must be between 1 and 1,000,000.";
    }
}

internal enum BudgetScope
{
    /// <summary>Counted for each caller.</summary>
    Caller,
    /// <summary>Counted for each connection.</summary>
    Tenant,
}

/// <summary>At most <see cref="Max"/> effects within <see cref="Window"/>.</summary>
internal sealed class BudgetRule
{
    /// <summary>An action's name, a tool's full name (<c>chat.post_message</c>), a risk (<c>high</c>, <c>medium</c>, <c>low</c>) or <c>*</c>; counted together.</summary>
    public string Actions { get; set; } = "*";

    public BudgetScope Per { get; set; }

    public int Max { get; set; }

    public TimeSpan Window { get; set; }

    /// <param name="action">The name of an action, or of a tool of another server.</param>
    /// <param name="risk">Null when it is not known: covered by a budget of any risk.</param>
    public bool Covers(string action, Risk? risk) => Actions == "*" || Actions == action
        || (risk is { } known ? [known.ToString()] : Enum.GetNames<Risk>()).Contains(Actions, StringComparer.OrdinalIgnoreCase);
}
