using Microsoft.Extensions.DependencyInjection;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Gate.Rehearsals;
using Siit.Iam.Agent.Idps;

namespace Siit.Iam.Agent.Tests.Gate.Rehearsals;

public sealed class RehearsedIdpsTests
{
    /// <summary>Whatever an IdP learns or forgets, its rehearsal has to follow.</summary>
    [Theory]
    [InlineData("okta")]
    [InlineData("entra")]
    [InlineData("google")]
    [InlineData("jumpcloud")]
    public void Rehearsed_CanExactlyWhatTheConnectionCan(string idp)
    {
        var real = Server.AddIdps(new ServiceCollection()).Select(service => service.ImplementationInstance).OfType<ConnectionFactory>().Single(factory => factory.Idp.Id() == idp).ConnectionType;
        var rehearsed = Rehearsed(idp);

        Assert.All(ActionCatalog.All, action => Assert.True(action.IsSupportedBy(real) == action.IsSupportedBy(rehearsed), action.Name));
        Assert.IsAssignableFrom<IKnowsContacts>(rehearsed);
    }

    /// <summary>What would be sent could not even be: there is nothing to send it to.</summary>
    [Fact]
    public void Rehearsed_AsksNobodyOnADevice() => Assert.IsNotAssignableFrom<IPushChallenge>(Rehearsed("okta"));

    [Theory]
    [InlineData("okta", "Active", "ACTIVE")]
    [InlineData("okta", "Locked", "LOCKED_OUT")]
    [InlineData("entra", "Suspended", "disabled")]
    [InlineData("google", "Deprovisioned", "ARCHIVED")]
    [InlineData("jumpcloud", "Locked", "ACTIVATED, account_locked")]
    public void Word_OfAStatus_IsTheVendors(string idp, string status, string word) => Assert.Equal(word, RehearsedIdps.Word(Rehearsed(idp).Idp, Enum.Parse<AccountStatus>(status)));

    private static RehearsedConnection Rehearsed(string idp)
    {
        var mute = RehearsedIdps.Mute(idp, idp, []);
        return RehearsedIdps.Of(mute, mute, new RehearsalFaults([]), new RehearsalClock(DateTimeOffset.UnixEpoch));
    }
}
