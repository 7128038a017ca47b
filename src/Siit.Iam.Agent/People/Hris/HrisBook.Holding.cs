using System.Text.Json;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.People.Hris;

/// <summary>What waits for a person, and what the book shares.</summary>
internal sealed partial class HrisBook
{
    /// <summary>An HRIS that pushes begins with everybody it knows; what it pushes on its first day is no news.</summary>
    private static readonly TimeSpan FirstPushes = TimeSpan.FromDays(1);

    /// <summary>Counts new leavings of the day. The batch they have to wait in, or null when they go through.</summary>
    private async Task<string?> HoldAsync(HrisCommit commit, int leavers, CancellationToken cancellationToken)
    {
        if (leavers == 0)
            return null;
        var source = commit.Source;
        if (source.Day != Today)
            source = source with { Day = Today, LeaversToday = 0 };
        if (await WaitingAsync(source.Id, HeldKind.Leavers, cancellationToken) is [var waiting, ..])
            return waiting.Id;
        var limit = options.Limit(source.Employed);
        if (source.LeaversToday + leavers <= limit)
        {
            commit.Source = source with { LeaversToday = source.LeaversToday + leavers };
            return null;
        }

        var batch = Batch(source, HeldKind.Leavers, leavers, limit, null);
        await WriteAsync(AuditKinds.HrisHeld, source.Id, null, HeldData(batch), cancellationToken);
        commit.Source = source;
        commit.Add(Change.Create(batch));
        LogHeld(logger, source.Id, leavers, source.LeaversToday, limit);
        return batch.Id;
    }

    private async Task<FileOutcome> HoldFileAsync(HrisSourceRecord source, string digest, int missing)
    {
        var waiting = await WaitingAsync(source.Id, HeldKind.FewerPeople, CancellationToken.None);
        if (!waiting.Any(batch => batch.Digest == digest))
        {
            var batch = Batch(source, HeldKind.FewerPeople, missing, options.Limit(source.Employed), digest);
            await WriteAsync(AuditKinds.HrisHeld, source.Id, null, HeldData(batch), CancellationToken.None);
            var commit = await BeginAsync(source);
            commit.Add(Change.Create(batch));
            foreach (var older in waiting)
                commit.Add(Change.Save(older with { State = HeldState.Withdrawn }));
            await commit.FlushAsync();
            LogFewer(logger, source.Id, missing, source.Employed);
        }

        return new FileOutcome(false, $"{missing} of {source.Employed} employed people have no row any more. If the file is whole, an approver lets it in: siit-iam hris held.");
    }

    private HeldBatch Batch(HrisSourceRecord source, HeldKind kind, int count, int limit, string? digest) => new()
    {
        Id = ids.New("held"),
        Source = source.Id,
        Kind = kind,
        State = HeldState.Waiting,
        At = time.GetUtcNow(),
        Count = count,
        Employed = source.Employed,
        Limit = limit,
        Digest = digest,
    };

    private static JsonObject HeldData(HeldBatch batch) => new()
    {
        ["batch"] = batch.Id,
        ["kind"] = JsonNamingPolicy.SnakeCaseLower.ConvertName(batch.Kind.ToString()),
        ["count"] = batch.Count,
        ["limit"] = batch.Limit,
        ["digest"] = batch.Digest,
    };

    /// <summary>Applies a decision to everybody who still waits in the batch; again after a crash.</summary>
    private async Task FinishAsync(HeldBatch batch)
    {
        var commit = await BeginAsync(await SourceAsync(batch.Source, CancellationToken.None));
        var changed = false;
        // Gathered first: who has been decided is not found by the batch any more.
        var people = new List<string>();
        await foreach (var person in PagesAsync(after => store.FindAsync<HrisPerson>("held", batch.Id, Page, after)))
            people.Add(person.Id);
        foreach (var id in people)
        {
            if (await store.GetAsync<HrisPerson>(id) is { Held: { Refused: false } held } person && held.Batch == batch.Id)
                changed |= await commit.AddAsync(person, batch.State == HeldState.Confirmed ? HrisStep.Confirmed(person, Today) : HrisStep.Dropped(person, Today));
        }

        if (changed)
            await commit.FlushAsync();
    }

