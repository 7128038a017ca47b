namespace Siit.Iam.Agent;

/// <summary>The settings cannot be used: every problem of every section at once, each with its key and the fix.</summary>
internal sealed class SettingsException(IReadOnlyList<string> problems)
    : Exception($"The settings cannot be used:{string.Concat(problems.Select(problem => $"{Environment.NewLine}  - {problem}"))}")
{
    public IReadOnlyList<string> Problems { get; } = problems;
}
