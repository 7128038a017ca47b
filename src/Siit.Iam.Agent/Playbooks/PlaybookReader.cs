using Siit.Iam.Agent.Playbooks.Checks;
using Siit.Iam.Agent.Playbooks.Format;
using Siit.Iam.Agent.ToolServers;

namespace Siit.Iam.Agent.Playbooks;

/// <summary>From a file to a playbook that may run, or to everything that is wrong with it at once.</summary>
internal static class PlaybookReader
{
    /// <summary>With the tools that are locked beside it.</summary>
    public static PlaybookReading Read(string path) => Read(PlaybookFile.Load(path), ToolLock.Of(Path.GetDirectoryName(Path.GetFullPath(path))!));

    /// <param name="tools">Tools of other servers that it may name; null: none.</param>
    public static PlaybookReading Read(PlaybookFile file, ToolLock? tools = null)
    {
        var report = new Report(file);
        var tree = new YamlReader(file, report).Read();
        var playbook = tree is null ? null : new PlaybookCheck(file, report, tools ?? ToolLock.None).Check(tree);
        return new PlaybookReading(playbook, report.Findings);
    }
}

/// <param name="Playbook">Null exactly when one of the findings is an error.</param>
/// <param name="Findings">In the order of the file.</param>
internal sealed record PlaybookReading(Playbook? Playbook, IReadOnlyList<Finding> Findings);
