namespace Siit.Iam.Agent.Playbooks.Drawing;

/// <summary>What a step is, for its look.</summary>
internal enum SketchKind
{
    Read,
    Change,
    Gate,
    People,
    Model,
    Condition,
    Choice,
    Loop,
    Parallel,
    Wait,
    Value,
    End,
}

/// <summary>A playbook as it is drawn, whatever the drawing is made of. Its texts are an author's: each drawing escapes them for itself.</summary>
/// <param name="Starts">What starts a run, one sentence each.</param>
/// <param name="Bounds">What a run can do at most.</param>
/// <param name="Failure">What happens when a step fails.</param>
internal sealed record Sketch(string Title, string Subtitle, IReadOnlyList<string> Starts, IReadOnlyList<string> Bounds, IReadOnlyList<SketchStep> Steps, string Failure)
{
    /// <summary>Every step in words, for whoever cannot see the drawing.</summary>
    public string InWords => string.Join(' ', [.. Starts.Select(start => start + "."), .. Bounds.Select(bound => bound + "."), .. Told(Steps), Failure + "."]);

    private static IEnumerable<string> Told(IReadOnlyList<SketchStep> steps) => steps.SelectMany(step => step.Lanes
        .SelectMany(lane => Told(lane.Steps).Prepend(lane.Label is null ? "" : step.Kind == SketchKind.Parallel ? $"Branch {lane.Label}:" : $"If {lane.Label}:").Where(sentence => sentence.Length > 0))
        .Prepend($"{step.Id}: {string.Join(", ", [step.Title, .. step.Lines])}{(step.Gate is null ? "" : $" (gate: {step.Gate})")}."));
}

/// <param name="Title">What it does, in one line.</param>
/// <param name="Lines">What else matters about it.</param>
/// <param name="Gate">Who has to agree before it; null when nobody is asked for it.</param>
/// <param name="Lanes">The branches of a choice or a parallel step, or the one body of a loop.</param>
internal sealed record SketchStep(string Id, SketchKind Kind, string Title, IReadOnlyList<string> Lines, string? Gate, IReadOnlyList<SketchLane> Lanes)
{
    /// <summary>Nothing follows it.</summary>
    public bool Ends => Kind == SketchKind.End || (Kind == SketchKind.Choice && Lanes.All(lane => lane.Ends));
}

/// <param name="Label">When it is taken, or its name; null for a loop's body.</param>
internal sealed record SketchLane(string? Label, IReadOnlyList<SketchStep> Steps)
{
    public bool Ends => Steps.Any(step => step.Ends);
}
