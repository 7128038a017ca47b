using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Gate.StandingApprovals;
using Siit.Iam.Agent.Store;
using Siit.Iam.Agent.ToolServers;

namespace Siit.Iam.Agent.Gate;

/// <summary>Up to which entry the store is known to agree with the audit log.</summary>
[Stored("log_marks")]
internal sealed record LogMark : IRecord
{
    public const string TheId = "audit";

    public string Id { get; init; } = TheId;

    public long Version { get; init; }

    public required long Seq { get; init; }

    /// <summary>Of the log up to there: <see cref="AuditLog.HeadHash"/>.</summary>
    public required string Hash { get; init; }

    [JsonIgnore]
    public IReadOnlyDictionary<string, string> Keys => new Dictionary<string, string>();
}

/// <summary>
/// Brings store and audit log together at start. Where the log knows of an effect, a decision or an end that the store has
/// forgotten (restored from an older copy), the log wins and nothing revives. Where the log is older than the store says it was,
/// the server does not start: somebody has cut it.
/// </summary>
internal sealed partial class LogWins(
    IStore store, AuditLog log, AuditTrail trail, Budgets budgets, StandingCover standing, ToolLockFile locks, IEnumerable<ILogLearner> learners, ILogger<LogWins> logger)
{
    public async Task ReconcileAsync(CancellationToken cancellationToken)
    {
        var mark = await store.GetAsync<LogMark>(LogMark.TheId, cancellationToken);
        if (mark is not null && mark.Seq >= log.NextSeq)
            throw new StoreUnavailableException(
                $"The audit log ends at entry {log.NextSeq - 1}, but the store has seen entry {mark.Seq}: entries are missing. Restore the log from a backup (siit-iam restore) before starting.");

        var knowledge = Read(mark);
        foreach (var (id, known) in knowledge.Calls)
            await ReconcileAsync(id, known, cancellationToken);
        foreach (var learner in learners)
            await learner.LearnAsync(knowledge.Registries, cancellationToken);
        await MarkAsync(mark, cancellationToken);
    }

    /// <summary>Called now and then and at a clean stop, so that a start has little to read.</summary>
    public async Task MarkAsync(CancellationToken cancellationToken) =>
        await MarkAsync(await store.GetAsync<LogMark>(LogMark.TheId, cancellationToken), cancellationToken);

    private async Task MarkAsync(LogMark? mark, CancellationToken cancellationToken)
    {
        // Never back: a server that did not start because its log was cut off must not make the next start believe the cut.
        var head = log.Head;
        if (head.NextSeq == 0 || mark?.Seq >= head.NextSeq)
            return;
        var now = new LogMark { Version = mark?.Version ?? 0, Seq = head.NextSeq - 1, Hash = head.Hash };
        await store.CommitAsync([mark is null ? Change.Create(now) : Change.Save(now)], cancellationToken);
    }

    private LogKnowledge Read(LogMark? mark)
    {
        var knowledge = new LogKnowledge();
        if (mark is not null && !log.Agrees(mark.Seq, mark.Hash))
            throw new StoreUnavailableException($"Entry {mark.Seq} of the audit log is not the one that the store has seen, or something before it is not: the log was replaced. Restore it from a backup before starting.");
        // Calls under way when the mark was set have entries on both sides of it; those after it decide.
        foreach (var entry in log.ReadAfter(mark?.Seq ?? -1))
            knowledge.Learn(entry);

        return knowledge;
    }

    private async Task ReconcileAsync(string id, KnownCall known, CancellationToken cancellationToken)
    {
        var call = await store.GetAsync<CallRecord>(id, cancellationToken);
        // Its record and what it has spent are one commit: where the store knows of the effect, or was told of it before, it is counted.
        if (known is { Intended: true, Received.Action: { } action } && call?.Intent is null && call?.State.IsEnded() != true)
            await budgets.RecallAsync(action, RiskOf(action, known.Received), known.Received.Actor?.Caller ?? "", known.Received.Connection ?? "", known.At, cancellationToken);
        if (known is { Intended: true, Received: { Run: { } run, Data: { } told } } && told["standing"] is JsonObject used)
            await standing.RecallAsync(used["id"]!.GetValue<string>(), run, used["person"]!.GetValue<string>(), known.At, cancellationToken);
        if (call is null)
            await RememberAsync(id, known, cancellationToken);
        // The disk was full or the process died before the outcome was in the log: the record knows it.
        if (call?.State.IsEnded() == true && known is { Intended: true, State: CallState.Executing })
            await trail.WriteAsync(AuditKinds.CallSettled, call, AuditTrail.Ending(call), cancellationToken);
        if (call is null || call.State.IsEnded() || known.State is null)
            return;
        if (known.State is CallState.Executing or CallState.Unknown && call.State is CallState.AwaitingApproval or CallState.Received)
        {
            // The effect has begun once: it is settled by reading, never begun again.
            var forgotten = call with
            {
                State = known.Intended && call.Intent is not null ? CallState.Unknown : CallState.NeedsPerson,
                Code = "store_was_older",
                Message = $"The audit log knows that this effect was begun, the store does not: a person has to look at the account and settle it (siit-iam calls settle {id}).",
                EndedAt = call.Intent is null ? known.At : null,
            };
            await store.CommitAsync([Change.Save(forgotten)], cancellationToken);
            LogForgotten(logger, id, known.State.Value);
        }
        else if (known.State.Value.IsEnded() || known.State == CallState.Unknown)
        {
            if (call.State == known.State)
                return;
            var ended = call with
            {
                State = known.State.Value,
                Code = known.Code ?? "from_audit_log",
                Message = $"The audit log says: {known.State.Value.Word()}. The store had forgotten it.",
                EndedAt = known.State.Value.IsEnded() ? known.At : null,
            };
            await store.CommitAsync([Change.Save(ended)], cancellationToken);
            LogForgotten(logger, id, known.State.Value);
        }
    }

    /// <summary>Null when it is not known any more: an action of another version of this server, a tool that is not locked as it was called.</summary>
    private Risk? RiskOf(string action, AuditEntry intended) => !ToolName.IsOne(action) ? ActionCatalog.Find(action)?.Risk
        : locks.Now.Find(action) is { } tool && tool.Sha256 == intended.Data?["input"]?["definition"]?.GetValue<string>() ? tool.Risk
        : null;

    /// <summary>
    /// An effect that the store has never heard of: it gets a record, so that the same step of a run or the same call again finds
    /// what was done instead of doing it again.
    /// </summary>
    private async Task RememberAsync(string id, KnownCall known, CancellationToken cancellationToken)
    {
        if (!known.Intended || known.State is not { } state)
            return;
        var first = known.Received;
        var settled = state.IsEnded();
        var remembered = new CallRecord
        {
            Id = id,
            State = settled ? state : CallState.NeedsPerson,
            Code = settled ? known.Code ?? "from_audit_log" : "store_was_older",
            Message = settled
                ? $"The audit log says: {state.Word()}. The store had forgotten it."
                : $"The audit log knows that this effect was begun, the store does not: a person has to look at the account and settle it (siit-iam calls settle {id}).",
            Action = first.Action ?? "",
            ActionVersion = ActionCatalog.Find(first.Action ?? "")?.Version ?? 0,
            Input = first.Data?["input"]?.DeepClone().AsObject() ?? [],
            Connection = first.Connection,
            Caller = first.Actor?.Caller ?? "",
            Operator = first.Actor?.Operator ?? "",
            Requester = new Requester(first.Actor?.Requester, first.Actor?.RequesterProved ?? false),
            Door = first.Actor?.Door ?? "",
            Request = first.Request,
            Run = first.Run,
            Target = first.Target is { } account ? new CallTarget(account, account, null, account) : null,
            ReceivedAt = first.Time,
            EndedAt = known.At,
            Fingerprint = "from_audit_log:" + id,
        };
        await store.CommitAsync([Change.Create(remembered)], cancellationToken);
        LogForgotten(logger, id, remembered.State);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Call {Call}: the audit log knows that it is {State}, the store had forgotten; the log wins")]
    private static partial void LogForgotten(ILogger logger, string call, CallState state);
}

/// <summary>What the entries after the mark say, in the end.</summary>
internal sealed class LogKnowledge
{
    public Dictionary<string, KnownCall> Calls { get; } = [];

    /// <summary>Entries about callers, approvers, stops, runs and persons, in order: their keepers bring themselves up to date from them.</summary>
    public List<AuditEntry> Registries { get; } = [];

    public void Learn(AuditEntry entry)
    {
        if (entry.Kind is AuditKinds.CallerRemoved or AuditKinds.ApproverRemoved or AuditKinds.StopSet or AuditKinds.StopLifted or AuditKinds.ApproverAdded or AuditKinds.CallerAdded or AuditKinds.RunEnded
            or AuditKinds.PersonDecided or AuditKinds.PersonDecisionTakenBack or AuditKinds.ApprovalReminded or AuditKinds.ApprovalEscalated or AuditKinds.ApprovalRevoked
            or AuditKinds.NoticeSent or AuditKinds.NoticeGivenUp or AuditKinds.PlaybookPublished or AuditKinds.PlaybookUnpublished)
            Registries.Add(entry);
        if (entry.Call is not { } id)
            return;
        var known = Calls.GetValueOrDefault(id) ?? new KnownCall(null, null, entry.Time, Intended: false, entry);
        Calls[id] = entry.Kind switch
        {
            AuditKinds.EffectIntent => known with { State = CallState.Executing, At = entry.Time, Intended = true, Received = entry },
            AuditKinds.EffectOutcome or AuditKinds.CallSettled or AuditKinds.CallExpired or AuditKinds.CallCancelled or AuditKinds.CallRefused =>
                known with { State = StateOf(entry.Data) ?? known.State, Code = entry.Data?["code"]?.GetValue<string>(), At = entry.Time },
            AuditKinds.CallAnswered when entry.Data?["same_as"] is null && entry.Data?["dry_run"] is null => known with { State = StateOf(entry.Data) ?? known.State, At = entry.Time },
            AuditKinds.ApprovalDecided when entry.Data?["approved"]?.GetValue<bool>() == false => known with { State = CallState.Denied, At = entry.Time },
            _ => known,
        };
    }

    private static CallState? StateOf(JsonObject? data) =>
        data?["state"]?.GetValue<string>() is { } word ? Enum.GetValues<CallState>().Cast<CallState?>().FirstOrDefault(state => state!.Value.Word() == word) : null;
}

/// <param name="Received">The entry that tells most about the call: that of its intent, else the first.</param>
internal sealed record KnownCall(CallState? State, string? Code, DateTimeOffset At, bool Intended, AuditEntry Received);
