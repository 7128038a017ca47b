using Siit.Iam.Agent.Actions;

namespace Siit.Iam.Agent.Gate.Rules;

/// <summary>What is wrong with the rules of the settings, each with the key and the right names.</summary>
internal static class ApprovalRuleProblems
{
    /// <summary>What can start a run.</summary>
    public static readonly IReadOnlyList<string> Triggers = ["hris", "idp", "manual", "overdue", "prompt", "request", "schedule"];

    private static readonly string[] Risks = ["high", "low", "medium"];

    /// <param name="rules">As read.</param>
    /// <param name="sensitivity">The words that groups and applications may have.</param>
    /// <param name="source">Where standing comes from; null when nowhere.</param>
    /// <param name="tools">Tools of other servers that change something, by their full names.</param>
    public static IEnumerable<string> Of(IReadOnlyList<ApprovalRule> rules, IReadOnlyCollection<string> sensitivity, string? source, IReadOnlyCollection<string> tools)
    {
        foreach (var same in rules.Where(rule => rule.Name.Length > 0).GroupBy(rule => rule.Name, StringComparer.OrdinalIgnoreCase).Where(same => same.Count() > 1))
            yield return $"gate:approvalRules: two rules are called '{same.Key}'; a refusal names its rule by it.";
        foreach (var (rule, number) in rules.Select((rule, number) => (rule, number)))
        {
            foreach (var problem in Of(rule, sensitivity, source, tools))
                yield return $"gate:approvalRules: {(rule.Name.Length > 0 ? $"'{rule.Name}'" : $"rule {number + 1}")} {problem}";
        }
    }

    private static IEnumerable<string> Of(ApprovalRule rule, IReadOnlyCollection<string> sensitivity, string? source, IReadOnlyCollection<string> tools)
    {
        var changes = ActionCatalog.All.Where(action => !action.IsRead).Select(action => action.Name).ToList();
        if (rule.Name.Length == 0)
            yield return "has no name; it stands on cards and in refusals.";
        foreach (var name in rule.Actions.Where(name => name != "*" && !Risks.Contains(name) && !changes.Contains(name) && !tools.Contains(name)))
            yield return $"names '{name}', which is neither an action nor a tool of another server that changes anything, nor one of *, high, medium, low. The actions: {string.Join(", ", changes)}. The tools: {Listed(tools)}.";
        foreach (var tool in rule.Actions.Where(tools.Contains))
        {
            if (rule.Departments.Count > 0 || rule.Sensitivity.Count > 0 || rule.Administrator == true)
                yield return $"names '{tool}' and looks at a person, a group or an application, and a tool of another server is about none of them: it would never hold. Write a rule of its own for it.";
            if (rule.Fallback is null && rule.Seats.Exists(text => text is "manager" or "owner"))
                yield return $"names '{tool}' and has the seat of a manager or an owner, and a tool of another server is about nobody: give the rule a fallback, or '{tool}' a rule of its own.";
        }

        foreach (var word in rule.Sensitivity.Where(word => !sensitivity.Contains(word)))
            yield return $"names the sensitivity '{word}', which gate:sensitivity does not have. It has: {(sensitivity.Count == 0 ? "none" : string.Join(", ", sensitivity))}.";
        foreach (var trigger in rule.Triggers.Where(trigger => !Triggers.Contains(trigger)))
            yield return $"names the trigger '{trigger}', which there is not. The triggers: {string.Join(", ", Triggers)}.";
        if (rule.PeopleAtLeast < 1)
            yield return "has peopleAtLeast below 1.";
        foreach (var problem in SeatProblems(rule, source))
            yield return problem;
    }

    /// <summary>For people, in order.</summary>
    public static string Listed(IReadOnlyCollection<string> names) => names.Count == 0 ? "none" : string.Join(", ", names.Order(StringComparer.Ordinal));

    private static IEnumerable<string> SeatProblems(ApprovalRule rule, string? source)
    {
        if (rule.Demand is null && rule.Seats.Count == 0)
            yield return "asks for nothing: give it a demand (none, one, two, refuse) or seats.";
        if (rule.Demand == Approvers.Refuse && rule.Seats.Count > 0)
            yield return "refuses and names seats; nobody can sit down where everything is refused.";
        foreach (var text in rule.Seats.Where(text => ApprovalRule.SeatOf(text) is null))
            yield return $"names the seat '{text}'. Seats are any, manager, owner or group:NAME.";
        foreach (var twice in rule.Seats.Where(text => text != "any").GroupBy(text => text).Where(same => same.Count() > 1))
            yield return $"names the seat '{twice.Key}' twice; each seat is taken as something else.";
        if (rule.Needed is { } needed && (needed < 1 || needed > rule.Seats.Count))
            yield return $"needs {needed} of {rule.Seats.Count} seats.";
        var standing = rule.Seats.Exists(text => text is "manager" or "owner");
        if (standing && source is null)
            yield return "has the seat of a manager or an owner, and gate:standingSource does not say where those are known: name a connection, or hris.";
        if (rule.Fallback is not null && !standing)
            yield return "has a fallback and no seat of a manager or an owner that it could be for.";
        if (rule.DangerouslyLowers && rule.Demand == Approvers.Refuse)
            yield return "refuses and lowers; it can do one of the two.";
    }
}
