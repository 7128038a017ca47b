namespace Siit.Iam.Agent.Idps.Resilience;

/// <summary>
/// The outermost part: waits while the request's quota is known to be used up, and says of every failure whether the request may
/// have arrived. A cancelled change that was already under way is such a failure, too: it must not look like "never happened".
/// </summary>
/// <param name="worksApart">Its answers may be worked on by a <see cref="BackgroundThread"/>. Not those of a sign-in: others wait for them.</param>
internal sealed class DeliveryHandler(Quotas quotas, bool worksApart) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var delivery = Delivery.Begin(request);
        await quotas.WaitAsync(request, cancellationToken);
        try
        {
            var response = await base.SendAsync(request, cancellationToken);
            quotas.Note(request, response);
            // Behind the limits of time and of requests at once: that it waits there is not the IdP's doing.
            if (worksApart && BackgroundThread.Now is { } thread)
                await thread;
            return response;
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested || Matters(delivery))
        {
            throw new DeliveryException(Matters(delivery), e);
        }
    }

    private static bool Matters(Delivery delivery) => delivery is { MayHaveArrived: true, Repeatable: false };
}
