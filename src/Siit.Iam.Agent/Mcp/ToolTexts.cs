using System.Text.Json;
using System.Text.Json.Nodes;
using ModelContextProtocol.Protocol;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Gate;

namespace Siit.Iam.Agent.Mcp;

/// <summary>
/// What a tool shows of itself. Every word of it is paid for in every turn of every model: what all tools share is told once, in
/// <see cref="ServerInstructions"/>.
/// </summary>
internal static class ToolTexts
{
    public const string GateKey = "siit-iam/gate";

    /// <summary>What every answer about a call has in common. Answers hold more (connection, preview, code): nothing is forbidden.</summary>
    public static readonly JsonElement CallAnswer = JsonElement.Parse("""
        {"type":"object","properties":{"state":{"type":"string"},"message":{"type":"string"},"call":{"type":"string"}},"required":["state","message"]}
        """);

    /// <summary>What every read has in common; beside it stands what was found.</summary>
    public static readonly JsonElement ReadAnswer = JsonElement.Parse("""
        {"type":"object","properties":{"count":{"type":"integer"},"next_cursor":{"type":"string"}}}
        """);

    /// <summary>What every answer about a run has in common.</summary>
    public static readonly JsonElement RunAnswer = JsonElement.Parse("""
        {"type":"object","properties":{"state":{"type":"string"},"message":{"type":"string"},"run":{"type":"string"}},"required":["state","message"]}
        """);

    public static Tool Of(ActionDefinition action, IReadOnlyList<string> cannotAt, GateOptions options) => new()
    {
        Name = action.Name,
        Title = action.Title,
        Description = cannotAt.Count == 0 ? action.Description : $"{action.Description} Not at {string.Join(", ", cannotAt)}.",
        InputSchema = Element(action.Input.Schema),
        OutputSchema = action.IsRead ? ReadAnswer : CallAnswer,
        Annotations = new ToolAnnotations
        {
            ReadOnlyHint = action.IsRead,
            // Whatever takes something away or lets somebody in; a model's host asks its own user about these.
            DestructiveHint = action.Risk >= Risk.Medium,
            IdempotentHint = action.Effect is Effect.Read or Effect.SetState or Effect.CreateOnce,
            OpenWorldHint = true,
        },
        Meta = new JsonObject { [GateKey] = Gate(action, options) },
    };

    /// <summary>A tool beside the actions: it looks at or asks for something in this server only.</summary>
    public static Tool Beside(string name, string title, string description, InputShape input, JsonElement output, bool reads) => new()
    {
        Name = name,
        Title = title,
        Description = description,
        InputSchema = Element(input.Schema),
        OutputSchema = output,
        Annotations = new ToolAnnotations { ReadOnlyHint = reads, DestructiveHint = false, IdempotentHint = true, OpenWorldHint = false },
        Meta = new JsonObject { [GateKey] = Gate("never", Risk.None, Approvers.None, TimeSpan.Zero) },
    };

    private static JsonObject Gate(ActionDefinition action, GateOptions options)
    {
        var needed = ApprovalRules.Usual(action, options).Needed;
        var mode = (action.IsRead, needed) switch
        {
            (true, _) => "never",
            // Rules about the person or the group may still ask for approvers.
            (_, Approvers.None) => "policy",
            _ => "required",
        };
        return Gate(mode, action.Risk, needed, mode == "never" ? TimeSpan.Zero : options.ApprovalLifetime);
    }

    /// <summary>A hint for hosts; the decision is made at each call.</summary>
    public static JsonObject Gate(string mode, Risk risk, Approvers needed, TimeSpan lifetime) => new()
    {
        ["mode"] = mode,
        ["risk"] = risk.ToString().ToLowerInvariant(),
        ["approvers"] = needed switch
        {
            Approvers.None => "none",
            Approvers.One => "another_person",
            Approvers.Two => "distinct_groups",
            _ => "nobody",
        },
        ["quorum"] = needed switch
        {
            Approvers.One => 1,
            Approvers.Two => 2,
            _ => 0,
        },
        ["ttl_seconds"] = (long)lifetime.TotalSeconds,
    };

    private static JsonElement Element(JsonObject schema) => JsonSerializer.SerializeToElement(schema);
}
