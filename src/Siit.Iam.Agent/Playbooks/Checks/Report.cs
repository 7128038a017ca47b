using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Playbooks.Format;

namespace Siit.Iam.Agent.Playbooks.Checks;

/// <summary>Collects everything that is wrong with one file.</summary>
internal sealed class Report(PlaybookFile file)
{
    private readonly List<Finding> _findings = [];

    public bool HasErrors => _findings.Exists(finding => finding.Severity == Severity.Error);

    /// <summary>In the order of the file, each once.</summary>
    public IReadOnlyList<Finding> Findings => [.. _findings.Distinct().OrderBy(finding => finding.Line).ThenBy(finding => finding.Column)];

    public void Add(string code, int line, int column, string message, string hint) =>
        _findings.Add(new Finding(code, file.Path, line, column, message, hint));

    public void Add(string code, YamlNode at, string message, string hint) => Add(code, at.Line, at.Column, message, hint);

    public void Warn(string code, YamlNode at, string message, string hint) =>
        _findings.Add(new Finding(code, file.Path, at.Line, at.Column, message, hint, Severity.Warning));

    /// <summary>What somebody wrote, short and without characters that cannot be seen.</summary>
    public static string Shown(string written) => HiddenText.Shown(written, 60);
}
