using System.Net;
using Azure.Identity;
using Microsoft.Graph.Models.ODataErrors;
using Microsoft.Identity.Client;
using Microsoft.Kiota.Abstractions;
using Siit.Iam.Agent.Idps.Resilience;
using Siit.Iam.Agent.Secrets;

namespace Siit.Iam.Agent.Idps.Entra;

/// <summary>What we asked Entra for: the words of a message, and what the credential needs for it.</summary>
/// <param name="What">Completes "Entra did not …" and "could not …", such as <c>disable the account</c>.</param>
/// <param name="Permission">The least application permission.</param>
/// <param name="Changes">It changes something.</param>
internal sealed record EntraRequest(string What, string Permission, bool Changes = false);

/// <summary>The only place where Entra's trouble gets its name. Messages of Graph change and are translated: only status and code decide.</summary>
internal static class EntraErrors
{
    /// <summary>After a 5xx no code proves that nothing happened, but for 501, which says that Graph does not do such a thing at all.</summary>
    public static IdpTrouble Classify(HttpStatusCode status, string? code, bool changes) => (code, (int)status) switch
    {
        (_, 501) => IdpTrouble.Rejected,
        (_, 408 or >= 500) => changes ? IdpTrouble.Unknown : IdpTrouble.Unavailable,
        ("InvalidAuthenticationToken" or "Authentication_ExpiredToken" or "Authentication_MissingOrMalformed" or "Authorization_IdentityDisabled"
            or "Authorization_IdentityNotFound", _) => IdpTrouble.BadCredentials,
        ("Authorization_RequestDenied" or "accessDenied" or "Forbidden", _) => IdpTrouble.NotAllowed,
        ("Request_ResourceNotFound" or "ResourceNotFound" or "itemNotFound", _) => IdpTrouble.NotFound,
        ("Request_ThrottledTemporarily" or "TooManyRequests" or "activityLimitReached", _) => IdpTrouble.RateLimited,
        ("Directory_ConcurrencyViolation", _) => IdpTrouble.Conflict,
        ("Request_BadRequest" or "BadRequest" or "invalidRequest" or "Request_UnsupportedQuery" or "Directory_ExpiredPageToken" or "Directory_QuotaExceeded"
            or "Authentication_RequestFromNonPremiumTenantOrB2CTenant", _) => IdpTrouble.Rejected,
        (_, 401) => IdpTrouble.BadCredentials,
        (_, 403) => IdpTrouble.NotAllowed,
        (_, 404 or 410) => IdpTrouble.NotFound,
        (_, 409 or 412 or 423) => IdpTrouble.Conflict,
        (_, 429) => IdpTrouble.RateLimited,
        _ => IdpTrouble.Rejected,
    };

    public static IdpException From(EntraRequest request, Exception exception, DateTimeOffset now)
    {
        if (Find<IdpException>(exception) is { } known) return known;
        if (Find<ThrottledException>(exception) is { } throttled)
            return new IdpException(IdpTrouble.RateLimited, Sentence(IdpTrouble.RateLimited, request), exception) { RetryAt = throttled.RetryAt };
        if (exception is ApiException { ResponseStatusCode: > 0 } answer) return From(request, answer, now);
        // Anything that says nothing about the delivery of a change counts as "may have arrived".
        var mayHaveArrived = request.Changes && (Find<DeliveryException>(exception)?.MayHaveArrived ?? true);
        var trouble = mayHaveArrived ? IdpTrouble.Unknown : IdpTrouble.Unavailable;
        return new IdpException(trouble, Sentence(trouble, request), exception);
    }

    /// <summary>A change that was answered with success has happened, even when its answer cannot be read.</summary>
    public static IdpException Unreadable(EntraRequest request, string? requestId)
    {
        var trouble = request.Changes ? IdpTrouble.Unknown : IdpTrouble.Unavailable;
        return new IdpException(trouble, $"Entra's answer to the request to {request.What} could not be read.") { RequestId = requestId };
    }

    /// <summary>Several requests make up one change, and some of them were carried out.</summary>
    public static IdpException Partly(EntraRequest request, IdpException failed) => new(
        IdpTrouble.Unknown, $"Entra did a part of the request to {request.What}, then stopped. Read it back before trying again.", failed)
    {
        VendorCode = failed.VendorCode,
        RequestId = failed.RequestId,
    };

    public static IdpException BadId(string what) => new(
        IdpTrouble.NotFound, $"That is no id of {what} at Entra: ids are GUIDs or texts of letters, digits, '-' and '_'. Use the id that a search returned.");

    public static IdpException NoAccount() => new(IdpTrouble.NotFound, "Entra has no account with this id.");

    public static IdpException NoAssignment() => new(
        IdpTrouble.NotFound, "Entra has no direct assignment of this application to the account, so there was nothing to take away.");

    public static IdpException NoFactor() => new(IdpTrouble.NotFound, "The account has no second factor with this id at Entra. Read its factors again.");

    public static IdpException NotRemovable(string kind) => new(IdpTrouble.Rejected, $"A second factor of the kind {kind} cannot be removed through Entra's API. Remove it in the Entra admin center.");

