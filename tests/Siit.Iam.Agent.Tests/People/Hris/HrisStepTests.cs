using Siit.Iam.Agent.People.Hris;

namespace Siit.Iam.Agent.Tests.People.Hris;

public sealed class HrisStepTests
{
    private static readonly DateOnly Today = new(2026, 11, 25);

    /// <summary>Was end and status, said end and status; - is none. What may end or give back an employment is counted, the rest is not.</summary>
    [Theory]
    [InlineData("-", "active", "2026-12-31", "active", true)]
    [InlineData("2026-12-31", "active", "2026-12-30", "active", true)]
    [InlineData("2026-12-31", "active", "2027-01-31", "active", false)]
    [InlineData("2026-12-31", "active", "-", "active", false)]
    [InlineData("-", "active", "-", "left", true)]
    [InlineData("-", "active", "2026-11-24", "active", true)]
    [InlineData("2026-12-31", "active", "2026-12-31", "left", true)]
    [InlineData("-", "active", "-", "onleave", false)]
    [InlineData("2026-01-31", "active", "2026-01-30", "active", false)]
    [InlineData("2026-01-31", "active", "2026-01-31", "left", false)]
    [InlineData("2026-01-31", "active", "-", "active", true)]
    [InlineData("-", "left", "-", "active", true)]
    [InlineData("-", "left", "2026-01-31", "active", false)]
    [InlineData("-", "active", "-", "active", false)]
    public void IsLeaver_KnownPerson_IsWhoWouldEndOrReturn(string end, string status, string saidEnd, string saidStatus, bool counts)
    {
        var before = Person(LeavingOf(end, status));

        Assert.Equal(counts, HrisStep.IsLeaver(before, LeavingOf(saidEnd, saidStatus), Today));
    }

    [Theory]
    [InlineData("-", "active", false)]
    [InlineData("2026-12-31", "active", true)]
    [InlineData("2026-11-25", "active", true)]
    [InlineData("2026-11-24", "active", false)]
    [InlineData("-", "left", false)]
    public void IsLeaver_NewPerson_IsWhoseEndWillCome(string end, string status, bool counts) =>
        Assert.Equal(counts, HrisStep.IsLeaver(null, LeavingOf(end, status), Today));

    /// <summary>Start, backfill, whether it is news that somebody was hired.</summary>
    [Theory]
    [InlineData("2026-11-30", true, true)]
    [InlineData("2026-11-25", true, true)]
    [InlineData("2026-11-24", true, false)]
    [InlineData("-", true, false)]
    [InlineData("2026-11-24", false, true)]
    [InlineData("2026-10-26", false, true)]
    [InlineData("2026-10-25", false, false)]
    [InlineData("-", false, true)]
    public void Of_NewPerson_IsHiredWhenTheyBegin(string start, bool backfill, bool hired)
    {
        var said = Person(Leaving.None);
        said = said with { Facts = said.Facts with { Start = Date(start) } };

        var step = HrisStep.Of(null, said, null, backfill, Today);

        Assert.Equal(hired, step.News.Any(news => news.Kind == HrisEventKind.Hired));
    }

    [Fact]
    public void Of_EverythingChanges_TellsEachWithBeforeAndAfter()
    {
        var before = HrisStep.Of(null, Person(Leaving.None), null, false, Today).Next;
        var said = before with
        {
            Facts = before.Facts with
            {
                Department = "Support",
                Title = "Lead",
                Manager = "E9",
                Location = "Porto",
                Start = new DateOnly(2026, 2, 1),
                End = new DateOnly(2026, 11, 24),
                CostCenter = "untold",
            },
        };

        var step = HrisStep.Of(before, said, null, false, Today);

        Assert.Equal(
            [
                new HrisNews(HrisEventKind.StartDateSet, null, "2026-02-01"), new HrisNews(HrisEventKind.EndDateSet, null, "2026-11-24"),
                new HrisNews(HrisEventKind.DepartmentChanged, "Sales", "Support"), new HrisNews(HrisEventKind.TitleChanged, null, "Lead"),
                new HrisNews(HrisEventKind.ManagerChanged, null, "E9"), new HrisNews(HrisEventKind.LocationChanged, null, "Porto"),
                new HrisNews(HrisEventKind.Left, null, "2026-11-24"),
            ],
            step.News);
        Assert.Same(step.Next, HrisStep.Of(step.Next, said with { ReadAt = DateTimeOffset.MaxValue }, null, false, Today).Next);
    }

    [Fact]
    public void Of_HeldLeaving_TheRestIsFollowedAndTheLeavingIsNotUntilItIsConfirmed()
    {
        var before = HrisStep.Of(null, Person(Leaving.None), null, false, Today).Next;
        var said = before with { Facts = before.Facts with { Department = "Support", Status = EmploymentStatus.Left } };

        var held = HrisStep.Of(before, said, "held_1", false, Today);
        var again = HrisStep.Of(held.Next, said, "held_2", false, Today);
        var confirmed = HrisStep.Confirmed(again.Next, Today);

        Assert.Equal([HrisEventKind.DepartmentChanged], held.News.Select(news => news.Kind));
        Assert.Equal((false, "Support", EmploymentStatus.Left), (held.Next.HasLeft, held.Next.Facts.Department, held.Next.Said.Status));
        Assert.Same(held.Next, again.Next);
        Assert.Equal([HrisEventKind.Left], confirmed.News.Select(news => news.Kind));
        Assert.True(confirmed.Next is { HasLeft: true, Held: null });
    }

    [Fact]
    public void Of_DroppedLeaving_IsNotFollowedUntilTheHrisSaysSomethingElse()
    {
        var before = HrisStep.Of(null, Person(Leaving.None), null, false, Today).Next;
        var said = before with { Facts = before.Facts with { Status = EmploymentStatus.Left } };
        var dropped = HrisStep.Dropped(HrisStep.Of(before, said, "held_1", false, Today).Next, Today).Next;

        var sameAgain = HrisStep.Of(dropped, said, null, false, Today);
        var corrected = HrisStep.Of(dropped, before, null, false, Today);

        Assert.Same(dropped, sameAgain.Next);
        Assert.False(dropped.Keys.ContainsKey("held"));
        Assert.True(corrected.Next is { HasLeft: false, Held: null });
        Assert.Empty(corrected.News);
    }

    private static HrisPerson Person(Leaving leaving) => new()
    {
        Id = "hr:E1",
        Source = "hr",
        Key = "E1",
        Feed = HrisFeed.Csv,
        Facts = new HrisFacts { WorkEmail = "ana@acme.example", Department = "Sales" }.With(leaving),
        HasLeft = leaving.IsOver(Today),
        ReadAt = DateTimeOffset.UnixEpoch,
    };

    private static Leaving LeavingOf(string end, string status) => new(Enum.Parse<EmploymentStatus>(status, ignoreCase: true), Date(end));

    private static DateOnly? Date(string text) => text == "-" ? null : DateOnly.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
