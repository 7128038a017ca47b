using Siit.Iam.Agent.Playbooks.Format;
using Siit.Iam.Agent.ToolServers;

namespace Siit.Iam.Agent.Playbooks;

/// <summary>The folder's playbooks, read anew when a file has changed, so that a changed file counts from the next start on.</summary>
internal sealed class PlaybookShelf(PlaybookOptions options)
{
    private readonly Lock _lock = new();
    private readonly ToolLockFile _tools = new(options.Folder);
    private PlaybookFolder? _folder;
    private string _look = "";

    /// <summary>Drafts that go before what lies on the shelf under them; null: none.</summary>
    private (PlaybookFolder Folder, PlaybookShelf Under)? Drafts { get; init; }

    public PlaybookFolder Now
    {
        get
        {
            if (Drafts is var (folder, under))
                return folder.And(under.Now);
            lock (_lock)
            {
                var look = Look();
                if (_folder is not null && look == _look)
                    return _folder;
                (_folder, _look) = (PlaybookFolder.Load(options.Folder), look);
                return _folder;
            }
        }
    }

    /// <summary>The same folder with drafts that lie elsewhere, each id once.</summary>
    public PlaybookShelf With(IReadOnlyList<Playbook> drafts) => drafts.Count == 0 ? this : new(options) { Drafts = (PlaybookFolder.Of(drafts, []), this) };

    /// <summary>Playbooks that lie beside a file elsewhere; those with errors are not among them.</summary>
    public IReadOnlyList<Playbook> Read(IEnumerable<PlaybookFile> beside) =>
        [.. beside.Select(file => PlaybookReader.Read(file, Tools).Playbook).OfType<Playbook>().DistinctBy(playbook => playbook.Id)];

    /// <summary>Of every playbook, and of what lies there and cannot be read as one: by the name of its file, which is its id by custom.</summary>
    public IEnumerable<string> Ids() => Now.Playbooks.Select(playbook => playbook.Id)
        .Concat(Now.Findings.Select(finding => Path.GetFileNameWithoutExtension(finding.File)));

    public string Folder => options.Folder;

    /// <summary>The tools of other servers that are locked beside them.</summary>
    public ToolLock Tools => _tools.Now;

    private string Look() => Directory.Exists(options.Folder)
        ? string.Join('\n', new DirectoryInfo(options.Folder).EnumerateFiles("*.yaml").Concat(new DirectoryInfo(options.Folder).EnumerateFiles(ToolLock.FileName)).OrderBy(file => file.Name, StringComparer.Ordinal).Select(file => $"{file.Name} {file.Length} {file.LastWriteTimeUtc.Ticks}"))
        : "";
}
