using System.Text.Json.Nodes;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Playbooks.Format;

namespace Siit.Iam.Agent.Playbooks.Rehearsals;

/// <summary>What is to be rehearsed.</summary>
/// <param name="Inputs">As given, unchecked.</param>
/// <param name="Door">Where it came in: one of <see cref="Doors"/>.</param>
internal sealed record RehearsalWish(Playbook Playbook, JsonObject Inputs, CallerRecord Caller, string Door)
{
    public string? Requester { get; init; }

    public string? Request { get; init; }

    /// <summary>Drafts that it may call, before those of the folder.</summary>
    public IReadOnlyList<Playbook> Beside { get; init; } = [];

    /// <summary>What people and models say in it.</summary>
    public RehearsalWords Words { get; init; } = new();

    /// <summary>Every way in which they could decide is walked.</summary>
    public bool Branches { get; init; }
}

/// <summary>What is said at the steps where somebody decides. What is left out is approved, answered with the first answer, and not woken.</summary>
internal sealed record RehearsalWords
{
    public const string Yes = "yes";
    public const string No = "no";
    public const string Silence = "timeout";

    /// <summary>To everything that asks for approval and has no word of its own.</summary>
    public string? Approval { get; init; }

    /// <summary>By the id of the step.</summary>
    public IReadOnlyDictionary<string, string> Approvals { get; init; } = new Dictionary<string, string>();

    /// <summary>To questions and for models, by the id of the step; an empty one means that nobody answers.</summary>
    public IReadOnlyDictionary<string, JsonObject> Answers { get; init; } = new Dictionary<string, JsonObject>();

    /// <summary>Ids of waits that an event ends before their time.</summary>
    public IReadOnlySet<string> Wakes { get; init; } = new HashSet<string>();
}
