using System.Globalization;
using Microsoft.Kiota.Abstractions;

namespace Siit.Iam.Agent.Idps.Entra;

/// <summary>Travels with a request and brings back Graph's id of it, and what else its answer said by the way.</summary>
internal sealed class EntraReceipt : IRequestOption
{
    public const string Header = "request-id";

    private static readonly HttpRequestOptionsKey<IRequestOption> Key = new(typeof(EntraReceipt).FullName!);

    public string? RequestId { get; private set; }

    /// <summary>Graph's clock, cut to seconds.</summary>
    public DateTimeOffset? Date { get; private set; }

    /// <summary>How much of Graph's request limit is used up, from 0.8 to above 1; null below, where Graph does not say it.</summary>
    public double? LimitUsed { get; private set; }

    public static void Note(HttpRequestMessage request, HttpResponseMessage response)
    {
        if (!request.Options.TryGetValue(Key, out var option) || option is not EntraReceipt receipt) return;
        receipt.Date = response.Headers.Date;
        if (response.Headers.TryGetValues("x-ms-throttle-limit-percentage", out var shares)
            && double.TryParse(shares.FirstOrDefault(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var share))
            receipt.LimitUsed = share;
        if (response.Headers.TryGetValues(Header, out var values) && values.FirstOrDefault() is { Length: <= 128 } id) receipt.RequestId = id;
    }
}
