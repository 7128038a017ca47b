using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Playbooks.Runs;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Cli;

/// <summary>
/// Which entries of the audit log may not go into an archive: those that the store has not seen (after a crash or a restore it is rebuilt
/// from them), and those of what is not over.
/// </summary>
internal static class ArchiveNeeds
{
    /// <exception cref="CliException">The store and the log do not belong together, or nobody can tell.</exception>
    public static async Task<LogNeeds> OfAsync(IStore store, AuditLog log, CancellationToken cancellationToken)
    {
        var mark = await store.GetAsync<LogMark>(LogMark.TheId, cancellationToken)
            ?? throw Refused("The store has not seen this audit log yet, so it needs all of it. Start and stop the server once, then try again.");
        if (!log.Agrees(mark.Seq, mark.Hash))
            throw Refused($"The store has seen another audit log than this one (entry {mark.Seq} is not the same). Restore both from one backup; nothing was archived.");
        var open = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var state in Enum.GetValues<CallState>().Where(state => !state.IsEnded() || state == CallState.NeedsPerson))
        {
            foreach (var call in await store.FindAllAsync<CallRecord>("state", state.Word(), cancellationToken))
                open[call.Id] = $"call {call.Id} is {state.Word()}";
        }

        foreach (var state in Enum.GetValues<RunState>().Where(state => !state.IsEnded()))
        {
            foreach (var run in await store.FindAllAsync<RunRecord>("state", state.Word(), cancellationToken))
                open[run.Id] = $"run {run.Id} is {state.Word()}";
        }

        return new LogNeeds(mark.Seq, entry => open.GetValueOrDefault(entry.Call ?? "") ?? open.GetValueOrDefault(entry.Run ?? ""));
    }

    private static CliException Refused(string message) => new(ExitCodes.Refused, "not_archived", message);
}
