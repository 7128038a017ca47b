using System.Text.Json.Nodes;

namespace Siit.Iam.Emulator.Model;

/// <summary>A request that the real server refuses, with the body it answers.</summary>
internal sealed class ModelRefusal(int status, string message, string? code = null, string? parameter = null, string type = "invalid_request_error")
    : Exception(message)
{
    public int Status { get; } = status;

    public JsonObject Body => Of(Message, type, code, parameter);

    public static JsonObject Of(string message, string type, string? code, string? parameter = null) => new()
    {
        ["error"] = new JsonObject { ["message"] = message, ["type"] = type, ["param"] = parameter, ["code"] = code },
    };
}
