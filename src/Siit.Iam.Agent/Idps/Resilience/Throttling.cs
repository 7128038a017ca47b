using System.Net;

namespace Siit.Iam.Agent.Idps.Resilience;

/// <summary>A vendor's "not now".</summary>
/// <param name="Wait">How long it asks us to wait; null when it does not say.</param>
internal sealed record Throttled(TimeSpan? Wait);

/// <summary>What is left of one of the vendor's quotas.</summary>
internal sealed record Rest(long Limit, long Left, DateTimeOffset ResetsAt)
{
    public double Share => (double)Left / Limit;
}

/// <summary>How one vendor throttles.</summary>
/// <param name="ReadAsync">What an answer says about throttling; null when it is not a throttling answer.</param>
/// <param name="Bucket">The quota that a request is counted in: while one is used up, requests of the others go on.</param>
/// <param name="RestOf">What an answer says about the rest of its quota; null where the vendor does not say it.</param>
internal sealed record Throttling(
    Func<HttpResponseMessage, DateTimeOffset, ValueTask<Throttled?>> ReadAsync,
    Func<HttpRequestMessage, string> Bucket,
    Func<HttpResponseMessage, DateTimeOffset, Rest?>? RestOf = null)
{
    /// <summary>429 with <c>Retry-After</c>, one quota.</summary>
    public static Throttling RetryAfter { get; } = new(
        (response, now) => ValueTask.FromResult(response.StatusCode == HttpStatusCode.TooManyRequests ? new Throttled(Wait(response, now)) : null),
        _ => "");

    private static TimeSpan? Wait(HttpResponseMessage response, DateTimeOffset now) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date - now,
        _ => null,
    };
}

/// <summary>The vendor asks for a longer wait than a call may take; nothing was changed.</summary>
internal sealed class ThrottledException(DateTimeOffset retryAt) : Exception("Throttled.")
{
    public DateTimeOffset RetryAt { get; } = retryAt;
}
