using Siit.Iam.Agent.Gate.Rules;

namespace Siit.Iam.Agent.Tests.Gate.Rules;

public sealed class QuorumTests
{
    public static TheoryData<string, string, int, string, bool> Stories => new()
    {
        { "one person of any group", "any", 1, "ann=desk", true },
        { "a person without a group takes no seat", "any", 1, "ann=", false },
        { "two of one group are not two", "any any", 2, "ann=desk bob=desk", false },
        { "two of distinct groups", "any any", 2, "ann=desk bob=security", true },
        { "one person in two groups is one person", "any any", 2, "ann=desk,security", false },
        { "a group's seat is that group's", "group:security", 1, "ann=desk", false },
        { "each named group its own", "group:desk group:security", 2, "ann=security bob=desk", true },
        { "two of three", "group:desk group:security group:legal", 2, "ann=legal bob=desk", true },
        { "two of three, by one", "group:desk group:security group:legal", 2, "ann=legal,desk,security", false },
        { "the manager and anybody", "manager any", 2, "ann=desk+manager bob=desk", true },
        { "the manager alone", "manager any", 2, "ann=desk+manager", false },
        { "anybody is no manager", "manager", 1, "ann=desk", false },
        { "manager and owner are two people", "manager owner", 2, "ann=desk+manager+owner", false },
        { "manager and owner", "manager owner", 2, "ann=desk+manager+owner bob=desk+owner", true },
        { "four seats, four groups", "any any any any", 4, "a=a b=b c=c d=d", true },
        { "four seats, somebody has to move over", "any any any any", 4, "a=a,b b=a c=b,c d=d", true },
        { "four seats, three groups", "any any any any", 4, "a=a b=b c=c d=a,b,c", false },
    };

    [Theory]
    [MemberData(nameof(Stories))]
    public void Quorum_PeopleWithGroupsAndStanding_IsFilledOrNot(string story, string seats, int needed, string people, bool filled)
    {
        var takers = people.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(person => person.Split('=')).ToList();
        var quorum = new Quorum(story, [.. seats.Split(' ').Select(text => SeatFor(text, takers))], needed);

        Assert.True(filled == quorum.IsFilledBy([.. takers.Select(taker => new SeatTaker(taker[0], GroupsOf(taker)))]), story);
    }

    [Fact]
    public void Seat_FallsBack_IsTakenByTheFallbackGroupAsThatGroup()
    {
        var manager = new Seat(SeatSource.Manager, Fallback: "desk") { FallsBack = "okta names no manager" };
        var quorum = new Quorum("r", [manager, new Seat(SeatSource.Group, "desk")], 2);

        Assert.True(new Quorum("r", [manager], 1).IsFilledBy([new SeatTaker("ann", ["desk"])]));
        // The fallback and the group's own seat would both be taken as the desk.
        Assert.False(quorum.IsFilledBy([new SeatTaker("ann", ["desk"]), new SeatTaker("bob", ["desk"])]));
    }

    [Fact]
    public void Seat_Escalated_IsTakenByTheGroupForThat_AndOnlyFromThenOn()
    {
        var quorum = new Quorum("r", [new Seat(SeatSource.Manager)], 1);

        Assert.False(quorum.IsFilledBy([new SeatTaker("ann", ["leads"])]));
        Assert.True(quorum.IsFilledBy([new SeatTaker("ann", ["leads"], "leads")]));
        Assert.False(quorum.IsFilledBy([new SeatTaker("bob", ["desk"], "leads")]));
    }

    [Fact]
    public void FilledBy_FiveHundredPeopleOfOneGroup_AnswersAtOnce() =>
        Assert.Equal(1, Quorum.OfAny("r", 4).FilledBy([.. Enumerable.Range(0, 500).Select(n => new SeatTaker($"p{n}", ["desk"]))]));

    private static string[] GroupsOf(string[] taker) => [.. taker[1].Split('+')[0].Split(',', StringSplitOptions.RemoveEmptyEntries)];

    private static Seat SeatFor(string text, List<string[]> takers)
    {
        var seat = ApprovalRule.SeatOf(text)!;
        var word = seat.Source switch { SeatSource.Manager => "manager", SeatSource.Owner => "owner", _ => null };
        return word is null ? seat : seat with { Holders = [.. takers.Where(taker => taker[1].Split('+').Skip(1).Contains(word)).Select(taker => taker[0])] };
    }
}
