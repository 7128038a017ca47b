namespace Siit.Iam.Agent.Idps.Resilience;

/// <summary>
/// What is known about one request: whether sending it again does no harm, and whether it may have reached the IdP. The one
/// thing that decides between "nothing was changed" and "cannot be told".
/// </summary>
internal sealed class Delivery
{
    private static readonly HttpRequestOptionsKey<Delivery> Key = new("siit.delivery");
    private static readonly HttpRequestOptionsKey<bool> RepeatableKey = new("siit.repeatable");
    private static readonly HttpRequestOptionsKey<Action<HttpRequestMessage>> EachTryKey = new("siit.each-try");

    /// <summary>A read, or something as harmless: may be sent again after any failure.</summary>
    public required bool Repeatable { get; init; }

    public bool MayHaveArrived { get; set; }

    public static Delivery Begin(HttpRequestMessage request)
    {
        var delivery = new Delivery { Repeatable = IsRead(request) };
        request.Options.Set(Key, delivery);
        return delivery;
    }

    public static Delivery Of(HttpRequestMessage request) =>
        request.Options.TryGetValue(Key, out var delivery) ? delivery : throw new InvalidOperationException("Not sent through DeliveryHandler.");

    /// <summary>Changes nothing, whatever its verb.</summary>
    public static bool IsRead(HttpRequestMessage request) =>
        request.Method == HttpMethod.Get || request.Method == HttpMethod.Head || (request.Options.TryGetValue(RepeatableKey, out var marked) && marked);

    /// <summary>Marks a POST that changes nothing, such as a request for a token.</summary>
    public static void MarkRepeatable(HttpRequestMessage request) => request.Options.Set(RepeatableKey, true);

    /// <summary>Has something done to the request before each try, such as adding what may be used once only.</summary>
    public static void BeforeEachTry(HttpRequestMessage request, Action<HttpRequestMessage> prepare) => request.Options.Set(EachTryKey, prepare);

    public static void Prepare(HttpRequestMessage request)
    {
        if (request.Options.TryGetValue(EachTryKey, out var prepare)) prepare(request);
    }

    /// <summary>The connection was never made, so not one byte of the request left.</summary>
    public static bool NothingWasSent(Exception exception) => exception is HttpRequestException
    {
        HttpRequestError: HttpRequestError.ConnectionError
            or HttpRequestError.NameResolutionError
            or HttpRequestError.SecureConnectionError
            or HttpRequestError.ProxyTunnelError
    };
}

/// <summary>A request got no answer.</summary>
/// <param name="mayHaveArrived">A change that may have happened nonetheless.</param>
internal sealed class DeliveryException(bool mayHaveArrived, Exception inner) : Exception("No answer.", inner)
{
    public bool MayHaveArrived { get; } = mayHaveArrived;
}
