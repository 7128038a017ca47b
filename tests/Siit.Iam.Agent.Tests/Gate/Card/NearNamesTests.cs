using Siit.Iam.Agent.Gate.Card;
using Siit.Iam.Agent.Gate.Rules;
using Siit.Iam.Agent.People.Copy;
using Siit.Iam.Agent.Tests.People.Reads;

namespace Siit.Iam.Agent.Tests.Gate.Card;

public sealed class NearNamesTests
{
    [Theory]
    [InlineData("ana@acme.example", "\u0430na@acme.example", true)]
    [InlineData("ana@acme.example", "ANA@ACME.EXAMPLE", true)]
    [InlineData("ana@acme.example", "\u00e1na@acme.example", true)]
    [InlineData("olga@acme.example", "0lga@acme.example", true)]
    [InlineData("ilse@acme.example", "Ilse@acme.example", true)]
    [InlineData("mia@acme.example", "rnia@acme.example", true)]
    [InlineData("walt@acme.example", "vvalt@acme.example", true)]
    [InlineData("ana@acme.example", "\u200bana@acme.example", true)]
    [InlineData("ana@acme.example", "\uff41na@acme.example", true)]
    [InlineData("ana@acme.example", "ann@acme.example", false)]
    public void Skeleton_TwoTexts_AreEqualWhenTheyLookAlike(string one, string other, bool alike) =>
        Assert.Equal(alike, Skeletons.Of(one) == Skeletons.Of(other));

    [Fact]
    public async Task Of_AnAccount_NamesWhoCouldBeTakenForIt_ButNotTheSamePerson()
    {
        await using var world = await ReadsWorld.StartAsync(ReadsWorld.Okta(), ReadsWorld.Entra());
        var copy = world.Get<DirectoryCopy>();
        var near = world.Get<NearNames>();

        var ana = near.Of("okta", copy.Entry("okta", "00ana")!.Found.Account, new HashSet<string> { "entra:e-ana" });
        var maria = near.Of("okta", copy.Entry("okta", "00mia")!.Found.Account, new HashSet<string>());

        Assert.Equal(["\"\u0410<U+0410>na Lopez\", \"\u0430<U+0430>na@acme.example\" (okta:00fak) has an address that looks the same"], ana);
        Assert.Equal(["\"Maria Silva\", \"maria.silva@acme.example\" (okta:00mar) has the same name"], maria);
    }
}
