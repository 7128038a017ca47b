using System.Net;
using System.Text.Json;
using Refit;
using Siit.Iam.Agent.Idps.Resilience;
using Siit.Iam.Agent.Secrets;

namespace Siit.Iam.Agent.Idps.JumpCloud;

/// <summary>What we asked JumpCloud for: the words of a message, and what the credential needs for it.</summary>
/// <param name="What">Completes "JumpCloud did not …" and "could not …", such as <c>suspend the account</c>.</param>
/// <param name="Scope">The scope that the credential's role must hold.</param>
/// <param name="Changes">It changes something.</param>
internal sealed record JumpCloudRequest(string What, string Scope, bool Changes = false);

/// <summary>The only place where JumpCloud's trouble gets its name. Most of its errors carry no code of their own, so the status decides.</summary>
internal static class JumpCloudErrors
{
    public const string RequestIdHeader = "X-Request-Id";

    /// <summary>
    /// 400 and 409 are also JumpCloud's words for "is so already"; the gate finds that by reading. After a 5xx nothing proves that
    /// nothing happened, but for 501, which says that JumpCloud does not do such a thing at all.
    /// </summary>
    public static IdpTrouble Classify(HttpStatusCode status, bool changes) => (int)status switch
    {
        501 => IdpTrouble.Rejected,
        408 or >= 500 => changes ? IdpTrouble.Unknown : IdpTrouble.Unavailable,
        401 => IdpTrouble.BadCredentials,
        402 or 403 => IdpTrouble.NotAllowed,
        404 or 410 => IdpTrouble.NotFound,
        409 or 412 => IdpTrouble.Conflict,
        429 => IdpTrouble.RateLimited,
        _ => IdpTrouble.Rejected,
    };

    /// <summary>An answer that is not a success, or that could not be read.</summary>
    public static IdpException From(JumpCloudRequest request, IApiResponse response, DateTimeOffset now)
    {
        var status = response.StatusCode ?? 0;
        var requestId = RequestId(response);
        if (response.IsSuccessStatusCode) return Unreadable(request, requestId);
        var trouble = Classify(status, request.Changes);
        var sentence = status == HttpStatusCode.PaymentRequired ? NotBooked : Sentence(trouble, request);
        return new IdpException(trouble, sentence, response.Error?.InnerException)
        {
            VendorCode = Code((response.Error as ApiException)?.Content) ?? $"HTTP {(int)status}",
            RequestId = requestId,
            RetryAt = trouble == IdpTrouble.RateLimited ? now + (response.Headers?.RetryAfter?.Delta ?? TimeSpan.FromMinutes(1)) : null,
        };
    }

    /// <summary>No answer at all.</summary>
    public static IdpException From(JumpCloudRequest request, Exception exception)
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
    public static IdpException Unreadable(JumpCloudRequest request, string? requestId)
    {
        var trouble = request.Changes ? IdpTrouble.Unknown : IdpTrouble.Unavailable;
        return new IdpException(trouble, $"JumpCloud's answer to the request to {request.What} could not be read.") { RequestId = requestId };
    }

    public static IdpException BadId(string what) => new(
        IdpTrouble.NotFound, $"That is no id of {what} at JumpCloud: ids are 24 hexadecimal digits. Use the id that a search returned.");

    public static IdpException BadFactor() => new(
        IdpTrouble.Rejected, "JumpCloud removes single second factors only when they are push endpoints. Leave the factor out to reset the person's second factors.");

    public static IdpException NoAccount() => new(IdpTrouble.NotFound, "JumpCloud has no account with this id.");

    public static IdpException NoManager(int found) => new(IdpTrouble.Rejected, found == 0
        ? "JumpCloud knows a manager by his own account, and there is none with this email or login. Nothing was changed; name another one or create it first."
        : "More than one account at JumpCloud has this manager's email or login. Nothing was changed; use the other one of the two.");

    public static IdpException NoUsername(string email) => new(
        IdpTrouble.Rejected, $"JumpCloud needs a username, and those that follow from {email} are taken or not possible there. Create the account in JumpCloud's console.");

    public static IdpException NoOwner() => new(
        IdpTrouble.BadCredentials, "The 'apiKeyOwner' of this connection is no administrator at JumpCloud. Set it to the email of the administrator whose key it is.");

    public static IdpException BadCursor() => new(
        IdpTrouble.Rejected, "This cursor belongs to another list or was changed. Start the list again without a cursor.");

