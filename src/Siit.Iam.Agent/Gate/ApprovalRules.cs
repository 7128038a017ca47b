using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Gate.Rules;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.ToolServers;

namespace Siit.Iam.Agent.Gate;

/// <summary>Which other people have to agree to a call, and which rules say so. Pure.</summary>
internal static class ApprovalRules
{
    /// <summary>What everything asks for together: the action's definition, the settings, and who or what the call is about.</summary>
    public static ApprovalDemand Demand(RuleRoom room, GateOptions options)
    {
        var held = Held(room, options);
        return Protected(room, options, With(Usual(room.Action, options, held.Find(rule => rule.DangerouslyLowers)), held, Abouts(room)));
    }

    /// <summary>What a call of a tool of another server asks for: its risk, and the rules that hold for it. It is about nobody, and about nothing that somebody owns.</summary>
    /// <param name="held">Of the rules of the settings.</param>
    public static ApprovalDemand Demand(LockedTool tool, List<ApprovalRule> held)
    {
        // What was written before there were tools, for every action or every risk, lowers none of them.
        var lowering = held.Find(rule => rule.DangerouslyLowers && rule.Actions.Contains(tool.Name));
        var usual = lowering is null
            ? new ApprovalDemand(tool.Approval, $"{tool.Name} needs {Word(tool.Approval)} by its risk ({ToolLock.Word(tool.Risk)})")
            : new ApprovalDemand(Approvers.None, $"the rule '{lowering.Name}' lowers what {tool.Name} needs (dangerouslyLowers)");
        return With(usual, held, CallAbouts.Nothing);
    }

    /// <summary>The rules of the settings that hold for a call of a tool of another server.</summary>
    /// <param name="caller">Id of the caller: the run's playbook.</param>
    /// <param name="trigger">What started the run.</param>
    public static List<ApprovalRule> Held(LockedTool tool, string caller, string? trigger, GateOptions options) => options.ApprovalRules.FindAll(rule => rule.Holds(new RuleFacts
    {
        Action = tool.Name,
        Risk = tool.Risk,
        Connection = tool.Server,
        Caller = caller,
        Playbook = PlaybookOf(caller),
        Trigger = trigger,
    }));

    private static ApprovalDemand With(ApprovalDemand usual, List<ApprovalRule> held, CallAbouts about)
    {
        var demand = usual;
        foreach (var rule in held)
        {
            var name = $"the rule '{rule.Name}'";
            demand = demand.AtLeast(rule.Demand ?? Approvers.None, $"{name} asks for {Word(rule.Demand ?? Approvers.None)}");
            if (rule.SeatList is { Count: > 0 } seats)
                demand = demand.With(new Quorum(name, [.. seats.Select(about.Place)], rule.Needed ?? seats.Count));
        }

        return demand;
    }

    private static string? PlaybookOf(string caller) => caller.StartsWith(RuleNames.RunCaller, StringComparison.Ordinal) ? caller[RuleNames.RunCaller.Length..] : null;

    /// <summary>The rules of the settings that hold for a call.</summary>
    public static List<ApprovalRule> Held(RuleRoom room, GateOptions options)
    {
        if (options.ApprovalRules.Count == 0)
            return [];
        var facts = Facts(room, options);
        return options.ApprovalRules.FindAll(rule => rule.Holds(facts));
    }

    /// <summary>What an action needs whoever it is about: its definition and the settings.</summary>
    public static ApprovalDemand Usual(ActionDefinition action, GateOptions options, ApprovalRule? lowering = null)
    {
        var demand = options.DangerouslyRunWithoutApproval.Contains(action.Name)
            ? new ApprovalDemand(Approvers.None, "dangerouslyRunWithoutApproval")
            : lowering is not null
                ? new ApprovalDemand(Approvers.None, $"the rule '{lowering.Name}' lowers what {action.Name} needs (dangerouslyLowers)")
                : new ApprovalDemand(action.Approval, $"{action.Name} needs {Word(action.Approval)} by its definition");
        return options.RaiseApproval.TryGetValue(action.Name, out var raised)
            ? demand.AtLeast(raised, $"settings ask for {Word(raised)} for {action.Name}")
            : demand;
    }

    public static string Word(Approvers needed) => needed switch
    {
        Approvers.None => "no approval",
        Approvers.One => "one approver",
        Approvers.Two => "two approvers from distinct groups",
        _ => "a refusal",
    };

