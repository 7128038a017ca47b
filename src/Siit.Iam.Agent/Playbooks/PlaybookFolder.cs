using Siit.Iam.Agent.Playbooks.Checks;
using Siit.Iam.Agent.Playbooks.Format;
using Siit.Iam.Agent.ToolServers;

namespace Siit.Iam.Agent.Playbooks;

/// <summary>All playbooks of a folder, by id. A file with an error is not among them; its findings are.</summary>
internal sealed class PlaybookFolder
{
    private readonly SortedDictionary<string, Playbook> _playbooks = new(StringComparer.Ordinal);
    private readonly List<Finding> _findings = [];
    private readonly HashSet<string> _unread = new(StringComparer.Ordinal);

    private volatile Joined? _joined;

    private PlaybookFolder()
    {
    }

    public IReadOnlyCollection<Playbook> Playbooks => _playbooks.Values;

    public IReadOnlyList<Finding> Findings => _findings;

    /// <summary>The playbook of that id, or null.</summary>
    public Playbook? Find(string id) => _playbooks.GetValueOrDefault(id);

    /// <summary>False while a file that may be it has errors: then nothing is known of it.</summary>
    public bool IsRead(string id) => _playbooks.ContainsKey(id) || (!_unread.Contains(id) && !_findings.Exists(finding => finding.Severity == Severity.Error));

    /// <summary>Playbooks that come from elsewhere, each id once. What they call was looked at when they were published.</summary>
    /// <param name="unread">Ids of those that are meant to be there and cannot be read.</param>
    public static PlaybookFolder Of(IEnumerable<Playbook> playbooks, IEnumerable<string> unread)
    {
        var made = new PlaybookFolder();
        made._unread.UnionWith(unread);
        foreach (var playbook in playbooks)
            made._playbooks.Add(playbook.Id, playbook);
        return made;
    }

    /// <summary>Also those of another one that are not here.</summary>
    public PlaybookFolder And(PlaybookFolder other)
    {
        if (other._playbooks.Keys.All(_playbooks.ContainsKey))
            return this;
        // Asked for at every look, and neither of the two ever changes.
        if (_joined is { } known && known.Other == other)
            return known.Both;
        var both = Of(_playbooks.Values.Concat(other._playbooks.Values.Where(playbook => !_playbooks.ContainsKey(playbook.Id))), _unread);
        both._findings.AddRange(_findings);
        _joined = new Joined(other, both);
        return both;
    }

    /// <summary>Reads every <c>*.yaml</c> that lies directly in a folder; a folder that is not there has none.</summary>
    public static PlaybookFolder Load(string folder)
    {
        var loaded = new PlaybookFolder();
        if (!Directory.Exists(folder))
            return loaded;
        var tools = ToolLock.Of(folder);
        loaded._findings.AddRange(tools.Problems.Select(problem => new Finding("PB010", Path.Combine(folder, ToolLock.FileName), 1, 1, problem, "Until then its tools are not there.")));
        foreach (var path in Directory.EnumerateFiles(folder, "*.yaml").Order(StringComparer.Ordinal))
        {
            var reading = PlaybookReader.Read(PlaybookFile.Load(path), tools);
            loaded._findings.AddRange(reading.Findings);
            if (reading.Playbook is { } playbook && !loaded._playbooks.TryAdd(playbook.Id, playbook))
            {
                loaded._findings.Add(new Finding("PB003", path, 1, 1,
                    $"The id '{playbook.Id}' is taken by {loaded._playbooks[playbook.Id].File.Path}.", "Give one of the two another id; until then the other is used."));
            }
        }

        loaded.CheckCalls();
        return loaded;
    }

    /// <summary>Whoever calls what cannot be called is not run either, and so on upwards.</summary>
    private void CheckCalls()
    {
        while (CallsCheck.Check(_playbooks).ToList() is { Count: > 0 } wrong)
        {
            _findings.AddRange(wrong);
            foreach (var id in _playbooks.Values.Where(playbook => wrong.Exists(finding => finding.File == playbook.File.Path)).Select(playbook => playbook.Id).ToList())
                _playbooks.Remove(id);
        }
    }

    private sealed record Joined(PlaybookFolder Other, PlaybookFolder Both);
}
