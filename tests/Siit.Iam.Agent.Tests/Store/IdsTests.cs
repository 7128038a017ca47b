using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Tests.Store;

public sealed class IdsTests
{
    [Fact]
    public void New_Id_HasPrefixAndTimeThatSorts()
    {
        var clock = new StandingClock { Now = DateTimeOffset.FromUnixTimeMilliseconds(0x0123456789ab) };
        var ids = new Ids(clock);

        var first = ids.New("call");
        clock.Now = clock.Now.AddMilliseconds(1);
        var second = ids.New("call");

        Assert.Matches("^call_[0-9a-hjkmnp-tv-z]{26}$", first);
        Assert.StartsWith("call_014d2pf2db", first, StringComparison.Ordinal);
        Assert.True(string.CompareOrdinal(first, second) < 0);
    }

    [Fact]
    public void New_ClockStandsOrGoesBack_StillRises()
    {
        var clock = new StandingClock { Now = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero) };
        var ids = new Ids(clock);
        var previous = ids.New("x");
        for (var i = 0; i < 200_000; i++)
        {
            if (i == 1000)
                clock.Now = clock.Now.AddHours(-1);
            var next = ids.New("x");
            Assert.True(string.CompareOrdinal(previous, next) < 0);
            previous = next;
        }
    }

    [Fact]
    public void New_ManyThreads_NoIdTwice()
    {
        var ids = new Ids(TimeProvider.System);
        var made = Enumerable.Range(0, 50_000).AsParallel().Select(_ => ids.New("x")).ToHashSet();

        Assert.Equal(50_000, made.Count);
    }

    private sealed class StandingClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; }

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