    /// <summary>The HRIS has left another file meanwhile, which can be taken.</summary>
    private async Task WithdrawFilesAsync(string name, CancellationToken cancellationToken)
    {
        foreach (var batch in await WaitingAsync(name, HeldKind.FewerPeople, cancellationToken))
            await store.CommitAsync([Change.Save(batch with { State = HeldState.Withdrawn })], CancellationToken.None);
    }

    /// <summary>The HRIS has corrected itself: nobody waits in the batch any more.</summary>
    private async Task WithdrawEmptyAsync(string name, CancellationToken cancellationToken)
    {
        foreach (var batch in await WaitingAsync(name, HeldKind.Leavers, cancellationToken))
        {
            if ((await store.FindAsync<HrisPerson>("held", batch.Id, 1, cancellationToken: cancellationToken)).Count == 0)
                await store.CommitAsync([Change.Save(batch with { State = HeldState.Withdrawn })], CancellationToken.None);
        }
    }

    private async Task<IReadOnlyList<HeldBatch>> WaitingAsync(string name, HeldKind kind, CancellationToken cancellationToken)
    {
        var waiting = new List<HeldBatch>();
        await foreach (var batch in PagesAsync(after => store.FindAsync<HeldBatch>("state", "waiting", Page, after, cancellationToken: cancellationToken)))
        {
            if (batch.Source == name && batch.Kind == kind)
                waiting.Add(batch);
        }

        return waiting;
    }

    private bool IsBackfill(HrisSourceRecord source) => time.GetUtcNow() < source.FirstAt + FirstPushes;

    private async Task<HrisSourceRecord> SourceAsync(string name, CancellationToken cancellationToken) =>
        await store.GetAsync<HrisSourceRecord>(name, cancellationToken) ?? new HrisSourceRecord { Id = name, FirstAt = time.GetUtcNow() };

    private async Task<HrisCommit> BeginAsync(HrisSourceRecord source) =>
        new(store, source, await store.GetAsync<HrisCounter>(HrisCounter.TheId) ?? new HrisCounter(), time);

    private IAsyncEnumerable<HrisPerson> PeopleAsync(string name, CancellationToken cancellationToken) =>
        HrisPerson.AllAsync(store, name, cancellationToken);

    private static async IAsyncEnumerable<T> PagesAsync<T>(Func<string?, ValueTask<IReadOnlyList<T>>> page) where T : class, IRecord
    {
        string? after = null;
        do
        {
            var found = await page(after);
            foreach (var record in found)
                yield return record;
            after = found.Count == Page ? found[^1].Id : null;
        }
        while (after is not null);
    }

    /// <summary>Who and what, without values: names and dates of people stay in the store.</summary>
    private async Task WriteAsync(string kind, string source, string? person, JsonObject data, CancellationToken cancellationToken)
    {
        data["source"] = source;
        await log.WriteAsync(new AuditDraft(kind) { Actor = new AuditActor { Door = "hris" }, Target = person, Data = data }, cancellationToken);
    }

    private async Task<Turn> TurnAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        return new Turn(_turn);
    }

    private static string WordOf(HrisEventKind kind) => JsonNamingPolicy.SnakeCaseLower.ConvertName(kind.ToString());

    [LoggerMessage(Level = LogLevel.Information, Message = "HRIS {Source}: file taken, {Rows} rows, {Created} new people, {Changed} changed, {Bad} bad rows, {Missing} people without a row")]
    private static partial void LogTaken(ILogger logger, string source, int rows, int created, int changed, int bad, int missing);

    [LoggerMessage(Level = LogLevel.Warning, Message = "HRIS {Source}: {Leavers} changes of who leaves wait for a person; {Today} went through today, the limit is {Limit}. See: siit-iam hris held")]
    private static partial void LogHeld(ILogger logger, string source, int leavers, int today, int limit);

    [LoggerMessage(Level = LogLevel.Warning, Message = "HRIS {Source}: file not taken, {Missing} of {Employed} employed people have no row in it. See: siit-iam hris held")]
    private static partial void LogFewer(ILogger logger, string source, int missing, int employed);

    private readonly struct Turn(SemaphoreSlim turn) : IDisposable
    {
        public void Dispose() => turn.Release();
    }
}
