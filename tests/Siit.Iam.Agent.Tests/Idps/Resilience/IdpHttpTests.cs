using System.Collections.Concurrent;
using System.Net;
using Siit.Iam.Agent.Idps.Resilience;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.Idps.Resilience;

/// <summary>What is sent again and what never is, and what is said about a request that got no answer.</summary>
public sealed class IdpHttpTests
{
    private static readonly ResilienceOptions Impatient = new()
    {
        FirstDelay = TimeSpan.FromMilliseconds(1),
        MaxWait = TimeSpan.FromMilliseconds(50),
        TryTimeout = TimeSpan.FromMilliseconds(200),
        Retries = 2,
    };

    public static TheoryData<string, int, int, int> Tries => new()
    {
        // what happens, tries of a read, tries of a change, tries of a change that is marked as harmless
        { "200", 1, 1, 1 },
        { "400", 1, 1, 1 },
        { "401", 1, 1, 1 },
        { "404", 1, 1, 1 },
        { "500", 1, 1, 1 },
        { "501", 1, 1, 1 },
        { "502", 3, 1, 3 },
        { "503", 3, 1, 3 },
        { "504", 3, 1, 3 },
        { "429", 3, 3, 3 },
        { "no connection", 3, 3, 3 },
        { "broken connection", 3, 1, 3 },
        { "no answer", 3, 1, 3 },
        { "no address", 3, 3, 3 },
        { "no trust", 3, 3, 3 },
    };

    [Theory]
    [MemberData(nameof(Tries))]
    public async Task Request_ThatFails_IsSentAgainOnlyWhenThatDoesNoHarm(string what, int read, int change, int harmless)
    {
        Assert.Equal(read, await CountAsync(what, HttpMethod.Get));
        foreach (var method in new[] { HttpMethod.Post, HttpMethod.Put, HttpMethod.Patch, HttpMethod.Delete }) Assert.Equal(change, await CountAsync(what, method));
        Assert.Equal(harmless, await CountAsync(what, HttpMethod.Post, markedHarmless: true));
    }

    public static TheoryData<string[], bool> Arrivals => new()
    {
        { ["no connection"], false },
        { ["no trust"], false },
        { ["broken connection"], true },
        { ["no answer"], true },
        { ["429", "no connection"], false },
        { ["no connection", "broken connection"], true },
        { ["429", "no answer"], true },
    };

    [Theory]
    [MemberData(nameof(Arrivals))]
    public async Task Change_WithoutAnAnswer_SaysWhetherItMayHaveArrived(string[] story, bool mayHaveArrived)
    {
        using var network = new Network(story);
        using var http = Client(network);

        var failure = await Assert.ThrowsAsync<DeliveryException>(() => http.PostAsync("/x", null));

        Assert.Equal(mayHaveArrived, failure.MayHaveArrived);
    }

    [Fact]
    public async Task Read_WithoutAnAnswer_NeverMatters()
    {
        using var network = new Network("no answer");
        using var http = Client(network);

        Assert.False((await Assert.ThrowsAsync<DeliveryException>(() => http.GetAsync("/x"))).MayHaveArrived);
    }

    [Fact]
    public async Task Change_CancelledUnderWay_MayHaveArrived()
    {
        using var network = new Network("no answer");
        using var http = Client(network, Impatient with { TryTimeout = TimeSpan.FromSeconds(20) });
        using var cancel = new CancellationTokenSource();
        var change = http.PostAsync("/x", null, cancel.Token);
        await Eventually.Is(() => Task.FromResult(network.Seen.Count), count => count == 1);

        await cancel.CancelAsync();

        Assert.True((await Assert.ThrowsAsync<DeliveryException>(() => change)).MayHaveArrived);
    }

