using Microsoft.Kiota.Abstractions;

namespace Siit.Iam.Agent.Idps.Entra;

/// <summary>Travels with a request and brings back Graph's id of it.</summary>
internal sealed class EntraReceipt : IRequestOption
{
    public const string Header = "request-id";

    private static readonly HttpRequestOptionsKey<IRequestOption> Key = new(typeof(EntraReceipt).FullName!);

    public string? RequestId { get; private set; }

    public static void Note(HttpRequestMessage request, HttpResponseMessage response)
    {
        if (!request.Options.TryGetValue(Key, out var option) || option is not EntraReceipt receipt) return;
        if (response.Headers.TryGetValues(Header, out var values) && values.FirstOrDefault() is { Length: <= 128 } id) receipt.RequestId = id;
    }
}
