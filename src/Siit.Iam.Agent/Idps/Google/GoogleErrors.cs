using System.Net;
using System.Text.Json;
using Refit;
using Siit.Iam.Agent.Idps.Resilience;
using Siit.Iam.Agent.Secrets;

namespace Siit.Iam.Agent.Idps.Google;

/// <summary>What we asked Google for: the words of a message, and what the credential needs for it.</summary>
/// <param name="What">Completes "Google did not …" and "could not …", such as <c>suspend the account</c>.</param>
/// <param name="Scope">The OAuth scope it needs, without its <c>https://www.googleapis.com/auth/</c>.</param>
/// <param name="Changes">It changes something.</param>
internal sealed record GoogleRequest(string What, string Scope, bool Changes = false);

/// <summary>The only place where Google's trouble gets its name. A 403 is never judged by its status: the reason in the body decides.</summary>
internal static class GoogleErrors
{
    public const string DailyQuota = "dailyLimitExceeded";
    public const string Quota = "quotaExceeded";
    public const string RateLimit = "rateLimitExceeded";
    public const string UserRateLimit = "userRateLimitExceeded";

    /// <summary>
    /// Google's reason before the status, but not for a failing server: after a 5xx no reason proves that nothing happened.
    /// "duplicate" is a no of its own and no conflict: the thing is there, or the address belongs to somebody else.
    /// </summary>
    public static IdpTrouble Classify(HttpStatusCode status, string? reason, bool changes) => (reason, (int)status) switch
    {
        (_, 408 or >= 500) => changes ? IdpTrouble.Unknown : IdpTrouble.Unavailable,
        (RateLimit or UserRateLimit or Quota or DailyQuota or "RESOURCE_EXHAUSTED", _) => IdpTrouble.RateLimited,
        ("notFound" or "NOT_FOUND", _) => IdpTrouble.NotFound,
        ("authError" or "UNAUTHENTICATED", _) => IdpTrouble.BadCredentials,
        ("forbidden" or "insufficientPermissions" or "accessNotConfigured" or "domainCannotUseApis" or "PERMISSION_DENIED", _) => IdpTrouble.NotAllowed,
        ("conflict" or "conditionNotMet" or "ABORTED", _) => IdpTrouble.Conflict,
        ("adminCannotUnsuspend" or "badRequest" or "duplicate" or "invalid" or "limitExceeded" or "INVALID_ARGUMENT", _) => IdpTrouble.Rejected,
        (_, 401) => IdpTrouble.BadCredentials,
        (_, 403) => IdpTrouble.NotAllowed,
        (_, 404 or 410) => IdpTrouble.NotFound,
        (_, 409 or 412) => IdpTrouble.Conflict,
        (_, 429) => IdpTrouble.RateLimited,
        _ => IdpTrouble.Rejected,
    };

    /// <summary>An answer that is not a success, or that could not be read.</summary>
    public static IdpException From(GoogleRequest request, IApiResponse response, DateTimeOffset now)
    {
        var status = response.StatusCode ?? 0;
        if (response.IsSuccessStatusCode) return Unreadable(request);
        var reason = Reason((response.Error as ApiException)?.Content);
        var trouble = Classify(status, reason, request.Changes);
        return new IdpException(trouble, Sentence(trouble, request, reason), response.Error?.InnerException)
        {
            VendorCode = reason ?? $"HTTP {(int)status}",
            // Google names no time: a minute is the length of its quota's window.
            RetryAt = trouble == IdpTrouble.RateLimited ? now + TimeSpan.FromMinutes(1) : null,
        };
    }

    /// <summary>No answer at all.</summary>
    public static IdpException From(GoogleRequest request, Exception exception)
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
    public static IdpException Unreadable(GoogleRequest request)
    {
        var trouble = request.Changes ? IdpTrouble.Unknown : IdpTrouble.Unavailable;
        return new IdpException(trouble, $"Google's answer to the request to {request.What} could not be read.");
    }

    public static IdpException BadId(string what) => new(
        IdpTrouble.NotFound, $"That is no id of {what} at Google: ids are letters, digits, '-' and '_', never an address. Use the id that a search returned.");

    public static IdpException NoAccount() => new(IdpTrouble.NotFound, "Google has no account with this id.");

    public static IdpException NoGroup() => new(IdpTrouble.NotFound, "Google has no group with this id.");

    public static IdpException NoApplication() => new(
        IdpTrouble.NotFound, "This connection's settings map no application with this id to a group ('applications'). Use the id that find_application returned.");

    public static IdpException BadCursor() => new(
        IdpTrouble.Rejected, "This cursor belongs to another list or was changed. Start the list again without a cursor.");

