using Siit.Iam.Agent.Cli;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.Cli;

/// <summary>Drawing and comparing, of files without a server and of what the server has.</summary>
public sealed class PlaybookReadingVerbsTests
{
    [Fact]
    public async Task Graph_OfAFile_NeedsNoServer_AndOfAnIdAsksIt()
    {
        await using var world = await CliWorld.StartAsync(settings: [("playbooks", Repository.In("playbooks"))]);
        var asked = await world.RunAsync("playbooks", "graph", "offboard");
        await world.StopServerAsync();
        var file = Path.Combine(world.Parent, "offboard.svg");

        var mermaid = await world.RunAsync("playbooks", "graph", Repository.In("playbooks", "offboard.yaml"));
        var svg = await world.RunAsync("playbooks", "graph", Repository.In("playbooks", "offboard.yaml"), "--format", "svg", "--output", file);

        Assert.Equal((ExitCodes.Done, asked.Out), (mermaid.ExitCode, mermaid.Out));
        Assert.StartsWith("flowchart TD", mermaid.Out, StringComparison.Ordinal);
        Assert.Equal((ExitCodes.Done, $"Drawn: {file}"), (svg.ExitCode, svg.Out.Trim()));
        Assert.StartsWith("<svg ", await File.ReadAllTextAsync(file), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Diff_EndsWithWhatScriptsNeed()
    {
        await using var world = await CliWorld.StartAsync();
        await world.StopServerAsync();
        var (old, wider, same) = (Repository.In("playbooks", "offboard.yaml"), Path.Combine(world.Parent, "wider.yaml"), Path.Combine(world.Parent, "same.yaml"));
        var text = await File.ReadAllTextAsync(old);
        await File.WriteAllTextAsync(same, "# the same\n" + text);
        await File.WriteAllTextAsync(wider, text.Replace("writes: 28", "writes: 100", StringComparison.Ordinal));

        var (nothing, more, less) = (await world.RunAsync("playbooks", "diff", old, same), await world.RunAsync("playbooks", "diff", old, wider), await world.RunAsync("playbooks", "diff", wider, old, "--json"));

        Assert.Equal((ExitCodes.Done, "No difference in meaning."), (nothing.ExitCode, nothing.Out.Trim()));
        Assert.Equal(ExitCodes.Widened, more.ExitCode);
        Assert.StartsWith("wider     policy: limits.writes: 28 -> 100", more.Out, StringComparison.Ordinal);
        Assert.Equal((ExitCodes.Done, false, "narrower"), (less.ExitCode, less.Json["widened"]!.GetValue<bool>(), less.Json["differences"]!.AsArray().Select(difference => difference!["weight"]!.GetValue<string>()).Last()));
    }

    [Fact]
    public async Task Requests_AreGivenCommentedAndClosed_AndTheTimelineTellsIt()
    {
        await using var world = await CliWorld.StartAsync();
        await world.EnrolFirstAsync();
        await world.RunAsync("requests", "add", "--requester", "mia@acme.example", "--text", "help", "--id", "REQ-5");

        Assert.Equal("unknown_assignee", (await world.RunAsync("requests", "assign", "REQ-5", "mia@acme.example", "--json")).Json["error"]!["code"]!.GetValue<string>());
        Assert.Equal("in_progress", (await world.RunAsync("requests", "assign", "REQ-5", "rita@acme.example", "--json")).Json["state"]!.GetValue<string>());
        await world.RunAsync("requests", "comment", "REQ-5", "Called Mia back");
        Assert.Equal("no_reason", (await world.RunAsync("requests", "close", "REQ-5", "--declined", "--json")).Json["error"]!["code"]!.GetValue<string>());
        await world.RunAsync("requests", "close", "REQ-5", "--declined", "--reason", "No such thing");
        var shown = await world.RunAsync("requests", "show", "REQ-5");

        Assert.Contains("Request REQ-5 of mia@acme.example: declined, given to rita@acme.example", shown.Out, StringComparison.Ordinal);
        Assert.Matches(@"(?s)submitted .*assigned .*Given to rita@acme.example\. By uid:\d+\..*comment .*""Called Mia back"".*state .*in progress -> declined\. ""No such thing"" By uid:", shown.Out);
    }
}
