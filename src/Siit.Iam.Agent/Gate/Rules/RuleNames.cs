namespace Siit.Iam.Agent.Gate.Rules;

/// <summary>Names that rules may use and only the store and the folder of playbooks know.</summary>
/// <param name="ApproverGroups">Of everybody who was ever enrolled. Empty before the first one: then nobody can have a wrong one.</param>
/// <param name="Callers">Everybody who was ever registered; empty before the first one.</param>
/// <param name="PlaybookIds">Of the files, and of what was ever published.</param>
internal sealed record RuleNames(IReadOnlyCollection<string> ApproverGroups, IReadOnlyCollection<string> Callers, IReadOnlyCollection<string> PlaybookIds)
{
    /// <summary>A run of a playbook calls under this and the playbook's id.</summary>
    public const string RunCaller = "playbook:";

    private const int Sha256Length = 64;

    /// <summary>Playbooks that the settings name: where there are none, nobody has to read the folder for them.</summary>
    public static IEnumerable<string> PlaybooksIn(GateOptions options) =>
    [
        .. options.ApprovalRules.SelectMany(rule => rule.Playbooks.Concat(rule.Callers.Where(caller => caller.StartsWith(RunCaller, StringComparison.Ordinal)))),
        .. options.StandingApprovals.SelectMany(standing => standing.Playbooks).Where(playbook => !IsContent(playbook)),
    ];

    /// <summary>
    /// Every name in the settings that nothing has, each with the right ones. A rule with a wrong name would hold for nothing, and nobody
    /// would notice: the call that it should have stopped runs. Departments are not among them: they are the directory's words, which change
    /// without anybody looking at these settings, and must not keep a server from starting.
    /// </summary>
    public IEnumerable<string> Problems(GateOptions options)
    {
        foreach (var rule in options.ApprovalRules)
        {
            var at = $"gate:approvalRules: '{rule.Name}'";
            foreach (var seat in rule.SeatList.Where(seat => seat.Source == SeatSource.Group))
                foreach (var problem in Group(seat.Group, $"{at} has the seat 'group:{seat.Group}'"))
                    yield return problem;
            foreach (var problem in Group(rule.Fallback, $"{at} has the fallback '{rule.Fallback}'"))
                yield return problem;
            foreach (var problem in rule.Callers.SelectMany(caller => Caller(caller, at)))
                yield return problem;
            foreach (var problem in rule.Playbooks.SelectMany(playbook => Playbook(playbook, at)))
                yield return problem;
        }

        foreach (var problem in Group(options.EscalateTo, $"gate:escalateTo is '{options.EscalateTo}'"))
            yield return problem;
        foreach (var standing in options.StandingApprovals)
        {
            var at = $"gate:standingApprovals: '{standing.Id}'";
            foreach (var problem in Group(standing.Owner, $"{at} has the owner '{standing.Owner}'"))
                yield return problem;
            // A content that nothing has covers nothing, which is the safe side.
            foreach (var problem in standing.Playbooks.Where(playbook => !IsContent(playbook)).SelectMany(playbook => Playbook(playbook, at)))
                yield return problem;
        }
    }

    private IEnumerable<string> Group(string? group, string what)
    {
        if (group is not null && ApproverGroups.Count > 0 && !ApproverGroups.Contains(group))
            yield return $"{what}, and no approver was ever in that group. The approver groups: {Listed(ApproverGroups)}. A new one begins with somebody in it: siit-iam approvers add.";
    }

    private IEnumerable<string> Caller(string caller, string at)
    {
        if (caller.StartsWith(RunCaller, StringComparison.Ordinal))
            return Playbook(caller[RunCaller.Length..], at);
        return Callers.Count > 0 && !Callers.Contains(caller)
            ? [$"{at} names the caller '{caller}', which was never registered. The callers: {Listed(Callers)}. A new one is registered first: siit-iam callers add."]
            : [];
    }

    private IEnumerable<string> Playbook(string playbook, string at)
    {
        if (!PlaybookIds.Contains(playbook))
            yield return $"{at} names the playbook '{playbook}', which there is not. The playbooks: {(PlaybookIds.Count == 0 ? "none" : Listed(PlaybookIds))}.";
    }

    private static string Listed(IEnumerable<string> names) => string.Join(", ", names.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));

    private static bool IsContent(string playbook) => playbook.Length == Sha256Length && playbook.All(char.IsAsciiHexDigitLower);
}
