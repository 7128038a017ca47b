using Siit.Iam.Agent.Gate.Rules;
using Siit.Iam.Agent.Gate.Standing;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Gate;

/// <param name="Quorums">With everybody who could take a seat by standing, and the fallbacks where nobody could.</param>
/// <param name="Impossible">Why nobody could approve this at all; null when somebody could.</param>
/// <param name="Able">Approvers who may decide on it: everybody where everybody was asked for, else at least as many as it takes.</param>
internal sealed record Seated(IReadOnlyList<Quorum> Quorums, Refusal? Impossible, IReadOnlyList<ApproverRecord> Able);

/// <summary>Who could take the seats of a call, and whether those who have taken them still may. Everything is read anew each time.</summary>
internal sealed class Seating(IStore store, Parties parties, Identities identities, IStanding standing, GateOptions options)
{
    /// <summary>Fills in who could take which seat now.</summary>
    /// <param name="everybody">Tells all who may decide, and not only whether enough may: looking at each takes its time.</param>
    public async Task<Seated> ResolveAsync(CallRecord call, IReadOnlyList<Quorum> quorums, string rule, CancellationToken cancellationToken, bool everybody = false)
    {
        if (quorums.Any(quorum => quorum.Seats.Count == 0))
            return new Seated(quorums, new Refusal("not_approvable", $"Nobody can approve this: {rule}. The administrator of this server can change that."), []);
        // Who takes a seat by standing has to be looked for among all.
        var all = everybody || quorums.Any(quorum => quorum.Seats.Any(seat => seat.Source is not (SeatSource.Any or SeatSource.Group)));
        var able = await AbleAsync(call, found => !all && quorums.All(quorum => quorum.IsFilledBy(Takers(found))), cancellationToken);
        var whys = new Dictionary<Seat, string>();
        var resolved = new List<Quorum>();
        foreach (var quorum in quorums)
        {
            var seats = new List<Seat>();
            foreach (var seat in quorum.Seats)
            {
                var (found, why) = await ResolveAsync(seat, able, cancellationToken);
                seats.Add(found);
                if (why is not null)
                    whys[found] = why;
            }

            resolved.Add(quorum with { Seats = seats });
        }

        var takers = Takers(able);
        return new Seated(resolved, resolved.Find(quorum => !quorum.IsFilledBy(takers)) is { } open ? Nobody(open, takers, whys) : null, able);
    }

    /// <summary>
    /// Whether the decisions still fill these seats: by approvers who are registered, in the groups they decided as, no party of the
    /// call, distinct people; and by standing that was just read.
    /// </summary>
    public async Task<bool> HoldsAsync(CallRecord call, ApprovalPart approval, IReadOnlyList<Quorum> quorums, Escalation? escalation, CancellationToken cancellationToken)
    {
        if (approval.Revoked is not null)
            return false;
        var involved = await parties.OfAsync(call, cancellationToken);
        var takers = new List<SeatTaker>();
        var seated = new List<PersonIdentity>();
        foreach (var decision in approval.Decisions.Where(decision => decision.Approved))
        {
            if (await store.GetAsync<ApproverRecord>(decision.Approver, cancellationToken) is not { } approver || HasEnded(approver))
                continue;
            var who = await IdentityAsync(approver, cancellationToken);
            if (Separation.Excludes(approver, who, involved, seated) is not null)
                continue;
            seated.Add(who);
            takers.Add(new SeatTaker(approver.Id, [.. approver.Groups.Intersect(decision.Groups, StringComparer.Ordinal)], EscalatedTo(escalation, decision.At)));
        }

        return quorums.All(quorum => quorum.IsFilledBy(takers));
    }

    /// <summary>Everybody whose decision would count now.</summary>
    public async Task<IReadOnlyList<ApproverRecord>> CouldDecideAsync(CallRecord call, DateTimeOffset now, CancellationToken cancellationToken)
    {
        // The same for everybody: who is concerned, and who has decided.
        var (involved, seated) = (await parties.OfAsync(call, cancellationToken), await SeatedAsync(call, cancellationToken));
        var could = new List<ApproverRecord>();
        foreach (var approver in await store.ListAsync<ApproverRecord>(1000, cancellationToken: cancellationToken))
        {
            if (approver.IsActive && await RefusalAsync(call, approver, involved, seated, now, cancellationToken) is null)
                could.Add(approver);
        }

        return could;
    }

    /// <summary>Why this approver cannot decide on the call as it stands; null when he can.</summary>
    public async Task<Refusal?> RefusalAsync(CallRecord call, ApproverRecord approver, DateTimeOffset now, CancellationToken cancellationToken) =>
        await RefusalAsync(call, approver, await parties.OfAsync(call, cancellationToken), await SeatedAsync(call, cancellationToken), now, cancellationToken);

