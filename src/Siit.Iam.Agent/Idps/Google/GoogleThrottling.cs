using System.Net;
using Siit.Iam.Agent.Idps.Resilience;

namespace Siit.Iam.Agent.Idps.Google;

/// <summary>
/// Google throttles with 429 and with 403, which otherwise means "may not": the reason in the body tells. It does not say for how
/// long. A rate is soon free again; a quota is not, so a call does not wait for one.
/// </summary>
internal static class GoogleThrottling
{
    private static readonly TimeSpan QuotaWait = TimeSpan.FromMinutes(1);

    public static Throttling Rules { get; } = new(ReadAsync, Bucket);

    private static async ValueTask<Throttled?> ReadAsync(HttpResponseMessage response, DateTimeOffset now)
    {
        if (response.StatusCode == HttpStatusCode.TooManyRequests) return await Throttling.RetryAfter.ReadAsync(response, now);
        if (response.StatusCode != HttpStatusCode.Forbidden) return null;
        return GoogleErrors.Reason(await response.Content.ReadAsStringAsync()) switch
        {
            GoogleErrors.RateLimit or GoogleErrors.UserRateLimit => new Throttled(null),
            GoogleErrors.Quota or GoogleErrors.DailyQuota => new Throttled(QuotaWait),
            _ => null,
        };
    }

    /// <summary>Google counts per API, not per endpoint.</summary>
    private static string Bucket(HttpRequestMessage request) => string.Join('/', request.RequestUri!.AbsolutePath.Split('/').Take(3));
}
