using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Gate.Proofs;
using Siit.Iam.Agent.Gate.Rules;
using Siit.Iam.Agent.ToolServers;

namespace Siit.Iam.Agent.Gate.StandingApprovals;

/// <summary>
/// One entry of <c>gate:standingApprovals</c>: what runs of named playbooks may do without asking anybody each time. It belongs to the
/// organisation; a playbook can only name it (<c>policy.standing</c>). Everything in it has to be said: nothing means "all".
/// </summary>
internal sealed class StandingApproval
{
    /// <summary>How playbooks, the audit log and cards name it, such as <c>SA-LEAVER</c>.</summary>
    public string Id { get; set; } = "";

    /// <summary>Actions by name. Neither resets nor tools of other servers can be among them.</summary>
    public List<string> Actions { get; set; } = [];

    /// <summary>What may have started the run, such as <c>hris</c>.</summary>
    public List<string> Triggers { get; set; } = [];

    /// <summary>Playbooks by id (any published version), or by the SHA-256 of the one version that is meant.</summary>
    public List<string> Playbooks { get; set; } = [];

    /// <summary>Different people in one run; the next one is asked for. 1 to 500.</summary>
    public int MaxPeople { get; set; }

    /// <summary>Different people in a day (UTC), over all runs. At least <see cref="MaxPeople"/>.</summary>
    public int MaxPerDay { get; set; }

    /// <summary>The approver group that is answerable for it; while nobody is in it, it covers nothing.</summary>
    public string Owner { get; set; } = "";

    /// <summary>From then on it covers nothing.</summary>
    public DateTimeOffset Expires { get; set; }

    /// <summary>What it lowers, as a sentence.</summary>
    public string Told() =>
        $"Standing approval '{Id}' of the group {Owner}: runs of {string.Join(", ", Playbooks)} that were started by {string.Join(", ", Triggers)} may do {string.Join(", ", Actions)} without asking anybody, "
        + $"for {MaxPeople} people in a run and {MaxPerDay} in a day, until {Expires:yyyy-MM-dd HH:mm}Z.";

    /// <summary>Everything that is wrong, each with the key and the fix.</summary>
    public static IEnumerable<string> Problems(IReadOnlyList<StandingApproval> approvals)
    {
        foreach (var same in approvals.Where(approval => approval.Id.Length > 0).GroupBy(approval => approval.Id, StringComparer.OrdinalIgnoreCase).Where(same => same.Count() > 1))
            yield return $"gate:standingApprovals: two are called '{same.Key}'; a playbook names one by it.";
        foreach (var (approval, number) in approvals.Select((approval, number) => (approval, number)))
        {
            foreach (var problem in approval.Problems())
                yield return $"gate:standingApprovals: {(approval.Id.Length > 0 ? $"'{approval.Id}'" : $"entry {number + 1}")} {problem}";
        }
    }

    private IEnumerable<string> Problems()
    {
        if (Id.Length is 0 or > 60 || !Id.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
            yield return "needs an id of letters, digits, '-' and '_', at most 60, such as SA-LEAVER.";
        foreach (var (key, list) in new[] { ("actions", Actions), ("triggers", Triggers), ("playbooks", Playbooks) })
        {
            if (list.Count == 0)
                yield return $"has no {key}: what it covers has to be written out.";
        }

        foreach (var name in Actions.Where(ToolName.IsOne))
            yield return $"names '{name}', a tool of another server: it is done to no person, and what a standing approval covers is counted by person. What asks nobody is a tool of risk low (toolServers).";
        foreach (var name in Actions.Where(name => !ToolName.IsOne(name) && ActionCatalog.Find(name) is not { IsRead: false }))
            yield return $"names '{name}', which is no action that changes anything; see 'siit-iam actions'.";
        foreach (var name in Actions.Where(ProofOptions.IsReset))
            yield return $"names '{name}': a way into an account is agreed to by a person each time.";
        foreach (var trigger in Triggers.Where(trigger => !ApprovalRuleProblems.Triggers.Contains(trigger)))
            yield return $"names the trigger '{trigger}', which there is not. The triggers: {string.Join(", ", ApprovalRuleProblems.Triggers)}.";
        if (MaxPeople is < 1 or > 500)
            yield return "needs maxPeople (in one run) between 1 and 500.";
        if (MaxPerDay < MaxPeople || MaxPerDay > 5000)
            yield return "needs maxPerDay (people in a day) between maxPeople and 5000.";
        if (Owner.Length == 0)
            yield return "needs an owner: the approver group that is answerable for it.";
        if (Expires <= DateTimeOffset.UnixEpoch)
            yield return "needs expires, such as 2027-06-30T00:00:00Z.";
    }
}

/// <summary>What a run says of itself, so that a standing approval may cover its calls. Made only for runs of a published version.</summary>
/// <param name="Id">The standing approval that its playbook names.</param>
/// <param name="Playbook">The playbook's id.</param>
/// <param name="Content">SHA-256 of the content that runs.</param>
internal sealed record StandingClaim(string Id, string Playbook, string Content);