    private async Task<Refusal?> RefusalAsync(
        CallRecord call, ApproverRecord approver, IReadOnlyList<Party> involved, IReadOnlyList<PersonIdentity> seated, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (approver.IsActive && HasEnded(approver))
            return new Refusal("not_an_approver", $"The account {approver.Account} of {approver.Email} is suspended or gone.");
        if (Separation.Excludes(approver, await IdentityAsync(approver, cancellationToken), involved, seated) is { } excluded)
            return excluded;
        var before = Takers(call);
        List<SeatTaker> with = [.. before, new SeatTaker(approver.Id, approver.Groups, EscalatedTo(call.Card!.Escalates, now))];
        return ApprovalRules.QuorumsOf(call).Any(quorum => quorum.FilledBy(with) > quorum.FilledBy(before))
            ? null
            : new Refusal("no_seat", before.Count > 0 && call.Card.Quorums.All(quorum => quorum.Seats.All(seat => seat.Source == SeatSource.Any))
                ? "The other approver must come from another group."
                : $"There is no seat for {approver.Email}: it needs {ApprovalRules.Word(call)}.");
    }

    /// <summary>Whether everything is filled by the decisions as they were given.</summary>
    public static bool IsComplete(CallRecord call) => IsFilled(call, ApprovalRules.QuorumsOf(call));

    /// <summary>Whether these are filled by the decisions as they were given.</summary>
    public static bool IsFilled(CallRecord call, IReadOnlyList<Quorum> quorums) => Takers(call) is var takers && quorums.All(quorum => quorum.IsFilledBy(takers));

    /// <summary>Those who have decided, as persons; also who was removed since.</summary>
    private async Task<List<PersonIdentity>> SeatedAsync(CallRecord call, CancellationToken cancellationToken)
    {
        var seated = new List<PersonIdentity>();
        foreach (var decision in call.Approval!.Decisions)
            seated.Add(await store.GetAsync<ApproverRecord>(decision.Approver, cancellationToken) is { } other ? await IdentityAsync(other, cancellationToken) : await identities.OfAsync([decision.Email], [], cancellationToken));
        return seated;
    }

    private static List<SeatTaker> Takers(CallRecord call) =>
        [.. call.Approval!.Decisions.Where(decision => decision.Approved).Select(decision => new SeatTaker(decision.Approver, decision.Groups, EscalatedTo(call.Card?.Escalates, decision.At)))];

    private static string? EscalatedTo(Escalation? escalation, DateTimeOffset at) => escalation is not null && at >= escalation.At ? escalation.To : null;

    private List<SeatTaker> Takers(List<ApproverRecord> able) => able.ConvertAll(approver => new SeatTaker(approver.Id, approver.Groups, options.EscalateTo));

    /// <param name="enough">No more have to be found.</param>
    private async Task<List<ApproverRecord>> AbleAsync(CallRecord call, Func<List<ApproverRecord>, bool> enough, CancellationToken cancellationToken)
    {
        var involved = await parties.OfAsync(call, cancellationToken);
        var able = new List<ApproverRecord>();
        foreach (var approver in await store.ListAsync<ApproverRecord>(1000, cancellationToken: cancellationToken))
        {
            if (!HasEnded(approver) && Separation.Excludes(approver, await IdentityAsync(approver, cancellationToken), involved, []) is null)
            {
                able.Add(approver);
                if (enough(able))
                    break;
            }
        }

        return able;
    }

    private async Task<(Seat Seat, string? Why)> ResolveAsync(Seat seat, List<ApproverRecord> able, CancellationToken cancellationToken)
    {
        if (seat.Source is SeatSource.Any or SeatSource.Group)
            return (seat, null);
        var found = await FindAsync(seat, cancellationToken);
        IReadOnlyList<string> holders = [.. able.Where(approver => approver.Account is { } account && found.Holders.Contains(account)).Select(approver => approver.Id)];
        var why = holders.Count > 0 ? null : found.Why ?? "no approver who may decide on this is that";
        return (seat with { Holders = holders, FallsBack = seat.Fallback is null ? null : why }, why);
    }

    private Task<StandingFound> FindAsync(Seat seat, CancellationToken cancellationToken) => (seat.Source, seat.About?.Split(':', 3)) switch
    {
        (SeatSource.Manager, not null) => standing.ManagerOfAsync(seat.About!, cancellationToken),
        (SeatSource.Owner, [var connection, var kind, var id]) => standing.OwnersOfAsync(connection, kind == "application", id, seat.AboutName ?? id, cancellationToken),
        (SeatSource.Manager, _) => Task.FromResult(StandingFound.Nobody("the call is about no person")),
        _ => Task.FromResult(StandingFound.Nobody("the call is about no group or application")),
    };

    private static Refusal Nobody(Quorum open, List<SeatTaker> able, Dictionary<Seat, string> whys)
    {
        var empty = open.NobodyFor(able).ToList();
        var told = empty.Count == 0 || open.Seats.All(seat => seat.Source == SeatSource.Any) ? "" : " Nobody could take this seat: "
            + string.Join("; ", empty.Select(seat => $"{seat.Word()}{(seat.FallsBack is null && whys.TryGetValue(seat, out var why) ? $" ({why})" : "")}")) + ".";
        return new Refusal("no_approver",
            $"Nobody could approve this: it needs {open.Word()} ({open.Rule}), other than the requester, the target and the caller's operator.{told} Enrol approvers with siit-iam approvers add.");
    }

    private bool HasEnded(ApproverRecord approver) => !approver.IsActive || (approver.Account is { } account && standing.IsEnded(account));

    private Task<PersonIdentity> IdentityAsync(ApproverRecord approver, CancellationToken cancellationToken) =>
        identities.OfAsync(approver.AlsoKnownAs.Prepend(approver.Email), [approver.Account], cancellationToken);
}
