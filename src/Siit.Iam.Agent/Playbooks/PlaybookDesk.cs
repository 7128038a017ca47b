using System.Text.Json.Nodes;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Playbooks.Checks;
using Siit.Iam.Agent.Playbooks.Checks.Tenant;
using Siit.Iam.Agent.Playbooks.Format;
using Siit.Iam.Agent.Playbooks.Publishing;
using Siit.Iam.Agent.Playbooks.Runs;
using Siit.Iam.Agent.Playbooks.Triggers;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Playbooks;

/// <summary>What doors may do with playbooks and runs. A caller sees its own runs only.</summary>
internal sealed class PlaybookDesk(
    PlaybookShelf files, PlaybooksInForce playbooks, PublishDesk publishing, TenantFacts tenant, RunStarts starts, RunEndings endings, DailyPeople daily, RunDispatcher dispatcher, IStore store, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>The playbooks that may run; read anew, so that a changed file counts from the next start on.</summary>
    public IReadOnlyCollection<Playbook> List() => playbooks.Now.Playbooks;

    /// <summary>Those that lie in the folder, whether they may run or not, and those that are published from elsewhere.</summary>
    public IReadOnlyCollection<Playbook> All() => files.Now.And(playbooks.Published).Playbooks;

    /// <summary>How one stands: published, changed since, or not.</summary>
    public PublishedLine StandingOf(string playbook) => publishing.Line(playbook, files.Now.Find(playbook));

    /// <summary>Only published versions run.</summary>
    public bool RequiresPublished => playbooks.Required;

    /// <summary>Everything that is wrong in the folder.</summary>
    public IReadOnlyList<Finding> Check() => files.Now.Findings;

    /// <summary>The same, and what each playbook in it can reach; with what only this organisation tells.</summary>
    public async Task<CheckReport> CheckAsync(CancellationToken cancellationToken)
    {
        var all = files.Now;
        return CheckReport.Of(all, await tenant.NowAsync(all.Playbooks, cancellationToken));
    }

    /// <summary>The same of one text, beside others that it may call and the playbooks of the folder.</summary>
    public async Task<CheckReport> CheckAsync(string path, string text, IEnumerable<PlaybookFile> beside, CancellationToken cancellationToken)
    {
        var reading = PlaybookReader.Read(PlaybookFile.Of(path, text), files.Tools);
        return CheckReport.Of(reading, files.With(files.Read(beside)).Now, await tenant.NowAsync(reading.Playbook is { } playbook ? [playbook] : [], cancellationToken));
    }

    /// <summary>Starts a run and waits a moment for it to end or to park.</summary>
    public async Task<RunAnswer> RunAsync(
        CallerRecord caller, string door, string playbook, JsonObject inputs, string? requester, string? request, CancellationToken cancellationToken)
    {
        var folder = playbooks.Now;
        if (folder.Find(playbook) is not { } found)
            return RunAnswer.Refused(Unknown(playbook));
        if (!found.Triggers.Any(trigger => trigger is ManualTrigger or PromptTrigger))
            return RunAnswer.Refused(new Refusal("not_manual", $"The playbook '{found.Id}' is started by its triggers only ({string.Join(", ", found.Triggers.Select(trigger => trigger.Name))})."));
        var (run, refusal) = await starts.StartAsync(new RunWish(found, inputs, caller, door) { Requester = requester, Request = request }, cancellationToken);
        return refusal is null ? await SettledAsync(run!.Id, cancellationToken) : RunAnswer.Refused(refusal);
    }

    /// <summary>Null when there is none or it belongs to another caller.</summary>
    public async Task<RunAnswer?> GetRunAsync(CallerRecord caller, string runId, CancellationToken cancellationToken) =>
        await store.GetAsync<RunRecord>(runId, cancellationToken) is { } run && run.Starter.Caller == caller.Id ? await AnswerAsync(run, cancellationToken) : null;

    /// <summary>Ends the caller's own run before its next effect; what waits for approval is withdrawn. Null as in <see cref="GetRunAsync"/>.</summary>
    public async Task<RunAnswer?> CancelAsync(CallerRecord caller, string runId, CancellationToken cancellationToken) =>
        await store.GetAsync<RunRecord>(runId, cancellationToken) is { } run && run.Starter.Caller == caller.Id ? await EndAsync(run, caller.Id, cancellationToken) : null;

    /// <summary>For operators: any run.</summary>
    public async Task<RunAnswer?> FindRunAsync(string runId, CancellationToken cancellationToken) =>
        await store.GetAsync<RunRecord>(runId, cancellationToken) is { } run ? await AnswerAsync(run, cancellationToken) : null;

    /// <summary>For operators.</summary>
    /// <param name="undo">What it has changed is taken back, each through the gate.</param>
    public async Task<RunAnswer?> CancelRunAsync(string @operator, string runId, CancellationToken cancellationToken, bool undo = false) =>
        await store.GetAsync<RunRecord>(runId, cancellationToken) is { } run ? await EndAsync(run, @operator, cancellationToken, undo) : null;

    /// <inheritdoc cref="RunEndings.SettleAsync"/>
    public async Task<(RunAnswer? Run, Refusal? Refusal)> SettleRunAsync(string runId, ApproverRecord by, string note, CancellationToken cancellationToken) =>
        await endings.SettleAsync(runId, by, note, cancellationToken) is { } refusal ? (null, refusal) : (await SettledAsync(runId, cancellationToken), null);

    /// <summary>For operators: newest first.</summary>
    public async Task<IReadOnlyList<RunRecord>> ListRunsAsync(RunState? state, string? request, int limit, CancellationToken cancellationToken)
    {
        if (request is not null)
            return [.. (await store.FindAsync<RunRecord>("request", request, limit, newestFirst: true, cancellationToken: cancellationToken)).Where(run => state is null || run.State == state)];
        return state is { } word
            ? await store.FindAsync<RunRecord>("state", word.Word(), limit, newestFirst: true, cancellationToken: cancellationToken)
            : await store.ListAsync<RunRecord>(limit, newestFirst: true, cancellationToken: cancellationToken);
    }

    /// <summary>What waits for its time to start, the next first.</summary>
    public ValueTask<IReadOnlyList<PlannedStart>> PlannedAsync(int limit, CancellationToken cancellationToken) => store.ListAsync<PlannedStart>(limit, cancellationToken: cancellationToken);

    /// <summary>Playbooks that have reached more people today than they allow themselves.</summary>
    public ValueTask<IReadOnlyList<Quarantine>> HaltedAsync(CancellationToken cancellationToken) => daily.ListAsync(cancellationToken);

    /// <inheritdoc cref="DailyPeople.ReleaseAsync"/>
    public Task<bool> ReleaseAsync(string playbook, string by, string reason, CancellationToken cancellationToken) => daily.ReleaseAsync(playbook, by, reason, cancellationToken);

    /// <summary>Questions of runs that nobody has answered yet.</summary>
    public ValueTask<IReadOnlyList<RunQuestion>> QuestionsAsync(int limit, CancellationToken cancellationToken) =>
        store.FindAsync<RunQuestion>("open", "yes", limit, cancellationToken: cancellationToken);

    /// <summary>Answers a question of a run. Null when it is taken, or why not.</summary>
    /// <param name="person">Work email of the one who answers, proved by the door.</param>
    public async Task<Refusal?> AnswerAsync(string question, string person, JsonObject answer, CancellationToken cancellationToken)
    {
        if (await store.GetAsync<RunQuestion>(question, cancellationToken) is not { } asked || !asked.Of.Contains(person.ToLowerInvariant()))
            return new Refusal("unknown_question", $"There is no such question for {person}.");
        if (asked.Answer is not null)
            return new Refusal("answered", $"{asked.AnsweredBy} has answered already.");
        if (time.GetUtcNow() >= asked.Until)
            return new Refusal("too_late", "The time for an answer is over.");
        if (await FieldsOfAsync(asked, cancellationToken) is not { } fields)
            return new Refusal("unknown_question", "The run that has asked is over.");
        if (fields.Problems(answer, choices: null) is { Count: > 0 } problems)
            return new Refusal("invalid_input", string.Join(" ", problems));
        var answered = asked with { Answer = answer.DeepClone().AsObject(), AnsweredBy = person, AnsweredAt = time.GetUtcNow() };
        if (!(await store.CommitAsync([Change.Save(answered)], CancellationToken.None)).Done)
            return new Refusal("answered", "Somebody else has just answered.");
        dispatcher.Wake(asked.Run);
        return null;
    }

    private async Task<AgentOutput?> FieldsOfAsync(RunQuestion asked, CancellationToken cancellationToken)
    {
        if (await store.GetAsync<RunRecord>(asked.Run, cancellationToken) is not { } run || run.State.IsEnded())
            return null;
        var steps = (await PinnedPlaybook.ReadAsync(store, run.Sha256, run.Locked, cancellationToken))?.Steps ?? [];
        return steps.SelectMany(step => step.All).OfType<AskStep>().FirstOrDefault(step => asked.Path.EndsWith("/" + step.Id, StringComparison.Ordinal))?.Answers;
    }

    private async Task<RunAnswer> EndAsync(RunRecord run, string by, CancellationToken cancellationToken, bool undo = false)
    {
        await endings.CancelAsync(run, by, cancellationToken, undo);
        return await SettledAsync(run.Id, cancellationToken);
    }

    private async Task<RunAnswer> SettledAsync(string runId, CancellationToken cancellationToken)
    {
        var until = time.GetUtcNow() + Patience;
        while (true)
        {
            var run = (await store.GetAsync<RunRecord>(runId, cancellationToken))!;
            if ((run.State != RunState.Running && (run.CancelledBy is null || run.State.IsEnded())) || time.GetUtcNow() >= until)
                return await AnswerAsync(run, cancellationToken);
            await Task.Delay(TimeSpan.FromMilliseconds(50), time, cancellationToken);
        }
    }

    private async Task<RunAnswer> AnswerAsync(RunRecord run, CancellationToken cancellationToken) =>
        RunAnswer.Of(run, (await Journal.LoadAsync(store, time, run.Id, cancellationToken)).Entries);

    /// <summary>Why there is no such playbook.</summary>
    public Refusal Unknown(string playbook)
    {
        var folder = files.Now;
        if (playbooks.Required && folder.Find(playbook) is { } unpublished)
            return PlaybooksInForce.NotPublished(playbook, unpublished.Version);
        var wrong = folder.Findings.FirstOrDefault(finding => finding.Severity == Severity.Error && Path.GetFileNameWithoutExtension(finding.File) == playbook);
        return wrong is not null
            ? new Refusal("playbook_has_errors", $"The playbook '{playbook}' has errors and is not run: {wrong.Message} See siit-iam playbooks check.")
            : new Refusal("unknown_playbook", $"There is no such playbook. There are: {string.Join(", ", playbooks.Now.Playbooks.Select(found => found.Id))}.");
    }
}
