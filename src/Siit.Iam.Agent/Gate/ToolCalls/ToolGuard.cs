using System.Collections.Concurrent;
using Siit.Iam.Agent.ToolServers;

namespace Siit.Iam.Agent.Gate.ToolCalls;

/// <summary>Whether a tool is still what somebody has looked at. Asked before every call; what cannot be told counts as no.</summary>
internal sealed class ToolGuard(ToolServerSet servers, ToolLockFile locks, IToolServers live)
{
    private readonly ConcurrentDictionary<string, Refusal> _seen = new(StringComparer.Ordinal);

    /// <summary>What the settings and the lock say, without asking anybody. Null: it may be used as far as they know.</summary>
    public Refusal? Known(LockedTool tool)
    {
        if (servers.Rule(tool.Name) is not { } rule)
            return new Refusal("unknown_tool", $"The tool {tool.Name} is not configured on this server (toolServers in siit-iam.json).");
        if (locks.Now.Find(tool.Name) is not { } locked)
            return new Refusal("tool_not_locked", $"The tool {tool.Name} is not in {ToolLock.FileName}. Look at it, then lock it: siit-iam playbooks lock");
        if (locked.Sha256 != tool.Sha256)
            return new Refusal("tool_changed", $"The tool {tool.Name} was locked anew since this was started, with another definition. Start it again.");
        if (rule.IsRead != locked.IsRead || rule.Risk != locked.Risk || locked.IsRead != tool.IsRead || locked.Risk != tool.Risk)
            return new Refusal("tool_changed", $"The settings say something else of the tool {tool.Name} (effect, risk) than its lock. Lock it again: siit-iam playbooks lock");
        return null;
    }

    /// <summary>The same, and what its server says now.</summary>
    public async Task<Refusal?> ProblemAsync(LockedTool tool, CancellationToken cancellationToken)
    {
        if (Known(tool) is { } known)
            return known;
        var problem = await LiveAsync(tool, cancellationToken);
        if (problem is null)
            _seen.TryRemove(Key(tool), out _);
        else
            _seen[Key(tool)] = problem;
        return problem;
    }

    /// <summary>What was wrong when it was last looked at; null when nothing was, or nobody has looked yet.</summary>
    public Refusal? LastSeen(LockedTool tool) => Known(tool) ?? _seen.GetValueOrDefault(Key(tool));

    /// <summary>
    /// Whether a run that may call it is started at all. Asks only where something was wrong: a start waits for nobody. A server that is
    /// down may be back when it is needed.
    /// </summary>
    public async Task<Refusal?> AtStartAsync(LockedTool tool, CancellationToken cancellationToken)
    {
        if (Known(tool) is { } known)
            return known;
        return _seen.TryGetValue(Key(tool), out var seen) && IsChange(seen) && await ProblemAsync(tool, cancellationToken) is { } still && IsChange(still) ? still : null;
    }

    /// <summary>Locked anew, it is another one.</summary>
    private static string Key(LockedTool tool) => $"{tool.Name} {tool.Sha256}";

    /// <summary>It is not what was looked at, whatever its server will do next.</summary>
    public static bool IsChange(Refusal problem) => problem.Code is "tool_changed" or "tool_gone" or "tool_ambiguous" or "tool_unreadable";

    private async Task<Refusal?> LiveAsync(LockedTool tool, CancellationToken cancellationToken)
    {
        try
        {
            return (await live.DefinitionAsync(tool.Name, cancellationToken)).Digest(tool.Name) == tool.Sha256 ? null : new Refusal(
                "tool_changed", $"The tool {tool.Name} is not called: its definition changed since it was locked. Look at it, then lock it again: siit-iam playbooks lock");
        }
        catch (ToolServerException trouble)
        {
            return new Refusal(trouble.Code, trouble.Message);
        }
    }
}
