using System.Text.Json.Nodes;

namespace Siit.Iam.Emulator.JumpCloud;

/// <summary>A refusal in JumpCloud's shape; ends the request without any change.</summary>
internal sealed class JumpCloudRefusal(int status, string message, string? word = null) : Exception(message)
{
    public int Status { get; } = status;

    public JsonObject Body() => JumpCloudErrors.Body(Status, Message, word);
}

/// <summary>What these routes refuse. JumpCloud's messages are not described; only their shape is.</summary>
internal static class JumpCloudErrors
{
    public static JsonObject Body(int code, string message, string? word = null) => new()
    {
        ["code"] = code,
        ["message"] = message,
        ["status"] = word ?? Words(code),
    };

    public static JumpCloudRefusal Invalid(string message, string? word = null) => new(400, message, word);

    public static JumpCloudRefusal Unauthorized() => new(401, "Unauthorized");

    public static JumpCloudRefusal NoInsights() => new(402, "Directory Insights is not enabled for your organization");

    public static JumpCloudRefusal NotAllowed() => new(403, "Forbidden: the role does not hold a scope for this operation");

    public static JumpCloudRefusal NotFound() => new(404, "not found");

    public static JumpCloudRefusal Conflict(string message) => new(409, message);

    private static string Words(int code) => code switch
    {
        400 => "badRequest",
        401 => "unauthorized",
        402 => "paymentRequired",
        403 => "forbidden",
        404 => "notFound",
        409 => "alreadyExists",
        429 => "tooManyRequests",
        _ => "internal",
    };
}
