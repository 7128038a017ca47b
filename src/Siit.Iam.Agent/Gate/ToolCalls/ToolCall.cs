using System.Text.Json.Nodes;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.ToolServers;

namespace Siit.Iam.Agent.Gate.ToolCalls;

/// <summary>What a run wants of a tool of another server.</summary>
/// <param name="Tool">As it was locked when the run started.</param>
internal sealed record ToolCall(LockedTool Tool, JsonObject Arguments, CallerRecord Caller, RunStep Step, string? Request)
{
    /// <summary>Raised when the meaning of what is stored changes.</summary>
    public const int Version = 1;

    /// <summary>As the call's record and a plan's entry hold it: what is approved is the call of exactly this definition.</summary>
    public static JsonObject InputOf(LockedTool tool, JsonObject arguments) => new() { ["arguments"] = arguments.DeepClone(), ["definition"] = tool.Sha256 };

    public static JsonObject ArgumentsOf(JsonObject input) => input["arguments"] as JsonObject ?? [];

    /// <summary>The refusal of a text that a model cut in two: half of a character has no canonical form, and so no digest. Null when there is none.</summary>
    public static Refusal? HalfCharacter(JsonObject arguments)
    {
        try
        {
            _ = CanonicalJson.Digest(arguments);
            return null;
        }
        catch (FormatException)
        {
            return new Refusal("invalid_input", "An argument holds half of a character.");
        }
    }
}
