using System.Diagnostics;
using System.Net;
using Siit.Iam.Agent.Idps.Resilience;

namespace Siit.Iam.Agent.Tests.Idps.Resilience;

public sealed class BackgroundThreadTests
{
    private const string Name = "made for a test";

    /// <summary>Of work that may rest.</summary>
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(5);

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

    [Fact]
    public async Task LongWork_WhileSomebodyIsAnswered_RestsNineTimesAsLong()
    {
        var askers = new Askers();

        await ItRestsAsync(new GivingWay(askers, TimeSpan.Zero), askers.Note, TimeSpan.Zero, atLeast: Step * 9, atMost: Step * 120);
        await ItRestsAsync(new GivingWay(askers, TimeSpan.Zero), askers.Note, elsewhere: Step * 2, atLeast: Step * 27, atMost: Step * 120);
    }

    [Fact]
    public async Task LongWork_WhenNobodyAsksAnyMore_RestsNoLonger()
    {
        var askers = new Askers();

        await ItRestsAsync(new GivingWay(askers, TimeSpan.Zero), askers.Note, elsewhere: Step * 20, atLeast: Step * 40, atMost: Step * 120);
    }

    [Fact]
    public async Task Work_ThatIsShortOrHoldsNobodyUp_DoesNotRest()
    {
        var askers = new Askers();

        await ItRestsAsync(new GivingWay(askers, TimeSpan.Zero), () => { }, TimeSpan.Zero, atLeast: TimeSpan.Zero, atMost: Step * 8);
        await ItRestsAsync(new GivingWay(askers, TimeSpan.FromMinutes(1)), askers.Note, TimeSpan.Zero, atLeast: TimeSpan.Zero, atMost: Step * 8);
    }

    /// <summary>Between two pieces, and between two steps of one, as an import has them. The median: a busy machine lengthens one rest or another, and shortens none.</summary>
    /// <param name="ask">Before each rest.</param>
    /// <param name="elsewhere">What is done elsewhere for each step, which takes a <see cref="Step"/> here.</param>
    private static async Task ItRestsAsync(GivingWay way, Action ask, TimeSpan elsewhere, TimeSpan atLeast, TimeSpan atMost)
    {
        var thread = new BackgroundThread(Name, way: way);
        var (steps, pieces, ended) = (new List<TimeSpan>(), new List<TimeSpan>(), 0L);

        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(async () =>
        {
            await thread;
            if (ended != 0)
                pieces.Add(Stopwatch.GetElapsedTime(ended));
            var began = DoStep();
            thread.GiveWay();
            steps.Add(Stopwatch.GetElapsedTime(began));
            ended = DoStep();
        })));

        Assert.Equal((6, 5), (steps.Count, pieces.Count));
        Assert.InRange(Median(steps), atLeast, atMost);
        Assert.InRange(Median(pieces), atLeast, atMost);

        long DoStep()
        {
            var began = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(began) < Step)
                Thread.SpinWait(100);
            thread.AlsoWorked(elsewhere);
            ask();
            return Stopwatch.GetTimestamp();
        }
    }

    private static TimeSpan Median(List<TimeSpan> times) => times.Order().ElementAt(times.Count / 2);

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
