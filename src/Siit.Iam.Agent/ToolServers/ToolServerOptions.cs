using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Secrets;

namespace Siit.Iam.Agent.ToolServers;

/// <summary>
/// Another MCP server (chat, tickets) whose tools playbooks may use: an entry of <c>toolServers</c>. It is reached by a command that is
/// started here (stdio), or by its address.
/// </summary>
internal sealed record ToolServerOptions
{
    /// <summary>The key of the entry: what stands before the dot in <c>chat.post_message</c>.</summary>
    public required string Name { get; init; }

    /// <summary><c>command</c>: a program that speaks MCP on its standard streams. It runs as the same OS user as this server.</summary>
    public string? Command { get; init; }

    /// <summary><c>args</c>.</summary>
    public IReadOnlyList<string> Args { get; init; } = [];

    /// <summary><c>env</c>: names of environment variables that it gets. Default: none but the path and the language.</summary>
    public IReadOnlyList<string> Env { get; init; } = [];

    /// <summary><c>url</c>: its MCP endpoint. http only on loopback.</summary>
    public Uri? Url { get; init; }

    /// <summary><c>header</c> that carries <see cref="Token"/>. Default: <c>Authorization</c>, and then "Bearer " is put before it.</summary>
    public string Header { get; init; } = AuthorizationHeader;

    /// <summary><c>token</c>: <c>{"env": "NAME"}</c> or <c>{"file": "/path"}</c>; null when it wants none.</summary>
    public SecretSource? Token { get; init; }

    /// <summary><c>tools</c>: those of its tools that may be used; no other one is.</summary>
    public required IReadOnlyList<ToolRule> Tools { get; init; }

    /// <summary><c>timeout</c> of one call, and of connecting. 1 s to 5 min, default 30 s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary><c>maxAnswer</c>: characters of an answer that are kept. 100 to 200,000, default 20,000.</summary>
    public int MaxAnswer { get; init; } = 20_000;

    public const string AuthorizationHeader = "Authorization";
}

/// <summary>What the operator says of a tool: the server's own words on it are believed in nothing.</summary>
/// <param name="IsRead"><c>effect</c>: <c>read</c> or <c>write</c>.</param>
/// <param name="Risk"><c>risk</c> of a write: <c>low</c> asks nobody, <c>medium</c> one approver, <c>high</c> two.</param>
internal sealed record ToolRule(string Name, bool IsRead, Risk Risk);

/// <summary>All that are configured.</summary>
internal sealed record ToolServerSet(IReadOnlyList<ToolServerOptions> All)
{
    public static ToolServerSet None { get; } = new([]);

    /// <summary>Every tool that may be used, by its full name, such as <c>chat.post_message</c>.</summary>
    public IEnumerable<(string Name, ToolRule Rule)> Tools => All.SelectMany(server => server.Tools.Select(tool => (ToolName.Of(server.Name, tool.Name), tool)));

    public ToolServerOptions? Server(string name) => All.FirstOrDefault(server => server.Name == ToolName.ServerOf(name));

    public ToolRule? Rule(string name) => Tools.FirstOrDefault(tool => tool.Name == name).Rule;
}

/// <summary>The name of a tool of another server: <c>server.tool</c>. No action of ours has a dot in its name.</summary>
internal static class ToolName
{
    public const string ServerPattern = "^[a-z][a-z0-9_]{0,19}$";
    public const string ToolPattern = "^[A-Za-z0-9_-]{1,39}$";

    public static bool IsOne(string name) => name.Contains('.', StringComparison.Ordinal);

    public static string Of(string server, string tool) => $"{server}.{tool}";

    public static string ServerOf(string name) => name.Split('.', 2)[0];

    public static string ToolOf(string name) => name.Split('.', 2)[^1];

    /// <summary>As a model's server takes it for the name of a function: no dots.</summary>
    public static string ForModel(string name) => name.Replace('.', '-');
}
