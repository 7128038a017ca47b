using Siit.Iam.Agent.Gate.Proofs;

namespace Siit.Iam.Agent.Tests.Gate.Proofs;

/// <summary>NIST SP 800-63B-4, section 4.2, over every combination of evidence there can be.</summary>
public sealed class ProofRuleTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 25, 12, 0, 0, TimeSpan.Zero);

    /// <summary>Every combination that is enough, the least ones; whatever holds one of them is enough, nothing else is.</summary>
    private static readonly ProofMethod[][] Usual =
    [
        [ProofMethod.Proofing],
        [ProofMethod.MailCode, ProofMethod.TextCode],
        [ProofMethod.MailCode, ProofMethod.Vouch],
        [ProofMethod.TextCode, ProofMethod.Vouch],
        [ProofMethod.MailCode, ProofMethod.Push],
        [ProofMethod.TextCode, ProofMethod.Push],
        [ProofMethod.Vouch, ProofMethod.Push],
    ];

    private static readonly ProofMethod[][] Raised =
    [
        [ProofMethod.Proofing],
        [ProofMethod.MailCode, ProofMethod.TextCode, ProofMethod.Vouch],
        [ProofMethod.MailCode, ProofMethod.TextCode, ProofMethod.Push],
        [ProofMethod.MailCode, ProofMethod.Vouch, ProofMethod.Push],
        [ProofMethod.TextCode, ProofMethod.Vouch, ProofMethod.Push],
    ];

    [Fact]
    public void IsMet_OverEveryCombination_IsWhatTheRuleSaysAndNothingElse()
    {
        var looked = 0;
        foreach (var shown in Subsets())
        {
            Assert.Equal(Usual.Any(least => least.All(shown.Contains)), ProofRule.IsMet(ProofLevel.Usual, shown));
            Assert.Equal(Raised.Any(least => least.All(shown.Contains)), ProofRule.IsMet(ProofLevel.Raised, shown));
            looked++;
        }

        Assert.Equal(32, looked);
    }

    [Fact]
    public void IsMet_TheSameWayManyTimes_IsOneWay()
    {
        foreach (var way in Enum.GetValues<ProofMethod>().Where(way => way != ProofMethod.Proofing))
            Assert.False(ProofRule.IsMet(ProofLevel.Usual, [way, way, way, way]));
    }

    public static TheoryData<long, long, bool> Moments => new()
    {
        // Ticks after it was given; ticks that it lives, in minutes of 15; whether it counts.
        { -1, 15, false },
        { 0, 15, true },
        { TimeSpan.FromMinutes(15).Ticks - 1, 15, true },
        { TimeSpan.FromMinutes(15).Ticks, 15, false },
        { TimeSpan.FromMinutes(15).Ticks + 1, 15, false },
        // Whoever writes a longer life into it has none.
        { 0, 16, false },
        { TimeSpan.FromMinutes(1).Ticks, 16, false },
        { TimeSpan.FromMinutes(1).Ticks - 1, 1, true },
        { TimeSpan.FromMinutes(1).Ticks, 1, false },
    };

    [Theory]
    [MemberData(nameof(Moments))]
    public void Counts_AtTheEdges_IsExactToTheTick(long ticks, long minutes, bool counts) =>
        Assert.Equal(counts, ProofRule.Counts(new Evidence(ProofMethod.MailCode, "x", "y", Noon, Noon.AddMinutes(minutes)), Noon.AddTicks(ticks)));

    [Fact]
    public void EnoughUntil_IsTheLastMomentAtWhichWhatIsLeftIsEnough()
    {
        Evidence[] evidence =
        [
            new(ProofMethod.TextCode, "x", "t", Noon, Noon.AddMinutes(5)),
            new(ProofMethod.MailCode, "x", "m", Noon, Noon.AddMinutes(9)),
            new(ProofMethod.Push, "x", "p", Noon, Noon.AddMinutes(12)),
        ];

        var (until, enough) = ProofRule.EnoughUntil(ProofLevel.Usual, evidence)!.Value;

        Assert.Equal(Noon.AddMinutes(9), until);
        Assert.Equal(["m", "p"], enough.Select(one => one.Contact));
        Assert.Equal(Noon.AddMinutes(5), ProofRule.EnoughUntil(ProofLevel.Raised, evidence)!.Value.Until);
        Assert.Null(ProofRule.EnoughUntil(ProofLevel.Usual, [evidence[2]]));
    }

    internal static IEnumerable<ProofMethod[]> Subsets()
    {
        var all = Enum.GetValues<ProofMethod>();
        for (var bits = 0; bits < 1 << all.Length; bits++)
            yield return [.. all.Where((_, i) => (bits & (1 << i)) != 0)];
    }
}