    public static IdpException BadSearch() => new(IdpTrouble.Rejected, "Search for one email address of at most 320 characters.");

    public static IdpException TooManyPages(GoogleRequest request, int pages) => new(
        IdpTrouble.Rejected, $"Google has more than {pages} pages for the request to {request.What}. A part of it would be no basis for a decision, so it was cut off.");

    /// <summary>Several grants are taken back one by one, and one of them failed.</summary>
    public static IdpException Partly(int done, IdpException inner) => new(
        IdpTrouble.Unknown, $"Google took back {done} of the account's grants and then did not go on: some are left. Read them, then ask again.", inner)
    {
        VendorCode = inner.VendorCode,
    };

    public static IdpException NoSecret(SecretSource source) => new(
        IdpTrouble.BadCredentials, $"The credential for Google is missing: {source} is empty or cannot be read.");

    public static IdpException BadKey(SecretSource source, Exception? inner = null) => new(
        IdpTrouble.BadCredentials, $"The key in {source} cannot be used: it must be a service account's key as Google hands it out, in JSON.", inner);

    /// <summary>The token endpoint said no. Its <paramref name="error"/> is one of OAuth's own words.</summary>
    public static IdpException SignIn(HttpStatusCode? status, string? error, GoogleOptions options)
    {
        var (trouble, message) = (error, (int)(status ?? 0)) switch
        {
            ("unauthorized_client" or "access_denied" or "invalid_scope", _) => (IdpTrouble.NotAllowed, options.Subject is null
                ? "Google did not give a token for the scopes in 'scopes': check their spelling and that the Admin SDK API is enabled for the service account's project."
                : "Google did not give a token: in the Admin console, domain-wide delegation must list the service account's client id with exactly the scopes in 'scopes'. One that is missing refuses all."),
            ("invalid_grant", _) when options.Subject is not null => (IdpTrouble.BadCredentials,
                $"Google did not accept the sign-in as {options.Subject}: check that this account exists and is not suspended, that the service account's key is active, and this machine's clock."),
            ("invalid_grant" or "invalid_client" or "invalid_request", _) or (_, 400 or 401 or 403) => (IdpTrouble.BadCredentials,
                "Google did not accept the service account's key: check that it is active, and this machine's clock."),
            (_, 429) => (IdpTrouble.RateLimited, "Google throttles sign-ins of this connection. Try again later."),
            _ => (IdpTrouble.Unavailable, "Google could not be reached to sign in; nothing was changed. Try again later."),
        };
        return new IdpException(trouble, message) { VendorCode = Word(error) ?? $"HTTP {(int)(status ?? 0)}" };
    }

    /// <summary>Google's reason when it looks like one: what came from outside goes no further otherwise.</summary>
    public static string? Reason(string? body)
    {
        if (string.IsNullOrEmpty(body)) return null;
        try
        {
            var error = JsonSerializer.Deserialize(body, GoogleJson.Default.GoogleError)?.Error;
            return Word(error?.Errors?.Select(detail => detail.Reason).FirstOrDefault(reason => reason is not null) ?? error?.Status);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string Sentence(IdpTrouble trouble, GoogleRequest request, string? reason = null) => trouble switch
    {
        IdpTrouble.NotFound => $"Google could not {request.What}: what it is about does not exist there (any more).",
        IdpTrouble.NotAllowed =>
            $"Google did not allow us to {request.What}: the connection's credential needs the scope {request.Scope}, its API enabled, and an administrator role that covers it; only a super administrator may change administrators.",
        IdpTrouble.BadCredentials => "Google did not accept the connection's credential: it is wrong, expired or withdrawn. Renew it as the setup guide says.",
        IdpTrouble.RateLimited => $"Google throttles this connection for longer than a call may wait, so it did not {request.What}. Nothing was changed; try again later.",
        IdpTrouble.Conflict => $"Google did not {request.What}: the account or group was created or changed a moment ago and is not ready, or (for archiving) no Archived User licence is left. Nothing was changed; look at the licences, or try again in a minute.",
        IdpTrouble.Rejected when reason == "duplicate" => $"Google did not {request.What}: it is there already, or the address belongs to another account, alias or group.",
        IdpTrouble.Rejected => $"Google understood but did not {request.What}: the state of the account or a rule of the tenant forbids it.",
        IdpTrouble.Unavailable => $"Google could not be reached or failed, so it did not {request.What}. Nothing was changed; try again later.",
        IdpTrouble.Unknown => $"It cannot be told whether Google did {request.What}: no clear answer came after the request was sent. Read it back before trying again.",
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
