using Siit.Iam.Agent.ToolServers;

namespace Siit.Iam.Agent.Gate.ToolCalls;

/// <summary>Asks every configured tool what it says of itself, for whoever wants to lock them.</summary>
internal sealed class ToolLooks(ToolServerSet servers, ToolLockFile locks, IToolServers live)
{
    /// <summary>As they are now. One that cannot be asked stays as it was locked, and is told as a problem.</summary>
    public async Task<ToolLock> NowAsync(CancellationToken cancellationToken)
    {
        var (tools, problems) = (new List<LockedTool>(), new List<string>());
        foreach (var (name, rule) in servers.Tools)
        {
            try
            {
                var definition = await live.DefinitionAsync(name, cancellationToken);
                tools.Add(new LockedTool { Name = name, Sha256 = definition.Digest(name), IsRead = rule.IsRead, Risk = rule.Risk, Definition = definition });
            }
            catch (ToolServerException trouble)
            {
                problems.Add(trouble.Message);
                if (locks.Now.Find(name) is { } before)
                    tools.Add(before);
            }
        }

        return new ToolLock(tools, problems);
    }
}
