using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Siit.Iam.Agent.Playbooks.Runs;

namespace Siit.Iam.Agent.Playbooks.Rehearsals;

/// <summary>How one walk of a playbook would come out. Nothing of it has happened.</summary>
internal sealed record RehearsalReport
{
    public required string Playbook { get; init; }

    public required RunState State { get; init; }

    public string? Code { get; init; }

    public required string Message { get; init; }

    public required DateTimeOffset StartsAt { get; init; }

    public required DateTimeOffset EndsAt { get; init; }

    /// <summary>What people and models would have decided, as <c>agree: yes</c>.</summary>
    public IReadOnlyList<string> Decisions { get; init; } = [];

    /// <summary>Step by step, one sentence each.</summary>
    public IReadOnlyList<string> Steps { get; init; } = [];

    /// <summary>What would be asked of approvers.</summary>
    public IReadOnlyList<string> Approvals { get; init; } = [];

    /// <summary>Names of the steps that ask them, in the same order.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> Asking { get; init; } = [];

    /// <summary>Every change in its order, with what it does.</summary>
    public IReadOnlyList<RehearsedChange> Changes { get; init; } = [];

    /// <summary>What would be different in the end, such as <c>~ ana@acme.example okta: status active -> suspended</c>.</summary>
    public IReadOnlyList<string> Difference { get; init; } = [];

    public IReadOnlyList<string> CannotBeUndone { get; init; } = [];

    /// <summary>What a model may do by itself on this way: only a run shows whether it does, and with what.</summary>
    public IReadOnlyList<string> NotRehearsed { get; init; } = [];

    /// <summary>Who would be told what.</summary>
    public IReadOnlyList<string> Notices { get; init; } = [];

    /// <summary>How much of the playbook's limits it would use.</summary>
    public string? Headroom { get; init; }

    public JsonObject? Outputs { get; init; }

    /// <summary>Of its own steps, without what was already so.</summary>
    [JsonIgnore]
    public int Writes => Changes.Count;

    /// <summary>For people.</summary>
    public IEnumerable<string> Lines()
    {
        yield return $"{State.Word()}{(Code is null ? "" : $" ({Code})")}: {Message}";
        if (EndsAt - StartsAt > TimeSpan.FromMinutes(1))
            yield return $"It would end {EndsAt:yyyy-MM-dd HH:mm}Z.";
        foreach (var line in Part("Steps", Steps).Concat(Part("Asked for approval", Approvals)))
            yield return line;
        foreach (var line in Part("Changes", Changes.Select(change => change.ToString())))
            yield return line;
        foreach (var line in Part("Different in the end", Difference.Count > 0 ? Difference : Changes.Count > 0 ? ["nothing"] : []))
            yield return line;
        foreach (var line in Part("Not rehearsed", NotRehearsed))
            yield return line;
        foreach (var line in Part("Cannot be undone", CannotBeUndone).Concat(Part("Would be told", Notices)))
            yield return line;
        if (Headroom is not null)
            yield return $"Of what the playbook allows itself: {Headroom}.";
        if (Outputs is not null)
            yield return $"Outputs: {Outputs.ToJsonString()}";
    }

    private static IEnumerable<string> Part(string title, IEnumerable<string> lines)
    {
        var all = lines.ToList();
        return all.Count == 0 ? [] : all.Select(line => "  " + line).Prepend($"{title}:");
    }
}

/// <summary>One change that would be made.</summary>
/// <param name="Path">Of the step.</param>
/// <param name="Lines">What it does to the account.</param>
internal sealed record RehearsedChange(DateTimeOffset At, string Path, string Action, string Person, string Connection, IReadOnlyList<string> Lines)
{
    public override string ToString() => $"{At:yyyy-MM-dd HH:mm}Z {Action} {Person} {Connection}{(Lines.Count > 0 ? ": " + string.Join("; ", Lines) : "")}";
}

/// <summary>A rehearsal: one walk, or all that were tried.</summary>
internal sealed record RehearsalAnswer
{
    /// <summary>The walk that was asked for; of several the one that changes most.</summary>
    public required RehearsalReport Report { get; init; }

    /// <summary>Distinct ends with the decisions that lead there; empty for one walk.</summary>
    public IReadOnlyList<RehearsedEnd> Ends { get; init; } = [];

    public int Walks { get; init; } = 1;

    /// <summary>There are more ways than were walked.</summary>
    public bool Cut { get; init; }

    /// <summary>Answers of which only some values were walked, as <c>ask.days: 1, 29, 30, 31, 90</c>: what the others do is not known.</summary>
    public IReadOnlyList<string> Sampled { get; init; } = [];

    public IEnumerable<string> Lines()
    {
        yield return $"Rehearsal of {Report.Playbook}. Nothing was changed, asked or sent.";
        if (Ends.Count == 0)
        {
            foreach (var line in Report.Lines())
                yield return line;
            yield break;
        }

        yield return $"{Walks} ways were walked{(Cut ? "; there are more, which were not" : Sampled.Count == 0 ? ", all there are" : "")}. They end in {Ends.Count} different ways:";
        foreach (var end in Ends)
        {
            yield return $"- {end.State.Word()}{(end.Code is null ? "" : $" ({end.Code})")}, {end.Writes} change{(end.Writes == 1 ? "" : "s")}, {end.CannotBeUndone} that cannot be undone: {end.Message}";
            foreach (var way in end.Ways.Take(3))
                yield return $"    {(way.Length == 0 ? "without any decision" : way)}";
            if (end.Ways.Count > 3)
                yield return $"    … and {end.Ways.Count - 3} more ways";
            foreach (var line in end.Difference)
                yield return $"    {line}";
        }

        if (Sampled.Count > 0)
        {
            yield return "Other answers may lead elsewhere: only these were walked (another one: --answer STEP='{...}').";
            foreach (var answer in Sampled)
                yield return $"    {answer}";
        }

        yield return "The way that changes most:";
        foreach (var line in Report.Lines())
            yield return "  " + line;
    }
}

/// <param name="Ways">Decisions, as <c>agree: yes, decide: no</c>.</param>
internal sealed record RehearsedEnd(
    RunState State, string? Code, string Message, int Writes, int CannotBeUndone, IReadOnlyList<string> Difference, IReadOnlyList<string> Ways);
