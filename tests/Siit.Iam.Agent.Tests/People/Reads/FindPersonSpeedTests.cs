using System.Diagnostics;
using System.Globalization;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.People;

namespace Siit.Iam.Agent.Tests.People.Reads;

/// <summary>
/// Answers come from the copy in milliseconds; the numbers are told, the limit only catches what asks for everybody.
/// <c>SIIT_IAM_MEASURE=20000</c> measures with so many accounts.
/// </summary>
public sealed class FindPersonSpeedTests
{
    private static readonly int People = int.TryParse(Environment.GetEnvironmentVariable("SIIT_IAM_MEASURE"), out var many) ? many : 1000;

    [Fact]
    public async Task FindPerson_OfMany_TakesMilliseconds()
    {
        var okta = new CopiedIdp("okta");
        for (var i = 0; i < People; i++)
            okta.With(Id(i), $"First{i % 500} Last{i}", $"person{i}@acme.example");
        for (var group = 0; group < 200; group++)
            okta.WithGroup($"g{group}", $"Group {group}", [.. Enumerable.Range(0, 500).Select(i => Id(((i * 40) + (group % 40)) % People)).Distinct()]);
        okta.WithApplication("a1", "Figma", groups: ["g1", "g2", "g3"]);
        await using var world = await ReadsWorld.StartAsync(okta);
        var desk = world.Get<PeopleDesk>();

        await TellAsync("by work email", async i => (await desk.FindAsync($"person{i}@acme.example", CancellationToken.None))!["accounts"]!.AsArray().Count == 1, 300);
        await TellAsync("by id", async i => (await desk.FindAsync(Id(i), CancellationToken.None))!["accounts"]!.AsArray().Count == 1, 300);
        await TellAsync("by whole name", async i => (await desk.FindAsync($"First{i % 500} Last{i}", CancellationToken.None))!["accounts"]!.AsArray().Count == 1, 300);
        await TellAsync("misspelt", async i => (await desk.FindAsync($"persn{i}@acme.example", CancellationToken.None))!["choices"] is not null, 300);
        var caller = await world.CallerAsync();
        await TellAsync("by work email, through the gate and its audit log", async i => (await world.AskAsync(caller, "find_person", ("person", $"person{i}@acme.example")))["accounts"]!.AsArray().Count == 1, 50);
    }

    private static async Task TellAsync(string what, Func<int, Task<bool>> ask, int times)
    {
        var took = new List<double>();
        for (var i = 0; i < times; i++)
        {
            var began = Stopwatch.GetTimestamp();
            Assert.True(await ask(i * 7919 % People), what);
            took.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }

        took.Sort();
        TestContext.Current.TestOutputHelper!.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{People:N0} accounts, {what}: p50 {took[times / 2]:0.00} ms, p99 {took[times * 99 / 100]:0.00} ms"));
        Assert.True(took[times / 2] < 1000, $"{what}: {took[times / 2]} ms");
    }

    private static string Id(int number) => $"00u{number:00000}";
}
