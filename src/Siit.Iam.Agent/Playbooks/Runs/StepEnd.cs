namespace Siit.Iam.Agent.Playbooks.Runs;

/// <summary>How a step, or a list of them, came out.</summary>
internal abstract record StepEnd
{
    public static StepEnd Done { get; } = new DoneEnd();

    private sealed record DoneEnd : StepEnd;
}

/// <param name="Fatal">What follows may need it, so that <c>onFailure: continue</c> does not go past it.</param>
internal sealed record FailedEnd(string Path, string? Code, string Message, bool Fatal) : StepEnd;

/// <summary>The current item of a loop is over, passed over.</summary>
internal sealed record SkippedEnd : StepEnd
{
    public static SkippedEnd Item { get; } = new();
}

/// <summary>Goes on when the call has ended, when it is time, or when something wakes the run.</summary>
/// <param name="Call">Null when it waits for no call.</param>
internal sealed record ParkedEnd(string? Call, string Message, DateTimeOffset? Due = null, RunWaker? Waker = null) : StepEnd
{
    /// <summary>The lease of the person whom another run changes, when it is waited for.</summary>
    public string? Behind { get; init; }

    /// <summary>Why, in one word; null when the message says all.</summary>
    public string? Code { get; init; }

    /// <summary>Both wait: whichever is over first.</summary>
    public static StepEnd Both(StepEnd? one, StepEnd other) => (one, other) switch
    {
        (null, _) => other,
        (LaterEnd, _) => one,
        (_, LaterEnd) => other,
        (ParkedEnd a, ParkedEnd b) => new ParkedEnd(
            a.Call ?? b.Call, a.Call is null && b.Call is not null ? b.Message : a.Message, a.Due is null || b.Due < a.Due ? b.Due ?? a.Due : a.Due, a.Waker ?? b.Waker)
        { Behind = a.Behind ?? b.Behind },
        _ => one,
    };
}

/// <summary>Nothing was decided; tried again a little later.</summary>
internal sealed record LaterEnd(string Message) : StepEnd;

/// <summary>The run is over.</summary>
internal sealed record FinishedEnd(RunState State, string? Code, string Message) : StepEnd
{
    /// <summary>Where people did not agree, or were not asked because the gate refused; null when it is over for another reason.</summary>
    public string? NotAgreedAt { get; init; }
}

/// <summary>Where the walk is: the steps that follow, from the innermost list outwards.</summary>
internal sealed record Place(IReadOnlyList<Format.Step> Rest, string Path, Expressions.Scope Scope, Place? Outer, bool InLoop);
