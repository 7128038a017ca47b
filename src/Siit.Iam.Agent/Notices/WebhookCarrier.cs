using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Secrets;

namespace Siit.Iam.Agent.Notices;

/// <summary>
/// Brings notices to another program. Signed as Standard Webhooks say (headers <c>webhook-id</c>, <c>webhook-timestamp</c>,
/// <c>webhook-signature</c>), so that receivers in every language exist: HMAC-SHA256 over id, time and body.
/// </summary>
internal sealed class WebhookCarrier(NoticesOptions options, TimeProvider time) : ICarrier, IDisposable
{
    private readonly HttpClient _http = new(Sockets()) { Timeout = Timeout.InfiniteTimeSpan };

    public NoticeChannel Channel => NoticeChannel.Webhook;

    public ICarriage Begin() => new WebhookCarriage(options.Webhook, _http, time);

    public void Dispose() => _http.Dispose();

    /// <summary>No redirect is followed, no proxy and no cookie used: what is signed for one address goes to no other.</summary>
    private static SocketsHttpHandler Sockets() => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        ConnectTimeout = TimeSpan.FromSeconds(10),
        PooledConnectionLifetime = TimeSpan.FromMinutes(2),
        MaxResponseHeadersLength = 64,
    };
}

internal sealed class WebhookCarriage(WebhookOptions? webhook, HttpClient http, TimeProvider time) : ICarriage
{
    private const string NotConfigured = "No webhook is configured: set notices:webhook and start the server again.";
    private const string StandardPrefix = "whsec_";
    private const int ShortestSecret = 16;

    public async Task<Carried> SendAsync(NoticeRecord notice, string text, CancellationToken cancellationToken)
    {
        if (webhook is null)
            return new Carried(CarriedAs.NobodyThere, NotConfigured);
        if (KeyOf(webhook.Secret.Read()) is not { } key)
            return new Carried(CarriedAs.NobodyThere, $"The webhook's secret is missing or shorter than {ShortestSecret} characters: {webhook.Secret}.");
        using var request = RequestOf(webhook.Url, notice, Body(notice, text), key, time.GetUtcNow());
        using var over = new CancellationTokenSource(webhook.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(over.Token, cancellationToken);
        try
        {
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            return Of(response);
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            return e switch
            {
                OperationCanceledException => new Carried(CarriedAs.NotNow, "The webhook did not answer in time; whether it took the message is not known. It is sent again under the same id."),
                HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } => new Carried(CarriedAs.NobodyThere, $"The certificate of {webhook.Url.Host} is not trusted."),
                HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError } => new Carried(CarriedAs.NobodyThere, $"{webhook.Url.Authority} cannot be reached."),
                _ => new Carried(CarriedAs.NotNow, "The webhook broke off; whether it took the message is not known. It is sent again under the same id."),
            };
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>The header's value: <c>v1,</c> and the signature in base64.</summary>
    public static string Signature(byte[] key, string id, string timestamp, byte[] body) =>
        "v1," + Convert.ToBase64String(HMACSHA256.HashData(key, (byte[])[.. Encoding.UTF8.GetBytes($"{id}.{timestamp}."), .. body]));

    private static HttpRequestMessage RequestOf(Uri url, NoticeRecord notice, byte[] body, byte[] key, DateTimeOffset now)
    {
        var timestamp = now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Add("User-Agent", "siit-iam");
        request.Headers.Add("Idempotency-Key", notice.Id);
        request.Headers.Add("webhook-id", notice.Id);
        request.Headers.Add("webhook-timestamp", timestamp);
        request.Headers.Add("webhook-signature", Signature(key, notice.Id, timestamp, body));
        return request;
    }

    private static byte[] Body(NoticeRecord notice, string text) => Encoding.UTF8.GetBytes(new JsonObject
    {
        ["id"] = notice.Id,
        ["kind"] = notice.Kind,
        ["to"] = notice.To,
        ["subject"] = notice.Subject,
        ["text"] = text,
        ["call"] = notice.Call,
        ["request"] = notice.Request,
        ["run"] = notice.Run,
        ["queued_at"] = notice.QueuedAt,
        ["expires_at"] = notice.ExpiresAt,
    }.ToJsonString());

    /// <summary>As Standard Webhooks write it, or any text that is long enough.</summary>
    private static byte[]? KeyOf(SecretText? secret)
    {
        if (secret?.Reveal() is not { Length: >= ShortestSecret } text)
            return null;
        if (!text.StartsWith(StandardPrefix, StringComparison.Ordinal))
            return Encoding.UTF8.GetBytes(text);
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text[StandardPrefix.Length..], bytes, out var length) && length >= ShortestSecret ? bytes[..length] : null;
    }

    /// <summary>What the message itself can be blamed for is final; a wrong address or secret is for the operator to mend, and waits.</summary>
    private static Carried Of(HttpResponseMessage response) => response.StatusCode switch
    {
        _ when response.IsSuccessStatusCode => Carried.Taken,
        HttpStatusCode.TooManyRequests => new Carried(CarriedAs.NobodyThere, "The webhook is asked too often (429).", response.Headers.RetryAfter?.Delta),
        HttpStatusCode.BadRequest or HttpStatusCode.RequestEntityTooLarge or HttpStatusCode.UnsupportedMediaType or HttpStatusCode.UnprocessableEntity =>
            new Carried(CarriedAs.Never, $"The webhook refused this message ({(int)response.StatusCode})."),
        HttpStatusCode.RequestTimeout or HttpStatusCode.Conflict => new Carried(CarriedAs.NotNow, $"The webhook did not take it now ({(int)response.StatusCode})."),
        var code when (int)code >= 500 => new Carried(CarriedAs.NotNow, $"The webhook has trouble of its own ({(int)code}).", response.Headers.RetryAfter?.Delta),
        var code => new Carried(CarriedAs.NobodyThere, $"The webhook does not let us in ({(int)code}). Check notices:webhook:url and its secret."),
    };
}
