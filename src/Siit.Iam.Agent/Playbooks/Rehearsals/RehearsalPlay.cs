using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Gate.Proofs;
using Siit.Iam.Agent.Playbooks.Format;
using Siit.Iam.Agent.Playbooks.Runs;
using Siit.Iam.Agent.Playbooks.Triggers;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Playbooks.Rehearsals;

/// <summary>Plays everybody whom a run waits for, and lets time pass, until it is over or waits for what no rehearsal has.</summary>
internal sealed class RehearsalPlay(RehearsalStage stage)
{
    /// <summary>More than any playbook within its limits takes.</summary>
    private const int MostRounds = 5_000;

    private static readonly TimeSpan Look = TimeSpan.FromMinutes(1);

    private readonly HashSet<string> _silent = [];
    private readonly List<string> _approvals = [];
    private readonly List<string> _asking = [];

    /// <summary>What would be asked of approvers, and what came of it.</summary>
    public IReadOnlyList<string> Approvals => _approvals;

    /// <summary>Names of the steps that asked for them: see <see cref="RehearsedSteps"/>.</summary>
    public IReadOnlyList<string> Asking => _asking;

    public async Task<RunRecord> RunAsync(string runId, CancellationToken cancellationToken)
    {
        for (var round = 0; round < MostRounds; round++)
        {
            var before = await FamilyAsync(runId, cancellationToken);
            var interrupted = false;
            foreach (var run in before.Where(run => !run.State.IsEnded()))
                interrupted |= !await AdvanceAsync(run.Id, cancellationToken);
            var now = await FamilyAsync(runId, cancellationToken);
            if (now[0].State.IsEnded())
                return now[0];
            if (interrupted || !before.Select(run => (run.Id, run.Version)).SequenceEqual(now.Select(run => (run.Id, run.Version))))
                continue;
            if (!await PlayAsync(now, cancellationToken) && !Pass(now))
                return now[0];
        }

        return (await stage.Store.GetAsync<RunRecord>(runId, cancellationToken))!;
    }

    /// <summary>The run and all that it has called, itself first.</summary>
    public async Task<IReadOnlyList<RunRecord>> FamilyAsync(string runId, CancellationToken cancellationToken)
    {
        var family = new List<RunRecord> { (await stage.Store.GetAsync<RunRecord>(runId, cancellationToken))! };
        for (var at = 0; at < family.Count; at++)
            family.AddRange(await stage.Store.FindAsync<RunRecord>("parent", family[at].Id, 100, cancellationToken: cancellationToken));
        return family;
    }

    /// <summary>Of the calls that led to a run, as <c>figma/</c>; empty for the one at the top.</summary>
    private async Task<string> CallsBeforeAsync(RunRecord run, CancellationToken cancellationToken)
    {
        var before = "";
        while (run.Parent is { } parent && run.Trigger is { } key)
        {
            before = $"{StepOf((await stage.Store.GetAsync<TriggerKey>(key, cancellationToken))!.Occurrence)}/{before}";
            run = (await stage.Store.GetAsync<RunRecord>(parent, cancellationToken))!;
        }

        return before;
    }

    /// <returns>False when whoever worked on it is gone.</returns>
    private async Task<bool> AdvanceAsync(string runId, CancellationToken cancellationToken)
    {
        stage.Interruption.IsWorking = true;
        try
        {
            await stage.Gate.Get<RunWorker>().AdvanceAsync(runId, cancellationToken);
            return true;
        }
        catch (InterruptedException)
        {
            // Somebody else takes it up, from what is durable.
            return false;
        }
        finally
        {
            stage.Interruption.IsWorking = false;
        }
    }

    private async Task<bool> PlayAsync(IReadOnlyList<RunRecord> runs, CancellationToken cancellationToken)
    {
        foreach (var run in runs.Where(run => run.State == RunState.Waiting))
        {
            var before = await CallsBeforeAsync(run, cancellationToken);
            if (run.WaitsFor is { } id && await stage.Store.GetAsync<CallRecord>(id, cancellationToken) is { } call && await PlayAsync(call, before, cancellationToken))
                return true;
            if (run is { WaitsFor: null, Request: { } request } && await ProveAsync(run, before, request, cancellationToken))
                return true;
            foreach (var question in await stage.Store.FindAsync<RunQuestion>("run", run.Id, 100, cancellationToken: cancellationToken))
            {
                if (question.Answer is null && !_silent.Contains(question.Id) && question.Until > stage.Gate.Clock.GetUtcNow() && await AnswerAsync(question, before, cancellationToken))
                    return true;
            }

            if (run.Waker is { } waker && run.Signal?.Path != waker.Path && _silent.Add($"{run.Id}{waker.Path}") && stage.Choices.Wakes(before + StepOf(waker.Path)))
            {
                var woken = run with { Signal = new RunSignal(waker.Path, "rehearsed", stage.Gate.Clock.GetUtcNow()) };
                return (await stage.Store.CommitAsync([Change.Save(woken)], cancellationToken)).Done;
            }
        }

        return false;
    }

