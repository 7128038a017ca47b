using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Playbooks.Format;

namespace Siit.Iam.Agent.Playbooks.Runs;

/// <summary>What a call of the run is made as.</summary>
internal static class RunCallers
{
    /// <summary>
    /// A caller of the run's own, with nothing that its starter had not when it started or has not now, and nothing that the playbook
    /// does not name. Null when the starter was removed since.
    /// </summary>
    /// <param name="now">The starter as registered now; null when it never was (an operator at the command line).</param>
    public static CallerRecord? Of(RunRecord run, PlaybookPolicy policy, CallerRecord? now)
    {
        if (now is { IsActive: false })
            return null;
        bool May(ActionDefinition action) => Allows(run.Starter.Actions, action) && now?.MayUse(action) != false;
        bool MayCall(string tool) => (run.Starter.Actions.Contains("*") || run.Starter.Actions.Contains(tool)) && now?.MayUseTool(tool) != false;
        var connections = Narrowed(policy.Connections ?? ["*"], run.Starter.Connections);
        return new CallerRecord
        {
            Id = Id(run),
            Operator = run.Starter.Operator,
            Starter = run.Starter.Caller,
            Actions = [.. policy.Tools.Where(May).Select(action => action.Name), .. policy.OtherTools.Select(tool => tool.Name).Where(MayCall)],
            Connections = now is null ? connections : Narrowed(connections, now.Connections),
            ActsFor = now is null ? run.Starter.ActsFor : Narrowed(run.Starter.ActsFor, now.ActsFor),
            TokenHash = "",
            AddedAt = run.StartedAt,
        };
    }

    /// <summary>Whose the run's calls are, to take them back; it may ask for nothing.</summary>
    public static CallerRecord Withdrawing(RunRecord run) => new()
    {
        Id = Id(run),
        Operator = run.Starter.Operator,
        Actions = [],
        Connections = [],
        ActsFor = [],
        TokenHash = "",
        AddedAt = run.StartedAt,
    };

    /// <summary>Budgets of callers count per playbook.</summary>
    public static string Id(RunRecord run) => $"playbook:{run.Playbook}";

    private static bool Allows(IReadOnlyList<string> actions, ActionDefinition action) =>
        actions.Contains("*") || actions.Contains(action.Name) || (action.IsRead && actions.Contains("read"));

    private static IReadOnlyList<string> Narrowed(IReadOnlyList<string> some, IReadOnlyList<string> others) =>
        others.Contains("*") ? some : some.Contains("*") ? others : [.. some.Intersect(others, StringComparer.OrdinalIgnoreCase)];
}
