namespace Siit.Iam.Agent.Playbooks.Format;

/// <summary>Arguments of actions that the run gives, whatever the playbook says.</summary>
internal static class RunArguments
{
    /// <summary>May be given by a step; the run has a sentence of its own otherwise.</summary>
    public const string Reason = "reason";

    /// <summary>Never a step's to give.</summary>
    public static IReadOnlyList<string> Reserved { get; } = ["request", "requester", "dry_run", "idempotency_key"];
}
