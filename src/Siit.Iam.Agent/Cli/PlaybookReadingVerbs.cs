using System.CommandLine;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Playbooks;
using Siit.Iam.Agent.Playbooks.Comparing;
using Siit.Iam.Agent.Playbooks.Drawing;
using Siit.Iam.Agent.Playbooks.Format;
using Siit.Iam.Agent.ToolServers;

namespace Siit.Iam.Agent.Cli;

/// <summary><c>playbooks graph|diff</c>: what people read of playbooks. Files are read without a server.</summary>
internal static class PlaybookReadingVerbs
{
    public static Command Graph(Verbs verbs)
    {
        var what = new Argument<string>("playbook") { Description = "A YAML file, read without a server; or the id of a playbook of the server's." };
        var format = new Option<string>("--format") { Description = "mermaid or svg.", DefaultValueFactory = _ => "mermaid" };
        format.AcceptOnlyFromAmong("mermaid", "svg");
        var output = new Option<string?>("--output", "-o") { Description = "Write it to this file.", HelpName = "FILE" };
        return verbs.Create("graph", "Draw a playbook, with its gates marked.", async (invocation, cancellationToken) =>
        {
            var sketch = Sketches.Of(await ReadAsync(invocation, invocation.Get(what), cancellationToken));
            var kind = invocation.Get(format)!;
            var drawn = kind == "svg" ? SvgDrawing.Of(sketch) : MermaidDrawing.Of(sketch);
            if (invocation.Get(output) is not { } file)
                return invocation.Answer(new JsonObject { ["format"] = kind, ["graph"] = drawn }, drawn.TrimEnd('\n').Split('\n'));
            await CliFiles.WriteAsync(file, drawn, cancellationToken);
            return invocation.Answer(new JsonObject { ["format"] = kind, ["file"] = file }, [$"Drawn: {file}"]);
        }, what, format, output);
    }

    public static Command Diff(Verbs verbs)
    {
        var before = new Argument<string>("old") { Description = "A YAML file, or the id of a playbook of the server's." };
        var after = new Argument<string>("new") { Description = "The same, as it is to become." };
        return verbs.Create("diff", $"Compare two versions of a playbook in meaning; ends with {ExitCodes.Widened} when the new one may do more, or with less agreement.", async (invocation, cancellationToken) =>
        {
            var found = PlaybookComparison.Of(await ReadAsync(invocation, invocation.Get(before), cancellationToken), await ReadAsync(invocation, invocation.Get(after), cancellationToken));
            var widened = found.Count(difference => difference.Weight == Weight.Wider);
            var document = new JsonObject { ["widened"] = widened > 0, ["differences"] = WireJson.Array(found, WireJson.Node) };
            return invocation.Answer(
                document,
                found.Count == 0 ? ["No difference in meaning."] : found.Select(difference => $"{difference.Weight.ToString().ToLowerInvariant(),-8}  {difference.Where}: {difference.Text}"),
                widened > 0 ? ExitCodes.Widened : ExitCodes.Done);
        }, before, after);
    }

    private static async Task<Playbook> ReadAsync(Invocation invocation, string named, CancellationToken cancellationToken)
    {
        if (File.Exists(named))
            return Checked(PlaybookReader.Read(named));
        if (named.Contains('.', StringComparison.Ordinal) || named.Contains('/', StringComparison.Ordinal))
            throw new CliException(ExitCodes.Usage, "usage", $"There is no file {named}.");
        var kept = await invocation.Server.GetAsync($"/playbooks/{Uri.EscapeDataString(named)}/text", cancellationToken);
        var tools = ToolLock.Of(invocation.Surroundings.Product.Playbooks(invocation.Data, invocation.Surroundings.Environment));
        return Checked(PlaybookReader.Read(PlaybookFile.Of(named, kept["text"]!.GetValue<string>()), tools));
    }

    private static Playbook Checked(PlaybookReading reading) => reading.Playbook ?? throw new CliException(
        ExitCodes.Refused, "playbook_has_errors", string.Join('\n', reading.Findings.Where(finding => finding.Severity == Playbooks.Checks.Severity.Error).Select(finding => finding.ToString())));
}
