using System.Text.Json.Nodes;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Playbooks.Checks;
using Siit.Iam.Agent.Playbooks.Format;
using Siit.Iam.Agent.Playbooks.Runs;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Playbooks;

/// <summary>What doors may do with playbooks and runs. A caller sees its own runs only.</summary>
internal sealed class PlaybookDesk(
    PlaybookOptions options, RunStarts starts, RunDispatcher dispatcher, IStore store, CallDesk calls, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>The playbooks that may run; read anew, so that a changed file counts from the next start on.</summary>
    public IReadOnlyCollection<Playbook> List() => PlaybookFolder.Load(options.Folder).Playbooks;

    /// <summary>Everything that is wrong in the folder.</summary>
    public IReadOnlyList<Finding> Check() => PlaybookFolder.Load(options.Folder).Findings;

    /// <summary>Starts a run and waits a moment for it to end or to park.</summary>
    public async Task<RunAnswer> RunAsync(
        CallerRecord caller, string door, string playbook, JsonObject inputs, string? requester, string? request, CancellationToken cancellationToken)
    {
        var folder = PlaybookFolder.Load(options.Folder);
        if (folder.Find(playbook) is not { } found)
            return RunAnswer.Refused(Unknown(folder, playbook));
        var (run, refusal) = await starts.StartAsync(found, inputs, caller, door, requester, request, cancellationToken);
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
    public async Task<RunAnswer?> CancelRunAsync(string @operator, string runId, CancellationToken cancellationToken) =>
        await store.GetAsync<RunRecord>(runId, cancellationToken) is { } run ? await EndAsync(run, @operator, cancellationToken) : null;

    /// <summary>For operators: newest first.</summary>
    public async Task<IReadOnlyList<RunRecord>> ListRunsAsync(RunState? state, string? request, int limit, CancellationToken cancellationToken)
    {
        if (request is not null)
            return [.. (await store.FindAsync<RunRecord>("request", request, limit, newestFirst: true, cancellationToken: cancellationToken)).Where(run => state is null || run.State == state)];
        return state is { } word
            ? await store.FindAsync<RunRecord>("state", word.Word(), limit, newestFirst: true, cancellationToken: cancellationToken)
            : await store.ListAsync<RunRecord>(limit, newestFirst: true, cancellationToken: cancellationToken);
    }

    private async Task<RunAnswer> EndAsync(RunRecord run, string by, CancellationToken cancellationToken)
    {
        while (!run.State.IsEnded() && run.CancelledBy is null)
        {
            if ((await store.CommitAsync([Change.Save(run with { CancelledBy = by })], CancellationToken.None)).Done)
                break;
            run = (await store.GetAsync<RunRecord>(run.Id, cancellationToken))!;
        }

        if (run.WaitsFor is { } call)
            await calls.CancelAsync(RunCallers.Withdrawing(run), call, cancellationToken);
        dispatcher.Wake(run.Id);
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

    private static Refusal Unknown(PlaybookFolder folder, string playbook)
    {
        var wrong = folder.Findings.FirstOrDefault(finding => finding.Severity == Severity.Error && Path.GetFileNameWithoutExtension(finding.File) == playbook);
        return wrong is not null
            ? new Refusal("playbook_has_errors", $"The playbook '{playbook}' has errors and is not run: {wrong.Message} See siit-iam playbooks check.")
            : new Refusal("unknown_playbook", $"There is no such playbook. There are: {string.Join(", ", folder.Playbooks.Select(found => found.Id))}.");
    }
}
