using System.Text.Json.Nodes;
using Siit.Iam.Agent.Gate.StandingApprovals;

namespace Siit.Iam.Agent.Gate;

/// <summary>What a door hands to the gate: who wants which action with which arguments. No policy was applied to it.</summary>
internal sealed record ActionCall
{
    public required string Action { get; init; }

    /// <summary>The arguments as they came, unchecked.</summary>
    public required JsonObject Input { get; init; }

    /// <summary>Known from its credential.</summary>
    public required CallerRecord Caller { get; init; }

    /// <summary>Where it came in: one of <see cref="Doors"/>.</summary>
    public required string Door { get; init; }

    /// <summary>For a step of a run: where it belongs, and in whose name the run was started.</summary>
    public RunStep? Step { get; init; }

    /// <summary>Told what the call waits for (throttled, another effect on the same account), and for how long.</summary>
    public IProgress<string>? Progress { get; init; }
}

/// <summary>The step of a run that makes a call.</summary>
/// <param name="Run">The run's id.</param>
/// <param name="Path">Step ids and loop indices, such as <c>/remove[2]/unassign</c>; with the run it names the effect, once.</param>
/// <param name="Playbook">Id and version, for people.</param>
/// <param name="Requester">The run's requester.</param>
/// <param name="Plan">The approved plan of this run that may cover the call (the id of its call record).</param>
internal sealed record RunStep(string Run, string Path, string Playbook, Requester Requester, string? Plan)
{
    /// <summary>What started the run.</summary>
    public string Trigger { get; init; } = "manual";

    /// <summary>Work emails of those who wrote or published this version of the playbook; they never decide on what it does.</summary>
    public IReadOnlyList<string> Authors { get; init; } = [];

    /// <summary>The standing approval that its playbook names; null when it names none, or what runs was not published.</summary>
    public StandingClaim? Standing { get; init; }
}

/// <summary>The person at whose wish a call is made.</summary>
/// <param name="Email">Null when nobody was named.</param>
/// <param name="Proved">By the caller's credential. A claim is shown as one and never relaxes a rule.</param>
internal sealed record Requester(string? Email, bool Proved)
{
    public static Requester Unnamed { get; } = new(null, Proved: false);
}

/// <summary>What the gate has to know of service requests.</summary>
internal interface IRequestAuthors
{
    /// <summary>Work email of whoever wrote it; null for a ticket that is known only by its id.</summary>
    ValueTask<string?> AuthorOfAsync(string request, CancellationToken cancellationToken);

    /// <summary>What the author wrote: untrusted. Null for a ticket that is known only by its id.</summary>
    ValueTask<string?> TextOfAsync(string request, CancellationToken cancellationToken);
}

internal static class Doors
{
    public const string McpHttp = "mcp-http";
    public const string McpStdio = "mcp-stdio";
    public const string Playbook = "playbook";
    public const string CommandLine = "cli";
    public const string Console = "console";
}
