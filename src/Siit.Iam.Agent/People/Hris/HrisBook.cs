using System.Text.Json.Nodes;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.People.Hris;

/// <summary>
/// The only writer of what HRIS say, one at a time. What may end people's access is counted per HRIS and day; past the limit it
/// waits for a person, and while something waits whatever else of that kind the HRIS says waits with it.
/// </summary>
internal sealed partial class HrisBook(IStore store, AuditLog log, HrisOptions options, Ids ids, TimeProvider time, ILogger<HrisBook> logger) : IDisposable
{
    private const int MostProblemsKept = 100;
    private const int Page = 500;

    private readonly SemaphoreSlim _turn = new(1, 1);

    private DateOnly Today => DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);

    public void Dispose() => _turn.Dispose();

    /// <summary>Takes a whole file, or says why it waits.</summary>
    /// <param name="digest">Lower hex SHA-256 of the file.</param>
    /// <exception cref="AuditUnavailableException">Nothing was taken; the same file can be given again.</exception>
    public async Task<FileOutcome> TakeFileAsync(string name, string digest, PeopleContent content, CancellationToken cancellationToken)
    {
        using var turn = await TurnAsync(cancellationToken);
        var source = await SourceAsync(name, cancellationToken);
        if (source.RefusedDigest == digest)
            return new FileOutcome(false, "An approver has refused this file; it is not looked at again.");
        var rows = content.Rows.ToDictionary(row => HrisPerson.IdOf(name, row.EmployeeId), StringComparer.Ordinal);
        var plan = await PlanAsync(name, content, rows, cancellationToken);
        if (plan.NewlyMissing > options.Limit(source.Employed) && source.AcceptedDigest != digest)
            return await HoldFileAsync(source, digest, plan.NewlyMissing);

        await WithdrawFilesAsync(name, cancellationToken);
        var commit = await BeginAsync(source);
        var hold = await HoldAsync(commit, plan.Leavers, cancellationToken);
        await WriteAsync(AuditKinds.HrisRead, name, null, new JsonObject
        {
            ["digest"] = digest,
            ["rows"] = content.Rows.Count,
            ["bad_rows"] = content.BadRows,
            ["missing"] = plan.Missing,
            ["leavers"] = plan.Leavers,
            ["held"] = hold,
        }, cancellationToken);
        await TakeRowsAsync(commit, name, content, rows, hold, backfill: source.Digest is null);
        commit.Source = commit.Source with
        {
            Digest = digest,
            AcceptedDigest = null,
            LastAt = time.GetUtcNow(),
            Rows = content.Rows.Count,
            Missing = plan.Missing,
            BadRows = content.BadRows,
            Problems = [.. content.Problems.Take(MostProblemsKept)],
        };
        await commit.FlushAsync();
        await WithdrawEmptyAsync(name, cancellationToken);
        LogTaken(logger, name, content.Rows.Count, commit.Created, commit.Changed, content.BadRows, plan.Missing);
        return new FileOutcome(true, null);
    }

    /// <summary>Takes what an HRIS pushes about one person.</summary>
    /// <param name="decide">Reads and decides; null when nothing is to be done. No other writer is under way meanwhile.</param>
    /// <returns>As stored.</returns>
    public async Task<HrisPerson?> PushAsync(string name, Func<CancellationToken, Task<(HrisPerson? Before, HrisPerson Said)?>> decide, CancellationToken cancellationToken)
    {
        using var turn = await TurnAsync(cancellationToken);
        if (await decide(cancellationToken) is not { } pushed)
            return null;
        var source = await SourceAsync(name, cancellationToken);
        var (before, said) = pushed;
        var leaver = said.RemovedAt is null && HrisStep.IsLeaver(before, said.Facts.Leaving, Today);
        var commit = await BeginAsync(source);
        var hold = leaver ? await HoldAsync(commit, 1, cancellationToken) : null;
        var step = HrisStep.Of(before, said with { ReadAt = time.GetUtcNow() }, hold, IsBackfill(source), Today);
        if (ReferenceEquals(step.Next, before))
            return before;
        commit.Source = commit.Source with { LastAt = time.GetUtcNow() };
        await WriteAsync(AuditKinds.HrisChanged, name, said.Id, new JsonObject
        {
            ["what"] = said.RemovedAt is not null ? "removed" : before is null ? "created" : "changed",
            ["news"] = new JsonArray([.. step.News.Select(news => (JsonNode)WordOf(news.Kind))]),
            ["held"] = hold,
        }, cancellationToken);
        await commit.AddAsync(before, step);
        await commit.FlushAsync();
        await WithdrawEmptyAsync(name, CancellationToken.None);
        return step.Next with { Version = step.Next.Version + 1 };
    }

    /// <summary>A person lets what waits through, or refuses it. Null when done, or why not.</summary>
    /// <param name="by">Id of an approver who has proved presence.</param>
    public async Task<string?> DecideAsync(string batchId, bool confirm, string by, CancellationToken cancellationToken)
    {
        using var turn = await TurnAsync(cancellationToken);
        if (await store.GetAsync<HeldBatch>(batchId, cancellationToken) is not { } batch)
            return "There is no such batch. siit-iam hris held lists what waits.";
        if (batch.State != HeldState.Waiting)
            return $"It does not wait any more: it was {batch.State.ToString().ToLowerInvariant()}.";
        await WriteAsync(AuditKinds.HrisDecided, batch.Source, null, new JsonObject { ["batch"] = batch.Id, ["confirmed"] = confirm, ["by"] = by }, cancellationToken);
        var decided = batch with { State = confirm ? HeldState.Confirmed : HeldState.Dropped, DecidedBy = by, DecidedAt = time.GetUtcNow() };
        var commit = await BeginAsync(await SourceAsync(batch.Source, cancellationToken));
        if (batch.Kind == HeldKind.FewerPeople)
            commit.Source = confirm ? commit.Source with { AcceptedDigest = batch.Digest } : commit.Source with { RefusedDigest = batch.Digest };
        commit.Add(Change.Save(decided));
        await commit.FlushAsync();
        await FinishAsync(decided);
        return null;
    }

    /// <summary>Ends decisions that a crash interrupted, and lets days pass: whoever had their last day has left.</summary>
    public async Task CatchUpAsync(CancellationToken cancellationToken)
    {
        using var turn = await TurnAsync(cancellationToken);
        foreach (var state in new[] { HeldState.Confirmed, HeldState.Dropped })
        {
            await foreach (var batch in PagesAsync(after => store.FindAsync<HeldBatch>("state", state.ToString().ToLowerInvariant(), Page, after, cancellationToken: cancellationToken)))
                await FinishAsync(batch);
        }

        foreach (var source in await store.ListAsync<HrisSourceRecord>(1000, cancellationToken: cancellationToken))
        {
            var commit = await BeginAsync(source);
            var changed = false;
            await foreach (var person in PeopleAsync(source.Id, cancellationToken))
                changed |= await commit.AddAsync(person, HrisStep.NewDay(person, Today));
            if (changed)
                await commit.FlushAsync();
        }
    }

    private async Task TakeRowsAsync(
        HrisCommit commit, string name, PeopleContent content, Dictionary<string, PeopleRow> rows, string? hold, bool backfill)
    {
        var now = time.GetUtcNow();
        foreach (var (id, row) in rows)
        {
            var before = await store.GetAsync<HrisPerson>(id);
            var said = new HrisPerson
            {
                Id = id,
                Source = name,
                Key = row.EmployeeId,
                Feed = HrisFeed.Csv,
                Facts = content.Merge(row.Facts, before?.Said),
                ReadAt = now,
            };
            await commit.AddAsync(before, HrisStep.Of(before, said, hold, backfill, Today));
        }

        var bad = content.BadIds.Select(id => HrisPerson.IdOf(name, id)).ToHashSet(StringComparer.Ordinal);
        await foreach (var person in PeopleAsync(name, CancellationToken.None))
        {
            if (person.MissingSince is null && !rows.ContainsKey(person.Id) && !bad.Contains(person.Id))
                await commit.AddAsync(person, new HrisStep(person with { MissingSince = now }, []));
        }
    }

    private async Task<Plan> PlanAsync(string name, PeopleContent content, Dictionary<string, PeopleRow> rows, CancellationToken cancellationToken)
    {
        var (leavers, missing, newlyMissing) = (0, 0, 0);
        var bad = content.BadIds.Select(id => HrisPerson.IdOf(name, id)).ToHashSet(StringComparer.Ordinal);
        var known = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var person in PeopleAsync(name, cancellationToken))
        {
            known.Add(person.Id);
            if (rows.TryGetValue(person.Id, out var row))
                leavers += HrisStep.IsLeaver(person, content.Merge(row.Facts, person.Said).Leaving, Today) ? 1 : 0;
            else if (!bad.Contains(person.Id))
                (missing, newlyMissing) = (missing + 1, newlyMissing + (person.IsEmployed && person.MissingSince is null ? 1 : 0));
        }

        leavers += rows.Count(row => !known.Contains(row.Key) && HrisStep.IsLeaver(null, row.Value.Facts.Leaving, Today));
        return new Plan(leavers, missing, newlyMissing);
    }

    /// <param name="Leavers">New end dates, leavers and returns.</param>
    private sealed record Plan(int Leavers, int Missing, int NewlyMissing);
}

/// <summary>What became of a file.</summary>
/// <param name="Why">Why it was not taken, for people.</param>
internal sealed record FileOutcome(bool Taken, string? Why);
