using System.Text.Json.Nodes;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Playbooks.Checks;
using Siit.Iam.Agent.Playbooks.Checks.Tenant;
using Siit.Iam.Agent.Playbooks.Format;
using Siit.Iam.Agent.Playbooks.Runs;
using Siit.Iam.Agent.Store;
using Siit.Iam.Agent.ToolServers;

namespace Siit.Iam.Agent.Playbooks.Publishing;

/// <summary>What would be published, to be read before anybody says yes.</summary>
/// <param name="Replaces">The version that runs now; null when none does.</param>
/// <param name="Findings">Warnings: with an error there is nothing to publish.</param>
internal sealed record PublicationDraft(
    string Playbook, string PlaybookVersion, string Title, string Owner, string Sha256, BoundReport Bound, IReadOnlyList<string> Triggers, IReadOnlyList<string> Actions,
    IReadOnlyDictionary<string, string> Callees, string? Replaces, IReadOnlyList<Finding> Findings)
{
    /// <summary>Tools of other servers that it may use, each with the digest of its definition.</summary>
    public IReadOnlyDictionary<string, string> Tools { get; init; } = new Dictionary<string, string>();
}

/// <summary>How a playbook stands, for people.</summary>
/// <param name="State"><c>published</c>, <c>changed since published</c>, <c>not published</c>, <c>content is missing</c>.</param>
/// <param name="PublishedVersion">The version that runs; null when none does.</param>
internal sealed record PublishedLine(string Playbook, string State, string? PublishedVersion, string? Sha256, string? By, DateTimeOffset? At, string? FileVersion);

/// <summary>Lets versions of playbooks run, and takes them back. Who is present was proved by the door.</summary>
internal sealed class PublishDesk(IStore store, AuditLog log, PlaybookShelf files, PublishedBook published, TenantFacts facts, KeyedLocks locks, ToolLockFile tools)
{
    /// <summary>What publishing this text would do, or why it cannot be published.</summary>
    public async Task<(PublicationDraft? Draft, Refusal? Refusal)> LookAsync(string path, string text, CancellationToken cancellationToken)
    {
        var reading = PlaybookReader.Read(PlaybookFile.Of(path, text), tools.Now);
        return reading.Playbook is { } playbook
            ? await LookAsync(path, playbook, reading.Findings, await facts.NowAsync([playbook], cancellationToken), cancellationToken)
            : (null, Errors(path, reading.Findings));
    }

    private async Task<(PublicationDraft? Draft, Refusal? Refusal)> LookAsync(string path, Playbook playbook, IReadOnlyList<Finding> warnings, TenantKnown tenant, CancellationToken cancellationToken)
    {
        var (callees, problem) = await CalleesAsync(playbook, cancellationToken);
        if (problem is not null)
            return (null, problem);
        var known = callees.ToDictionary(callee => callee.Id);
        known[playbook.Id] = playbook;
        List<Finding> findings = [.. warnings, .. CallsCheck.Check(known).Where(finding => finding.File == path), .. TenantCheck.Check(playbook, tenant)];
        if (findings.Exists(finding => finding.Severity == Severity.Error))
            return (null, Errors(path, findings));
        if (published.All.FirstOrDefault(one => one.Id == Publication.IdOf(playbook.Id, playbook.Version)) is { } same && same.Sha256 != playbook.File.Sha256)
            return (null, new Refusal("version_taken", $"{same.Title} was published with other content ({same.Email}, {same.At:yyyy-MM-dd HH:mm}Z). A version has one content for ever: raise 'version' in the file."));
        var hashes = callees.ToDictionary(callee => callee.Id, callee => callee.File.Sha256);
        var used = playbook.Policy.OtherTools.ToDictionary(tool => tool.Name, tool => tool.Sha256);
        if (published.Current(playbook.Id) is { } current && current.Sha256 == playbook.File.Sha256 && published.IsReadable(current) && Same(current.Callees, hashes) && Same(current.Tools, used))
            return (null, new Refusal("already_published", $"Exactly this is published: {current.Title}, by {current.Email} at {current.At:yyyy-MM-dd HH:mm}Z."));
        var draft = new PublicationDraft(
            playbook.Id, playbook.Version, playbook.Title, playbook.Owner, playbook.File.Sha256, BoundReport.Of(playbook, id => known.GetValueOrDefault(id)),
            [.. playbook.Triggers.Select(trigger => trigger.Name)], [.. playbook.Policy.ToolNames], hashes, published.Current(playbook.Id)?.PlaybookVersion, findings)
        {
            Tools = used,
        };
        return (draft, null);
    }

