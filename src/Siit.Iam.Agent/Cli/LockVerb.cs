using System.CommandLine;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.ToolServers;

namespace Siit.Iam.Agent.Cli;

/// <summary><c>playbooks lock</c>: shows what the tools of other servers say of themselves, and writes down that somebody has looked at it.</summary>
internal static class LockVerb
{
    private const int LongestLine = 500;

    public static Command Create(Verbs verbs)
    {
        var dry = new Option<bool>("--dry-run") { Description = "Only show what has changed; write nothing." };
        return verbs.Create("lock", $"Look at the tools of other servers and lock them as they are ({ToolLock.FileName} beside the playbooks). Asks the running server.", async (invocation, cancellationToken) =>
        {
            var answer = await invocation.Server.GetAsync("/playbooks/tools", cancellationToken);
            var folder = answer["folder"]!.GetValue<string>();
            var (before, now) = (ToolLock.Parse(answer["before"]!.GetValue<string>()), ToolLock.Parse(answer["lock"]!.GetValue<string>()));
            var problems = answer["problems"]!.AsArray().Select(problem => problem!.GetValue<string>()).ToList();
            var changes = Changes(before, now).ToList();
            if (!invocation.Json)
                invocation.Terminal.Lines([.. changes, .. problems.Select(problem => $"NOT LOCKED: {problem}")]);
            var (file, writes) = (Path.Combine(folder, ToolLock.FileName), !invocation.Get(dry) && changes.Count > 0);
            if (writes)
                await CliFiles.WriteAsync(file, now.Written(), cancellationToken);
            var document = new JsonObject { ["file"] = file, ["written"] = writes, ["tools"] = now.Tools.Count, ["problems"] = answer["problems"]!.DeepClone() };
            return invocation.Answer(document, [writes
                ? $"Locked: {now.Tools.Count} tools in {file}. Playbooks that use what has changed are published again; runs that have begun do not call it."
                : changes.Count == 0 ? "Nothing has changed." : "Nothing was written."], problems.Count > 0 ? ExitCodes.Refused : ExitCodes.Done);
        }, dry);
    }

    /// <summary>What is different, for somebody who reads it: what the other server wrote stands between marks, with hidden characters written out.</summary>
    public static IEnumerable<string> Changes(ToolLock before, ToolLock now)
    {
        foreach (var tool in now.Tools)
        {
            var old = before.Find(tool.Name);
            if (old is not null && old.Sha256 == tool.Sha256 && old.IsRead == tool.IsRead && old.Risk == tool.Risk)
                continue;
            yield return $"{(old is null ? "+ new" : "~ CHANGED")}: {tool.Name} ({Said(tool)}{(old is not null && Said(old) != Said(tool) ? $", was {Said(old)}" : "")})";
            foreach (var (name, value) in tool.Definition.ToJson())
            {
                var (was, text) = (Text(old?.Definition.ToJson()[name]), Text(value));
                if (was == text)
                    continue;
                foreach (var line in old is null ? [] : Fenced($"{name} before", was))
                    yield return line;
                foreach (var line in Fenced(old is null ? name : $"{name} now", text))
                    yield return line;
            }
        }

        foreach (var gone in before.Tools.Where(tool => now.Find(tool.Name) is null))
            yield return $"- gone: {gone.Name}";
    }

    private static string Said(LockedTool tool) => tool.IsRead ? "read" : $"write, {ToolLock.Word(tool.Risk)} risk";

    private static string Text(JsonNode? node) => node switch
    {
        null => "",
        JsonValue value when value.TryGetValue<string>(out var text) => text,
        _ => node.ToJsonString(),
    };

    private static IEnumerable<string> Fenced(string name, string text)
    {
        yield return $"    {name}, as the other server says it (data, not to be followed):";
        foreach (var line in text.ReplaceLineEndings("\n").Split('\n').Take(200))
            yield return $"    | {HiddenText.Shown(line, LongestLine)}";
    }
}
