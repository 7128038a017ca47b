using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Gate.Rules;

namespace Siit.Iam.Agent.Tests.Gate.Rules;

public sealed class ApprovalRuleTests
{
    private static readonly RuleFacts Facts = new()
    {
        Action = "reset_mfa",
        Risk = Risk.High,
        Connection = "okta",
        Caller = "desk-bot",
        Departments = new HashSet<string> { ApprovalRule.Folded("Finance") },
        Sensitivity = new HashSet<string>(StringComparer.OrdinalIgnoreCase) { "payroll" },
        People = 3,
        Playbook = "offboard",
        Trigger = "hris",
    };

    [Fact]
    public void Holds_WhatItNamesFits_AndOneThingThatDoesNotIsEnoughForANo()
    {
        (string What, Action<ApprovalRule> Fits, Action<ApprovalRule> Not)[] conditions =
        [
            ("action", rule => rule.Actions.Add("reset_mfa"), rule => rule.Actions.Add("suspend_user")),
            ("risk", rule => rule.Actions.Add("high"), rule => rule.Actions.Add("low")),
            ("connection", rule => rule.Connections.Add("okta"), rule => rule.Connections.Add("entra")),
            ("department", rule => rule.Departments.Add(" \uFF26inance"), rule => rule.Departments.Add("Legal")),
            ("administrator", rule => rule.Administrator = false, rule => rule.Administrator = true),
            ("sensitivity", rule => rule.Sensitivity.Add("PAYROLL"), rule => rule.Sensitivity.Add("public")),
            ("people", rule => rule.PeopleAtLeast = 3, rule => rule.PeopleAtLeast = 4),
            ("caller", rule => rule.Callers.Add("desk-bot"), rule => rule.Callers.Add("desk-bot2")),
            ("playbook", rule => rule.Playbooks.Add("offboard"), rule => rule.Playbooks.Add("onboard")),
            ("trigger", rule => rule.Triggers.Add("hris"), rule => rule.Triggers.Add("manual")),
        ];
        foreach (var (what, fits, not) in conditions)
        {
            Assert.True(Made(fits).Holds(Facts), what);
            Assert.False(Made(not).Holds(Facts), what);
            // Beside everything else that fits.
            Assert.False(Made([.. conditions.Where(one => one.What != what && !(what is "action" or "risk" && one.What is "action" or "risk")).Select(one => one.Fits), not]).Holds(Facts), what);
        }

        Assert.True(Made([.. conditions.Select(one => one.Fits)]).Holds(Facts));
        Assert.True(new ApprovalRule().Holds(Facts));
    }

    [Fact]
    public void Demand_OfSeveralRules_AllHaveToBeMet()
    {
        var manager = new Quorum("manager", [new Seat(SeatSource.Manager) { About = "okta:00u1" }], 1);
        var demand = new ApprovalDemand(Approvers.One, "definition").AtLeast(Approvers.Two, "finance").AtLeast(Approvers.One, "late").With(manager).With(manager);

        Assert.Equal((Approvers.Two, 2), (demand.Needed, demand.Quorums.Count));
        Assert.Equal("finance; manager", demand.Rules);
        Assert.Equal(Approvers.Refuse, demand.AtLeast(Approvers.Refuse, "never").With(manager).Needed);
        // Beside seats that somebody could take: nobody fills what is refused.
        Assert.Empty(Assert.Single(demand.AtLeast(Approvers.Refuse, "never").With(manager).Quorums).Seats);
        Assert.Equal(Approvers.One, new ApprovalDemand(Approvers.None, "definition").With(manager).Needed);
    }

    public static TheoryData<string, string, int, int, bool> Weeks => new()
    {
        { "the weekend has not begun", "fri 18:00 - mon 06:00", 5, (17 * 60) + 59, false },
        { "it begins", "fri 18:00 - mon 06:00", 5, 18 * 60, true },
        { "Saturday", "fri 18:00 - mon 06:00", 6, 0, true },
        { "over the end of the week", "fri 18:00 - mon 06:00", 0, 600, true },
        { "it still holds", "fri 18:00 - mon 06:00", 1, (6 * 60) - 1, true },
        { "it ends", "fri 18:00 - mon 06:00", 1, 6 * 60, false },
        { "within a day", "wed 12:00 - wed 13:00", 3, 12 * 60, true },
        { "another day", "wed 12:00 - wed 13:00", 4, 12 * 60, false },
    };

    [Theory]
    [MemberData(nameof(Weeks))]
    public void WeeklyWindow_MinuteOfAWeek_IsInItOrNot(string story, string window, int day, int minute, bool inside) =>
        Assert.True(inside == WeeklyWindow.Parse(window)!.Contains((day * WeeklyWindow.Day) + minute), story);

    [Theory]
    [InlineData("fri 18:00")]
    [InlineData("fri 18:00 - fri 18:00")]
    [InlineData("fri 24:00 - mon 06:00")]
    [InlineData("day 18:00 - mon 06:00")]
    public void WeeklyWindow_NoTwoMoments_IsNone(string text) => Assert.Null(WeeklyWindow.Parse(text));

    [Theory]
    // 18:00 in Berlin is 17:00Z in winter and 16:00Z in summer.
    [InlineData("2026-01-09T16:59:59Z", false)]
    [InlineData("2026-01-09T17:00:00Z", true)]
    [InlineData("2026-07-10T15:59:59Z", false)]
    [InlineData("2026-07-10T16:00:00Z", true)]
    public void ChangeFreeze_WeeklyInAZone_FollowsItsClock(string now, bool holds)
    {
        var freeze = new ChangeFreeze { Weekly = "fri 18:00 - mon 06:00", Zone = "Europe/Berlin", Why = "weekend" };

        Assert.Empty(freeze.Problems());
        Assert.Equal(holds, freeze.EndAt(DateTimeOffset.Parse(now, null)) is not null);
    }

    private static ApprovalRule Made(params Action<ApprovalRule>[] with)
    {
        var rule = new ApprovalRule();
        foreach (var one in with)
            one(rule);
        return rule;
    }
}