    [Fact]
    public async Task Read_CancelledUnderWay_IsCancelled()
    {
        using var network = new Network("no answer");
        using var http = Client(network, Impatient with { TryTimeout = TimeSpan.FromSeconds(20) });
        using var cancel = new CancellationTokenSource();
        var read = http.GetAsync("/x", cancel.Token);
        await Eventually.Is(() => Task.FromResult(network.Seen.Count), count => count == 1);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);
    }

    [Theory]
    [InlineData(10, false)]
    [InlineData(11, true)]
    public async Task Answer_LongerThanTheLimit_IsCutOff(int length, bool fails)
    {
        using var network = new Network("200") { BodyLength = length };
        using var http = Client(network, Impatient with { MaxResponseBytes = 10 });

        var read = Record.ExceptionAsync(() => http.GetAsync("/x"));

        Assert.Equal(fails, await read is DeliveryException);
    }

    [Fact]
    public async Task Change_WhoseAnswerIsTooLong_MayHaveArrived()
    {
        using var network = new Network("200") { BodyLength = 11 };
        using var http = Client(network, Impatient with { MaxResponseBytes = 10 });

        Assert.True((await Assert.ThrowsAsync<DeliveryException>(() => http.PostAsync("/x", null))).MayHaveArrived);
    }

    [Fact]
    public async Task Redirect_IsNotFollowed()
    {
        using var network = new Network("302");
        using var http = Client(network);

        Assert.Equal(HttpStatusCode.Found, (await http.GetAsync("/x")).StatusCode);
        Assert.Single(network.Seen);
    }

    [Fact]
    public async Task Requests_ManyAtOnce_KeepTheLimit()
    {
        using var network = new Network("200") { Delay = TimeSpan.FromMilliseconds(20) };
        using var http = Client(network, Impatient with { Concurrency = 3 });

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => http.GetAsync("/x")));

        Assert.Equal((20, 3), (network.Seen.Count, network.MostAtOnce));
    }

    [Fact]
    public async Task Requests_OfSomebodyWhoWaits_PassTheBulk()
    {
        var allAreSent = new TaskCompletionSource();
        using var network = new Network("200") { Until = allAreSent.Task };
        using var http = Client(network, Impatient with { Concurrency = 1, TryTimeout = TimeSpan.FromSeconds(30) });
        var sent = new List<Task>();

        using (AmbientUrgency.Of(Urgency.Bulk)) sent.AddRange(Enumerable.Range(0, 3).Select(_ => http.GetAsync("/x")));
        sent.Add(http.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/x")));
        allAreSent.SetResult();
        await Task.WhenAll(sent);

        Assert.Equal([HttpMethod.Get, HttpMethod.Head, HttpMethod.Get, HttpMethod.Get], network.Seen);
    }

    [Fact]
    public async Task BeforeEachTry_IsCalledForEach()
    {
        using var network = new Network("503");
        using var http = Client(network);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/x");
        var tries = 0;
        Delivery.BeforeEachTry(request, attempt => attempt.Headers.TryAddWithoutValidation("try", $"{++tries}"));

        await http.SendAsync(request);

        Assert.Equal(3, tries);
    }

    [Fact]
    public async Task Throttled_ForLongerThanACallWaits_IsAnsweredAtOnceAndHeldForTheOthers()
    {
        using var network = new Network("429") { RetryAfter = 400 };
        using var http = Client(network);

        Assert.Equal(HttpStatusCode.TooManyRequests, (await http.PostAsync("/x", null)).StatusCode);
        var held = await Assert.ThrowsAsync<ThrottledException>(() => http.PostAsync("/x", null));

        Assert.InRange((held.RetryAt - DateTimeOffset.UtcNow).TotalSeconds, 380, 400);
        Assert.Single(network.Seen);
    }

    [Fact]
    public async Task Throttled_ForAnAbsurdTime_IsNotBelieved()
    {
        using var network = new Network("429") { RetryAfter = 100_000_000 };
        using var http = Client(network);
        await http.GetAsync("/x");

        var held = await Assert.ThrowsAsync<ThrottledException>(() => http.GetAsync("/x"));

        Assert.InRange((held.RetryAt - DateTimeOffset.UtcNow).TotalSeconds, 0, 3600);
    }

    private static async Task<int> CountAsync(string what, HttpMethod method, bool markedHarmless = false)
    {
        using var network = new Network(what);
        using var http = Client(network, what == "no answer" ? Impatient with { TryTimeout = TimeSpan.FromMilliseconds(20) } : Impatient);
        using var request = new HttpRequestMessage(method, "/x");
        if (markedHarmless) Delivery.MarkRepeatable(request);
        await Record.ExceptionAsync(() => http.SendAsync(request));
        return network.Seen.Count;
    }

    private static HttpClient Client(Network network, ResilienceOptions? options = null) =>
        IdpHttp.Create(new Uri("http://127.0.0.1:9"), Throttling.RetryAfter, options ?? Impatient, TimeProvider.System, reads: network, changes: network);

    /// <summary>A network in which the given things happen one after another, the last for ever.</summary>
    private sealed class Network(params string[] story) : HttpMessageHandler
    {
        private int _next;
        private int _now;

        public ConcurrentQueue<HttpMethod> Seen { get; } = new();

        public int BodyLength { get; init; }

        public int RetryAfter { get; init; }

        public TimeSpan Delay { get; init; }

        /// <summary>Nothing is answered before.</summary>
        public Task Until { get; init; } = Task.CompletedTask;

        public int MostAtOnce { get; private set; }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Seen.Enqueue(request.Method);
            lock (Seen) MostAtOnce = Math.Max(MostAtOnce, ++_now);
            try
            {
                await Until.WaitAsync(cancellationToken);
                if (Delay > TimeSpan.Zero) await Task.Delay(Delay, cancellationToken);
                var what = story[Math.Min(_next++, story.Length - 1)];
                switch (what)
                {
                    case "no connection": throw new HttpRequestException(HttpRequestError.ConnectionError);
                    case "no address": throw new HttpRequestException(HttpRequestError.NameResolutionError);
                    case "no trust": throw new HttpRequestException(HttpRequestError.SecureConnectionError);
                    case "broken connection": throw new HttpRequestException(HttpRequestError.ResponseEnded);
                    case "no answer":
                        await Task.Delay(Timeout.Infinite, cancellationToken);
                        throw new InvalidOperationException();
                }
                var response = new HttpResponseMessage((HttpStatusCode)int.Parse(what)) { RequestMessage = request, Content = new ByteArrayContent(new byte[BodyLength]) };
                if (RetryAfter > 0) response.Headers.Add("Retry-After", $"{RetryAfter}");
                return response;
            }
            finally
            {
                lock (Seen) _now--;
            }
        }
    }
}
