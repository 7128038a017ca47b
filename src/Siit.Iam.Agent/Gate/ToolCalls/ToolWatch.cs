using System.Text.Json.Nodes;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.ToolServers;

namespace Siit.Iam.Agent.Gate.ToolCalls;

/// <summary>
/// Looks at the locked tools beside everything else, so that a change is known before a run meets it. A server that is down keeps nothing
/// from starting; a definition that has changed is told once, and stands in the audit log.
/// </summary>
internal sealed partial class ToolWatch(ToolServerSet servers, ToolLockFile locks, ToolGuard guard, AuditLog log, TimeProvider time, ILogger<ToolWatch> logger) : BackgroundService
{
    private static readonly TimeSpan Round = TimeSpan.FromMinutes(10);

    private readonly HashSet<string> _told = [];

    /// <summary>One look at each.</summary>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        foreach (var tool in locks.Now.Tools.Where(tool => servers.Rule(tool.Name) is not null))
        {
            if (await guard.ProblemAsync(tool, cancellationToken) is not { } problem)
                continue;
            LogProblem(logger, tool.Name, problem.Message);
            if (ToolGuard.IsChange(problem) && _told.Add($"{tool.Name} {tool.Sha256} {problem.Code}"))
                await log.WriteAsync(new AuditDraft(AuditKinds.ToolChanged) { Data = new JsonObject { ["tool"] = tool.Name, ["locked"] = tool.Sha256, ["code"] = problem.Code } }, cancellationToken);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (servers.All.Count == 0)
            return;
        await Task.Yield();
        using var timer = new PeriodicTimer(Round, time);
        try
        {
            do
            {
                try
                {
                    await LookAsync(stoppingToken);
                }
                catch (Exception failed) when (failed is not OperationCanceledException)
                {
                    LogRound(logger, failed);
                }
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The tool {Tool} of another server cannot be used: {Problem}")]
    private static partial void LogProblem(ILogger logger, string tool, string problem);

    [LoggerMessage(Level = LogLevel.Error, Message = "A look at the tools of other servers failed; the next one tries again")]
    private static partial void LogRound(ILogger logger, Exception failed);
}
