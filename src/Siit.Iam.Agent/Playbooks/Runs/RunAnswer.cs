using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Gate;

namespace Siit.Iam.Agent.Playbooks.Runs;

/// <summary>What a door tells about a run.</summary>
internal sealed record RunAnswer
{
    /// <summary>Null when nothing was started.</summary>
    public string? Run { get; init; }

    public required RunState State { get; init; }

    public string? Code { get; init; }

    /// <summary>Begins with "NOT STARTED." when there is no run.</summary>
    public required string Message { get; init; }

    public string? Playbook { get; init; }

    /// <summary>The call that it waits for: what approvers see in their list.</summary>
    public string? WaitsFor { get; init; }

    public JsonObject? Outputs { get; init; }

    /// <summary>What happened so far, one sentence each.</summary>
    public IReadOnlyList<string> Steps { get; init; } = [];

    public bool IsError => State is RunState.Failed or RunState.Refused;

    public static RunAnswer Of(RunRecord run, IReadOnlyList<JournalEntry> journal) => new()
    {
        Run = run.Id,
        State = run.State,
        Code = run.Code,
        Message = run.Message,
        Playbook = run.Title,
        WaitsFor = run.WaitsFor,
        Outputs = run.Outputs,
        Steps = [.. journal.Select(entry => $"{entry.At:HH:mm:ss}Z {entry.Path}: {(entry.Kind == JournalKind.Failed ? "FAILED. " : "")}{HiddenText.Shown(entry.Text, 500)}")],
    };

    public static RunAnswer Refused(Refusal refusal) => new() { State = RunState.Refused, Code = refusal.Code, Message = "NOT STARTED. " + refusal.Message };
}
