namespace Siit.Iam.Agent.Playbooks.Runs;

/// <summary>How a step, or a list of them, came out.</summary>
internal abstract record StepEnd
{
    public static StepEnd Done { get; } = new DoneEnd();

    private sealed record DoneEnd : StepEnd;
}

/// <param name="Fatal">What follows may need it, so that <c>onFailure: continue</c> does not go past it.</param>
internal sealed record FailedEnd(string Path, string? Code, string Message, bool Fatal) : StepEnd;

/// <summary>Goes on when the call has ended.</summary>
internal sealed record ParkedEnd(string Call, string Message) : StepEnd;

/// <summary>Nothing was decided; tried again a little later.</summary>
internal sealed record LaterEnd(string Message) : StepEnd;

/// <summary>The run is over.</summary>
internal sealed record FinishedEnd(RunState State, string? Code, string Message) : StepEnd;

/// <summary>Where the walk is: the steps that follow, from the innermost list outwards.</summary>
internal sealed record Place(IReadOnlyList<Format.Step> Rest, string Path, Expressions.Scope Scope, Place? Outer, bool InLoop);