    /// <summary>What a card's decision has to fill; of cards that were made before there were quorums, what their word means.</summary>
    public static IReadOnlyList<Quorum> QuorumsOf(CallRecord call) =>
        call.Card?.Quorums is { Count: > 0 } quorums ? quorums : QuorumsOf(call.Approval?.Needed ?? Approvers.Refuse, call.Card?.Rule ?? "");

    /// <summary>Everything that has to be filled, for people.</summary>
    public static string Word(CallRecord call) => string.Join(", and ", QuorumsOf(call).Select(quorum => quorum.Word()));

    private static IReadOnlyList<Quorum> QuorumsOf(Approvers needed, string rule) => needed switch
    {
        Approvers.None => [],
        Approvers.One => [Quorum.OfAny(rule, 1)],
        Approvers.Two => [Quorum.OfAny(rule, 2)],
        _ => [new Quorum(rule, [], 1)],
    };

    /// <summary>Whether the call is about what no setting lowers.</summary>
    public static bool NobodyLowers(RuleRoom room, GateOptions options) => Protected(room, options, new ApprovalDemand(Approvers.None, "")).Needed != Approvers.None;

    /// <summary>What nobody lowers: whoever could become, or be made, somebody who decides.</summary>
    private static ApprovalDemand Protected(RuleRoom room, GateOptions options, ApprovalDemand demand)
    {
        // Whoever takes over an approver's account is half-way to deciding; whoever takes over an administrator's owns the tenant.
        if (room.TargetIsAdministrator)
            demand = demand.AtLeast(Approvers.Two, "the person is an administrator");
        if (room.Situation.Group is { Roles.Count: > 0 })
            demand = demand.AtLeast(Approvers.Two, "the group gives administrator roles");
        if (room.TargetIsApprover)
            demand = demand.AtLeast(Approvers.Two, "the person is an approver");
        var (before, after) = (room.Situation.Picture?.Account, room.After.Picture?.Account);
        if (before is null || after is null)
            return demand;
        // Rules name managers, and so does the 'approve' of any playbook where it is known who they are.
        if (before.Manager != after.Manager && (options.StandingSource is not null || options.ApprovalRules.Exists(rule => rule.Seats.Contains("manager"))))
            demand = demand.AtLeast(Approvers.Two, "whoever is somebody's manager decides on calls");
        if (before.Department != after.Department && options.ApprovalRules.Exists(rule => rule.Departments.Count > 0))
            demand = demand.AtLeast(Approvers.Two, "rules look at the department");
        return demand;
    }

    private static RuleFacts Facts(RuleRoom room, GateOptions options) => new()
    {
        Action = room.Action.Name,
        Risk = room.Action.Risk,
        Connection = room.Connection.Name,
        Caller = room.Caller.Id,
        Departments = new[] { room.Situation.Picture?.Account.Department, room.After.Picture?.Account.Department }.Concat(room.OtherDepartments)
            .OfType<string>().Select(ApprovalRule.Folded).ToHashSet(StringComparer.Ordinal),
        IsAdministrator = room.TargetIsAdministrator,
        Sensitivity = options.Sensitivity.Where(word => word.Value.Exists(name => IsNamed(name, room))).Select(word => word.Key).ToHashSet(StringComparer.OrdinalIgnoreCase),
        People = room.People,
        Playbook = PlaybookOf(room.Caller.Id),
        Trigger = room.Trigger,
    };

    private static bool IsNamed(string name, RuleRoom room)
    {
        var (group, application) = (room.Situation.Group?.Group, room.Situation.Application);
        return (group is not null && Is(group.Id, group.Name)) || (application is not null && Is(application.Id, application.Name))
            || (application?.AccessGroup is { } access && Is(access.Id, access.Name));

        bool Is(string id, string called) => name == $"{room.Connection.Name}:{id}" || name == called;
    }

    /// <summary>Whose manager and owner of what a seat for this call means.</summary>
    public static CallAbouts Abouts(RuleRoom room)
    {
        var connection = room.Connection.Name;
        return new CallAbouts(
            room.Situation.Picture?.Account is { Id.Length: > 0 } account ? new SeatAbout($"{connection}:{account.Id}", account.Login)
                : room.After.Picture?.Account is { } made ? new SeatAbout(made.Login, made.Login)
                : null,
            room.Situation.Group is { Group: var group } ? Thing("group", group.Id, group.Name)
                : room.Situation.Application is { AccessGroup: { } access } ? Thing("group", access.Id, access.Name)
                : room.Situation.Application is { } application ? Thing("application", application.Id, application.Name)
                : null);

        SeatAbout Thing(string kind, string id, string name) => new($"{connection}:{kind}:{id}", name);
    }
}