    /// <summary>Publishes exactly what was looked at. Null when done, or why not.</summary>
    /// <param name="sha256">Of the text that was shown.</param>
    /// <param name="by">An approver who has proved presence with a one-time code.</param>
    public async Task<(Publication? Publication, Refusal? Refusal)> PublishAsync(string path, string text, string sha256, ApproverRecord by, CancellationToken cancellationToken)
    {
        using var turn = await locks.AcquireAsync("publications", cancellationToken);
        var reading = PlaybookReader.Read(PlaybookFile.Of(path, text), tools.Now);
        if (reading.Playbook is not { } playbook)
            return (null, Errors(path, reading.Findings));
        var tenant = await facts.NowAsync([playbook], cancellationToken);
        var (draft, refusal) = await LookAsync(path, playbook, reading.Findings, tenant, cancellationToken);
        if (draft is null)
            return (null, refusal);
        if (draft.Sha256 != sha256)
            return (null, new Refusal("changed_meanwhile", "The file is not what was shown before the code was given. Look again."));
        if (Others(playbook, tenant, by) is { } nobody)
            return (null, nobody);
        var id = Publication.IdOf(draft.Playbook, draft.PlaybookVersion);
        var before = await store.GetAsync<Publication>(id, cancellationToken);
        var told = new JsonObject
        {
            ["playbook"] = draft.Playbook,
            ["version"] = draft.PlaybookVersion,
            ["sha256"] = draft.Sha256,
            ["callees"] = new JsonObject(draft.Callees.Select(callee => KeyValuePair.Create(callee.Key, (JsonNode?)callee.Value))),
            ["tools"] = draft.Tools.Count == 0 ? null : new JsonObject(draft.Tools.Select(tool => KeyValuePair.Create(tool.Key, (JsonNode?)tool.Value))),
            ["by"] = by.Id,
            ["email"] = by.Email,
        };
        var receipt = await log.WriteAsync(new AuditDraft(AuditKinds.PlaybookPublished) { Data = told }, cancellationToken);
        // The log's own words and time, so that both can be compared after a restore.
        var publication = Publication.Told(told, receipt.Time, before);
        var pin = new PinnedPlaybook { Id = draft.Sha256, Path = Path.GetFileName(path), Text = text };
        var stored = await store.CommitAsync([Change.Ensure(pin), before is null ? Change.Create(publication) : Change.Save(publication)], CancellationToken.None);
        await published.LoadAsync(CancellationToken.None);
        return stored.Done ? (publication, null) : (null, new Refusal("changed_meanwhile", "It changed meanwhile; look again."));
    }

    /// <summary>Whoever publishes is out: somebody has to be left who could agree. Null when somebody is.</summary>
    private static Refusal? Others(Playbook playbook, TenantKnown tenant, ApproverRecord by)
    {
        var others = tenant with { Approvers = [.. tenant.Approvers.Where(approver => approver.Id != by.Id)] };
        return TenantCheck.DecidersOf(playbook, others) is [var first, ..]
            ? new Refusal("nobody_could_approve", $"Whoever publishes a playbook decides on nothing that it does, and without {by.Email} nobody could: {first} Let somebody else publish it.")
            : null;
    }

