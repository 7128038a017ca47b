using System.Globalization;
using System.Net;
using Siit.Iam.Agent.Idps.Resilience;

namespace Siit.Iam.Agent.Idps.Okta;

/// <summary>
/// Okta's throttling: 429 with <c>X-Rate-Limit-Reset</c> in epoch seconds, counted per endpoint. With <c>X-Rate-Limit-Limit: 0</c>
/// too many requests were under way at once; the reset is then no promise, so we back off on our own.
/// </summary>
internal static class OktaThrottling
{
    public static Throttling Rules { get; } = new((response, now) => ValueTask.FromResult(Read(response, now)), Bucket, RestOf);

    public static Throttled? Read(HttpResponseMessage response, DateTimeOffset now)
    {
        if (response.StatusCode != HttpStatusCode.TooManyRequests) return null;
        if (Number(response, "X-Rate-Limit-Limit") == 0 || Number(response, "X-Rate-Limit-Reset") is not { } reset) return new Throttled(null);
        // Against a clock that is ahead the reset is over already, though Okta has just refused: that is no reason to ask again at once.
        var seconds = reset - now.ToUnixTimeMilliseconds() / 1000.0;
        return new Throttled(seconds <= 0 ? null : TimeSpan.FromSeconds(Math.Min(seconds, TimeSpan.FromDays(1).TotalSeconds)));
    }

    public static Rest? RestOf(HttpResponseMessage response, DateTimeOffset now) =>
        Number(response, "X-Rate-Limit-Limit") is > 0 and { } limit && Number(response, "X-Rate-Limit-Remaining") is { } left
        && Number(response, "X-Rate-Limit-Reset") is { } reset
            ? new Rest(limit, left, now + TimeSpan.FromSeconds(Math.Clamp(reset - now.ToUnixTimeSeconds(), 0, TimeSpan.FromDays(1).TotalSeconds)))
            : null;

    /// <summary>Verb and first part of the path: coarser than Okta's buckets, so that we rather wait once too often.</summary>
    private static string Bucket(HttpRequestMessage request)
    {
        var parts = request.RequestUri!.AbsolutePath.Split('/', 5, StringSplitOptions.RemoveEmptyEntries);
        return $"{request.Method} {(parts.Length > 2 ? parts[2] : "")}";
    }

    private static long? Number(HttpResponseMessage response, string header) =>
        response.Headers.TryGetValues(header, out var values)
        && long.TryParse(values.First(), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
}
