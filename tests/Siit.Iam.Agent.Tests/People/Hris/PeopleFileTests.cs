using System.Text;
using System.Text.Json;
using Siit.Iam.Agent.People.Hris;
using Siit.Iam.Agent.Tests.Playbooks.Expressions;

namespace Siit.Iam.Agent.Tests.People.Hris;

/// <summary>What becomes of a <c>people.csv</c> that is good, cut, emptied, wrong, or taken while the server dies.</summary>
public sealed class PeopleFileTests
{
    [Fact]
    public async Task FirstFile_KnowsEverybodyAndTellsOnlyWhoBegins()
    {
        await using var world = HrisWorld.Start();

        await world.LeaveAsync([.. world.People(5), ("E9", world.Person(9) with { Start = world.Today.AddDays(5) })]);

        Assert.Equal(["Hired E9"], await world.EventsAsync());
        Assert.Equal((6, 6, 0), ((await world.StatusAsync()).State!.People, (await world.StatusAsync()).State!.Employed, await world.LeftAsync()));
        Assert.Equal("E9", Assert.Single(await world.Desk.ByEmailAsync(" P9@Acme.example", TestContext.Current.CancellationToken)).Key);
        Assert.Equal(5, (await world.Desk.ByManagerAsync(await world.PersonAsync("E1"), TestContext.Current.CancellationToken)).Count);
    }

    [Fact]
    public async Task File_CutAtEveryByte_NobodyLeavesAndNothingIsLost()
    {
        await using var world = HrisWorld.Start();
        var people = world.People(20).ToList();
        await world.LeaveAsync(people);
        var before = await world.PeopleAsync();
        var whole = Encoding.UTF8.GetBytes(PeopleCsv.Write(people.Select(person => (person.EmployeeId, person.Facts with { Title = "New title" }))));

        for (var length = 0; length < whole.Length; length++)
        {
            var content = PeopleCsv.Read(whole.AsSpan(0, length), world.Today);
            // What a text cannot show is given to the book, which looks at who is missing.
            if (content.Refused is null)
                await world.Book.TakeFileAsync(HrisWorld.Hr, $"cut-{length}", content, TestContext.Current.CancellationToken);
        }

        var after = await world.PeopleAsync();
        Assert.Equal(0, await world.LeftAsync());
        Assert.Equal(before.Select(person => person.Facts with { Title = null }), after.Select(person => person.Facts with { Title = null }));
        Assert.All(await world.EventsAsync(), told => Assert.StartsWith("TitleChanged", told, StringComparison.Ordinal));
        // The last cut that looks whole is the one before the last row.
        Assert.Equal(1, after.Count(person => person.MissingSince is not null));
        await world.LeaveAsync(whole);
        Assert.Equal(20, (await world.EventsAsync()).Count);
        Assert.DoesNotContain(await world.PeopleAsync(), person => person.MissingSince is not null);
    }

    [Theory]
    [InlineData("")]
    [InlineData("employee_id,work_email\n")]
    [InlineData("employee_id,work_email\nE1,p1@acme.example\n")]
    public async Task File_Emptied_NobodyLeavesAndItIsSaid(string content)
    {
        await using var world = HrisWorld.Start();
        await world.LeaveAsync(world.People(20));

        await world.LeaveAsync(Encoding.UTF8.GetBytes(content));

        Assert.Equal((0, 20), (await world.LeftAsync(), (await world.PeopleAsync()).Count(person => person.MissingSince is null)));
        Assert.NotNull((await world.StatusAsync()).Trouble);
        Assert.Empty(await world.EventsAsync());
    }

    [Fact]
    public async Task File_EveryEndDateWasYesterday_EverybodyIsHeldAndTheRestGoesOn()
    {
        await using var world = HrisWorld.Start();
        await world.LeaveAsync(world.People(20));

        await world.LeaveAsync(world.People(20).Select(person => (person.EmployeeId, person.Facts with { End = world.Today.AddDays(-1), Department = "Support" })));

        Assert.Equal(0, await world.LeftAsync());
        Assert.Equal(20, (await world.EventsAsync()).Count(told => told.StartsWith("DepartmentChanged", StringComparison.Ordinal)));
        Assert.Equal(20, (await world.EventsAsync()).Count);
        Assert.Equal((HeldKind.Leavers, 20, 20, 3), await world.HeldAsync() is { } held ? (held.Kind, held.Count, held.Employed, held.Limit) : default);
        world.Time.Advance(TimeSpan.FromDays(2));
        await world.LookAsync();
        Assert.Equal(0, await world.LeftAsync());
    }

