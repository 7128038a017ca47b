using System.Net;
using Microsoft.Extensions.Http.Resilience;
using Polly;
using Polly.Retry;

namespace Siit.Iam.Agent.Playbooks.Agents;

/// <summary>The road to the model's server. Asking has no effect, so it is asked again after throttling, trouble and broken connections.</summary>
internal static class ModelHttp
{
    private const long MaxResponseBytes = 4 * 1024 * 1024;
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(20);

    public static HttpClient Create(TimeProvider time) => new(
        new ResilienceHandler(Pipeline(time)) { InnerHandler = new BoundedHandler { InnerHandler = Sockets() } })
    {
        // The turn's own time limit holds for all tries together.
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <summary>No redirect is followed and no cookie kept: an answer cannot send the key anywhere.</summary>
    private static SocketsHttpHandler Sockets() => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        AutomaticDecompression = DecompressionMethods.All,
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        ConnectTimeout = TimeSpan.FromSeconds(10),
    };

    private static ResiliencePipeline<HttpResponseMessage> Pipeline(TimeProvider time) =>
        new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions<HttpResponseMessage>
            {
                MaxRetryAttempts = 2,
                BackoffType = DelayBackoffType.Exponential,
                Delay = TimeSpan.FromMilliseconds(500),
                UseJitter = true,
                ShouldHandle = args => ValueTask.FromResult(MayPass(args.Outcome) && Wait(args.Outcome) <= LongestWait),
                DelayGenerator = args => ValueTask.FromResult(Wait(args.Outcome) is { Ticks: > 0 } wait ? (TimeSpan?)wait : null),
            })
            .Build();

    private static bool MayPass(Outcome<HttpResponseMessage> outcome) => outcome.Result is { } response
        ? response.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout || (int)response.StatusCode >= 500
        : outcome.Exception is HttpRequestException or IOException;

    private static TimeSpan Wait(Outcome<HttpResponseMessage> outcome) => outcome.Result?.Headers.RetryAfter?.Delta ?? TimeSpan.Zero;

    /// <summary>No answer is larger than it may be, whatever the server sends.</summary>
    private sealed class BoundedHandler : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var response = await base.SendAsync(request, cancellationToken);
            try
            {
                await response.Content.LoadIntoBufferAsync(MaxResponseBytes, cancellationToken);
                return response;
            }
            catch
            {
                response.Dispose();
                throw;
            }
        }
    }
}
