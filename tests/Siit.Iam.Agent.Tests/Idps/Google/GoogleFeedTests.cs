using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Idps.Google;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.Idps.Google;

public sealed class GoogleFeedTests
{
    [Theory]
    [InlineData(null, true)]
    [InlineData("SUCCEEDED", true)]
    [InlineData("SUCCEEDED_WITH_WARNINGS", true)]
    [InlineData("FAILED", false)]
    [InlineData("SKIPPED", false)]
    public void Happened_ByItsStatus_IsWhatTookEffect(string? status, bool happened) =>
        Assert.Equal(happened, GoogleFeed.Happened(Event("SUSPEND_USER") with { Status = status is null ? null : new GoogleEventStatus(status) }));

    [Theory]
    [InlineData("USER_SETTINGS", nameof(FeedSubject.Account))]
    [InlineData("GROUP_SETTINGS", nameof(FeedSubject.Group))]
    [InlineData("DOMAIN_SETTINGS", nameof(FeedSubject.None))]
    public void RuleOf_AnEventThatGoogleAddedLater_ReadsWhatItIsAbout(string type, string subject)
    {
        var rule = GoogleFeed.RuleOf(GoogleFeed.Admin, Event("SOMETHING_NEW") with { Type = type });

        Assert.Equal((subject, null), ($"{rule.Subject}", rule.Kind));
    }

    [Fact]
    public void IsToldTwice_ASuperAdministratorWithTheRoleBeside_CountsOnce()
    {
        GoogleEvent[] together = [Event("GRANT_ADMIN_PRIVILEGE"), Event("ASSIGN_ROLE")];

        Assert.Equal([true, false], together.Select(one => GoogleFeed.IsToldTwice(one, together)));
        Assert.False(GoogleFeed.IsToldTwice(together[0], [together[0]]));
    }

    [Theory]
    [InlineData(GoogleFeed.Groups, "join")]
    [InlineData(GoogleFeed.Own, "titanium_enroll")]
    public void RuleOf_TheOtherLogs_TellsNothingButWhatIsKnown(string log, string name) => Assert.Null(GoogleFeed.RuleOf(log, Event(name)).Kind);

    /// <summary>Every word of the vocabulary that the log tells stands in the setup guide, so that nobody has to guess.</summary>
    [Theory]
    [InlineData("CREATE_USER")]
    [InlineData("RENAME_USER")]
    [InlineData("TURN_OFF_2_STEP_VERIFICATION")]
    [InlineData("ADD_GROUP_MEMBER")]
    [InlineData("GRANT_ADMIN_PRIVILEGE")]
    [InlineData("2sv_enroll")]
    [InlineData("groups_enterprise")]
    public void Readme_NamesTheEvent(string name) =>
        Assert.Contains($"`{name}`", File.ReadAllText(Path.Combine(Repository.Root, "src/Siit.Iam.Agent/Idps/Google/README.md")), StringComparison.Ordinal);

    private static GoogleEvent Event(string name) => new(name, "USER_SETTINGS", [new GoogleParameter("USER_EMAIL", "ana@acme.example")]);
}
