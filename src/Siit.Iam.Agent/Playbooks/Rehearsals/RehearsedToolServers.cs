using System.Text.Json.Nodes;
using Siit.Iam.Agent.ToolServers;

namespace Siit.Iam.Agent.Playbooks.Rehearsals;

/// <summary>In the place of other servers: nothing is called. Each says of itself what is locked, and answers what the rehearsal was given for the step.</summary>
internal sealed class RehearsedToolServers(RehearsalChoices choices, ToolLock locked) : IToolServers
{
    private readonly List<string> _called = [];

    /// <summary>Writing calls that would have been made, in their order, with the step of each.</summary>
    public IReadOnlyList<string> Called => _called;

    public Task<ToolDefinition> DefinitionAsync(string name, CancellationToken cancellationToken) => locked.Find(name) is { } tool
        ? Task.FromResult(tool.Definition)
        : throw new ToolServerException("tool_gone", $"The tool {name} is not in {ToolLock.FileName}.");

    public Task<ToolAnswer> CallAsync(ToolRequest request, CancellationToken cancellationToken)
    {
        if (!request.Tool.IsRead)
            _called.Add($"{request.Tool.Name} {request.Path}");
        var answer = choices.Answer(RehearsalPlay.StepOf(request.Path), SchemaOf(request.Tool), canBeSilent: false, anyRun: true) ?? [];
        var said = answer["text"] is JsonValue text && text.TryGetValue<string>(out var given) ? given : "(not called in a rehearsal)";
        answer.Remove("text");
        var data = request.Tool.Result?.Known(answer);
        return Task.FromResult(new ToolAnswer(said, data, Unfit: request.Tool.Result is not null && data is null));
    }

    /// <summary>Servers that allow exactly what is locked: for tests of authors, which know no settings.</summary>
    public static ToolServerSet Allowed(ToolLock locked) => new(
    [
        .. locked.Tools.GroupBy(tool => tool.Server).Select(server => new ToolServerOptions
        {
            Name = server.Key,
            Tools = [.. server.Select(tool => new ToolRule(ToolName.ToolOf(tool.Name), tool.IsRead, tool.Risk))],
        }),
    ]);

    private static JsonObject SchemaOf(LockedTool tool)
    {
        var properties = new JsonObject { ["text"] = new JsonObject { ["type"] = "string" } };
        foreach (var field in tool.Result?.Fields.Where(field => field is { Required: true, Kind: not ToolKind.Other }) ?? [])
            properties.TryAdd(field.Name, field.Schema());
        return new JsonObject { ["properties"] = properties };
    }
}