    /// <summary>Takes back every version of a playbook: no run of it starts any more. Runs that have begun go on.</summary>
    /// <returns>The titles of what was taken back, or why nothing was.</returns>
    public async Task<(IReadOnlyList<string> Withdrawn, Refusal? Refusal)> UnpublishAsync(string playbook, ApproverRecord by, CancellationToken cancellationToken)
    {
        using var turn = await locks.AcquireAsync("publications", cancellationToken);
        var inForce = (await store.FindAsync<Publication>("playbook", playbook, 1000, cancellationToken: cancellationToken)).Where(one => one.IsInForce).ToList();
        if (inForce.Count == 0)
            return ([], new Refusal("not_published", $"No version of '{playbook}' is published. siit-iam playbooks published shows what is."));
        var told = new JsonObject { ["playbook"] = playbook, ["by"] = by.Id, ["email"] = by.Email };
        var receipt = await log.WriteAsync(new AuditDraft(AuditKinds.PlaybookUnpublished) { Data = told }, cancellationToken);
        var changes = inForce.Select(one => Change.Save(one with { WithdrawnAt = receipt.Time, WithdrawnBy = by.Email })).ToList();
        var stored = await store.CommitAsync(changes, CancellationToken.None);
        await published.LoadAsync(CancellationToken.None);
        return stored.Done ? ([.. inForce.Select(one => one.Title)], null) : ([], new Refusal("changed_meanwhile", "It changed meanwhile; look again."));
    }

    /// <summary>Everything that is published or lies in the folder, by id.</summary>
    public IReadOnlyList<PublishedLine> List()
    {
        var folder = files.Now;
        return [.. folder.Playbooks.Select(playbook => playbook.Id).Concat(published.All.Where(one => one.IsInForce).Select(one => one.Playbook)).Distinct().Order(StringComparer.Ordinal)
            .Select(id => Line(id, folder.Find(id)))];
    }

    public PublishedLine Line(string id, Playbook? file) => published.Current(id) is not { } current
        ? new PublishedLine(id, "not published", null, null, null, null, file?.Version)
        : new PublishedLine(id, StateOf(current, file), current.PlaybookVersion, current.Sha256, current.Email, current.At, file?.Version);

    private string StateOf(Publication current, Playbook? file) =>
        !published.IsReadable(current) ? "content is missing"
        : file is not null && file.File.Sha256 != current.Sha256 ? "changed since published"
        : "published";

    /// <summary>Everything that it may call, as it is published now.</summary>
    private async Task<(IReadOnlyList<Playbook> Callees, Refusal? Problem)> CalleesAsync(Playbook playbook, CancellationToken cancellationToken)
    {
        var callees = new Dictionary<string, Playbook>(StringComparer.Ordinal);
        foreach (var call in playbook.Steps.SelectMany(step => step.All).OfType<CallStep>())
        {
            if (published.Current(call.Playbook) is not { } current || published.Folder.Find(call.Playbook) is not { } callee)
                return ([], new Refusal("callee_not_published", $"'{playbook.Id}' calls '{call.Playbook}', which is not published. Publish that first: what was read is what is called."));
            callees[callee.Id] = callee;
            foreach (var (id, sha256) in current.Callees)
            {
                if (published.Of(id, sha256) is null || await PinnedPlaybook.ReadAsync(store, sha256, tools.Now, cancellationToken) is not { } further)
                    return ([], new Refusal("callee_not_published", $"'{call.Playbook}' calls '{id}' in a version that is not published any more. Publish '{id}', then '{call.Playbook}', then this one."));
                callees.TryAdd(id, further);
            }
        }

        return ([.. callees.Values], null);
    }

    private static bool Same(IReadOnlyDictionary<string, string> some, Dictionary<string, string> others) =>
        some.Count == others.Count && some.All(callee => others.GetValueOrDefault(callee.Key) == callee.Value);

    private static Refusal Errors(string path, IEnumerable<Finding> findings) => new("playbook_has_errors",
        $"{path} has errors and is not published:\n" + string.Join("\n", findings.Where(finding => finding.Severity == Severity.Error).Select(finding => finding.ToString())));
}
