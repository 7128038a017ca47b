using System.CommandLine;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Playbooks.Checks;
using Siit.Iam.Agent.Playbooks.TestFiles;

namespace Siit.Iam.Agent.Cli;

/// <summary><c>playbooks test</c>: authors' test files, without a server.</summary>
internal static class PlaybookTestVerb
{
    public static Command Create(Verbs verbs)
    {
        var named = new Argument<string[]>("test") { Description = "Test files, folders of them, or ids of playbooks in ./playbooks. Default: ./playbooks/tests.", Arity = ArgumentArity.ZeroOrMore, DefaultValueFactory = _ => [] };
        return verbs.Create("test", "Run the test files of playbooks, on a directory that they describe; needs no server and no network.", async (invocation, cancellationToken) =>
        {
            var files = (invocation.Get(named) is { Length: > 0 } given ? given.SelectMany(FilesOf) : FilesOf(Path.Combine("playbooks", "tests"))).Distinct().ToList();
            var (told, findings, failed, count) = (new JsonArray(), new List<Finding>(), 0, 0);
            foreach (var path in files)
            {
                var reading = TestReader.Read(path);
                findings.AddRange(reading.Findings);
                if (!invocation.Json)
                    invocation.Terminal.Lines(reading.Findings.Select(finding => finding.ToString()));
                foreach (var one in reading.File?.Cases ?? [])
                {
                    var began = Stopwatch.GetTimestamp();
                    var result = await TestRun.RunAsync(reading.File!, one, cancellationToken);
                    var took = Stopwatch.GetElapsedTime(began);
                    (count, failed) = (count + 1, failed + (result.Passed ? 0 : 1));
                    told.Add(new JsonObject
                    {
                        ["file"] = path,
                        ["playbook"] = reading.File!.Playbook.Id,
                        ["case"] = one.Name,
                        ["passed"] = result.Passed,
                        ["problems"] = WireJson.Array(result.Problems, problem => problem),
                        ["interrupted"] = result.Crashes,
                        ["seconds"] = Math.Round(took.TotalSeconds, 3),
                    });
                    if (!invocation.Json)
                        invocation.Terminal.Lines(Told(reading.File.Playbook.Id, result));
                }
            }

            var broken = findings.Exists(finding => finding.Severity == Severity.Error);
            var answer = new JsonObject { ["passed"] = count - failed, ["failed"] = failed, ["cases"] = told, ["findings"] = WireJson.Array(findings, WireJson.Node) };
            return invocation.Answer(answer, [$"{count - failed} of {count} cases came out as expected.{(broken ? " Some files could not be read." : "")}"], failed > 0 || broken ? ExitCodes.Refused : ExitCodes.Done);
        }, named);
    }

    private static IEnumerable<string> Told(string playbook, TestResult result)
    {
        yield return $"{(result.Passed ? "ok    " : "FAILED")} {playbook}: {result.Case}{(result.Crashes > 0 ? $" (interrupted at {result.Crashes} points)" : "")}";
        foreach (var line in result.Problems.SelectMany(problem => problem.Split('\n')))
            yield return $"    {line}";
    }

    private static IEnumerable<string> FilesOf(string named)
    {
        if (File.Exists(named) && named.EndsWith(TestReader.Ending, StringComparison.Ordinal))
            return [named];
        if (Directory.Exists(named))
        {
            var found = Directory.EnumerateFiles(named, "*" + TestReader.Ending, SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToList();
            return found.Count > 0 ? found : throw new CliException(ExitCodes.Usage, "usage", $"There is no *{TestReader.Ending} in {named}.");
        }

        // A playbook stands for its tests.
        var id = named.EndsWith(".yaml", StringComparison.Ordinal) ? Path.GetFileNameWithoutExtension(named) : named;
        var folder = named.EndsWith(".yaml", StringComparison.Ordinal) ? Path.GetDirectoryName(Path.GetFullPath(named))! : "playbooks";
        var of = new[] { Path.Combine(folder, "tests", id + TestReader.Ending), Path.Combine(folder, id + TestReader.Ending) }.FirstOrDefault(File.Exists);
        return of is not null ? [of] : throw new CliException(ExitCodes.Usage, "usage", $"There is no test file {named}, and none of a playbook '{id}' in {Path.Combine(folder, "tests")}: its name would be {id}{TestReader.Ending}.");
    }
}
