using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;

namespace Siit.Iam.Agent.Mcp;

/// <summary>Arguments of the tools that are about one call of the caller's own.</summary>
internal sealed record CallReference
{
    public static readonly InputShape Shape = InputShape.Of<CallReference>();

    [MaxLength(100)]
    public required string Call { get; init; }

    /// <summary>The id; or everything that is wrong with the arguments.</summary>
    public static (string? Call, string? Problem) Read(JsonObject arguments) => Shape.Check(arguments) is { Count: > 0 } problems
        ? (null, string.Join(" ", problems))
        : (arguments["call"]!.GetValue<string>(), null);
}
