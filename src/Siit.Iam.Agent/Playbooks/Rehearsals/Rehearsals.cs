using System.Text.Json.Nodes;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Gate.Rehearsals;
using Siit.Iam.Agent.Playbooks.Format;
using Siit.Iam.Agent.Playbooks.Runs;
using Siit.Iam.Agent.ToolServers;

namespace Siit.Iam.Agent.Playbooks.Rehearsals;

/// <summary>
/// Walks a playbook with the product's own starts, runner and gate on what is there now, and tells how it would come out. Whatever it
/// changes stays in memory and is forgotten; the IdPs are only read.
/// </summary>
internal sealed class Rehearsals(RehearsalGround ground, PlaybookShelf shelf, AuditLog log, ToolServerSet servers) : IDisposable
{
    /// <summary>Ways that are walked at most.</summary>
    public const int MostWalks = 64;

    // Each reads at the IdPs what a run would.
    private readonly SemaphoreSlim _turn = new(2, 2);

    /// <returns>How it would come out, or why it would not even start.</returns>
    /// <exception cref="AuditUnavailableException">It could not be recorded that somebody rehearses, so nobody does.</exception>
    public async Task<(RehearsalAnswer? Answer, Refusal? Refusal)> RehearseAsync(RehearsalWish wish, CancellationToken cancellationToken)
    {
        await log.WriteAsync(
            new AuditDraft(AuditKinds.PlaybookRehearsed)
            {
                Request = wish.Request,
                Actor = new AuditActor { Requester = wish.Caller.Person ?? wish.Requester, RequesterProved = wish.Caller.Person is not null, Caller = wish.Caller.Id, Operator = wish.Caller.Operator, Door = wish.Door },
                Data = new JsonObject { ["playbook"] = $"{wish.Playbook.Id} {wish.Playbook.Version}", ["sha256"] = wish.Playbook.File.Sha256, ["inputs"] = CanonicalJson.Digest(wish.Inputs), ["branches"] = wish.Branches },
            },
            cancellationToken);
        await _turn.WaitAsync(cancellationToken);
        try
        {
            await using var folder = RehearsalFolder.Create();
            var picture = ground.Pictured();
            return wish.Branches ? await BranchesAsync(wish, picture, folder, cancellationToken) : await OneAsync(wish, picture, folder, cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    private async Task<(RehearsalAnswer?, Refusal?)> OneAsync(RehearsalWish wish, RehearsalGround picture, RehearsalFolder folder, CancellationToken cancellationToken)
    {
        var (report, refusal) = await WalkAsync(wish, picture, folder, new RehearsalChoices(wish.Words, [], isOpen: false), cancellationToken);
        return report is null ? (null, refusal) : (new RehearsalAnswer { Report = report }, null);
    }

    private async Task<(RehearsalAnswer?, Refusal?)> BranchesAsync(RehearsalWish wish, RehearsalGround picture, RehearsalFolder folder, CancellationToken cancellationToken)
    {
        var reports = new List<RehearsalReport>();
        var numbers = RehearsalNumbers.Of(RehearsedSteps.Of(wish.Playbook, shelf.With(wish.Beside).Now.Find).Playbooks);
        var sampled = new SortedDictionary<string, string>(StringComparer.Ordinal);
        for (IReadOnlyList<int>? script = []; script is not null && reports.Count < MostWalks;)
        {
            var choices = new RehearsalChoices(wish.Words, script, isOpen: true, numbers);
            var (report, refusal) = await WalkAsync(wish, picture, folder, choices, cancellationToken);
            if (report is null)
                return (null, refusal);
            reports.Add(report);
            foreach (var (answer, values) in choices.Sampled)
                sampled[answer] = values;
            script = choices.Next();
            if (script is not null && reports.Count == MostWalks)
                return (Answer(reports, sampled, cut: true), null);
        }

        return (Answer(reports, sampled, cut: false), null);
    }

    private static RehearsalAnswer Answer(List<RehearsalReport> reports, SortedDictionary<string, string> sampled, bool cut) => new()
    {
        Report = reports.OrderByDescending(report => report.Writes).ThenByDescending(report => report.CannotBeUndone.Count).First(),
        Ends =
        [
            .. reports.GroupBy(report => string.Join('\n', [report.State.Word(), report.Code ?? "", $"{report.Writes}", .. report.Difference, .. report.CannotBeUndone])).Select(alike => new RehearsedEnd(
                alike.First().State, alike.First().Code, alike.First().Message, alike.First().Writes, alike.First().CannotBeUndone.Count,
                [.. alike.First().Difference, .. alike.First().CannotBeUndone], [.. alike.Select(report => string.Join(", ", report.Decisions))])),
        ],
        Walks = reports.Count,
        Cut = cut,
        Sampled = [.. sampled.Select(answer => $"{answer.Key}: {answer.Value}")],
    };

    private async Task<(RehearsalReport?, Refusal?)> WalkAsync(RehearsalWish wish, RehearsalGround picture, RehearsalFolder folder, RehearsalChoices choices, CancellationToken cancellationToken)
    {
        var known = shelf.With(wish.Beside);
        var steps = known.Now.Playbooks.Prepend(wish.Playbook).SelectMany(playbook => playbook.Steps).SelectMany(step => step.All).ToList();
        await using var stage = await RehearsalStage.BuildAsync(picture, folder, known, choices, new RehearsalFaults([]), steps, cancellationToken, servers);
        var (run, refusal) = await stage.Gate.Get<RunStarts>().StartAsync(
            new RunWish(wish.Playbook, wish.Inputs, wish.Caller, wish.Door) { Requester = wish.Requester, Request = wish.Request }, cancellationToken);
        if (run is null)
            return (null, refusal);
        var play = new RehearsalPlay(stage);
        var ended = await play.RunAsync(run.Id, cancellationToken);
        return (await RehearsalReports.ReadAsync(stage, play, wish.Playbook, ended, cancellationToken), null);
    }
}
