using Siit.Iam.Agent.Actions;

namespace Siit.Iam.Agent.Gate;

/// <summary>How many other people have to agree to a call, and which rule says so. Pure.</summary>
internal static class ApprovalRules
{
    public static ApprovalDemand Demand(RuleRoom room, GateOptions options, IReadOnlyList<ApproverRecord> approvers)
    {
        var demand = Usual(room.Action, options);
        // Whoever takes over an approver's account is half-way to deciding; whoever takes over an administrator's owns the tenant.
        if (room.TargetIsAdministrator)
            demand = demand.AtLeast(Approvers.Two, "the person is an administrator");
        if (room.Situation.Group is { Roles.Count: > 0 })
            demand = demand.AtLeast(Approvers.Two, "the group gives administrator roles");
        if (room.Situation.Picture?.Account is { } account && approvers.Any(approver => approver.IsActive && (approver.IsPerson(account.Email) || approver.IsPerson(account.Login))))
            demand = demand.AtLeast(Approvers.Two, "the person is an approver");
        return demand;
    }

    /// <summary>What an action needs whoever it is about: its definition and the settings.</summary>
    public static ApprovalDemand Usual(ActionDefinition action, GateOptions options)
    {
        var demand = options.DangerouslyRunWithoutApproval.Contains(action.Name)
            ? new ApprovalDemand(Approvers.None, "dangerouslyRunWithoutApproval")
            : new ApprovalDemand(action.Approval, $"{action.Name} needs {Word(action.Approval)} by its definition");
        return options.RaiseApproval.TryGetValue(action.Name, out var raised)
            ? demand.AtLeast(raised, $"settings ask for {Word(raised)} for {action.Name}")
            : demand;
    }

    /// <summary>Whether there are people who could approve at all; null, or why not.</summary>
    public static Refusal? Impossible(Approvers needed, IReadOnlyList<ApproverRecord> approvers, Func<ApproverRecord, Refusal?> excluded)
    {
        if (needed == Approvers.Refuse)
            return new Refusal("not_approvable", "The settings refuse this action to everybody. The administrator of this server can change that.");
        var able = approvers.Where(approver => approver.IsActive && excluded(approver) is null).Select(approver => approver.Groups).ToList();
        return CanFill(needed, able)
            ? null
            : new Refusal("no_approver", $"Nobody could approve this: it needs {Word(needed)} other than the requester, the target and the caller's operator. Enrol approvers with siit-iam approvers add.");
    }

    /// <summary>Whether these people, each with the groups he is in, fill every seat; two seats take distinct people and distinct groups.</summary>
    public static bool CanFill(Approvers needed, IReadOnlyList<IReadOnlyList<string>> people) => needed switch
    {
        Approvers.None => true,
        Approvers.One => people.Any(groups => groups.Count > 0),
        Approvers.Two => people.Select((first, i) => people.Skip(i + 1).Any(second =>
            first.Any(group => second.Any(other => other != group)))).Any(found => found),
        _ => false,
    };

    public static string Word(Approvers needed) => needed switch
    {
        Approvers.None => "no approval",
        Approvers.One => "one approver",
        Approvers.Two => "two approvers from distinct groups",
        _ => "a refusal",
    };
}

/// <param name="Rule">Which rule asked for the most.</param>
internal sealed record ApprovalDemand(Approvers Needed, string Rule)
{
    public ApprovalDemand AtLeast(Approvers needed, string rule) => needed > Needed ? new ApprovalDemand(needed, rule) : this;
}
