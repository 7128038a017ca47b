using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using Siit.Iam.Agent.Actions;

namespace Siit.Iam.Agent.Mcp;

/// <summary>All tools in the order in which they are shown, and the way to one of them.</summary>
internal sealed partial class ToolList(IEnumerable<IMcpTool> tools, TimeProvider time, ILogger<ToolList> logger)
{
    /// <summary>The tools that are no actions, by hand. None of them decides an approval, ever.</summary>
    public static IReadOnlyList<string> Beside { get; } = ["get_call", "cancel_call", "list_playbooks", "run_playbook", "get_run", "sync_status", "start_proof", "submit_request", "rehearse_playbook"];

    private readonly IMcpTool[] _tools = [.. tools];

    public IReadOnlyList<Tool> Shown => [.. _tools.Select(tool => tool.Shown)];

    /// <summary>Fails closed: a tool that is neither an action nor known here does not get to be called.</summary>
    /// <exception cref="InvalidOperationException">Names every tool that does not belong, is missing or is there twice.</exception>
    public void Verify(McpServerOptions library)
    {
        var known = ActionCatalog.All.Select(action => action.Name).Concat(Beside).ToList();
        var registered = _tools.Select(tool => tool.Shown.Name).Concat(library.ToolCollection?.Select(tool => tool.ProtocolTool.Name) ?? []).ToList();
        List<string> problems =
        [
            .. registered.Except(known).Select(name => $"'{name}' is registered as a tool but stands neither in ActionCatalog nor in ToolList.Beside"),
            .. known.Except(registered).Select(name => $"'{name}' is not registered as a tool"),
            .. registered.GroupBy(name => name).Where(same => same.Count() > 1).Select(same => $"'{same.Key}' is registered twice"),
        ];
        if (problems.Count > 0)
            throw new InvalidOperationException($"The tools are not those that there should be: {string.Join("; ", problems)}.");
    }

    public ListToolsResult List() => new()
    {
        Tools = [.. Shown],
        // The same for all callers, but it stands behind a token.
        CacheScope = CacheScope.Private,
    };

    public async ValueTask<CallToolResult> CallAsync(RequestContext<CallToolRequestParams> request, CancellationToken cancellationToken)
    {
        var name = request.Params?.Name;
        var tool = _tools.FirstOrDefault(tool => tool.Shown.Name == name)
            ?? throw new McpProtocolException($"There is no tool '{HiddenText.Shown(name, 60)}'; tools/list has them all.", McpErrorCode.InvalidParams);
        var exchange = request.Services!.GetRequiredService<McpExchange>();
        var caller = exchange.Caller ?? throw new InvalidOperationException("A call came past the caller's sign-in.");
        var token = request.Params!.ProgressToken;
        await using var progress = token is { } asked ? new ToolProgress(request.Server, asked, time, cancellationToken) : null;
        try
        {
            return await tool.CallAsync(new ToolUse(caller, exchange.Door, exchange.Arguments, progress), cancellationToken);
        }
        catch (Exception bug) when (!cancellationToken.IsCancellationRequested)
        {
            LogBug(logger, bug, tool.Shown.Name);
            return ToolAnswers.Failed();
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Tool {Tool}: a defect of this server")]
    private static partial void LogBug(ILogger logger, Exception bug, string tool);
}
