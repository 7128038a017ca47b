namespace Siit.Iam.Agent.Idps;

/// <summary>How connections of one IdP are made; each <c>AddX()</c> registers one.</summary>
/// <param name="ConnectionType">The class whose capability interfaces say what this IdP can do.</param>
/// <param name="Create">From a connection's name and settings; throws <see cref="ConnectionSettingsException"/> with all problems.</param>
internal sealed record ConnectionFactory(
    IdpKind Idp,
    Type ConnectionType,
    Func<string, IConfigurationSection, IServiceProvider, IIdpConnection> Create);

/// <summary>Settings of a connection that cannot be used: every problem at once, each with its key and the fix.</summary>
internal sealed class ConnectionSettingsException(string connection, IReadOnlyList<string> problems)
    : Exception($"Connection '{connection}' cannot be used:{string.Concat(problems.Select(problem => $"{Environment.NewLine}  - {problem}"))}")
{
    public IReadOnlyList<string> Problems { get; } = problems;
}
