using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.People.Copy;

namespace Siit.Iam.Agent.People.Events;

/// <summary>What is known when something new is learnt about one connection.</summary>
internal sealed record EventKnowledge
{
    public required string Connection { get; init; }

    public required DirectoryTraits Traits { get; init; }

    public required DateTimeOffset Now { get; init; }

    /// <summary>Whether a vendor's event was told already.</summary>
    public required Func<string, bool> WasTold { get; init; }

    /// <summary>Events of an account of this connection that may still be told again or explain a difference, oldest first.</summary>
    public required Func<string, IReadOnlyList<LifecycleEvent>> Recent { get; init; }

    public required IReadOnlyList<ExpectedEvent> Expected { get; init; }

    /// <summary>The log is read to its end, so that what it has not told by now it will not tell.</summary>
    public required bool CaughtUp { get; init; }
}

/// <summary>What follows from what was learnt. Events have no id yet.</summary>
internal sealed record EventVerdict
{
    public List<LifecycleEvent> New { get; } = [];

    /// <summary>Net changes that a vendor's event has confirmed.</summary>
    public List<LifecycleEvent> Confirmed { get; } = [];

    /// <summary>Vendor's event ids told now, and the position in <see cref="New"/>; -1 when told before as a net change.</summary>
    public List<(string VendorId, int Index)> Told { get; } = [];

    public List<ExpectedEvent> NowExpected { get; } = [];

    public List<ExpectedEvent> NoLongerExpected { get; } = [];
}

/// <summary>
/// Makes each event count once, however it is learnt: from the vendor's log, by comparing states, or both in either order. A source
/// whose log is complete is trusted to tell a difference itself; only what it has not told in time is told as a net change.
/// </summary>
internal static class EventMatching
{
    public static EventVerdict Judge(EventKnowledge known, IReadOnlyList<FeedEvent> log, IReadOnlyList<Difference> differences)
    {
        var verdict = new EventVerdict();
        var expected = known.Expected.ToList();
        foreach (var told in log.DistinctBy(told => told.Id).Where(told => !known.WasTold(told.Id)))
            FromLog(known, told, expected, verdict);
        foreach (var difference in differences)
            FromStates(known, difference, verdict);
        foreach (var missed in expected.Where(expectation => known.CaughtUp && expectation.Until <= known.Now).OrderBy(expectation => expectation.NoticedAt))
        {
            verdict.NoLongerExpected.Add(missed);
            verdict.New.Add(NetChange(known, missed.Kind, missed.Account, missed.Object, missed.Fields, missed.NoticedAt));
        }

        return verdict;
    }

    private static void FromLog(EventKnowledge known, FeedEvent told, List<ExpectedEvent> expected, EventVerdict verdict)
    {
        if (expected.Find(expectation => expectation.Kind == told.Kind && expectation.Account == told.Account && IsSame(expectation.Object, told.Object)) is { } awaited)
        {
            expected.Remove(awaited);
            verdict.NoLongerExpected.Add(awaited);
        }
        else if (known.Recent(told.Account).FirstOrDefault(recent => IsToldBefore(recent, told, verdict)) is { } before)
        {
            verdict.Confirmed.Add(before with { ConfirmedBy = told.Id });
            verdict.Told.Add((told.Id, -1));
            return;
        }

        verdict.Told.Add((told.Id, verdict.New.Count));
        verdict.New.Add(new LifecycleEvent
        {
            Id = "",
            Connection = known.Connection,
            Kind = told.Kind,
            Account = told.Account,
            Login = told.AccountName,
            Object = told.Object,
            ObjectName = told.ObjectName,
            Fields = told.Fields,
            Time = told.Time,
            KnownAt = known.Now,
            Source = EventSource.Log,
            Actor = told.Actor,
        });
    }

    private static bool IsToldBefore(LifecycleEvent recent, FeedEvent told, EventVerdict verdict) =>
        recent.Source == EventSource.NetChange && recent.ConfirmedBy is null
        && recent.Kind == told.Kind && recent.Account == told.Account && IsSame(recent.Object, told.Object)
        && told.Time <= recent.Time && verdict.Confirmed.TrueForAll(confirmed => confirmed.Id != recent.Id);

    private static void FromStates(EventKnowledge known, Difference difference, EventVerdict verdict)
    {
        if (!known.Traits.TellsEvents)
        {
            verdict.New.Add(NetChange(known, difference.Kind, difference.Account, difference.Object, difference.Fields, known.Now));
            return;
        }

        // What the log told after the state before was read, or so shortly before that the state cannot have shown it, explains it.
        var explained = known.Recent(difference.Account).Concat(verdict.New).Any(told =>
            told.Kind == difference.Kind && told.Account == difference.Account && IsSame(told.Object, difference.Object)
            && (difference.Since == DateTimeOffset.MinValue || told.Time > difference.Since - known.Traits.Lag));
        if (explained || IsAwaited(known, difference, verdict))
            return;
        verdict.NowExpected.Add(new ExpectedEvent
        {
            Connection = known.Connection,
            Kind = difference.Kind,
            Account = difference.Account,
            Object = difference.Object,
            Fields = difference.Fields,
            NoticedAt = known.Now,
            Until = known.Now + known.Traits.Lag,
        });
    }

    /// <summary>A log that is replayed over a newer list leads to the same state again: without its opposite in between it is the same change.</summary>
    private static bool IsAwaited(EventKnowledge known, Difference difference, EventVerdict verdict) => difference.Object is not null
        && known.Expected.Concat(verdict.NowExpected).Where(expected => expected.Account == difference.Account && expected.Object == difference.Object)
            .OrderBy(expected => expected.NoticedAt).LastOrDefault()?.Kind == difference.Kind;

    private static LifecycleEvent NetChange(
        EventKnowledge known, LifecycleKind kind, string account, string? thing, IReadOnlyList<string> fields, DateTimeOffset noticed) => new()
        {
            Id = "",
            Connection = known.Connection,
            Kind = kind,
            Account = account,
            Object = thing,
            Fields = fields,
            Time = noticed,
            KnownAt = known.Now,
            Source = EventSource.NetChange,
        };

    // Factors and roles may be named by the log and not by the state.
    private static bool IsSame(string? one, string? other) => one is null || other is null || one == other;
}
