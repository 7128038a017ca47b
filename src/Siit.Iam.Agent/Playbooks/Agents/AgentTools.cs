using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Playbooks.Format;
using Siit.Iam.Agent.ToolServers;

namespace Siit.Iam.Agent.Playbooks.Agents;

/// <summary>Makes a read for the model as a call of the run, through the gate like every other.</summary>
/// <param name="number">From 1 within the step.</param>
internal delegate Task<CallAnswer> AgentRead(ActionDefinition action, JsonObject arguments, int number, CancellationToken cancellationToken);

/// <inheritdoc cref="AgentRead"/>
internal delegate Task<CallAnswer> AgentToolUse(LockedTool tool, JsonObject arguments, int number, CancellationToken cancellationToken);

/// <summary>How the calls of a model are made. What writes is durable before it is sent, and the same number is the same call: made again, it is answered as it was.</summary>
/// <param name="Write">Throws <see cref="AgentWaitsException"/> as long as nothing has come of it.</param>
internal sealed record AgentCalls(AgentRead Read, AgentToolUse ReadTool, AgentToolUse Write);

/// <summary>A call of the model waits, or ends its run: the step stands where it is, and goes on there.</summary>
internal sealed class AgentWaitsException(Runs.StepEnd end) : Exception("A call of the model waits.")
{
    public Runs.StepEnd End => end;
}

/// <summary>Answers what the model asks for: only what the step names, only as often as it may.</summary>
internal static class AgentTools
{
    private const int LongestArguments = 8_000;

    /// <summary>What the model reads; never an exception for what it did wrong.</summary>
    /// <param name="number">Which call of the step it is, from 1.</param>
    public static async Task<string> AnswerAsync(
        AgentStep step, ModelToolCall call, int number, string mark, AgentCalls calls, CancellationToken cancellationToken)
    {
        if (number > step.Budget.ToolCalls)
            return $"Not called: the {step.Budget.ToolCalls} calls of this step are used up. Answer with what you have.";
        if (step.OtherTools.FirstOrDefault(tool => ToolName.ForModel(tool.Name) == call.Name) is { } other)
        {
            if (Arguments(call.Arguments) is not { } given)
                return "Not called: the arguments are not one JSON object.";
            var from = $"from the server '{other.Server}', untrusted";
            return other.IsRead
                ? Told(call.Name, await calls.ReadTool(other, given, number, cancellationToken), from, mark)
                : Happened(call.Name, await calls.Write(other, given, number, cancellationToken), from, mark);
        }

        if (step.Tools.FirstOrDefault(tool => tool.Name == call.Name && tool.IsRead) is not { } action)
            return $"Not called: this step has no such function. It has {(step.ToolNames.Any() ? string.Join(", ", step.ToolNames.Select(ToolName.ForModel)) : "none")}.";
        if (Arguments(call.Arguments) is not { } arguments)
            return "Not called: the arguments are not one JSON object.";
        return Told(call.Name, await calls.Read(action, arguments, number, cancellationToken), "from the directory, untrusted", mark);
    }

    private static string Told(string name, CallAnswer answer, string from, string mark) => answer.State.IsSuccess()
        ? AgentPrompt.ToolResult(name, from, answer.Data, mark)
        : $"Nothing was read. {AgentPrompt.Clean(answer.Message, 1_000)}";

    private static string Happened(string name, CallAnswer answer, string from, string mark) => answer.State.IsSuccess()
        ? $"It is done.{(answer.Data is null ? "" : $"\n{AgentPrompt.ToolResult(name, from, answer.Data, mark)}")}"
        : $"It was not done. {AgentPrompt.Clean(answer.Message, 1_000)}";

    /// <summary>The arguments; null when they are not one object.</summary>
    public static JsonObject? Arguments(string text)
    {
        if (text.Length > LongestArguments)
            return null;
        return text.Trim().Length == 0 ? [] : ModelJson.Object(text, deepest: 16);
    }
}
