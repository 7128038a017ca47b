using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.People.Persons;
using Siit.Iam.Agent.People.Reads;
using Siit.Iam.Agent.Tests.People.Sync;

namespace Siit.Iam.Agent.Tests.People.Reads;

public sealed class OwnersTests
{
    [Fact]
    public async Task Groups_HaveTheOwnersOfTheSettings_ThenThoseOfTheIdp()
    {
        await using var world = SyncWorld.Scripted(tellsEvents: false);
        world.Source.Add("ana");
        world.Source.AddGroup("g1");
        world.Source.AddGroup("g2");
        await world.ImportAsync();
        await world.Changes.TouchAsync(SyncWorld.Connection, world.Source, [], [new TieChange(TieKind.GroupOwner, "g1", "ana", true)], CancellationToken.None);
        var options = new PersonOptions { Owners = new OwnerRules { All = [new OwnerRule("okta", false, "group G1", ["mona@acme.example"])] } };

        var groups = new KnownLists(world.Copy, options).Groups(null, ["okta"], 10, null)!.Items;

        Assert.Equal(["mona@acme.example", "ana@acme.example"], groups.Single(group => group.Group.Id == "g1").Owners);
        Assert.Empty(groups.Single(group => group.Group.Id == "g2").Owners);
    }
}