    public static IdpException NoManager(string manager) => new(
        IdpTrouble.Rejected, $"Entra has not exactly one account for the manager {manager}, so nothing was changed. Name the manager by work email.");

    public static IdpException BadCursor() => new(
        IdpTrouble.Rejected, "This cursor belongs to another list or was changed. Start the list again without a cursor.");

    public static IdpException BadSearch() => new(IdpTrouble.Rejected, "Search for one email address or login of at most 320 characters.");

    public static IdpException ForeignLink() => new(
        IdpTrouble.Rejected, "Entra's answer names a next page at another address. It was not followed; have the connection's URL and the network checked.");

    public static IdpException TooManyPages(EntraRequest request, int pages) => new(
        IdpTrouble.Rejected, $"Entra has more than {pages} pages for the request to {request.What}. A part of it would be no basis for a decision, so it was cut off.");

    public static IdpException NoSecret(SecretSource source) => new(
        IdpTrouble.BadCredentials, $"The credential for Entra is missing: {source} is empty or cannot be read.");

    public static IdpException BadCertificate(SecretSource source, Exception inner) => new(
        IdpTrouble.BadCredentials, $"The certificate in {source} cannot be used: it must be PEM with the certificate and its private key.", inner);

    /// <summary>The token endpoint said no, or could not be asked. What it wrote stays out of the message.</summary>
    public static IdpException SignIn(AuthenticationFailedException exception)
    {
        if (Find<DeliveryException>(exception) is not null || Find<ThrottledException>(exception) is not null || exception is CredentialUnavailableException)
            return Unreachable(exception);
        if (Find<MsalServiceException>(exception) is { StatusCode: 429 or >= 500 }) return Unreachable(exception);
        return new IdpException(
            IdpTrouble.BadCredentials,
            "Entra did not accept the application's credential: check tenant id, client id, that the secret or certificate has not expired, and this machine's clock.",
            exception)
        {
            VendorCode = Word(Find<MsalServiceException>(exception)?.ErrorCode),
        };
    }

    private static IdpException Unreachable(Exception exception) => new(
        IdpTrouble.Unavailable, "Entra could not be reached to sign in; nothing was changed. Try again later.", exception);

    private static IdpException From(EntraRequest request, ApiException answer, DateTimeOffset now)
    {
        var status = (HttpStatusCode)answer.ResponseStatusCode;
        var code = Word((answer as ODataError)?.Error?.Code);
        if ((int)status is >= 200 and < 300) return Unreadable(request, Header(answer, EntraReceipt.Header));
        var trouble = Classify(status, code, request.Changes);
        return new IdpException(trouble, Sentence(trouble, request), answer)
        {
            VendorCode = code ?? $"HTTP {(int)status}",
            RequestId = Header(answer, EntraReceipt.Header),
            RetryAt = trouble == IdpTrouble.RateLimited ? now + Wait(answer) : null,
        };
    }

    private static string Sentence(IdpTrouble trouble, EntraRequest request) => trouble switch
    {
        IdpTrouble.NotFound => $"Entra could not {request.What}: what it is about does not exist there (any more).",
        IdpTrouble.NotAllowed =>
            $"Entra did not allow us to {request.What}: the application needs the permission {request.Permission} with admin consent, and for administrators a directory role as well.",
        IdpTrouble.BadCredentials => "Entra did not accept the connection's credential: it is wrong, expired or withdrawn. Renew it as the setup guide says.",
        IdpTrouble.RateLimited => $"Entra throttles this connection for longer than a call may wait, so it did not {request.What}. Nothing was changed; try again later.",
        IdpTrouble.Conflict => $"Entra did not {request.What}: something else is changing the same thing. Read it again, then decide.",
        IdpTrouble.Rejected => $"Entra understood but did not {request.What}: the state of the account or a rule of the tenant forbids it.",
        IdpTrouble.Unavailable => $"Entra could not be reached or failed, so it did not {request.What}. Nothing was changed; try again later.",
        IdpTrouble.Unknown => $"It cannot be told whether Entra did {request.What}: no clear answer came after the request was sent. Read it back before trying again.",
        _ => throw new ArgumentOutOfRangeException(nameof(trouble), trouble, null),
    };

    private static TimeSpan Wait(ApiException answer) =>
        int.TryParse(Header(answer, "Retry-After"), out var seconds) ? TimeSpan.FromSeconds(Math.Clamp(seconds, 0, 3600)) : TimeSpan.FromMinutes(1);

    private static string? Header(ApiException answer, string name) =>
        answer.ResponseHeaders?.FirstOrDefault(header => header.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value?.FirstOrDefault() is { Length: <= 128 } value
            ? value
            : null;

    /// <summary>What came from outside goes no further unless it looks like a code.</summary>
    private static string? Word(string? text) =>
        text is { Length: > 0 and <= 80 } && text.All(c => char.IsAsciiLetterOrDigit(c) || c == '_') ? text : null;

    private static T? Find<T>(Exception? exception) where T : Exception
    {
        for (; exception is not null; exception = exception.InnerException)
            if (exception is T found) return found;
        return null;
    }
}
