using System.Diagnostics;
using System.Net;
using Siit.Iam.Agent.Idps.Resilience;

namespace Siit.Iam.Agent.Tests.Idps.Resilience;

public sealed class BackgroundThreadTests
{
    private const string Name = "made for a test";

    [Fact]
    public async Task Work_ThatAwaitsIt_GoesOnThere_OneAfterTheOther()
    {
        var thread = new BackgroundThread(Name);
        var (inside, most, names) = (0, 0, new HashSet<string?>());

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            for (var step = 0; step < 50; step++)
            {
                await thread;
                most = Math.Max(most, Interlocked.Increment(ref inside));
                names.Add(Thread.CurrentThread.Name);
                Interlocked.Decrement(ref inside);
                if (step % 10 == 0)
                    await Task.Delay(1);
            }
        })));

        Assert.Equal(1, most);
        Assert.Equal([Name], names);
    }

    /// <summary>Long work that awaits it between two steps lets the others go first.</summary>
    [Fact]
    public async Task Work_ThatWaits_ComesBetweenTwoStepsOfLongWork()
    {
        var thread = new BackgroundThread(Name);
        var (waits, order) = (new TaskCompletionSource(), new List<string>());
        var longer = Task.Run(async () =>
        {
            await thread;
            order.Add("first step");
            waits.SetResult();
            SpinWait.SpinUntil(() => thread.Waiting > 0);
            await thread;
            order.Add("second step");
        });
        await waits.Task;
        var other = Task.Run(async () =>
        {
            await thread;
            order.Add("other");
        });

        await Task.WhenAll(longer, other);

        Assert.Equal(["first step", "other", "second step"], order);
    }

    /// <summary>It is there while there is work: nobody ends it, and nobody waits for one that has ended.</summary>
    [Fact]
    public async Task Thread_WithoutWork_Ends_AndIsThereAgain()
    {
        var thread = new BackgroundThread(Name, idle: TimeSpan.FromMilliseconds(20));
        await thread;
        var first = Thread.CurrentThread;
        await Task.Run(() => Assert.True(first.Join(TimeSpan.FromSeconds(30))));

        await thread;

        Assert.Equal(Name, Thread.CurrentThread.Name);
        Assert.NotSame(first, Thread.CurrentThread);
    }

    [Fact]
    public async Task Trouble_There_ReachesWhoeverWaits()
    {
        var thread = new BackgroundThread(Name);

        var trouble = await Assert.ThrowsAsync<InvalidOperationException>(FailAsync);
        await thread;

        Assert.Equal("here", trouble.Message);
        Assert.Equal(Name, Thread.CurrentThread.Name);

        async Task FailAsync()
        {
            await thread;
            throw new InvalidOperationException("here");
        }
    }

    /// <summary>The same work several times, in one run: what counts is how often as long it takes.</summary>
    [Fact]
    public async Task LongWork_WhileSomebodyIsAnswered_TakesASmallPartOfTheTime()
    {
        var askers = new Askers();
        var asked = false;
        var (alone, _) = await WorkAsync(new BackgroundThread(Name, way: new GivingWay(askers, TimeSpan.Zero)), elsewhere: TimeSpan.Zero);
        using var asking = new Timer(_ => askers.Note(), null, 0, 10);
        asked = true;

        var (meanwhile, between) = await WorkAsync(new BackgroundThread(Name, way: new GivingWay(askers, TimeSpan.Zero)), elsewhere: TimeSpan.Zero);
        var (elsewhere, _) = await WorkAsync(new BackgroundThread(Name, way: new GivingWay(askers, TimeSpan.Zero)), elsewhere: TimeSpan.FromMilliseconds(30));
        var (brief, _) = await WorkAsync(new BackgroundThread(Name, way: new GivingWay(askers, TimeSpan.FromMinutes(1))), elsewhere: TimeSpan.Zero);

        Assert.True(meanwhile > alone * 4, $"{meanwhile} with somebody who asks, {alone} without");
        Assert.True(between > alone, $"{between} of that between two steps of one piece");
        Assert.True(elsewhere > meanwhile * 1.5, $"{elsewhere} with as much work elsewhere, {meanwhile} without");
        Assert.True(brief < meanwhile / 2, $"{brief} for work that is short, {meanwhile} for long work");

        // Some of it one piece after the other, some in steps of one piece, as an import has them.
        async Task<(TimeSpan All, TimeSpan Between)> WorkAsync(BackgroundThread thread, TimeSpan elsewhere)
        {
            var (began, between) = (Stopwatch.GetTimestamp(), TimeSpan.Zero);
            for (var piece = 0; piece < 6; piece++)
            {
                await Task.Run(async () =>
                {
                    await thread;
                    for (var step = 0; step < 2; step++)
                    {
                        await thread;
                        // On a busy machine the timer comes late.
                        if (asked)
                            askers.Note();
                        var stepBegan = Stopwatch.GetTimestamp();
                        thread.GiveWay();
                        between += Stopwatch.GetElapsedTime(stepBegan);
                        stepBegan = Stopwatch.GetTimestamp();
                        while (Stopwatch.GetElapsedTime(stepBegan) < TimeSpan.FromMilliseconds(15))
                            Thread.SpinWait(100);
                        thread.AlsoWorked(elsewhere / 2);
                    }
                });
            }

            await Task.Run(async () => await thread);
            return (Stopwatch.GetElapsedTime(began), between);
        }
    }

    /// <summary>Of whoever asked for it, and of nobody else.</summary>
    [Fact]
    public async Task Answers_AreWorkedOnThere_OnlyByWhoeverAskedForIt()
    {
        var thread = new BackgroundThread(Name);
        using var signedIn = Client(new SignIn());
        using var signIn = Client(null);

        var apart = WorkedOnAsync(signedIn, thread);
        var other = WorkedOnAsync(signedIn, null);
        // Somebody else may wait for it.
        var credential = WorkedOnAsync(signIn, thread);

        Assert.Equal(Name, await apart);
        Assert.NotEqual(Name, await other);
        Assert.NotEqual(Name, await credential);
        Assert.Null(BackgroundThread.Now);

        static HttpClient Client(DelegatingHandler? signIn) =>
            IdpHttp.Create(new Uri("http://127.0.0.1:9"), Throttling.RetryAfter, new ResilienceOptions(), TimeProvider.System, signIn, reads: new LateAnswer());
    }

    private static Task<string?> WorkedOnAsync(HttpClient http, BackgroundThread? thread) => Task.Run(async () =>
    {
        using var answers = thread?.TakeAnswers();
        using var answer = await http.GetAsync(new Uri("/", UriKind.Relative)).ConfigureAwait(false);
        return Thread.CurrentThread.Name;
    });

    private sealed class SignIn : DelegatingHandler;

    private sealed class LateAnswer : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            await Task.Delay(20, cancellationToken);
            return new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent("{}"), RequestMessage = request };
        }
    }
}
