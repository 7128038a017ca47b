using System.Text.Json.Nodes;

namespace Siit.Iam.Emulator.Google;

/// <summary>A refusal in Google's shape; ends the request without any change.</summary>
internal sealed class GoogleRefusal(int status, string reason, string message, string? canonical = null) : Exception(message)
{
    public int Status { get; } = status;

    public JsonObject Body { get; } = canonical is null ? GoogleErrors.Body(status, reason, message) : GoogleErrors.Canonical(status, canonical, message);
}

/// <summary>Google's errors, as far as these routes use them.</summary>
internal static class GoogleErrors
{
    public static JsonObject Body(int status, string reason, string message) => new()
    {
        ["error"] = new JsonObject
        {
            ["code"] = status,
            ["message"] = message,
            ["errors"] = new JsonArray(new JsonObject
            {
                ["message"] = message,
                ["domain"] = reason is "userRateLimitExceeded" or "rateLimitExceeded" or "quotaExceeded" ? "usageLimits" : "global",
                ["reason"] = reason,
            }),
        },
    };

    /// <summary>The shape of the newer APIs.</summary>
    public static JsonObject Canonical(int status, string canonical, string message) => new()
    {
        ["error"] = new JsonObject { ["code"] = status, ["message"] = message, ["status"] = canonical },
    };

    /// <summary>What any route can answer when it is told to fail.</summary>
    public static JsonObject Failure(int status) => status switch
    {
        400 => Body(400, "invalid", "Invalid Input"),
        401 => Body(401, "authError", "Invalid Credentials"),
        403 => Body(403, "forbidden", "Not Authorized to access this resource/api"),
        404 => Body(404, "notFound", "Resource Not Found: userKey"),
        409 => Body(409, "conflict", "Conflict"),
        412 => Body(412, "conditionNotMet", "Precondition is not met."),
        429 => Body(429, "rateLimitExceeded", "Rate Limit Exceeded"),
        503 => Body(503, "backendError", "Service unavailable. Please try again"),
        _ => Body(status, "backendError", "Internal error encountered."),
    };

    public static GoogleRefusal BadToken() => new(401, "authError", "Invalid Credentials");

    public static GoogleRefusal NoScope() => new(403, "insufficientPermissions", "Request had insufficient authentication scopes.");

    public static GoogleRefusal NotAllowed() => new(403, "forbidden", "Not Authorized to access this resource/api");

    public static GoogleRefusal NotFound(string key) => new(404, "notFound", $"Resource Not Found: {key}");

    public static GoogleRefusal Invalid(string what) => new(400, "invalid", $"Invalid Input: {what}");

    public static GoogleRefusal BadRequest(string what) => new(400, "badRequest", what);

    public static GoogleRefusal Missing(string field) => new(400, "required", $"Missing required field: {field}");

    public static GoogleRefusal Exists() => new(409, "duplicate", "Entity already exists.");

    public static GoogleRefusal MemberExists() => new(409, "duplicate", "Member already exists.");

    public static GoogleRefusal Unfinished() => new(412, "conditionNotMet", "User creation is not complete.");

    public static GoogleRefusal EmailSettling() => new(409, "conflict", "The user's primary email was changed a moment ago.");

    public static GoogleRefusal Cyclic() => new(412, "conditionNotMet", "Cyclic memberships not allowed");

    public static GoogleRefusal NoLicence() => new(412, "conditionNotMet", "Insufficient archived user licenses");

    public static GoogleRefusal CannotUnsuspend() => new(403, "adminCannotUnsuspend", "Cannot restore a user suspended for abuse.");

    public static GoogleRefusal NoGroup() => new(404, "notFound", "Group not found.", "NOT_FOUND");
}
