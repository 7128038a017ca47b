using Siit.Iam.Agent.People.Copy;
using Siit.Iam.Agent.Tests.People.Persons;

namespace Siit.Iam.Agent.Tests.Cli;

public sealed class PersonsVerbsTests
{
    [Fact]
    public async Task Conflict_ListedSettledAndTakenBack_ByAnApproverOnly()
    {
        await using var world = await CliWorld.StartAsync(null, ("sync:enabled", "false"));
        await world.EnrolFirstAsync();
        await PutAsync(world, "1 eve@acme.example", "2 eve@acme.example", "3 \u202Eeve@acme.example alias=eve@acme.example");
        var listed = (await world.RunAsync("people", "conflicts", "--json")).Json.AsArray();
        var id = listed.Single(conflict => conflict!["kind"]!.GetValue<string>() == "two_accounts")!["id"]!.GetValue<string>();

        var told = await world.RunAsync("people", "conflicts");
        Assert.Contains($"{id}  two_accounts\n  eve@acme.example: okta has 2 accounts that it leads to (okta:1, okta:2).\n  siit-iam people settle {id} --same\n", told.Out, StringComparison.Ordinal);
        Assert.Equal(1, (await world.RunAsync("people", "settle", id, "--same", "--as", "rita@acme.example", "--code", "000000")).ExitCode);
        Assert.Equal(2, (await world.RunAsync("people", "settle", id, "--as", "rita@acme.example", "--code", world.Code())).ExitCode);

        var settled = await world.RunAsync("people", "settle", id, "--same", "--as", "rita@acme.example", "--code", world.Code(), "--json");
        Assert.True(settled.ExitCode == 0, settled.ToString());
        Assert.DoesNotContain((await world.RunAsync("people", "conflicts", "--json")).Json.AsArray(), conflict => conflict!["id"]!.GetValue<string>() == id);
        var decision = settled.Json["decision"]!["id"]!.GetValue<string>();
        Assert.Contains(decision, (await world.RunAsync("people", "decisions")).Out, StringComparison.Ordinal);
        Assert.Equal(0, (await world.RunAsync("people", "undo", decision, "--as", "rita@acme.example", "--code", world.Code())).ExitCode);

        Assert.Equal(0, (await world.RunAsync("people", "join", "okta:1", "okta:2", "--as", "rita@acme.example", "--code", world.Code())).ExitCode);
        var split = await world.RunAsync("people", "split", "okta:3", "--from", "eve@acme.example", "--as", "rita@acme.example", "--code", world.Code());
        Assert.True(split.ExitCode == 0, split.ToString());
        Assert.Equal("No conflicts.\n", (await world.RunAsync("people", "conflicts")).Out);
    }

    [Fact]
    public async Task Fields_RulesAndPerson_AreShown()
    {
        await using var world = await CliWorld.StartAsync(null, ("sync:enabled", "false"));
        await PutAsync(world, "1 eve@acme.example", "2 max@acme.example");

        var rules = await world.RunAsync("people", "fields");
        Assert.Contains("department      hris, okta", rules.Out, StringComparison.Ordinal);

        var person = await world.RunAsync("people", "fields", "EVE@acme.example");
        Assert.StartsWith("eve@acme.example  okta:1  accounts: okta:1\nfield", person.Out, StringComparison.Ordinal);
        Assert.Matches("title +Boss +okta", person.Out);
        Assert.Contains("max@acme.example", person.Out, StringComparison.Ordinal);
        Assert.Equal("okta:1", (await world.RunAsync("people", "fields", "eve@acme.example", "--json")).Json["people"]![0]!["id"]!.GetValue<string>());
        Assert.Equal("Nobody is known by this address.\n", (await world.RunAsync("people", "fields", "zoe@acme.example")).Out);
    }

    private static Task PutAsync(CliWorld world, params string[] lines) => world.Get<DirectoryCopy>().PutAsync("okta", world.Time.GetUtcNow(), lines.Select(line =>
    {
        var found = CopiedDirectory.Account(line);
        return found with { Account = found.Account with { Title = "Boss", Manager = "max@acme.example" } };
    }));
}
