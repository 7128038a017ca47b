namespace Siit.Iam.Agent.Playbooks.Checks;

internal enum Severity
{
    /// <summary>The playbook cannot be run.</summary>
    Error,
    /// <summary>It can, and somebody should look.</summary>
    Warning,
}

/// <summary>One thing that is wrong with a playbook.</summary>
/// <param name="Code">Stable, such as <c>PB011</c>.</param>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1.</param>
/// <param name="Message">What is wrong.</param>
/// <param name="Hint">What to do about it.</param>
internal sealed record Finding(string Code, string File, int Line, int Column, string Message, string Hint, Severity Severity = Severity.Error)
{
    /// <summary>In the form that editors and build logs turn into a link.</summary>
    public override string ToString() =>
        $"{File}:{Line}:{Column}: {Severity.ToString().ToLowerInvariant()} {Code}: {Message} {Hint}";
}
