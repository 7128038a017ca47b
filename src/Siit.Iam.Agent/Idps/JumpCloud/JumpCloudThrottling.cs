using Siit.Iam.Agent.Idps.Resilience;

namespace Siit.Iam.Agent.Idps.JumpCloud;

/// <summary>
/// JumpCloud's throttling: 429, about which nothing is published. A <c>Retry-After</c> is heeded when there is one; otherwise we back
/// off on our own. Since the quotas are not known, one is counted per verb and first part of the path.
/// </summary>
internal static class JumpCloudThrottling
{
    public static Throttling Rules { get; } = Throttling.RetryAfter with { Bucket = Bucket };

    private static string Bucket(HttpRequestMessage request)
    {
        var parts = request.RequestUri!.AbsolutePath.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var first = parts.FirstOrDefault(part => part is not ("api" or "v2" or "insights" or "directory" or "v1")) ?? "";
        return $"{request.Method} {first}";
    }
}
