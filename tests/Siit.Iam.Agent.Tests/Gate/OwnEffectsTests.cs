using System.Text.Json.Nodes;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.People.Events;
using Siit.Iam.Agent.Store;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.Gate;

public sealed class OwnEffectsTests
{
    /// <summary>Ids of runs' calls come after all others: of the latest thousand by id none would be an agent's, and its effect somebody else's.</summary>
    [Fact]
    public async Task Effect_OfAnAgent_IsFoundAmongAnyNumberOfOthers()
    {
        await using var world = await GateWorld.StartAsync();
        var caller = await world.CallerAsync();
        var answer = await world.CallAsync(caller, "clear_sessions", new JsonObject { ["person"] = "ben@acme.example" });
        var call = (await world.Calls.FindAsync(answer.Call!, CancellationToken.None))!;
        for (var page = 0; page < 11; page++)
        {
            await world.Store.CommitAsync([.. Enumerable.Range(0, 100).Select(i =>
                Change.Create(call with { Id = $"call_run_{page}_{i}", Version = 0, Fingerprint = $"{page}{i}", Run = $"run_{page}", StepPath = $"/{i}", Target = call.Target! with { AccountId = $"other{page}{i}" } }))]);
        }

        var found = await world.Get<IOwnEffects>().OnAsync("okta", [call.Target!.AccountId], DateTimeOffset.UnixEpoch, CancellationToken.None);

        Assert.Equal(call.Id, Assert.Single(found).Call);
        Assert.Empty(await world.Get<IOwnEffects>().OnAsync("okta", [call.Target.AccountId], call.Intent!.At, CancellationToken.None));
        Assert.Empty(await world.Get<IOwnEffects>().OnAsync("okta", ["nobody"], DateTimeOffset.UnixEpoch, CancellationToken.None));
    }

    [Fact]
    public async Task Effect_ThatCreatedTheAccount_IsFoundByIt()
    {
        await using var world = await GateWorld.StartAsync(new GateOptions { DangerouslyRunWithoutApproval = ["create_user"] });
        var caller = await world.CallerAsync();

        var answer = await world.CallAsync(caller, "create_user", new JsonObject { ["person"] = "new.person@acme.example", ["first_name"] = "New", ["last_name"] = "Person" });

        Assert.Equal(CallState.Succeeded, answer.State);
        var account = world.Okta.User("new.person@acme.example").Id;
        Assert.Equal(answer.Call, Assert.Single(await world.Get<IOwnEffects>().OnAsync("okta", [account], DateTimeOffset.UnixEpoch, CancellationToken.None)).Call);
    }
}
