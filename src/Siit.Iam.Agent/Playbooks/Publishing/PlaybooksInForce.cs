using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.People;
using Siit.Iam.Agent.Playbooks.Format;
using Siit.Iam.Agent.Playbooks.Runs;
using Siit.Iam.Agent.Store;
using Siit.Iam.Agent.ToolServers;

namespace Siit.Iam.Agent.Playbooks.Publishing;

/// <summary>Which content runs: what is published; where every connection is an emulated one, the files as they lie there, and what is published from elsewhere.</summary>
internal sealed class PlaybooksInForce(IStore store, PlaybookShelf files, PublishedBook published, PlaybookOptions options, ConnectionDesk connections, ToolLockFile locks)
{
    /// <summary>Only published versions run.</summary>
    public bool Required { get; } = options.RequirePublished ?? connections.AnyReal;

    public PlaybookFolder Now => Required ? published.Folder : files.Now.And(published.Folder);

    /// <summary>The versions that were published last.</summary>
    public PlaybookFolder Published => published.Folder;

    /// <summary>Why this content may not run; null when it may.</summary>
    public Refusal? Problem(Playbook playbook)
    {
        if (!Required)
            return null;
        if (published.Of(playbook) is not { } publication)
            return NotPublished(playbook.Id, playbook.Version);
        foreach (var (tool, sha256) in publication.Tools)
        {
            if (locks.Now.Find(tool)?.Sha256 != sha256)
                return new Refusal("not_published", $"'{playbook.Id}' uses the tool {tool}, which was locked with another definition when it was published. An approver looks at both and publishes it again: siit-iam playbooks publish FILE");
        }

        foreach (var (id, sha256) in publication.Callees)
        {
            if (published.Of(id, sha256) is not { } callee || !published.IsReadable(callee))
                return new Refusal("not_published", $"'{playbook.Id}' calls '{id}' as it was when it was published, and that version is not published any more. Publish both again: siit-iam playbooks publish FILE");
        }

        return null;
    }

    /// <summary>Why a playbook that is there is not run.</summary>
    public static Refusal NotPublished(string playbook, string version) => new("not_published",
        $"The playbook '{playbook}' {version} is not published, and on these connections only published versions run. An approver reads it and publishes it: siit-iam playbooks publish FILE");

    /// <summary>The content of everything that it may call, by id: as it was published, else as it lies there.</summary>
    public async Task<(IReadOnlyList<Playbook> Callees, Refusal? Refusal)> CalleesAsync(Playbook playbook, CancellationToken cancellationToken)
    {
        var pinned = published.Of(playbook)?.Callees;
        var callees = new List<Playbook>();
        var toSee = new Queue<Playbook>([playbook]);
        while (toSee.TryDequeue(out var seen))
        {
            foreach (var call in seen.Steps.SelectMany(step => step.All).OfType<CallStep>())
            {
                var callee = !Required ? Now.Find(call.Playbook)
                    : pinned?.GetValueOrDefault(call.Playbook) is { } sha256 ? await PinnedPlaybook.ReadAsync(store, sha256, locks.Now, cancellationToken)
                    : null;
                if (callee is null || !call.Takes(callee.Version))
                    return ([], new Refusal("unknown_callee", $"The playbook '{seen.Id}' calls '{call.Playbook}' {call.Version}, and there is none, or another version. See siit-iam playbooks check."));
                if (callees.Exists(known => known.Id == callee.Id))
                    continue;
                callees.Add(callee);
                toSee.Enqueue(callee);
            }
        }

        return (callees, null);
    }

    /// <summary>Work emails of everybody who has published one of these contents: they never decide on what its runs do.</summary>
    public IReadOnlyList<string> AuthorsOf(IEnumerable<Playbook> playbooks) =>
        [.. playbooks.SelectMany(playbook => published.All.Where(one => one.Sha256 == playbook.File.Sha256)).SelectMany(one => one.Authors).Distinct(StringComparer.OrdinalIgnoreCase)];

    /// <summary>Whether it is exactly what somebody has published.</summary>
    public bool IsPublished(Playbook playbook) => published.Of(playbook) is not null;
}
