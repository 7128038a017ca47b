using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Siit.Iam.Agent.Cli;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Store;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.Conventions;

/// <summary>The README says what the code does. <c>SIIT_IAM_UPDATE=1 dotnet test --filter-class '*ReadmeTests'</c> writes the table anew.</summary>
public sealed partial class ReadmeTests
{
    private const string Begin = "<!-- actions -->";
    private const string End = "<!-- /actions -->";

    [Fact]
    public async Task ActionsTable_IsThatOfTheCode()
    {
        var path = Repository.In("README.md");
        var readme = await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken);
        var (from, to) = (readme.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, readme.IndexOf(End, StringComparison.Ordinal));
        var table = (await RunAsync("actions", "--markdown")).Trim();

        if (Environment.GetEnvironmentVariable("SIIT_IAM_UPDATE") == "1")
            await File.WriteAllTextAsync(path, $"{readme[..from]}\n{table}\n{readme[to..]}", TestContext.Current.CancellationToken);
        else
            Assert.True(table == readme[from..to].Trim(), "The README's table is not current. Write it anew: SIIT_IAM_UPDATE=1 dotnet test --filter-class '*ReadmeTests'");
    }

    [Fact]
    public async Task Verbs_ThatItNames_Exist()
    {
        var readme = await File.ReadAllTextAsync(Repository.In("README.md"), TestContext.Current.CancellationToken);
        var verbs = Verb().Matches(readme).Select(match => match.Groups["verb"].Value).Distinct().ToList();
        var help = await RunAsync("--help");

        Assert.NotEmpty(verbs);
        Assert.All(verbs, verb => Assert.Matches($"(?m)^ +{verb} ", help));
    }

    [Theory]
    [InlineData("people")]
    [InlineData("sync")]
    [InlineData("hris")]
    [InlineData("hris held")]
    public async Task VerbsBelow_ThatItNames_Exist(string group)
    {
        var readme = await File.ReadAllTextAsync(Repository.In("README.md"), TestContext.Current.CancellationToken);
        var verbs = Regex.Matches(readme, $"siit-iam {group} ([a-z]+)").Select(match => match.Groups[1].Value).Distinct().ToList();
        var help = await RunAsync([.. group.Split(' '), "--help"]);

        Assert.NotEmpty(verbs);
        Assert.All(verbs, verb => Assert.Matches($"(?m)^ +{verb} ", help));
    }

    /// <summary>Each whole <c>siit-iam.json</c> that it shows: with it a server is put together, up to opening anything.</summary>
    [Fact]
    public async Task Settings_ThatItShows_AreTaken()
    {
        var readme = await File.ReadAllTextAsync(Repository.In("README.md"), TestContext.Current.CancellationToken);
        var examples = Settings().Matches(readme).Select(match => match.Groups["json"].Value).ToList();
        var folder = Directory.CreateTempSubdirectory("siit-readme-");
        try
        {
            Assert.Equal(2, examples.Count);
            foreach (var example in examples)
            {
                await File.WriteAllTextAsync(Path.Combine(folder.FullName, ServerSettings.FileName), example, TestContext.Current.CancellationToken);
                await using var server = Server.Build(ServerSettings.Read(new DataFolder(folder.FullName), null, new Dictionary<string, string>()) with { LogToStandardError = false });
                Assert.Equal(JsonNode.Parse(example)!["connections"]!.AsObject().Count, server.Services.GetRequiredService<IdpConnections>().All.Count);
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void McpJson_StartsTheDemoOnStdio()
    {
        var server = JsonNode.Parse(File.ReadAllText(Repository.In("mcp.json")))!["mcpServers"]!["siit-iam"]!;

        Assert.Equal("dotnet", server["command"]!.GetValue<string>());
        Assert.Equal(["run", "--project", "src/Siit.Iam.Emulator", "--", "mcp"], server["args"]!.AsArray().Select(argument => argument!.GetValue<string>()));
    }

    [GeneratedRegex("(?:`|^ *)siit-iam (?<verb>[a-z]+)", RegexOptions.Multiline)]
    private static partial Regex Verb();

    [GeneratedRegex("```json\\s+(?<json>{.*?)```", RegexOptions.Singleline)]
    private static partial Regex Settings();

    private static async Task<string> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var terminal = new Terminal(new StringReader(""), output, error, isInteractive: false);
        var surroundings = new Surroundings(terminal, new Dictionary<string, string>(), TimeProvider.System, new Product(Serve.RunAsync, _ => Task.FromResult(0), Server.Idps));
        await CommandTree.RunAsync(arguments, surroundings);
        return output.ToString();
    }
}
