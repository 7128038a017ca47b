using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Gate.Proofs;

namespace Siit.Iam.Agent;

/// <summary>The section <c>gate</c>. What the keys mean stands at <see cref="GateOptions"/>.</summary>
internal static class GateSettings
{
    public static GateOptions Read(SettingsSection section, List<string> problems)
    {
        var defaults = new GateOptions();
        var options = new GateOptions
        {
            ProtectedAccounts = section.Texts("protectedAccounts"),
            ProtectedGroups = section.Texts("protectedGroups"),
            ApproverGroups = section.Texts("approverGroups"),
            DangerouslyAllowActionsOnAdministrators = section.Flag("dangerouslyAllowActionsOnAdministrators", false),
            DangerouslyForgetLockedApprovers = section.Flag("dangerouslyForgetLockedApprovers", false),
            DangerouslyAllowChangesOfPrivilegedGroups = section.Flag("dangerouslyAllowChangesOfPrivilegedGroups", false),
            DangerouslyRunWithoutApproval = section.Texts("dangerouslyRunWithoutApproval"),
            DangerouslyWithoutProof = section.Texts("dangerouslyWithoutProof"),
            Proof = Proof(section.Section("proof")),
            RaiseApproval = section.Words<Approvers>("raiseApproval").ToDictionary(raise => raise.Key, raise => raise.Value),
            Budgets = [.. section.Entries("budgets").Select(entry => Budget(entry.Section))],
            ChangeFreezes = [.. section.Entries("changeFreezes").Select(entry => Freeze(entry.Section))],
            MinimumSuperAdministrators = section.Number("minimumSuperAdministrators", defaults.MinimumSuperAdministrators),
            ApprovalLifetime = section.Time("approvalLifetime", defaults.ApprovalLifetime),
            GrantLifetime = section.Time("grantLifetime", defaults.GrantLifetime),
            PlanLifetime = section.Time("planLifetime", defaults.PlanLifetime),
            RepeatWindow = section.Time("repeatWindow", defaults.RepeatWindow),
            CallsPerMinute = section.Number("callsPerMinute", defaults.CallsPerMinute),
            ReadBackPatience = section.Time("readBackPatience", defaults.ReadBackPatience),
            SettlePatience = section.Time("settlePatience", defaults.SettlePatience),
        };
        section.NothingElse();
        problems.AddRange(options.Problems());
        return options;
    }

    private static ProofOptions Proof(SettingsSection section)
    {
        var defaults = new ProofOptions();
        var options = new ProofOptions
        {
            Always = section.Texts("always"),
            EvidenceLifetime = section.Time("evidenceLifetime", defaults.EvidenceLifetime),
            MailCodeLifetime = section.Time("mailCodeLifetime", defaults.MailCodeLifetime),
            Settled = section.Time("settled", defaults.Settled),
            SentPerHour = section.Number("sentPerHour", defaults.SentPerHour),
            WrongPerHour = section.Number("wrongPerHour", defaults.WrongPerHour),
        };
        section.NothingElse();
        return options;
    }

    private static BudgetRule Budget(SettingsSection section)
    {
        var budget = new BudgetRule
        {
            Actions = section.Text("actions") ?? "*",
            Per = section.Word("per", BudgetScope.Caller),
            Max = section.Number("max", 0),
            Window = section.Time("window", TimeSpan.Zero),
        };
        section.NothingElse();
        return budget;
    }

    private static ChangeFreeze Freeze(SettingsSection section)
    {
        var freeze = new ChangeFreeze { From = section.Moment("from"), To = section.Moment("to"), Why = section.Text("why") ?? "" };
        section.NothingElse();
        return freeze;
    }
}