    [Fact]
    public async Task File_EveryStatusIsLeft_ConfirmedByAPerson_EachHasLeftOnce()
    {
        await using var world = HrisWorld.Start();
        await world.LeaveAsync(world.People(20));
        await world.LeaveAsync(world.People(20).Select(person => (person.EmployeeId, person.Facts with { Status = EmploymentStatus.Left })));
        var held = await world.HeldAsync();

        Assert.Null(await world.Book.DecideAsync(held!.Id, confirm: true, "ap_rita", TestContext.Current.CancellationToken));

        Assert.Equal(Enumerable.Range(1, 20).Select(number => $"Left E{number}").Order(), (await world.EventsAsync()).Order());
        Assert.Equal((20, 0), (await world.LeftAsync(), (await world.StatusAsync()).State!.Employed));
        Assert.NotNull(await world.Book.DecideAsync(held.Id, confirm: true, "ap_rita", TestContext.Current.CancellationToken));
        Assert.Equal(["hris.read", "hris.held", "hris.read", "hris.decided"], world.Audit().Select(entry => entry.Kind));
        Assert.DoesNotContain(world.Audit(), entry => entry.Data!.ToJsonString().Contains("acme.example", StringComparison.Ordinal));
    }

    [Fact]
    public async Task HeldBatch_Dropped_TheSameFileChangesNothingAndAnotherWordCounts()
    {
        await using var world = HrisWorld.Start();
        await world.LeaveAsync(world.People(20));
        await world.LeaveAsync(world.People(20).Select(person => (person.EmployeeId, person.Facts with { Status = EmploymentStatus.Left })));
        await world.Book.DecideAsync((await world.HeldAsync())!.Id, confirm: false, "ap_rita", TestContext.Current.CancellationToken);

        await world.LeaveAsync(world.People(20).Select(person => (person.EmployeeId, person.Facts with { Status = EmploymentStatus.Left, Title = "New" })));

        Assert.Equal((0, null), (await world.LeftAsync(), await world.HeldAsync()));
        await world.LeaveAsync(world.People(20).Select((person, place) => (person.EmployeeId, person.Facts with { Title = "New", End = place == 0 ? world.Today.AddDays(9) : null })));
        Assert.Equal(["EndDateSet E1"], (await world.EventsAsync()).Where(told => !told.StartsWith("Title", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task HeldBatch_TheHrisCorrectsItself_NothingWaitsAnyMore()
    {
        await using var world = HrisWorld.Start();
        await world.LeaveAsync(world.People(20));
        await world.LeaveAsync(world.People(20).Select(person => (person.EmployeeId, person.Facts with { End = world.Today })));
        Assert.NotNull(await world.HeldAsync());

        await world.LeaveAsync(world.People(20));

        Assert.Null(await world.HeldAsync());
        Assert.Empty(await world.EventsAsync());
        Assert.All(await world.PeopleAsync(), person => Assert.Null(person.Held));
    }

    /// <summary>Employed, leavers in one file, whether they go through: three, or two of a hundred, whichever is more.</summary>
    [Theory]
    [InlineData(20, 3, true)]
    [InlineData(20, 4, false)]
    [InlineData(250, 5, true)]
    [InlineData(250, 6, false)]
    public async Task Leavers_AtTheLimit_GoThroughAndPastItWait(int employed, int leavers, bool through)
    {
        await using var world = HrisWorld.Start();
        await world.LeaveAsync(world.People(employed));

        await world.LeaveAsync(Leaving(world, employed, leavers));

        Assert.Equal(through ? leavers : 0, await world.LeftAsync());
        Assert.Equal(through, await world.HeldAsync() is null);
    }

    [Fact]
    public async Task Leavers_FileAfterFile_AreCountedForTheDay()
    {
        await using var world = HrisWorld.Start();
        await world.LeaveAsync(world.People(20));
        await world.LeaveAsync(Leaving(world, 20, 2));

        await world.LeaveAsync(Leaving(world, 20, 4));

        Assert.Equal(2, await world.LeftAsync());
        Assert.Equal(2, (await world.HeldAsync())!.Count);
        // What waits holds back what comes later, on another day as well: it may be the rest of the same mistake.
        world.Time.Advance(TimeSpan.FromDays(1));
        await world.LeaveAsync(Leaving(world, 20, 5));
        Assert.Equal(2, await world.LeftAsync());
        Assert.Equal(3, (await world.Desk.HeldPeopleAsync((await world.HeldAsync())!.Id, TestContext.Current.CancellationToken)).Count);
    }

    [Fact]
    public async Task Leavers_AnotherDay_AreCountedAnew()
    {
        await using var world = HrisWorld.Start();
        await world.LeaveAsync(world.People(20));
        await world.LeaveAsync(Leaving(world, 20, 3));
        world.Time.Advance(TimeSpan.FromDays(1));

        await world.LeaveAsync(Leaving(world, 20, 6));

        Assert.Equal((6, null), (await world.LeftAsync(), await world.HeldAsync()));
    }

    [Fact]
    public async Task Rows_Missing_NeverMeansLeft()
    {
        await using var world = HrisWorld.Start();
        await world.LeaveAsync(world.People(20));

        for (var left = 17; left > 0; left -= 3)
            await world.LeaveAsync(world.People(left));

        Assert.Equal((0, 20), (await world.LeftAsync(), (await world.StatusAsync()).State!.Employed));
        Assert.Equal(18, (await world.StatusAsync()).State!.Missing);
        Assert.Empty(await world.EventsAsync());
    }

    [Fact]
    public async Task File_ManyRowsMissing_WaitsAndIsTakenWhenAPersonSaysSo()
    {
        await using var world = HrisWorld.Start();
        await world.LeaveAsync(world.People(20));
        var fewer = world.People(10).Select(person => (person.EmployeeId, person.Facts with { Title = "New" })).ToList();

        await world.LeaveAsync(fewer);

        Assert.Equal((HeldKind.FewerPeople, 10), await world.HeldAsync() is { } held ? (held.Kind, held.Count) : default);
        Assert.Empty(await world.EventsAsync());
        await world.Book.DecideAsync((await world.HeldAsync())!.Id, confirm: true, "ap_rita", TestContext.Current.CancellationToken);
        await world.LookAsync();
        Assert.Equal((10, 0, 10), ((await world.EventsAsync()).Count, await world.LeftAsync(), (await world.StatusAsync()).State!.Missing));
        Assert.Null((await world.StatusAsync()).Trouble);
    }

    [Fact]
    public async Task File_ManyRowsMissing_RefusedByAPerson_IsNotLookedAtAgain()
    {
        await using var world = HrisWorld.Start();
        await world.LeaveAsync(world.People(20));
        await world.LeaveAsync(world.People(10));
        await world.Book.DecideAsync((await world.HeldAsync())!.Id, confirm: false, "ap_rita", TestContext.Current.CancellationToken);

        await world.RestartAsync();
        await world.LookAsync();
        world.Time.Advance(TimeSpan.FromMinutes(1));
        await world.LookAsync();

        Assert.Null(await world.HeldAsync());
        Assert.Equal("An approver has refused this file; it is not looked at again.", (await world.StatusAsync()).Trouble);
    }

    [Fact]
    public async Task EndDate_Passes_ThePersonHasLeftTheDayAfterOnce()
    {
        await using var world = HrisWorld.Start();
        await world.LeaveAsync(world.People(3));
        await world.LeaveAsync(("E1", world.Person(1)), ("E2", world.Person(2) with { End = world.Today.AddDays(2) }), ("E3", world.Person(3)));
        Assert.Equal(["EndDateSet E2"], await world.EventsAsync());

        for (var day = 1; day <= 2; day++)
        {
            world.Time.Advance(TimeSpan.FromDays(1));
            await world.LookAsync();
            Assert.Equal(0, await world.LeftAsync());
        }

        world.Time.Advance(TimeSpan.FromDays(1));
        await world.LookAsync();
        await world.RestartAsync();
        await world.LookAsync();

        Assert.Equal(["EndDateSet E2", "Left E2"], await world.EventsAsync());
    }

    [Fact]
    public async Task BadRow_ThePersonStaysAsTheyWereAndIsNotMissing()
    {
        await using var world = HrisWorld.Start();
        await world.LeaveAsync(world.People(3));

        await world.LeaveAsync("employee_id,work_email,title\nE1,p1@acme.example,New\nE2,not an address,New\nE3,p3@acme.example,New\n"u8.ToArray());

        Assert.Equal(["TitleChanged E1", "TitleChanged E3"], await world.EventsAsync());
        Assert.True(await world.PersonAsync("E2") is { MissingSince: null, Facts.Title: "Account Executive" });
        Assert.Equal(["line 3: work_email is no email address."], (await world.StatusAsync()).State!.Problems);
        // Columns that the file does not have leave what is known.
        Assert.Equal("Sales", (await world.PersonAsync("E1")).Facts.Department);
    }

    [Fact]
    public async Task File_StillBeingWritten_IsNotReadBeforeItLiesStill()
    {
        await using var world = HrisWorld.Start();
        var whole = PeopleCsv.Write(world.People(5));
        for (var length = 200; length < whole.Length; length += 100)
        {
            await File.WriteAllTextAsync(world.File, whole[..length], TestContext.Current.CancellationToken);
            world.Time.Advance(TimeSpan.FromSeconds(9));
            await world.LookAsync();
        }

        Assert.Empty(await world.PeopleAsync());
        await world.LeaveAsync(world.People(5));
        Assert.Equal(5, (await world.PeopleAsync()).Count);
    }

    [Fact]
    public async Task File_HashBesideIsAnotherOnes_Waits()
    {
        await using var world = HrisWorld.Start();
        var whole = Encoding.UTF8.GetBytes(PeopleCsv.Write(world.People(5)));
        var hash = Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(whole));
        await File.WriteAllTextAsync(world.File + ".sha256", $"{hash}  people.csv\n", TestContext.Current.CancellationToken);

        await world.LeaveAsync(world.People(4));
        Assert.Empty(await world.PeopleAsync());
        Assert.Contains("is not the file whose hash stands in", (await world.StatusAsync()).Trouble, StringComparison.Ordinal);

        await world.LeaveAsync(whole);
        Assert.Equal(5, (await world.PeopleAsync()).Count);
        Assert.Null((await world.StatusAsync()).Trouble);
    }

    [Fact]
    public async Task File_NaughtyStrings_AreKeptAndReadAgainAsTheyWere()
    {
        var file = CelConformanceTests.SharedData("blns.json");
        Assert.SkipWhen(file is null, "blns.json is not beside the repository (../shared/data/blns.json).");
        await using var world = HrisWorld.Start();
        var naughty = JsonSerializer.Deserialize<string[]>(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken))!;
        var people = naughty.SelectMany((text, place) => new[]
        {
            ($"A{place}", world.Person(place) with { FirstName = text, Title = text, Manager = text }),
            (text, world.Person(10_000 + place)),
            ($"C{place}", new HrisFacts { WorkEmail = text }),
        }).ToList();

        await world.LeaveAsync(people);
        var counted = (await world.StatusAsync()).State!;
        await world.LeaveAsync([.. people, ("Z", world.Person(99_999))]);

        Assert.Equal(people.Count, counted.Rows + counted.BadRows);
        Assert.Equal(counted.People + 1, (await world.StatusAsync()).State!.People);
        // Nothing of them is news the second time: they were read as they had been kept.
        Assert.Empty(await world.EventsAsync());
    }

    /// <summary>Killed before and after each thing that is made durable: in the end everything is there, and each event once.</summary>
    [Fact]
    public async Task File_TheServerDiesAnywhere_EachEventIsThereOnce()
    {
        for (var point = 0; ; point++)
        {
            await using var world = HrisWorld.Start();
            await world.LeaveAsync(world.People(60));
            var next = world.People(60).Select((person, place) => (person.EmployeeId, person.Facts with
            {
                Department = "Support",
                Title = "New",
                End = place < 10 ? world.Today.AddDays(-1) : null,
            })).ToList();
            world.Crash.Arm(point);
            await world.LeaveAsync(next);
            var crashed = world.Crash.Dead;

            await world.RestartAsync();
            await world.LookAsync();
            world.Time.Advance(TimeSpan.FromMinutes(1));
            await world.LookAsync();

            Assert.Equal(0, await world.LeftAsync());
            var held = await world.HeldAsync();
            world.Crash.Arm(point % 8);
            try
            {
                await world.Book.DecideAsync(held!.Id, confirm: true, "ap_rita", TestContext.Current.CancellationToken);
            }
            catch (Exception gone) when (world.Crash.Dead && gone is not Xunit.Sdk.IAssertionException)
            {
                // Seen by nobody: the process is gone.
            }

            await world.RestartAsync();
            if (await world.HeldAsync() is { } still)
                await world.Book.DecideAsync(still.Id, confirm: true, "ap_rita", TestContext.Current.CancellationToken);
            await world.LookAsync();

            var events = await world.EventsAsync();
            Assert.Equal(events.Count, events.Distinct().Count());
            Assert.Equal((60, 60, 10, 10), (Count("Department"), Count("Title"), Count("EndDateSet"), Count("Left")));
            Assert.Equal((140, 50), (events.Count, (await world.StatusAsync()).State!.Employed));
            Assert.Equal(Enumerable.Range(1, 140), (await world.Desk.EventsAfterAsync(null, 1000, TestContext.Current.CancellationToken)).Select(told => int.Parse(told.Id, System.Globalization.CultureInfo.InvariantCulture)));
            if (!crashed)
                break;

            int Count(string kind) => events.Count(told => told.StartsWith(kind, StringComparison.Ordinal));
        }
    }

    private static IEnumerable<(string EmployeeId, HrisFacts Facts)> Leaving(HrisWorld world, int employed, int leavers) =>
        world.People(employed).Select((person, place) => (person.EmployeeId, place < leavers ? person.Facts with { Status = EmploymentStatus.Left } : person.Facts));
}
