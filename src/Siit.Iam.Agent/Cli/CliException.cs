namespace Siit.Iam.Agent.Cli;

/// <summary>Ends a verb with a sentence for the person and an exit code.</summary>
/// <param name="exitCode">One of <see cref="ExitCodes"/>.</param>
/// <param name="code">snake_case, for scripts.</param>
/// <param name="message">What happened, and what to do next.</param>
internal sealed class CliException(int exitCode, string code, string message) : Exception(message)
{
    public int ExitCode { get; } = exitCode;

    public string Code { get; } = code;
}
