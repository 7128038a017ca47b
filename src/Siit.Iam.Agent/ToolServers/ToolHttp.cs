using System.Net;

namespace Siit.Iam.Agent.ToolServers;

/// <summary>The road to a server by its address: no redirect, no cookie, no repetition, no endless answer.</summary>
internal static class ToolHttp
{
    public static HttpClient Create(int longest) => new(new BoundedHandler(longest)
    {
        InnerHandler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectTimeout = TimeSpan.FromSeconds(10),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        },
    })
    {
        // Each call has a limit of its own.
        Timeout = Timeout.InfiniteTimeSpan,
    };

    private sealed class BoundedHandler(int longest) : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var response = await base.SendAsync(request, cancellationToken);
            var bounded = new StreamContent(new BoundedStream(await response.Content.ReadAsStreamAsync(cancellationToken), longest));
            foreach (var header in response.Content.Headers.Where(header => header.Key != "Content-Length"))
                bounded.Headers.TryAddWithoutValidation(header.Key, header.Value);
            response.Content = bounded;
            return response;
        }
    }
}
