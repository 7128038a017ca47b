using System.Text.Json.Nodes;

namespace Siit.Iam.Emulator.Okta;

/// <summary>A refusal in Okta's shape; ends the request without any change.</summary>
internal sealed class OktaRefusal(int status, string code, string summary, params string[] causes) : Exception(summary)
{
    public int Status { get; } = status;

    public JsonObject Body(string errorId) => OktaErrors.Body(code, Message, errorId, causes);
}

/// <summary>The codes of Okta's error catalogue that these routes use.</summary>
internal static class OktaErrors
{
    public const string ThrottledSummary = "API call exceeded rate limit due to too many requests.";

    public static JsonObject Body(string code, string summary, string errorId, params string[] causes) => new()
    {
        ["errorCode"] = code,
        ["errorSummary"] = summary,
        ["errorLink"] = code,
        ["errorId"] = errorId,
        ["errorCauses"] = new JsonArray([.. causes.Select(c => new JsonObject { ["errorSummary"] = c })]),
    };

    public static OktaRefusal Invalid(string field, params string[] causes) => new(400, "E0000001", $"Api validation failed: {field}", causes);

    public static OktaRefusal BadBody() => new(400, "E0000003", "The request body was not well-formed.");

    public static OktaRefusal NotAllowed() => new(403, "E0000006", "You do not have permission to perform the requested action");

    public static OktaRefusal NotFound(string id, string kind) => new(404, "E0000007", $"Not found: Resource not found: {id} ({kind})");

    public static OktaRefusal BadToken() => new(401, "E0000011", "Invalid token provided");

    public static OktaRefusal AlreadyActive() => new(403, "E0000016", "Activation failed because the user is already active");

    public static OktaRefusal WrongStatus() => new(403, "E0000038", "This operation is not allowed in the user's current status.");

    public static OktaRefusal MissingParameter() => new(400, "E0000028", "The request is missing a required parameter.");

    public static OktaRefusal BadSearch() => new(400, "E0000031", "Invalid search criteria.");

    public static OktaRefusal BadFilter(string filter) => new(400, "E0000053", $"Invalid filter '{filter}'");

    // The description declares nothing but 403 and 404 for groups that are not Okta's own; the catalogue's code for it is this one.
    public static OktaRefusal NotForThisGroup() => new(403, "E0000060", "Unsupported operation.");

    public static OktaRefusal Transitioning() => new(409, "E0000112", "Unable to update the user. The user is in a transition state.");
}
