namespace Siit.Iam.Agent.People.Hris;

/// <summary>One event that a change means, before it has a number.</summary>
internal sealed record HrisNews(HrisEventKind Kind, string? Before = null, string? After = null);

/// <summary>From what is in force to what the HRIS says now: the next record and its news. Pure.</summary>
/// <param name="Next">To be stored; the same instance as before when nothing is new.</param>
internal sealed record HrisStep(HrisPerson Next, IReadOnlyList<HrisNews> News)
{
    /// <summary>Whoever began longer ago than this was not hired just now: the HRIS has only begun to tell.</summary>
    private const int LatelyDays = 30;

    /// <summary>
    /// Whether what is said would newly end, or give back, somebody's employment: an end date that is new or earlier, a leaver,
    /// a return. What was said before, held or not, is not new. Who had left before we first heard of them is history.
    /// </summary>
    public static bool IsLeaver(HrisPerson? before, Leaving said, DateOnly today)
    {
        if (before is null)
            return said.End is not null && !said.IsOver(today);
        if (said == before.Said.Leaving || said == before.Facts.Leaving)
            return false;
        if (before.HasLeft || said.IsOver(today))
            return before.HasLeft != said.IsOver(today);
        return said.End is { } end && (before.Facts.End is not { } known || end < known);
    }

    /// <param name="before">As stored; null for somebody new.</param>
    /// <param name="said">What the HRIS says now, in a record as it would be if all of it were followed.</param>
    /// <param name="hold">The batch that new leavings wait in; null when they go through.</param>
    /// <param name="backfill">The HRIS tells everything for the first time: only who begins today or later is hired.</param>
    public static HrisStep Of(HrisPerson? before, HrisPerson said, string? hold, bool backfill, DateOnly today)
    {
        var wanted = said.Facts;
        var next = said with
        {
            Version = before?.Version ?? 0,
            Held = null,
            PrivateEmailSince = Since(before?.Facts.PrivateEmail, wanted.PrivateEmail, before?.PrivateEmailSince, said.ReadAt),
            PrivatePhoneSince = Since(before?.Facts.PrivatePhone, wanted.PrivatePhone, before?.PrivatePhoneSince, said.ReadAt),
        };
        if (before?.Held is { } held && wanted.Leaving == held.Leaving)
            next = next with { Facts = wanted.With(before.Facts.Leaving), Held = held };
        else if (hold is not null && IsLeaver(before, wanted.Leaving, today))
            next = next with { Facts = wanted.With(before?.Facts.Leaving ?? Leaving.None), Held = new HeldLeaving(wanted.Leaving, hold) };
        return Finish(before, next, backfill, today);
    }

    /// <summary>A person has let the held leaving through.</summary>
    public static HrisStep Confirmed(HrisPerson before, DateOnly today) => Finish(before, before with { Facts = before.Said, Held = null }, false, today);

    /// <summary>A person has refused it: what was in force stays so until the HRIS says something else.</summary>
    public static HrisStep Dropped(HrisPerson before, DateOnly today) => Finish(before, before with { Held = before.Held! with { Refused = true } }, false, today);

    /// <summary>A day has begun: whoever had their last day yesterday has left.</summary>
    public static HrisStep NewDay(HrisPerson before, DateOnly today) => Finish(before, before, false, today);

    private static DateTimeOffset? Since(string? was, string? now, DateTimeOffset? since, DateTimeOffset readAt) =>
        now is null ? null : was == now ? since : readAt;

    private static HrisStep Finish(HrisPerson? before, HrisPerson next, bool backfill, DateOnly today)
    {
        next = next with { HasLeft = next.Facts.Leaving.IsOver(today) };
        if (before is null)
            return new HrisStep(next, IsHired(next, backfill, today) ? [new HrisNews(HrisEventKind.Hired, null, Text(next.Facts.Start))] : []);
        // When it was read says nothing by itself.
        return next with { ReadAt = before.ReadAt } == before ? new HrisStep(before, []) : new HrisStep(next, [.. Compare(before, next)]);
    }

    private static bool IsHired(HrisPerson person, bool backfill, DateOnly today) => !person.HasLeft
        && (backfill ? person.Facts.Start >= today : person.Facts.Start is not { } start || start >= today.AddDays(-LatelyDays));

    private static IEnumerable<HrisNews> Compare(HrisPerson before, HrisPerson after)
    {
        var (was, now) = (before.Facts, after.Facts);
        if (was.Start != now.Start)
            yield return Dates(was.Start, now.Start, HrisEventKind.StartDateSet, HrisEventKind.StartDateMoved, HrisEventKind.StartDateRemoved);
        if (was.End != now.End)
            yield return Dates(was.End, now.End, HrisEventKind.EndDateSet, HrisEventKind.EndDateMoved, HrisEventKind.EndDateRemoved);
        if (was.Department != now.Department)
            yield return new HrisNews(HrisEventKind.DepartmentChanged, was.Department, now.Department);
        if (was.Title != now.Title)
            yield return new HrisNews(HrisEventKind.TitleChanged, was.Title, now.Title);
        if (was.Manager != now.Manager)
            yield return new HrisNews(HrisEventKind.ManagerChanged, was.Manager, now.Manager);
        if (was.Location != now.Location)
            yield return new HrisNews(HrisEventKind.LocationChanged, was.Location, now.Location);
        if (before.HasLeft != after.HasLeft)
            yield return new HrisNews(after.HasLeft ? HrisEventKind.Left : HrisEventKind.Returned, null, Text(now.End));
    }

    private static HrisNews Dates(DateOnly? was, DateOnly? now, HrisEventKind set, HrisEventKind moved, HrisEventKind removed) =>
        new(was is null ? set : now is null ? removed : moved, Text(was), Text(now));

    private static string? Text(DateOnly? date) => date is { } day ? HrisText.Date(day) : null;
}
