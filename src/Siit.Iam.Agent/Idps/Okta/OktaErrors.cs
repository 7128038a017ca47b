using System.Net;
using System.Text.Json;
using Refit;
using Siit.Iam.Agent.Idps.Resilience;

namespace Siit.Iam.Agent.Idps.Okta;

/// <summary>What we asked Okta for: the words of a message, and what the credential needs for it.</summary>
/// <param name="What">Completes "Okta did not …" and "could not …", such as <c>suspend the account</c>.</param>
/// <param name="Scope">The OAuth scope it needs.</param>
/// <param name="Changes">It changes something.</param>
internal sealed record OktaRequest(string What, string Scope, bool Changes = false);

/// <summary>The only place where Okta's trouble gets its name. Okta supports its error code alone for decisions, never the text beside it.</summary>
internal static class OktaErrors
{
    public const string RequestIdHeader = "X-Okta-Request-Id";

    /// <summary>Our own word beside OAuth's: the token is of another type than asked for.</summary>
    public const string NotBound = "not_bound";

    /// <summary>
    /// Okta's code before the status, because a 403 can mean "may not" as well as "wrong state". Not so for a failing server: after
    /// a 5xx no code proves that nothing happened, but for 501, which says that Okta does not do such a thing at all.
    /// </summary>
    public static IdpTrouble Classify(HttpStatusCode status, string? code, bool changes) => (code, (int)status) switch
    {
        ("E0000060", 501) => IdpTrouble.Rejected,
        (_, 408 or >= 500) => changes ? IdpTrouble.Unknown : IdpTrouble.Unavailable,
        ("E0000007" or "E0000008", _) => IdpTrouble.NotFound,
        ("E0000006" or "E0000015", _) => IdpTrouble.NotAllowed,
        ("E0000004" or "E0000005" or "E0000011", _) => IdpTrouble.BadCredentials,
        ("E0000047", _) => IdpTrouble.RateLimited,
        ("E0000112", _) => IdpTrouble.Conflict,
        ("E0000001" or "E0000003" or "E0000014" or "E0000016" or "E0000017" or "E0000022" or "E0000031" or "E0000034"
            or "E0000038" or "E0000053" or "E0000060" or "E0000075" or "E0000079" or "E0000080", _) => IdpTrouble.Rejected,
        (_, 401) => IdpTrouble.BadCredentials,
        (_, 403) => IdpTrouble.NotAllowed,
        (_, 404 or 410) => IdpTrouble.NotFound,
        (_, 409 or 412) => IdpTrouble.Conflict,
        (_, 429) => IdpTrouble.RateLimited,
        _ => IdpTrouble.Rejected,
    };

    /// <summary>An answer that is not a success, or that could not be read.</summary>
    public static IdpException From(OktaRequest request, IApiResponse response, DateTimeOffset now)
    {
        var status = response.StatusCode ?? 0;
        var requestId = RequestId(response);
        if (response.IsSuccessStatusCode) return Unreadable(request, requestId);
        var code = Code((response.Error as ApiException)?.Content);
        var trouble = Classify(status, code, request.Changes);
        return new IdpException(trouble, Sentence(trouble, request), response.Error?.InnerException)
        {
            VendorCode = code ?? $"HTTP {(int)status}",
            RequestId = requestId,
            RetryAt = trouble == IdpTrouble.RateLimited ? RetryAt(response, now) : null,
        };
    }

    /// <summary>No answer at all.</summary>
    public static IdpException From(OktaRequest request, Exception exception)
    {
        if (Find<IdpException>(exception) is { } known) return known;
        if (Find<ThrottledException>(exception) is { } throttled)
            return new IdpException(IdpTrouble.RateLimited, Sentence(IdpTrouble.RateLimited, request), exception) { RetryAt = throttled.RetryAt };
        // Anything that says nothing about the delivery of a change counts as "may have arrived".
        var mayHaveArrived = request.Changes && (Find<DeliveryException>(exception)?.MayHaveArrived ?? true);
        var trouble = mayHaveArrived ? IdpTrouble.Unknown : IdpTrouble.Unavailable;
        return new IdpException(trouble, Sentence(trouble, request), exception);
    }

    /// <summary>A change that was answered with success has happened, even when its answer cannot be read.</summary>
    public static IdpException Unreadable(OktaRequest request, string? requestId)
    {
        var trouble = request.Changes ? IdpTrouble.Unknown : IdpTrouble.Unavailable;
        return new IdpException(trouble, $"Okta's answer to the request to {request.What} could not be read.") { RequestId = requestId };
    }

    public static IdpException BadId(string what) => new(
        IdpTrouble.NotFound, $"That is no id of {what} at Okta: ids are letters, digits, '-' and '_'. Use the id that a search returned.");

    public static IdpException NoAccount() => new(IdpTrouble.NotFound, "Okta has no account with this id.");

    public static IdpException BadCursor() => new(
        IdpTrouble.Rejected, "This cursor belongs to another list or was changed. Start the list again without a cursor.");

    public static IdpException BadSearch() => new(IdpTrouble.Rejected, "Search for one email address or login of at most 320 characters.");

