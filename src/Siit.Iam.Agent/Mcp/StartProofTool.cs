using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using ModelContextProtocol.Protocol;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Gate.Proofs;

namespace Siit.Iam.Agent.Mcp;

/// <summary>
/// Has a person asked to prove who they are, or tells how far that is. A model can start it and never sees what the person is sent;
/// codes come in by the person's page or the desk's command line, never through a tool.
/// </summary>
internal sealed class StartProofTool(ProofDesk desk, CallerPace pace) : IMcpTool
{
    private static readonly InputShape Input = InputShape.Of<Arguments>();

    public Tool Shown { get; } = ToolTexts.Beside(
        "start_proof", "Start proof", "Sends the person codes that prove who asks, before a reset; the same again tells how far it is.", Input, ToolTexts.CallAnswer, reads: false);

    public async Task<CallToolResult> CallAsync(ToolUse use, CancellationToken cancellationToken)
    {
        if (pace.Refuses(use.Caller) is { } tooFast)
            return ToolAnswers.Of(CallAnswers.Refused(tooFast));
        if (Input.Check(use.Arguments) is { Count: > 0 } problems)
            return ToolAnswers.Refused("invalid_input", string.Join(" ", problems));
        var answer = await desk.StartAsync(use.Caller, Text(use, "action")!, Text(use, "connection"), Text(use, "person")!, Text(use, "request")!, Text(use, "factor"), cancellationToken);
        return answer is { Proof: { } proof, Refusal: null } ? ToolAnswers.Found(Told(proof)) : ToolAnswers.Refused(answer.Refusal!.Code, answer.Refusal.Message);
    }

    private static JsonObject Told(ProofView proof) => new()
    {
        ["state"] = proof.State,
        ["message"] = proof.Message,
        ["proof"] = proof.Id,
        ["ways"] = new JsonArray([.. proof.Ways.Select(way => (JsonNode)$"{way.Method}: {way.State}{(way.To is null ? "" : $" ({way.To})")}{(way.Why is null ? "" : $", {way.Why}")}")]),
    };

    private static string? Text(ToolUse use, string name) => use.Arguments[name]?.GetValue<string>();

    private enum Wish
    {
        ResetMfa,
        ResetPassword,
    }

    private sealed record Arguments
    {
        public required Wish Action { get; init; }

        [MaxLength(320)]
        public required string Person { get; init; }

        [MaxLength(64)]
        public required string Request { get; init; }

        [MaxLength(64)]
        public string? Connection { get; init; }

        [MaxLength(100)]
        public string? Factor { get; init; }
    }
}
