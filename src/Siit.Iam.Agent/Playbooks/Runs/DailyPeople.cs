using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.People.Hris;
using Siit.Iam.Agent.Playbooks.Format;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Playbooks.Runs;

/// <summary>Whom a playbook has changed in a day, over all its runs.</summary>
[Stored("playbook_days")]
internal sealed record PlaybookDay : IRecord
{
    public required string Id { get; init; }

    public long Version { get; init; }

    /// <summary>Work emails as written, lower case.</summary>
    public required IReadOnlyList<string> People { get; init; }

    [JsonIgnore]
    public IReadOnlyDictionary<string, string> Keys => new Dictionary<string, string>();

    public static string IdOf(string playbook, DateTimeOffset now) => $"{playbook}_{now.UtcDateTime:yyyyMMdd}";
}

/// <summary>A playbook that has reached more people in a day than it allows itself: its runs halt until a person releases it.</summary>
[Stored("playbook_quarantines")]
internal sealed record Quarantine : IRecord
{
    /// <summary>The playbook's id.</summary>
    public required string Id { get; init; }

    public long Version { get; init; }

    public required string Why { get; init; }

    public required DateTimeOffset Since { get; init; }

    [JsonIgnore]
    public IReadOnlyDictionary<string, string> Keys => new Dictionary<string, string>();
}

/// <summary>Counts <c>policy.daily</c> before each change, and halts what goes beyond.</summary>
internal sealed partial class DailyPeople(IStore store, AuditLog log, RunDispatcher dispatcher, TimeProvider time, ILogger<DailyPeople> logger)
{
    /// <summary>Why the change has to wait; null when it may be made, and is counted.</summary>
    public async Task<string?> HaltsAsync(Playbook playbook, RunRecord run, string person, CancellationToken cancellationToken)
    {
        if (playbook.Policy.Daily is not { } daily)
            return null;
        if (await store.GetAsync<Quarantine>(playbook.Id, cancellationToken) is { } known)
            return Told(known);
        var limit = await LimitAsync(daily, cancellationToken);
        while (true)
        {
            var id = PlaybookDay.IdOf(playbook.Id, time.GetUtcNow());
            var day = await store.GetAsync<PlaybookDay>(id, cancellationToken) ?? new PlaybookDay { Id = id, People = [] };
            if (day.People.Contains(person.ToLowerInvariant()))
                return null;
            if (day.People.Count >= limit)
                return Told(await QuarantineAsync(playbook, run, limit, cancellationToken));
            if ((await store.CommitAsync([Change.Revise<PlaybookDay>(id, now => With(now ?? new PlaybookDay { Id = id, People = [] }, person, limit))], CancellationToken.None)).Done)
                return null;
        }
    }

    public ValueTask<IReadOnlyList<Quarantine>> ListAsync(CancellationToken cancellationToken) => store.ListAsync<Quarantine>(1000, cancellationToken: cancellationToken);

    /// <summary>A person lets its runs go on; the day's count begins anew.</summary>
    /// <param name="by">Id of an approver who has proved presence.</param>
    /// <returns>False when the playbook is not halted.</returns>
    public async Task<bool> ReleaseAsync(string playbook, string by, string reason, CancellationToken cancellationToken)
    {
        if (await store.GetAsync<Quarantine>(playbook, cancellationToken) is not { } halted)
            return false;
        await log.WriteAsync(new AuditDraft(AuditKinds.PlaybookReleased) { Data = new JsonObject { ["playbook"] = playbook, ["by"] = by, ["reason"] = HiddenText.Shown(reason, 400) } }, cancellationToken);
        List<Change> changes = [Change.Delete<Quarantine>(halted.Id, halted.Version)];
        if (await store.GetAsync<PlaybookDay>(PlaybookDay.IdOf(playbook, time.GetUtcNow()), cancellationToken) is { } day)
            changes.Add(Change.Save(day with { People = [] }));
        if (!(await store.CommitAsync(changes, CancellationToken.None)).Done)
            return false;
        foreach (var run in await store.FindAsync<RunRecord>("playbook", playbook, 1000, newestFirst: true, cancellationToken: cancellationToken))
        {
            if (run.State == RunState.Waiting)
                dispatcher.Wake(run.Id);
        }

        return true;
    }

    /// <summary>With one more; null when there is no room. Counted in the commit: many runs begin at once.</summary>
    private static PlaybookDay? With(PlaybookDay day, string person, int limit) =>
        day.People.Contains(person.ToLowerInvariant()) ? day : day.People.Count >= limit ? null : day with { People = [.. day.People, person.ToLowerInvariant()] };

    private async Task<Quarantine> QuarantineAsync(Playbook playbook, RunRecord run, int limit, CancellationToken cancellationToken)
    {
        var halted = new Quarantine
        {
            Id = playbook.Id,
            Why = $"its runs would change more than {limit} people today (policy.daily)",
            Since = time.GetUtcNow(),
        };
        await log.WriteAsync(new AuditDraft(AuditKinds.PlaybookHalted) { Run = run.Id, Data = new JsonObject { ["playbook"] = playbook.Id, ["limit"] = limit } }, cancellationToken);
        await store.CommitAsync([Change.Create(halted)], CancellationToken.None);
        LogHalted(logger, playbook.Id, limit);
        return halted;
    }

    private async Task<int> LimitAsync(DailyLimit daily, CancellationToken cancellationToken)
    {
        if (daily.Percent == 0)
            return daily.People;
        var employed = (await store.ListAsync<HrisSourceRecord>(1000, cancellationToken: cancellationToken)).Sum(source => (long)source.Employed);
        return (int)Math.Max(daily.People, employed * daily.Percent / 100);
    }

    private static string Told(Quarantine halted) =>
        $"the playbook '{halted.Id}' is halted since {halted.Since:yyyy-MM-dd HH:mm}Z: {halted.Why}. Look at its runs; an approver lets them go on: siit-iam playbooks release {halted.Id}";

    [LoggerMessage(Level = LogLevel.Warning, Message = "Playbook {Playbook} is halted: its runs would change more than {Limit} people today. See: siit-iam playbooks list")]
    private static partial void LogHalted(ILogger logger, string playbook, int limit);
}