    public static IdpException BadSearch() => new(IdpTrouble.Rejected, "Search for one email address or username of at most 320 characters.");

    public static IdpException TooManyPages(JumpCloudRequest request, int pages) => new(
        IdpTrouble.Rejected, $"JumpCloud has more than {pages} pages for the request to {request.What}. A part of it would be no basis for a decision, so it was cut off.");

    public static IdpException Partly(string what, IdpException failed) => new(
        IdpTrouble.Unknown, $"JumpCloud did a part of the request to {what}, then stopped. Read it back before trying again.", failed)
    {
        VendorCode = failed.VendorCode,
        RequestId = failed.RequestId,
    };

    public static IdpException NoSecret(SecretSource source) => new(
        IdpTrouble.BadCredentials, $"The credential for JumpCloud is missing: {source} is empty or cannot be read.");

    /// <summary>The token endpoint said no. Its <paramref name="error"/> is one of OAuth's own words.</summary>
    public static IdpException SignIn(HttpStatusCode status, string? error)
    {
        var (trouble, message) = (error, (int)status) switch
        {
            ("invalid_scope" or "access_denied", _) => (IdpTrouble.NotAllowed,
                "JumpCloud did not give the service account a token for its API: check that the account is active and has a role."),
            ("invalid_client" or "unauthorized_client" or "invalid_grant" or "invalid_request", _) or (_, 400 or 401 or 403) => (IdpTrouble.BadCredentials,
                "JumpCloud did not accept the service account: check client id, secret (it ends after 30 to 365 days) and the connection's region."),
            (_, 429) => (IdpTrouble.RateLimited, "JumpCloud throttles sign-ins of this connection. Try again later."),
            _ => (IdpTrouble.Unavailable, "JumpCloud could not be reached to sign in; nothing was changed. Try again later."),
        };
        return new IdpException(trouble, message) { VendorCode = Word(error) ?? $"HTTP {(int)status}" };
    }

    /// <summary>JumpCloud's code when it looks like one: what came from outside goes no further otherwise.</summary>
    public static string? Code(string? body)
    {
        if (string.IsNullOrEmpty(body)) return null;
        try
        {
            var status = JsonSerializer.Deserialize(body, JumpCloudJson.Default.JumpCloudError)?.Status;
            return status is { ValueKind: JsonValueKind.String } word ? Word(word.GetString()) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public static string? RequestId(IApiResponse response) =>
        response.Headers is { } headers && headers.TryGetValues(RequestIdHeader, out var values) && values.FirstOrDefault() is { Length: <= 128 } id ? id : null;

    private const string NotBooked = "Directory Insights is not enabled for this organization at JumpCloud, so there is no log to read. Enable it there; until then a change shows only when everything is read again.";

    private static string Sentence(IdpTrouble trouble, JumpCloudRequest request) => trouble switch
    {
        IdpTrouble.NotFound => $"JumpCloud could not {request.What}: what it is about does not exist there (any more).",
        IdpTrouble.NotAllowed => $"JumpCloud did not allow us to {request.What}: the role of the connection's credential needs the scope {request.Scope}.",
        IdpTrouble.BadCredentials => "JumpCloud did not accept the connection's credential: it is wrong, expired or withdrawn, or of another region. Renew it as the setup guide says.",
        IdpTrouble.RateLimited => $"JumpCloud throttles this connection for longer than a call may wait, so it did not {request.What}. Nothing was changed; try again later.",
        IdpTrouble.Conflict => $"JumpCloud did not {request.What}: it is so already, or something else stands against it. Read it again, then decide.",
        IdpTrouble.Rejected => $"JumpCloud understood but did not {request.What}: the state of the account or a rule of the organization forbids it.",
        IdpTrouble.Unavailable => $"JumpCloud could not be reached or failed, so it did not {request.What}. Nothing was changed; try again later.",
        IdpTrouble.Unknown => $"It cannot be told whether JumpCloud did {request.What}: no clear answer came after the request was sent. Read it back before trying again.",
        _ => throw new ArgumentOutOfRangeException(nameof(trouble), trouble, null),
    };

    private static string? Word(string? text) =>
        text is { Length: > 0 and <= 40 } && text.All(c => char.IsAsciiLetterOrDigit(c) || c == '_') ? text : null;

    private static T? Find<T>(Exception? exception) where T : Exception
    {
        for (; exception is not null; exception = exception.InnerException)
            if (exception is T found) return found;
        return null;
    }
}
