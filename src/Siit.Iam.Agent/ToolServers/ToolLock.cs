using System.Text.Json;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;

namespace Siit.Iam.Agent.ToolServers;

/// <summary>
/// The tools of other servers as somebody has looked at them: <c>playbooks.lock.json</c> beside the playbooks, kept in git like them.
/// A playbook is checked against it without any server, and a tool that is not exactly what stands in it is not called.
/// </summary>
/// <param name="Problems">What is wrong with the file; a tool with a problem is not among the others.</param>
internal sealed record ToolLock(IReadOnlyList<LockedTool> Tools, IReadOnlyList<string> Problems)
{
    public const string FileName = "playbooks.lock.json";

    private const string Schema = "siit-iam/tools-lock/1";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static ToolLock None { get; } = new([], []);

    public LockedTool? Find(string name) => Tools.FirstOrDefault(tool => tool.Name == name);

    /// <summary>The lock of the playbooks of a folder; empty when there is none.</summary>
    public static ToolLock Of(string folder)
    {
        var path = Path.Combine(folder, FileName);
        try
        {
            return File.Exists(path) ? Parse(File.ReadAllText(path)) : None;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return new ToolLock([], [$"{path} cannot be read."]);
        }
    }

    public static ToolLock Parse(string text)
    {
        try
        {
            if (JsonNode.Parse(text) is not JsonObject whole || whole["schema"]?.GetValue<string>() != Schema || whole["tools"] is not JsonArray entries)
                return new ToolLock([], [$"{FileName} is no lock of tools ({Schema}). Make it anew: siit-iam playbooks lock"]);
            var (tools, problems) = (new List<LockedTool>(), new List<string>());
            foreach (var entry in entries.OfType<JsonObject>())
            {
                var tool = Read(entry);
                if (tool.Definition.Digest(tool.Name) != tool.Sha256)
                    problems.Add($"{FileName}: the definition of {HiddenText.Shown(tool.Name, 80)} is not the one of its sha256; it was changed by hand. Lock it again: siit-iam playbooks lock");
                else if (tools.Exists(known => known.Name == tool.Name))
                    problems.Add($"{FileName}: {HiddenText.Shown(tool.Name, 80)} stands in it twice; the first one counts.");
                else
                    tools.Add(tool);
            }

            return new ToolLock(tools, problems);
        }
        catch (Exception wrong) when (wrong is JsonException or InvalidOperationException or FormatException or ArgumentException or NullReferenceException)
        {
            return new ToolLock([], [$"{FileName} cannot be read as a lock of tools. Make it anew: siit-iam playbooks lock"]);
        }
    }

    public string Written() => new JsonObject
    {
        ["schema"] = Schema,
        ["tools"] = new JsonArray([.. Tools.OrderBy(tool => tool.Name, StringComparer.Ordinal).Select(tool => (JsonNode)new JsonObject
        {
            ["name"] = tool.Name,
            ["sha256"] = tool.Sha256,
            ["effect"] = tool.IsRead ? "read" : "write",
            ["risk"] = Word(tool.Risk),
            ["definition"] = tool.Definition.ToJson(),
        })]),
    }.ToJsonString(Indented) + "\n";

    public static string Word(Risk risk) => risk.ToString().ToLowerInvariant();

    private static LockedTool Read(JsonObject entry) => new()
    {
        Name = entry["name"]!.GetValue<string>(),
        Sha256 = entry["sha256"]!.GetValue<string>(),
        IsRead = entry["effect"]!.GetValue<string>() switch { "read" => true, "write" => false, _ => throw new FormatException() },
        Risk = Enum.GetValues<Risk>().Cast<Risk?>().FirstOrDefault(risk => Word(risk!.Value) == entry["risk"]!.GetValue<string>()) ?? throw new FormatException(),
        Definition = ToolDefinition.Of(entry["definition"]!.AsObject()),
    };
}

/// <summary>The lock of this server's folder, read anew when it has changed.</summary>
internal sealed class ToolLockFile(string? folder)
{
    private readonly Lock _lock = new();
    private ToolLock _read = ToolLock.None;
    private (DateTime, long) _look;

    /// <summary>Null: there is none, and no tool is locked.</summary>
    public string? Folder => folder;

    public ToolLock Now
    {
        get
        {
            if (folder is null)
                return ToolLock.None;
            lock (_lock)
            {
                var file = new FileInfo(Path.Combine(folder, ToolLock.FileName));
                var look = file.Exists ? (file.LastWriteTimeUtc, file.Length) : default;
                if (look != _look)
                    (_read, _look) = (ToolLock.Of(folder), look);
                return _read;
            }
        }
    }
}