    public static IdpException ForeignLink(OktaRequest request) => new(
        IdpTrouble.Rejected, $"Okta's answer to the request to {request.What} names a next page at another address. It was not followed; have the connection's URL and the network checked.");

    public static IdpException TooManyPages(OktaRequest request, int pages) => new(
        IdpTrouble.Rejected, $"Okta has more than {pages} pages for the request to {request.What}. A part of it would be no basis for a decision, so it was cut off.");

    public static IdpException NoSecret(SecretSource source) => new(
        IdpTrouble.BadCredentials, $"The credential for Okta is missing: {source} is empty or cannot be read.");

    public static IdpException BadKey(SecretSource source, Exception inner) => new(
        IdpTrouble.BadCredentials, $"The private key in {source} cannot be used: it must be an RSA or EC key as PEM or JWK.", inner);

    /// <summary>The token endpoint said no. Its <paramref name="error"/> is one of OAuth's own words.</summary>
    public static IdpException SignIn(HttpStatusCode status, string? error, IEnumerable<string> scopes)
    {
        var (trouble, message) = (error, (int)status) switch
        {
            ("invalid_scope" or "consent_required" or "access_denied", _) => (IdpTrouble.NotAllowed,
                $"Okta did not give a token for the scopes {string.Join(", ", scopes)}: grant each of them on the application's tab 'Okta API Scopes'."),
            ("use_dpop_nonce" or "invalid_dpop_proof", _) => (IdpTrouble.BadCredentials,
                "Okta did not accept the proof of possession (DPoP) that goes with the sign-in: check this machine's clock."),
            (NotBound, _) => (IdpTrouble.BadCredentials,
                "Okta gave a token that is not bound to our key although the connection's setting 'dpop' insists on it. It was not used."),
            ("invalid_client" or "unauthorized_client" or "invalid_grant" or "invalid_request", _) or (_, 400 or 401 or 403) => (IdpTrouble.BadCredentials,
                "Okta did not accept the application's key: check the client id, that the public key is active there, and this machine's clock."),
            (_, 429) => (IdpTrouble.RateLimited, "Okta throttles sign-ins of this connection. Try again later."),
            _ => (IdpTrouble.Unavailable, "Okta could not be reached to sign in; nothing was changed. Try again later."),
        };
        return new IdpException(trouble, message) { VendorCode = Word(error) ?? $"HTTP {(int)status}" };
    }

    /// <summary>Okta's code when it looks like one: what came from outside goes no further otherwise.</summary>
    public static string? Code(string? body)
    {
        if (string.IsNullOrEmpty(body)) return null;
        try
        {
            return Word(JsonSerializer.Deserialize(body, OktaJson.Default.OktaError)?.ErrorCode);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public static string? RequestId(IApiResponse response) =>
        response.Headers is { } headers && headers.TryGetValues(RequestIdHeader, out var values) && values.FirstOrDefault() is { Length: <= 128 } id ? id : null;

    private static string Sentence(IdpTrouble trouble, OktaRequest request) => trouble switch
    {
        IdpTrouble.NotFound => $"Okta could not {request.What}: what it is about does not exist there (any more).",
        IdpTrouble.NotAllowed =>
            $"Okta did not allow us to {request.What}: the connection's credential needs the scope {request.Scope} and an administrator role that covers it.",
        IdpTrouble.BadCredentials => "Okta did not accept the connection's credential: it is wrong, expired or withdrawn. Renew it as the setup guide says.",
        IdpTrouble.RateLimited => $"Okta throttles this connection for longer than a call may wait, so it did not {request.What}. Nothing was changed; try again later.",
        IdpTrouble.Conflict => $"Okta did not {request.What}: something else is changing the same thing. Read it again, then decide.",
        IdpTrouble.Rejected => $"Okta understood but did not {request.What}: the state of the account or a rule of the tenant forbids it.",
        IdpTrouble.Unavailable => $"Okta could not be reached or failed, so it did not {request.What}. Nothing was changed; try again later.",
        IdpTrouble.Unknown => $"It cannot be told whether Okta did {request.What}: no clear answer came after the request was sent. Read it back before trying again.",
        _ => throw new ArgumentOutOfRangeException(nameof(trouble), trouble, null),
    };

    private static DateTimeOffset? RetryAt(IApiResponse response, DateTimeOffset now)
    {
        using var answer = new HttpResponseMessage(HttpStatusCode.TooManyRequests);
        foreach (var header in response.Headers!) answer.Headers.TryAddWithoutValidation(header.Key, header.Value);
        return now + (OktaThrottling.Read(answer, now)?.Wait ?? TimeSpan.FromMinutes(1));
    }

    private static string? Word(string? text) =>
        text is { Length: > 0 and <= 40 } && text.All(c => char.IsAsciiLetterOrDigit(c) || c == '_') ? text : null;

    private static T? Find<T>(Exception? exception) where T : Exception
    {
        for (; exception is not null; exception = exception.InnerException)
            if (exception is T found) return found;
        return null;
    }
}
