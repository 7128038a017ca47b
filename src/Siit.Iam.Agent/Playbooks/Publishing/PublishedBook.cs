using Siit.Iam.Agent.Playbooks.Format;
using Siit.Iam.Agent.Playbooks.Runs;
using Siit.Iam.Agent.Store;
using Siit.Iam.Agent.ToolServers;

namespace Siit.Iam.Agent.Playbooks.Publishing;

/// <summary>
/// What is published, in memory: triggers and forms look at it all the time. Read anew after each change, also one of the tools that are
/// locked; as long as it is not read, nothing is published.
/// </summary>
internal sealed class PublishedBook(IStore store, ToolLockFile locks) : IHostedService
{
    private readonly Lock _lock = new();
    private volatile Shelf _shelf = Shelf.Of([], new Dictionary<string, PlaybookFile>(), ToolLock.None);

    /// <summary>Every version that ever was, also withdrawn ones.</summary>
    public IReadOnlyList<Publication> All => _shelf.All;

    /// <summary>The version of each playbook that runs.</summary>
    public PlaybookFolder Folder => Now.Folder;

    /// <summary>A playbook that names a tool can be read once the tool is locked, and only as long as it is.</summary>
    private Shelf Now
    {
        get
        {
            if (_shelf is var known && ReferenceEquals(known.Locked, locks.Now))
                return known;
            lock (_lock)
            {
                if (locks.Now is var now && !ReferenceEquals(_shelf.Locked, now))
                    _shelf = Shelf.Of(_shelf.All, _shelf.Files, now);
                return _shelf;
            }
        }
    }

    /// <summary>The version of a playbook that runs; null when none does.</summary>
    public Publication? Current(string playbook) => Current(_shelf.All, playbook);

    /// <summary>The publication of exactly this content; null when it is not published.</summary>
    public Publication? Of(Playbook playbook) => _shelf.All.FirstOrDefault(one => one.IsInForce && one.Playbook == playbook.Id && one.Sha256 == playbook.File.Sha256);

    /// <summary>Whether this content of a called playbook is published.</summary>
    public Publication? Of(string playbook, string sha256) => _shelf.All.FirstOrDefault(one => one.IsInForce && one.Playbook == playbook && one.Sha256 == sha256);

    /// <summary>Whether its content is there, and passes the checks of this version of the server.</summary>
    public bool IsReadable(Publication publication) => Now.Readable.Contains(publication.Id);

    public Task StartAsync(CancellationToken cancellationToken) => LoadAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        var all = await store.ListAllAsync<Publication>(cancellationToken);
        var files = new Dictionary<string, PlaybookFile>(StringComparer.Ordinal);
        foreach (var publication in all.Where(one => one.IsInForce))
        {
            if (await PinnedPlaybook.FileAsync(store, publication.Sha256, cancellationToken) is { } file)
                files[publication.Id] = file;
        }

        lock (_lock)
            _shelf = Shelf.Of(all, files, locks.Now);
    }

    private static Publication? Current(IReadOnlyList<Publication> all, string playbook) => all.Where(one => one.IsInForce && one.Playbook == playbook)
        .OrderBy(one => one.At).ThenBy(one => System.Version.Parse(one.PlaybookVersion)).LastOrDefault();

    /// <param name="Files">The content of each publication in force, by its id; without what is not there or was changed.</param>
    /// <param name="Locked">Beside which they were read.</param>
    private sealed record Shelf(
        IReadOnlyList<Publication> All, IReadOnlyDictionary<string, PlaybookFile> Files, ToolLock Locked, IReadOnlySet<string> Readable, PlaybookFolder Folder)
    {
        public static Shelf Of(IReadOnlyList<Publication> all, IReadOnlyDictionary<string, PlaybookFile> files, ToolLock locked)
        {
            var readable = new HashSet<string>(StringComparer.Ordinal);
            var running = new List<Playbook>();
            foreach (var publication in all.Where(one => one.IsInForce))
            {
                if (files.GetValueOrDefault(publication.Id) is not { } file || PlaybookReader.Read(file, locked).Playbook is not { } playbook || playbook.Id != publication.Playbook)
                    continue;
                readable.Add(publication.Id);
                if (Current(all, publication.Playbook) == publication)
                    running.Add(playbook);
            }

            var unread = all.Where(one => one.IsInForce).Select(one => one.Playbook).Except(running.Select(playbook => playbook.Id));
            return new Shelf(all, files, locked, readable, PlaybookFolder.Of(running, unread));
        }
    }
}