    /// <summary>Proofs that a run waits for: shown in the way that suffices alone, by an approver who could; or nobody shows anything.</summary>
    private async Task<bool> ProveAsync(RunRecord run, string before, string request, CancellationToken cancellationToken)
    {
        var desk = stage.Gate.Get<ProofDesk>();
        foreach (var entry in (await stage.Store.FindAsync<JournalEntry>("run", run.Id, 1000, cancellationToken: cancellationToken)).Where(entry => entry.Path.EndsWith(".proof", StringComparison.Ordinal)))
        {
            var proof = (await desk.OfRequestAsync(request, cancellationToken)).FirstOrDefault(proof => proof.Id == entry.Value?.GetValue<string>());
            if (proof is not { IsOpen: true } || !_silent.Add(proof.Id) || stage.Choices.Approval(before + StepOf(entry.Path)) != RehearsalWords.Yes)
                continue;
            foreach (var approver in await stage.Gate.Get<ApproverRegistry>().ListAsync(cancellationToken))
            {
                if ((await desk.RecordProofingAsync(proof.Id, approver, "rehearsed", cancellationToken)).Refusal is null)
                    return true;
            }
        }

        return false;
    }

    private async Task<bool> PlayAsync(CallRecord call, string before, CancellationToken cancellationToken)
    {
        switch (call)
        {
            case { State: CallState.AwaitingApproval, Approval.CompleteAt: null }:
                await DecideAsync(call, before, cancellationToken);
                return true;
            case { State: CallState.AwaitingApproval }:
                await stage.Gate.Get<ActionExecutor>().ResumeAsync(call.Id, cancellationToken);
                return (await stage.Store.GetAsync<CallRecord>(call.Id, cancellationToken))!.Version != call.Version;
            case { State: CallState.Executing or CallState.Unknown }:
                stage.Gate.Clock.Jump(Look);
                await stage.Gate.Get<ActionExecutor>().SettleAsync(call, cancellationToken);
                return true;
            default:
                return false;
        }
    }

    private async Task DecideAsync(CallRecord call, string before, CancellationToken cancellationToken)
    {
        var name = before + StepOf(call.StepPath!);
        var said = stage.Choices.Approval(name);
        var (decided, by) = said == RehearsalWords.Silence ? (false, "nobody decides") : await DecideAsync(call, said == RehearsalWords.Yes, cancellationToken);
        _asking.Add(name);
        _approvals.Add($"{(before.Length == 0 ? "" : "/" + before.TrimEnd('/'))}{call.StepPath} until {call.Approval!.ExpiresAt:yyyy-MM-dd HH:mm}Z, {ApprovalRules.Word(call)}: {HiddenText.Shown(Asked(call), 300)} ({by})");
        if (decided)
            return;
        stage.Gate.Clock.JumpTo(call.Approval.ExpiresAt);
        await stage.Gate.Get<CallKeeper>().ExpireAsync(call.Id, cancellationToken);
    }

    /// <summary>As those who are enrolled could: not the requester, not the target, in time. Nobody who could is an answer, too.</summary>
    private async Task<(bool Decided, string By)> DecideAsync(CallRecord call, bool approve, CancellationToken cancellationToken)
    {
        var deciders = new List<string>();
        while (await stage.Store.GetAsync<CallRecord>(call.Id, cancellationToken) is { State: CallState.AwaitingApproval, Approval.CompleteAt: null } open)
        {
            var could = await stage.Gate.Get<Seating>().CouldDecideAsync(open, stage.Gate.Clock.GetUtcNow(), cancellationToken);
            var taken = false;
            foreach (var approver in could)
            {
                var result = await stage.Gate.Get<ApprovalDesk>().DecideAsync(call.Id, approver, approve, open.Approval!.Digest, null, cancellationToken);
                if (result.Taken)
                {
                    deciders.Add(approver.Email);
                    taken = true;
                    break;
                }
            }

            if (!taken)
                return (false, "nobody who is enrolled could approve it now");
        }

        return (true, approve ? $"say {string.Join(", ", deciders)} approves" : $"say {deciders.FirstOrDefault()} denies");
    }

    private static string Asked(CallRecord call) => call.Input["summary"]?.GetValue<string>() ?? $"{ActionCatalog.Find(call.Action)?.Title ?? call.Action} for {CallAnswers.Who(call)}";

    private async Task<bool> AnswerAsync(RunQuestion question, string before, CancellationToken cancellationToken)
    {
        _silent.Add(question.Id);
        if (stage.Choices.Answer(before + StepOf(question.Path), question.Fields, canBeSilent: true) is not { } answer)
            return false;
        if (await stage.Gate.Get<PlaybookDesk>().AnswerAsync(question.Id, question.Of[0], answer, cancellationToken) is { } refused)
            throw new RehearsalException($"The answer given for '{before}{StepOf(question.Path)}' is not taken. {refused.Message}");
        return true;
    }

    /// <summary>To the next time at which one of them is looked at again; false when there is none.</summary>
    private bool Pass(IReadOnlyList<RunRecord> runs)
    {
        var due = runs.Where(run => !run.State.IsEnded() && run.DueAt is not null).Select(run => run.DueAt!.Value).DefaultIfEmpty(DateTimeOffset.MinValue).Min();
        if (due <= stage.Gate.Clock.GetUtcNow())
            return false;
        stage.Gate.Clock.JumpTo(due);
        return true;
    }

    /// <summary>The id of the step at a path such as <c>/cut[0]/hold</c>.</summary>
    public static string StepOf(string path) => path.Split('/')[^1].Split('[', '.')[0];
}

/// <summary>What was given for a rehearsal does not fit; the message is for whoever gave it.</summary>
internal sealed class RehearsalException(string message) : Exception(message);
