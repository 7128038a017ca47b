using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Siit.Iam.Agent.Cli;
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

    [Fact]
    public void McpJson_StartsTheDemoOnStdio()
    {
        var server = JsonNode.Parse(File.ReadAllText(Repository.In("mcp.json")))!["mcpServers"]!["siit-iam"]!;

        Assert.Equal("dotnet", server["command"]!.GetValue<string>());
        Assert.Equal(["run", "--project", "src/Siit.Iam.Emulator", "--", "mcp"], server["args"]!.AsArray().Select(argument => argument!.GetValue<string>()));
    }

    [GeneratedRegex("(?:`|^ *)siit-iam (?<verb>[a-z]+)", RegexOptions.Multiline)]
    private static partial Regex Verb();

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
