using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Cli;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Gate.Proofs;
using Siit.Iam.Agent.Gate.Rules;
using Siit.Iam.Agent.Gate.StandingApprovals;
using Siit.Iam.Agent.People.Persons;
using Siit.Iam.Agent.ToolServers;

namespace Siit.Iam.Agent;

/// <summary>The section <c>gate</c>. What the keys mean stands at <see cref="GateOptions"/>.</summary>
internal static class GateSettings
{
    /// <param name="tools">Rules and budgets may name them.</param>
    public static GateOptions Read(SettingsSection section, IConfigurationSection connections, ToolServerSet tools, List<string> problems)
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
            ApprovalRules = [.. section.Entries("approvalRules").Select(entry => Rule(entry.Section))],
            StandingApprovals = [.. section.Entries("standingApprovals").Select(entry => Standing(entry.Section))],
            Sensitivity = section.Entries("sensitivity").Select(entry => entry.Key).ToDictionary(word => word, section.Section("sensitivity").Texts, StringComparer.OrdinalIgnoreCase),
            StandingSource = section.Text("standingSource")?.ToLowerInvariant(),
            StandingAge = section.Time("standingAge", defaults.StandingAge),
            RemindAfter = section.Text("remindAfter") == "never" ? null : section.Time("remindAfter", defaults.RemindAfter!.Value),
            EscalateAfter = section.Has("escalateAfter") ? section.Time("escalateAfter", TimeSpan.Zero) : null,
            EscalateTo = section.Text("escalateTo"),
            ApproverBudget = section.Number("approverBudget", defaults.ApproverBudget),
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
        problems.AddRange(options.Problems([.. tools.Tools.Where(tool => !tool.Rule.IsRead).Select(tool => tool.Name)]));
        problems.AddRange(Unknown(options, [.. connections.GetChildren().Select(connection => connection.Key.ToLowerInvariant())], [.. tools.All.Select(server => server.Name)]));
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

    private static ApprovalRule Rule(SettingsSection section)
    {
        var rule = new ApprovalRule
        {
            Name = section.Text("name") ?? "",
            Actions = section.Texts("actions"),
            Connections = section.Texts("connections").ConvertAll(name => name.ToLowerInvariant()),
            Departments = section.Texts("departments"),
            Administrator = section.Has("administrator") ? section.Flag("administrator", false) : null,
            Sensitivity = section.Texts("sensitivity"),
            PeopleAtLeast = section.Has("peopleAtLeast") ? section.Number("peopleAtLeast", 0) : null,
            Callers = section.Texts("callers"),
            Playbooks = section.Texts("playbooks"),
            Triggers = section.Texts("triggers"),
            Demand = section.Has("demand") ? section.Word("demand", Approvers.Refuse) : null,
            Seats = section.Texts("seats"),
            Needed = section.Has("needed") ? section.Number("needed", 0) : null,
            Fallback = section.Text("fallback"),
            DangerouslyLowers = section.Flag("dangerouslyLowers", false),
        };
        section.NothingElse();
        return rule;
    }

    private static StandingApproval Standing(SettingsSection section)
    {
        var standing = new StandingApproval
        {
            Id = section.Text("id") ?? "",
            Actions = section.Texts("actions"),
            Triggers = section.Texts("triggers"),
            Playbooks = section.Texts("playbooks"),
            MaxPeople = section.Number("maxPeople", 0),
            MaxPerDay = section.Number("maxPerDay", 0),
            Owner = section.Text("owner") ?? "",
            Expires = section.Moment("expires"),
        };
        section.NothingElse();
        return standing;
    }

    /// <summary>Names of connections, or of servers of tools, that there are not.</summary>
    private static IEnumerable<string> Unknown(GateOptions options, List<string> connections, List<string> servers)
    {
        foreach (var rule in options.ApprovalRules)
        {
            foreach (var name in rule.Connections.Where(name => !connections.Contains(name) && !servers.Contains(name)))
                yield return $"gate:approvalRules: '{rule.Name}' names '{name}', which is no connection. {DidYouMean.Sentence(name, connections.Concat(servers))}";
        }

        if (options.StandingSource is { } source && source != IHrisRecords.Source && !connections.Contains(source))
            yield return $"gate:standingSource: '{source}' is neither a connection nor hris. {DidYouMean.Sentence(source, connections.Append(IHrisRecords.Source))}";
    }

    private static ChangeFreeze Freeze(SettingsSection section)
    {
        var weekly = section.Text("weekly");
        var freeze = new ChangeFreeze
        {
            From = section.Has("from") || weekly is null ? section.Moment("from") : default,
            To = section.Has("to") || weekly is null ? section.Moment("to") : default,
            Weekly = weekly,
            Zone = section.Text("zone"),
            Why = section.Text("why") ?? "",
        };
        section.NothingElse();
        return freeze;
    }
}
