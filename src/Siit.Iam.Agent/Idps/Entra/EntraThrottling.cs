using System.Net;
using System.Net.Http.Headers;
using Siit.Iam.Agent.Idps.Resilience;

namespace Siit.Iam.Agent.Idps.Entra;

/// <summary>
/// Graph's throttling: 429 with <c>Retry-After</c> in seconds; some resources send none, and then we back off on our own. Reads
/// and writes are counted apart, and so are audit logs and reports, which admit five requests in ten seconds.
/// </summary>
internal static class EntraThrottling
{
    public static Throttling Rules { get; } = new((response, now) => ValueTask.FromResult(Read(response, now)), Bucket);

    public static Throttled? Read(HttpResponseMessage response, DateTimeOffset now) =>
        response.StatusCode == HttpStatusCode.TooManyRequests ? new Throttled(Wait(response.Headers.RetryAfter, now)) : null;

    private static TimeSpan? Wait(RetryConditionHeaderValue? retryAfter, DateTimeOffset now) => retryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date - now,
        _ => null,
    };

    private static string Bucket(HttpRequestMessage request)
    {
        var path = request.RequestUri!.AbsolutePath;
        if (path.Contains("/oauth2/", StringComparison.Ordinal)) return "sign-in";
        if (path.Contains("/auditLogs/", StringComparison.Ordinal) || path.Contains("/reports/", StringComparison.Ordinal)) return "reports";
        return request.Method == HttpMethod.Get ? "reads" : "writes";
    }
}
