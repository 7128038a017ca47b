using System.Text.RegularExpressions;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Secrets;
using Siit.Iam.Agent.ToolServers;

namespace Siit.Iam.Agent;

/// <summary>Reads <c>toolServers</c>: everything that is wrong with it at once.</summary>
internal static class ToolServerSettings
{
    private static readonly string[] OfAnAddress = ["header", "token"];
    private static readonly string[] OfACommand = ["args", "env"];

    public static ToolServerSet Read(SettingsSection root, IConfiguration configuration, List<string> problems)
    {
        // What this server's own secrets are called: no other program gets them.
        var ours = configuration.AsEnumerable().Where(pair => pair.Key.EndsWith(":env", StringComparison.OrdinalIgnoreCase) && !pair.Key.StartsWith("toolServers:", StringComparison.OrdinalIgnoreCase))
            .Select(pair => pair.Value).OfType<string>().ToHashSet(StringComparer.Ordinal);
        var connections = configuration.GetSection("connections").GetChildren().Select(connection => connection.Key).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var servers = new List<ToolServerOptions>();
        foreach (var (name, section) in root.Entries("toolServers"))
        {
            var key = $"toolServers:{name}";
            if (!Regex.IsMatch(name, ToolName.ServerPattern))
                problems.Add($"{key} cannot be a name: a small letter, then at most 19 small letters, digits and '_'.");
            if (connections.Contains(name))
                problems.Add($"{key} has the name of a connection. Give it another one: stops and audit entries name both alike.");
            servers.Add(One(name, key, section, configuration.GetSection(key), ours, problems));
        }

        return new ToolServerSet(servers);
    }

    private static ToolServerOptions One(string name, string key, SettingsSection section, IConfigurationSection raw, HashSet<string> ours, List<string> problems)
    {
        var (command, url, header) = (section.Text("command"), section.Text("url"), section.Text("header"));
        if (string.IsNullOrWhiteSpace(command) == string.IsNullOrWhiteSpace(url))
            problems.Add($"{key} needs exactly one of 'command' (a program that speaks MCP on its standard streams) and 'url'.");
        foreach (var other in (string.IsNullOrWhiteSpace(url) ? OfAnAddress : OfACommand).Where(section.Has))
            problems.Add($"{key}:{other} does not go with '{(string.IsNullOrWhiteSpace(url) ? "command" : "url")}'.");
        var env = section.Texts("env");
        foreach (var variable in env)
        {
            if (variable.StartsWith("SIIT_IAM", StringComparison.OrdinalIgnoreCase) || ours.Contains(variable))
                problems.Add($"{key}:env names {variable}, which holds a secret or a setting of this server itself; another program does not get it.");
        }

        _ = section.Section("token");
        var token = SecretSource.FromSettings(raw.GetSection("token"), problems);
        var tools = section.Entries("tools").Select(tool => Rule($"{key}:tools:{tool.Key}", tool.Key, tool.Section, problems)).ToList();
        if (tools.Count == 0)
            problems.Add($"{key}:tools is empty. Name those that may be used: {{\"post_message\": {{\"effect\": \"write\", \"risk\": \"low\"}}}}.");
        var options = new ToolServerOptions
        {
            Name = name,
            Command = command,
            Args = section.Texts("args"),
            Env = env,
            Url = url is null ? null : Address(key, url, problems),
            Header = header ?? ToolServerOptions.AuthorizationHeader,
            Token = token,
            Tools = tools,
            Timeout = section.Time("timeout", TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5)),
            MaxAnswer = section.Number("maxAnswer", 20_000, 100, 200_000),
        };
        section.NothingElse();
        if (!Regex.IsMatch(options.Header, "^[A-Za-z0-9-]{1,60}$"))
            problems.Add($"{key}:header is no name of a header.");
        return options;
    }

    private static ToolRule Rule(string key, string name, SettingsSection section, List<string> problems)
    {
        var (effect, risk) = (section.Text("effect"), section.Text("risk"));
        section.NothingElse();
        if (!Regex.IsMatch(name, ToolName.ToolPattern))
            problems.Add($"{key} cannot be named in a playbook: at most 39 letters, digits, '_' and '-'.");
        if (effect is not ("read" or "write"))
            problems.Add($"{key}:effect must be read or write: what it really does, whatever it says of itself.");
        var found = risk switch { null => (Risk?)null, "low" => Risk.Low, "medium" => Risk.Medium, "high" => Risk.High, _ => Risk.None };
        if (found == Risk.None)
            problems.Add($"{key}:risk must be low (asks nobody), medium (one approver) or high (two).");
        if (effect == "write" && found is null)
            problems.Add($"{key}:risk is missing: low (asks nobody), medium (one approver) or high (two).");
        if (effect == "read" && found is not null)
            problems.Add($"{key}:risk goes with effect write only.");
        return new ToolRule(name, effect == "read", effect == "read" ? Risk.None : found ?? Risk.High);
    }

    private static Uri? Address(string key, string text, List<string> problems)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("https" or "http") || url.UserInfo.Length > 0)
        {
            problems.Add($"{key}:url ({text}) is no address such as https://tickets.acme.example/mcp.");
            return null;
        }

        if (url.Scheme == "http" && !Loopback.Is(url))
            problems.Add($"{key}:url must begin with https://; http is for loopback only.");
        return url;
    }
}
