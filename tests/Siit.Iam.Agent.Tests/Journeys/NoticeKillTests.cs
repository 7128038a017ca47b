using Siit.Iam.Agent.Tests.Journeys.NoticeKills;
using Siit.Iam.Agent.Tests.Support;
using Siit.Iam.Emulator.Mail;

namespace Siit.Iam.Agent.Tests.Journeys;

/// <summary>
/// The real server is killed (kill -9) around the moments in which mails leave it. The mailbox lives on and knows what came: for a call
/// that was acknowledged never nothing, and whatever came twice came under one Message-ID. <c>SIIT_IAM_NOTICE_KILLS</c> says how many
/// kills (default 3), <c>SIIT_IAM_NOTICE_KILLS_SEED</c> which moments.
/// </summary>
public sealed class NoticeKillTests
{
    [Fact]
    public async Task Serve_KilledBeforeItCouldSend_SendsOnceAfterwards()
    {
        await using var world = await NoticeKillWorld.StartAsync();
        world.Mailbox.Faults.Add(new MailFault(MailFaultKind.RefuseConnection, 100_000));
        string call;
        using (var server = await world.ServeAsync())
        {
            call = (await world.AskAsync(world.People[0], CancellationToken.None))!;
            await server.KillAsync();
        }

        Assert.NotNull(call);
        Assert.Empty(world.Mailbox.Mails);
        world.Mailbox.Faults.Clear();
        using var again = await world.ServeAsync();
        await Eventually.Is(() => Task.FromResult(world.Mails()[call].Count()), count => count == 1, seconds: 60);
        await again.KillAsync();
        using var third = await world.ServeAsync();
        await world.AskAsync(world.People[1], CancellationToken.None);
        await Eventually.Is(() => Task.FromResult(world.Mailbox.Mails.Count), count => count >= 2, seconds: 60);

        // Killed before it heard that its mail was taken, it sends that again: under the same id, so that nobody reads it twice.
        Assert.Single(world.Mails()[call].Distinct());
    }

    [Fact]
    public async Task Serve_KilledBeforeItHeardTheAnswer_SendsAgainUnderTheSameId()
    {
        await using var world = await NoticeKillWorld.StartAsync();
        world.Mailbox.Faults.Add(new MailFault(MailFaultKind.Slow, DelayMs: 3000));
        string call;
        using (var server = await world.ServeAsync())
        {
            call = (await world.AskAsync(world.People[0], CancellationToken.None))!;
            await Eventually.Is(() => Task.FromResult(world.Mailbox.Faults.Planned.Count), planned => planned == 0, seconds: 60);
            await server.KillAsync();
        }

        using var again = await world.ServeAsync();
        var ids = await Eventually.Is(() => Task.FromResult(world.Mails()[call].ToList()), ids => ids.Count == 2, seconds: 60);

        Assert.Single(ids.Distinct());
    }

    [Fact]
    public async Task Serve_KilledAgainAndAgain_TellsOfEveryCallThatWasAcknowledged()
    {
        var kills = Longer.Number("SIIT_IAM_NOTICE_KILLS", 3);
        var random = new Random(Longer.Number("SIIT_IAM_NOTICE_KILLS_SEED", 20260101));
        await using var world = await NoticeKillWorld.StartAsync();
        var people = new Queue<string>(world.People);
        var acknowledged = new List<string>();
        var first = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        for (var kill = 0; kill < kills; kill++)
        {
            world.Mailbox.Faults.Clear();
            world.Mailbox.Faults.Add(new MailFault(MailFaultKind.DropAfterTaking), new MailFault(MailFaultKind.RefuseRecipient), new MailFault(MailFaultKind.Slow, 3, DelayMs: 200));
            using var server = await world.ServeAsync();
            using var stop = new CancellationTokenSource();
            var asking = Enumerable.Range(0, 4).Select(async _ =>
            {
                var mine = new List<string>();
                while (!stop.IsCancellationRequested && TryTake(people) is { } person)
                {
                    if (await world.AskAsync(person, stop.Token) is not { } call)
                        return mine;
                    mine.Add(call);
                    first.TrySetResult();
                }

                return mine;
            }).ToList();
            // A server that has just started takes its time for the first answer; without one at all nothing would be tested.
            if (kill == kills - 1)
                await first.Task.WaitAsync(TimeSpan.FromSeconds(60));
            await Task.Delay(random.Next(200, 1500));
            await server.KillAsync();
            await stop.CancelAsync();
            foreach (var mine in asking)
                acknowledged.AddRange(await mine);
        }

        world.Mailbox.Faults.Clear();
        using var last = await world.ServeAsync();
        var lost = await Eventually.Is(() => Task.FromResult(Lost()), missing => missing.Length == 0, seconds: 180);
        var (mails, calls) = (world.Mails(), await world.CallsAsync());
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{kills} kills, {acknowledged.Count} calls acknowledged of {calls.Count} stored, {mails.Sum(ids => ids.Count())} mails, {mails.Count(ids => ids.Count() > 1)} calls told of twice or more, {lost.Length} lost.");

        Assert.NotEmpty(acknowledged);
        // One approver, one kind of mail: one id for each call, and no mail about a call that was never stored.
        Assert.All(mails, ids => Assert.Single(ids.Distinct()));
        Assert.Empty(mails.Select(ids => ids.Key).Except(calls));

        string Lost() => string.Join(", ", acknowledged.Except(world.Mails().Select(ids => ids.Key)).Take(5));
    }

    private static string? TryTake(Queue<string> people)
    {
        lock (people)
            return people.TryDequeue(out var person) ? person : null;
    }
}
