using System.Net;
using Microsoft.Extensions.Http.Resilience;
using Polly;
using Polly.RateLimiting;
using Polly.Retry;
using Polly.Timeout;

namespace Siit.Iam.Agent.Idps.Resilience;

/// <summary>
/// The road to an IdP. Reads are repeated after throttling, 502-504, a broken connection or a timeout. Changes are repeated only
/// when they certainly had no effect: after throttling, or when no connection was made.
/// </summary>
internal static class IdpHttp
{
    /// <summary>A client for one connection; the sign-in comes outermost, so that every try carries a credential.</summary>
    /// <param name="signIn">Adds the credential; null for the request of the credential itself.</param>
    /// <param name="reads">Replaces the network for reads and <paramref name="changes"/> for changes (tests).</param>
    public static HttpClient Create(
        Uri tenant, Throttling throttling, ResilienceOptions options, TimeProvider time, DelegatingHandler? signIn = null,
        HttpMessageHandler? reads = null, HttpMessageHandler? changes = null)
    {
        var quotas = new Quotas(throttling, options, time);
        var sending = new SendingHandler(
            reads ?? SendingHandler.Sockets(reuseConnections: true),
            changes ?? SendingHandler.Sockets(reuseConnections: false),
            options.MaxResponseBytes);
        HttpMessageHandler outermost = new DeliveryHandler(quotas, worksApart: signIn is not null)
        {
            InnerHandler = new ResilienceHandler(Pipeline(quotas, options, time)) { InnerHandler = sending },
        };
        if (signIn is not null)
        {
            signIn.InnerHandler = outermost;
            outermost = signIn;
        }
        return new HttpClient(outermost)
        {
            BaseAddress = tenant,
            Timeout = Timeout.InfiniteTimeSpan,
            DefaultRequestHeaders = { { "User-Agent", "siit-iam" } },
        };
    }

    private static ResiliencePipeline<HttpResponseMessage> Pipeline(Quotas quotas, ResilienceOptions options, TimeProvider time)
    {
        var turns = new Turns(options.Concurrency, time);
        return new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = time }
            .AddTimeout(options.TotalTimeout)
            .AddRetry(new RetryStrategyOptions<HttpResponseMessage>
            {
                MaxRetryAttempts = options.Retries,
                BackoffType = DelayBackoffType.Exponential,
                Delay = options.FirstDelay,
                MaxDelay = options.MaxWait,
                UseJitter = true,
                ShouldHandle = args => MayRepeatAsync(args, quotas, options),
                DelayGenerator = async args => args.Outcome.Result is { } response ? (await quotas.ReadAsync(response))?.Wait : null,
                OnRetry = async args =>
                {
                    var throttled = args.Outcome.Result is { } response && await quotas.ReadAsync(response) is not null;
                    WaitReports.Tell(new Wait(throttled ? Quotas.Throttles : "The IdP cannot be reached", args.RetryDelay));
                },
            })
            .AddRateLimiter(new RateLimiterStrategyOptions { RateLimiter = args => turns.TakeAsync(AmbientUrgency.Now, args.Context.CancellationToken) })
            .AddTimeout(options.TryTimeout)
            .Build();
    }

    private static async ValueTask<bool> MayRepeatAsync(
        RetryPredicateArguments<HttpResponseMessage> args, Quotas quotas, ResilienceOptions options)
    {
        var request = args.Context.GetRequestMessage() ?? throw new InvalidOperationException("A try without its request.");
        var delivery = Delivery.Of(request);
        if (args.Outcome.Result is { } response)
        {
            if (await quotas.ReadAsync(response) is not { } throttled)
                return delivery.Repeatable && response.StatusCode is HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout;
            delivery.MayHaveArrived = false;
            if (throttled.Wait is { } wait) quotas.Remember(request, wait);
            return throttled.Wait is null || throttled.Wait <= options.MaxWait;
        }
        return args.Outcome.Exception switch
        {
            { } e when Delivery.NothingWasSent(e) => true,
            HttpRequestException or IOException or TimeoutRejectedException => delivery.Repeatable,
            _ => false,
        };
    }
}
