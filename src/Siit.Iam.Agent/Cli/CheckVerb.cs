using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Playbooks;
using Siit.Iam.Agent.Playbooks.Checks;
using Siit.Iam.Agent.Playbooks.Checks.Tenant;
using Siit.Iam.Agent.Playbooks.Format;
using Siit.Iam.Agent.Playbooks.Rehearsals;
using Siit.Iam.Agent.Playbooks.TestFiles;

namespace Siit.Iam.Agent.Cli;

/// <summary><c>playbooks check</c>: from files alone, for editors and CI; with <c>--with-directory</c> against the organisation, by its server.</summary>
internal static class CheckVerb
{
    public static Command Create(Verbs verbs)
    {
        var files = new Argument<string[]>("file") { Description = "YAML files or folders. Default: the server's folder.", Arity = ArgumentArity.ZeroOrMore, DefaultValueFactory = _ => [] };
        var directory = new Option<bool>("--with-directory") { Description = "Also what the organisation tells: groups, applications, connections, approvers, what its IdPs can do. Asks the running server." };
        return verbs.Create("check", "Tell everything that is wrong with playbooks, each with its line, and what each can reach at most.", async (invocation, cancellationToken) =>
        {
            if (invocation.Get(files).FirstOrDefault(path => path.EndsWith(TestReader.Ending, StringComparison.Ordinal)) is { } test)
                throw IsATest(test);
            var reports = invocation.Get(directory)
                ? await WithDirectoryAsync(invocation, invocation.Get(files), cancellationToken)
                : [.. Named(invocation, invocation.Get(files)).Select(path => Local(invocation, path))];
            var report = new CheckReport([.. reports.SelectMany(each => each.Findings)], [.. reports.SelectMany(each => each.Playbooks)]);
            return invocation.Answer(WireJson.Node(report), Lines(report), report.HasErrors ? ExitCodes.Refused : ExitCodes.Done);
        }, files, directory);
    }

    /// <summary>The text of a file, as its digest is made of.</summary>
    public static string Content(string path) => File.Exists(path)
        ? Encoding.UTF8.GetString(File.ReadAllBytes(path))
        : throw new CliException(ExitCodes.Usage, "usage", $"There is no file {path}.");

    /// <summary>What a file calls and lies in the same folder, so that a server need not have it.</summary>
    public static JsonArray Beside(string path) => PlaybookReader.Read(path).Playbook is { } playbook
        ? WireJson.Array(RehearsedSteps.OfFile(playbook).Playbooks.Skip(1).ToList(), called => new JsonObject { ["file"] = called.File.Path, ["text"] = called.File.Text })
        : [];

    public static CliException IsATest(string path) =>
        new(ExitCodes.Usage, "usage", $"{path} is a test file, no playbook. Run it: siit-iam playbooks test {path}");

    private static IEnumerable<string> Lines(CheckReport report)
    {
        foreach (var line in report.Playbooks.SelectMany(playbook => playbook.Lines()))
            yield return line;
        foreach (var finding in report.Findings)
            yield return finding.ToString();
        yield return report.Findings.Count == 0 ? "Nothing is wrong."
            : $"{Counted(report, Severity.Error, "error")}, {Counted(report, Severity.Warning, "warning")}. siit-iam playbooks explain CODE says more.";
    }

    private static string Counted(CheckReport report, Severity severity, string word) =>
        report.Findings.Count(finding => finding.Severity == severity) is var count && count == 1 ? $"1 {word}" : $"{count} {word}s";

    /// <summary>Without a server: the folder that the settings name, or that would be there without any.</summary>
    private static string[] Named(Invocation invocation, string[] files)
    {
        if (files.Length > 0)
            return files;
        var folder = invocation.Surroundings.Product.Playbooks(invocation.Data, invocation.Surroundings.Environment);
        return Directory.Exists(folder) ? [folder]
            : throw new CliException(ExitCodes.Usage, "usage", $"There is no folder {folder}. Name files or folders, or ask the running server for its own: siit-iam playbooks check --with-directory");
    }

    private static CheckReport Local(Invocation invocation, string path)
    {
        if (!Directory.Exists(path) && !File.Exists(path))
            throw new CliException(ExitCodes.Usage, "usage", $"There is no file or folder {path}.");
        var reading = Directory.Exists(path) ? null : PlaybookReader.Read(path);
        var folder = PlaybookFolder.Load(reading is null ? path : Path.GetDirectoryName(Path.GetFullPath(path))!);
        var report = reading is null ? CheckReport.Of(folder, null) : CheckReport.Of(reading, folder, null);
        // A connection is often called like its IdP: where that is written out, it is known without a server what it can do.
        var idps = invocation.Surroundings.Product.Idps().Select(idp => new KnownConnection(idp.Id, idp.Id, idp.Supports)).ToList();
        var playbooks = reading is null ? folder.Playbooks : reading.Playbook is { } one ? [one] : [];
        return report with { Findings = [.. report.Findings, .. playbooks.SelectMany(playbook => CapabilityCheck.Of(playbook, idps, everyConnection: false))] };
    }

    private static IEnumerable<string> FilesOf(string path) => Directory.Exists(path) ? Directory.EnumerateFiles(path, "*.yaml").Order(StringComparer.Ordinal) : [path];

    private static async Task<IReadOnlyList<CheckReport>> WithDirectoryAsync(Invocation invocation, string[] files, CancellationToken cancellationToken)
    {
        if (files.Length == 0)
            return [WireJson.Read<CheckReport>(await invocation.Server.GetAsync("/playbooks/check", cancellationToken))];
        var reports = new List<CheckReport>();
        foreach (var path in files.SelectMany(FilesOf))
        {
            var body = new JsonObject { ["file"] = path, ["text"] = Content(path), ["beside"] = Beside(path) };
            reports.Add(WireJson.Read<CheckReport>(await invocation.Server.PostAsync("/playbooks/check", body, cancellationToken)));
        }

        return reports;
    }
}
