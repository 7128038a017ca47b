namespace Siit.Iam.Agent.Idps.Resilience;

/// <summary>
/// The innermost part: sends one try. Changes go over a connection of their own each, because .NET silently sends a request
/// again when a reused connection is closed before an answer, also a DELETE or an empty POST that was already carried out.
/// </summary>
internal sealed class SendingHandler : DelegatingHandler
{
    private readonly HttpMessageInvoker _changes;
    private readonly long _maxResponseBytes;

    public SendingHandler(HttpMessageHandler reads, HttpMessageHandler changes, long maxResponseBytes)
        : base(reads)
    {
        _changes = new HttpMessageInvoker(changes);
        _maxResponseBytes = maxResponseBytes;
    }

    /// <summary>No redirect is followed and no cookie kept: an answer cannot send our credential anywhere.</summary>
    public static SocketsHttpHandler Sockets(bool reuseConnections) => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        AutomaticDecompression = System.Net.DecompressionMethods.All,
        PooledConnectionLifetime = reuseConnections ? TimeSpan.FromMinutes(5) : TimeSpan.Zero,
        ConnectTimeout = TimeSpan.FromSeconds(10),
        MaxResponseHeadersLength = 64,
    };

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var delivery = Delivery.Of(request);
        Delivery.Prepare(request);
        var arrivedBefore = delivery.MayHaveArrived;
        delivery.MayHaveArrived = true;
        HttpResponseMessage response;
        try
        {
            response = await (delivery.Repeatable ? base.SendAsync(request, cancellationToken) : _changes.SendAsync(request, cancellationToken));
        }
        catch (HttpRequestException e) when (Delivery.NothingWasSent(e))
        {
            delivery.MayHaveArrived = arrivedBefore;
            throw;
        }
        try
        {
            // Read here, so that the time limit of the try covers the body and the size limit holds.
            await response.Content.LoadIntoBufferAsync(_maxResponseBytes, cancellationToken);
            return response;
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _changes.Dispose();
        base.Dispose(disposing);
    }
}
