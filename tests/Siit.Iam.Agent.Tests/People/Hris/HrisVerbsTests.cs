using Siit.Iam.Agent.Cli;
using Siit.Iam.Agent.People.Hris;
using Siit.Iam.Agent.Tests.Cli;

namespace Siit.Iam.Agent.Tests.People.Hris;

/// <summary><c>siit-iam hris</c> typed at the server as it is shipped.</summary>
public sealed class HrisVerbsTests
{
    [Fact]
    public async Task Verbs_NothingConfigured_SaySo()
    {
        await using var world = await CliWorld.StartAsync();

        Assert.StartsWith("No HRIS is configured", (await world.RunAsync("hris", "status")).Out, StringComparison.Ordinal);
        Assert.Equal("Nobody.\n", (await world.RunAsync("hris", "people")).Out);
        Assert.Equal("No events.\n", (await world.RunAsync("hris", "events")).Out);
        Assert.Equal("Nothing waits.\n", (await world.RunAsync("hris", "held")).Out);
    }

    [Fact]
    public async Task Held_Confirmed_NeedsAnApproversCodeOfNow()
    {
        await using var world = await CliWorld.StartAsync();
        await world.EnrolFirstAsync();
        var today = DateOnly.FromDateTime(world.Time.GetUtcNow().UtcDateTime);
        await TakeAsync(world, "1", null);
        await TakeAsync(world, "2", today.AddDays(-1));
        var listed = await world.RunAsync("hris", "held");
        var batch = (await world.RunAsync("hris", "held", "--json")).Json[0]!["id"]!.GetValue<string>();

        var wrong = await world.RunAsync("hris", "held", "confirm", batch, "--as", "rita@acme.example", "--code", "000000");
        Assert.Equal(ExitCodes.Refused, wrong.ExitCode);
        Assert.Equal("No events.\n", (await world.RunAsync("hris", "events")).Out);
        var confirmed = await world.RunAsync("hris", "held", "confirm", batch, "--as", "rita@acme.example", "--code", world.Code());

        Assert.Contains("hr: 6 of 6 employed people would newly end or return; 3 a day go through by themselves.", listed.Out, StringComparison.Ordinal);
        Assert.Contains("hr:E1", listed.Out, StringComparison.Ordinal);
        Assert.True(confirmed.ExitCode == 0, confirmed.ToString());
        Assert.Equal(12, (await world.RunAsync("hris", "events", "--json")).Json.AsArray().Count);
        Assert.Equal(
            ["end_date_set", "left"],
            (await world.RunAsync("hris", "events", "--after", "0", "--limit", "2", "--json")).Json.AsArray().Select(told => told!["kind"]!.GetValue<string>()));
        Assert.Equal("left", (await world.RunAsync("hris", "people", "p3@acme.example")).Out.TrimEnd().Split("  ")[^1]);
        var again = await world.RunAsync("hris", "held", "drop", batch, "--as", "rita@acme.example", "--code", world.Code());
        Assert.Equal((ExitCodes.Refused, "It does not wait any more: it was confirmed.\n"), (again.ExitCode, again.Error));
        Assert.Equal(1, (await world.RunAsync("audit", "tail", "-n", "100", "--json")).Json.AsArray().Count(entry => entry!["kind"]!.GetValue<string>() == "hris.decided"));
    }

    private static async Task TakeAsync(CliWorld world, string digest, DateOnly? end)
    {
        var people = Enumerable.Range(1, 6).Select(number => ($"E{number}", new HrisFacts { WorkEmail = $"p{number}@acme.example", FirstName = "Ana", End = end }));
        var content = PeopleCsv.Read(System.Text.Encoding.UTF8.GetBytes(PeopleCsv.Write(people)), DateOnly.FromDateTime(world.Time.GetUtcNow().UtcDateTime));
        Assert.True((await world.Get<HrisBook>().TakeFileAsync("hr", digest, content, CancellationToken.None)).Taken);
    }
}
