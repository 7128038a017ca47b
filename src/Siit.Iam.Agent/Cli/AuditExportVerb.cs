using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Audit;

namespace Siit.Iam.Agent.Cli;

/// <summary><c>audit export</c>: entries for a SIEM or an auditor.</summary>
internal static class AuditExportVerb
{
    public static Command Create(Verbs verbs)
    {
        var since = new Option<string?>("--since") { Description = "Entries from this moment on, such as 2026-12-24T18:00:00Z.", HelpName = "TIME" };
        var until = new Option<string?>("--until") { Description = "Entries before this moment.", HelpName = "TIME" };
        var person = new Option<string?>("--person") { Description = "Entries that name this work email or account id." };
        var action = new Option<string?>("--action") { Description = "Entries of this action." };
        var call = new Option<string?>("--call") { Description = "Entries of this call." };
        var ocsf = new Option<bool>("--ocsf") { Description = "As OCSF events." };
        var target = new Option<string?>("--out") { Description = "Write there: without --ocsf the very bytes that the tree's hashes are over. Printed, all that is not ASCII is escaped.", HelpName = "FILE" };
        var archive = AuditArchiveVerbs.Option();
        return verbs.Create("export", "Print entries as JSON lines.", (invocation, _) =>
        {
            var (from, to) = (Moment(invocation.Get(since), "--since"), Moment(invocation.Get(until), "--until"));
            bool Fits(AuditEntry entry, ReadOnlySpan<byte> line) =>
                (from is null || entry.Time >= from) && (to is null || entry.Time < to)
                && (invocation.Get(action) is not { } name || entry.Action == name) && (invocation.Get(call) is not { } id || entry.Call == id)
                && (invocation.Get(person) is not { } somebody || Names(entry, line, somebody));
            return Task.FromResult(AuditVerbs.Read(invocation, files => Export(invocation, files, AuditArchiveVerbs.Open(invocation.Get(archive)), invocation.Get(ocsf), invocation.Get(target), Fits)));
        }, since, until, person, action, call, ocsf, target, archive);
    }

    private delegate bool Filter(AuditEntry entry, ReadOnlySpan<byte> line);

    private static int Export(Invocation invocation, AuditFiles files, AuditArchive? archive, bool ocsf, string? target, Filter fits)
    {
        var key = AuditKeys.ReadVkeys(files.Vkeys)[^1];
        var first = AuditLeaves.First(files);
        if (first > 0 && archive is null && !invocation.Json)
            invocation.Terminal.Error($"Entries 0 to {first - 1} lie in the archive and are not among these; --archive FOLDER reads them as well.");
        using var file = target is null ? null : AuditVerbs.ReadFile(target, path => new FileStream(path, FileMode.Create, FileAccess.Write));
        var document = new JsonArray();
        var count = 0L;
        foreach (var (place, line) in Lines(files, archive, first))
        {
            var entry = AuditLine.TryRead(line) ?? throw new AuditDamagedException(place.File, place.Line, "it is not an audit entry");
            if (!fits(entry, line))
                continue;
            count++;
            var json = ocsf ? OcsfEvent.Of(entry, line, key) : null;
            if (file is not null)
            {
                file.Write(json is null ? line : CanonicalJson.Utf8(json));
                file.WriteByte((byte)'\n');
            }
            else if (invocation.Json)
            {
                document.Add(json ?? JsonNode.Parse(line));
            }
            else
            {
                invocation.Terminal.Line((json ?? JsonNode.Parse(line)!).ToJsonString(WireJson.Options));
            }
        }

        return file is not null
            ? invocation.Answer(new JsonObject { ["file"] = target, ["entries"] = count }, [$"Written: {target} ({count} entries)"])
            : invocation.Answer(document, []);
    }

    private static IEnumerable<((string File, long Line) Place, byte[] Line)> Lines(AuditFiles files, AuditArchive? archive, long first)
    {
        foreach (var archived in archive?.Read(0, first) ?? [])
            yield return ((archived.File, archived.Number), archived.Line);
        using var lines = new AuditLines(files.Log);
        while (lines.Next() is { } line)
            yield return ((files.Log, lines.Number), line);
    }

    /// <summary>As requester, operator, target or anywhere in its data, as a whole value.</summary>
    private static bool Names(AuditEntry entry, ReadOnlySpan<byte> line, string somebody) =>
        entry.Target == somebody || line.IndexOf(Encoding.UTF8.GetBytes(JsonValue.Create(somebody)!.ToJsonString(Relaxed))) >= 0;

    private static System.Text.Json.JsonSerializerOptions Relaxed { get; } = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    internal static DateTimeOffset? Moment(string? text, string option)
    {
        if (text is null)
            return null;
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment)
            ? moment
            : throw new CliException(ExitCodes.Usage, "usage", $"{option} must be a moment such as 2026-12-24T18:00:00Z, not '{text}'.");
    }
}
