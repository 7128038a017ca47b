using System.Globalization;
using System.Text.Json.Nodes;

namespace Siit.Iam.Emulator.Entra;

/// <summary>A refusal in Graph's shape; ends the request without any change.</summary>
internal sealed class EntraRefusal(int status, string code, string message) : Exception(message)
{
    public int Status { get; } = status;

    public string Code { get; } = code;

    /// <summary>Where to begin again, for a delta link that is too old.</summary>
    public string? Location { get; init; }
}

/// <summary>Graph's codes and sentences that these routes use.</summary>
internal static class EntraErrors
{
    public const string NotSupported = "Unable to update the specified properties for objects that have originated within an external service.";

    public static JsonObject Body(string code, string message, string requestId, DateTimeOffset now) => new()
    {
        ["error"] = new JsonObject
        {
            ["code"] = code,
            ["message"] = message,
            ["innerError"] = new JsonObject
            {
                ["date"] = now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture),
                ["request-id"] = requestId,
                ["client-request-id"] = requestId,
            },
        },
    };

    public static EntraRefusal BadRequest(string message) => new(400, "Request_BadRequest", message);

    public static EntraRefusal BadBody() => new(400, "BadRequest", "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.");

    public static EntraRefusal Unsupported(string message) => new(400, "Request_UnsupportedQuery", message);

    public static EntraRefusal BadPageToken() => new(400, "Directory_ExpiredPageToken", "The specified page token value has expired and can no longer be included in your request.");

    public static EntraRefusal BadPageSize(string size) => new(400, "Request_BadRequest", $"Invalid page size specified: '{size}'. Must be between 1 and 999 inclusive.");

    public static EntraRefusal NoProperty(string name, string type) => new(400, "BadRequest", $"Parsing OData Select and Expand failed: Could not find a property named '{name}' on type 'microsoft.graph.{type}'.");

    public static EntraRefusal BadToken() => new(401, "InvalidAuthenticationToken", "Access token validation failure. Invalid audience.");

    public static EntraRefusal NoToken() => new(401, "InvalidAuthenticationToken", "Access token is empty.");

    public static EntraRefusal ExpiredToken() => new(401, "InvalidAuthenticationToken", "Lifetime validation failed, the token is expired.");

    public static EntraRefusal NotAllowed() => new(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.");

    public static EntraRefusal NotFound(string id) =>
        new(404, "Request_ResourceNotFound", $"Resource '{id}' does not exist or one of its queried reference-property objects are not present.");

    public static EntraRefusal NoMethod(string id) => new(404, "ResourceNotFound", $"The authentication method '{id}' was not found.");

    public static EntraRefusal AlreadyMember() =>
        BadRequest("One or more added object references already exist for the following modified properties: 'members'.");

    public static EntraRefusal DefaultMethod() => new(
        400, "badRequest", "The requested authentication method matches the user's current default authentication method, and cannot be deleted until the default authentication method is changed.");
}
