using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Playbooks.Runs;
using Siit.Iam.Agent.Tests.Support;
using Siit.Iam.Agent.Tests.ToolServers;
using Siit.Iam.Agent.ToolServers;
using Siit.Iam.Emulator.Model;

namespace Siit.Iam.Agent.Tests.Playbooks.Runs;

/// <summary>Playbooks that use a real second MCP server, and what happens to the server that runs them.</summary>
internal static class ToolPlaybooks
{
    public const string Tell = """
          - id: tell
            do: chat.post_message
            with: { channel: it, text: "Ana is away" }
        """;

    public static string Own(string steps, string tools = "chat.post_message", string inputs = "", string tail = "") => $$"""
        schema: playbook/v1
        id: own
        version: 1.0.0
        title: A test
        owner: group:it-identity
        triggers:
          - manual
        {{inputs}}
        policy:
          tools: [{{tools}}]
          limits: { people: 0, writes: 3 }
        steps:
        {{steps}}
        {{tail}}
        """;

    public static string ModelStep(string tools) => $$"""
          - id: write
            agent:
              goal: Write one sentence for the desk.
              tools: [{{tools}}]
              budget: { turns: 4, toolCalls: 2, tokens: 20000, time: PT1M }
              output:
                text: { string: 200 }
              onInvalid: { then: fail }
        """;

    public static async Task<RunWorld> StartAsync(ToolServerHost host, string playbook, Risk risk = Risk.Low, ModelScript? script = null, TimeSpan? timeout = null, ToolLock? locked = null, GateOptions? options = null)
    {
        var settings = host.Settings(risk, timeout);
        // Somebody has locked it before, on a server that answered in time.
        locked ??= await ToolServerHost.LockAsync(host.Settings(risk));
        return await RunWorld.StartAsync(script, playbook, options, others: new Dictionary<string, string> { [ToolLock.FileName] = locked.Written() }, toolServers: settings);
    }

    public static async Task<RunAnswer> RunAsync(RunWorld world, JsonObject? inputs = null) => await world.RunAsync(await world.Gate.CallerAsync(), "own", inputs ?? []);

    /// <summary>Kills the server at a thing that it makes durable, and starts it again.</summary>
    /// <param name="work">Gives the id of the run; null when there is none.</param>
    /// <returns>False: it came to its end before.</returns>
    public static async Task<bool> IsKilledAtAsync(RunWorld world, int point, Func<Task<string?>> work)
    {
        world.Crash.Arm(point);
        try
        {
            if (await work() is { } run)
                await Eventually.Is(async () => world.Crash.Dead || (await world.GetAsync(run)).State.IsEnded(), over => over);
        }
        catch (Exception)
        {
            // The process is gone.
        }

        var killed = world.Crash.Dead;
        if (killed)
            await world.Gate.KillServerAsync();
        world.Crash.Arm(null);
        if (killed)
            await world.Gate.StartServerAsync();
        return killed;
    }

    /// <summary>The run when it has ended, or waits for a person to say what happened.</summary>
    public static async Task<RunAnswer> OverOrForAPersonAsync(RunWorld world, string run) => (await Eventually.Is(
        async () =>
        {
            var answer = await world.GetAsync(run);
            return (Answer: answer, Call: answer.WaitsFor is { } call ? await world.Gate.Store.GetAsync<CallRecord>(call) : null);
        },
        found => found.Answer.State.IsEnded() || found.Call?.State == CallState.NeedsPerson)).Answer;
}
