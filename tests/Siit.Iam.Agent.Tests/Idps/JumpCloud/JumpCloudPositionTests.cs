using System.Text.Json.Nodes;
using Siit.Iam.Agent.Idps.JumpCloud;

namespace Siit.Iam.Agent.Tests.Idps.JumpCloud;

public sealed class JumpCloudPositionTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 25, 12, 0, 0, TimeSpan.Zero);

    private readonly JumpCloudPosition _start = new() { Start = Now.AddHours(-1) };

    [Fact]
    public void Text_ReadBack_IsTheSamePlace()
    {
        var place = _start.Behind([1, "x"], Now, [("a", Now), ("b", Now.AddSeconds(1))], retell: true, Now);

        var again = JumpCloudPosition.Parse(place.ToString())!;

        Assert.Equal(place.ToString(), again.ToString());
        Assert.Equal((place.Start, true, "[1,\"x\"]"), (again.Start, again.Retell, again.After!.ToJsonString()));
        Assert.Equal(["a", "b"], again.Seen.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Pass_UnderWay_KeepsItsQuery_AndThroughBeginsALittleBeforeTheNewest()
    {
        var underWay = _start.Behind([1, "x"], Now.AddMinutes(-10), [("old", Now.AddMinutes(-50)), ("a", Now.AddMinutes(-11))], retell: true, Now);
        var through = underWay.Behind(null, Now.AddMinutes(-2), [("b", Now.AddMinutes(-2))], retell: true, Now);

        Assert.Equal((_start.Start, true), (underWay.Start, underWay.Retell));
        Assert.Equal(["a"], underWay.Seen.Keys);
        Assert.Equal((Now.AddMinutes(-2) - JumpCloudPosition.Overlap, false), (through.Start, through.Retell));
        Assert.Equal(["b"], through.Seen.Keys);
        Assert.Null(through.After);
    }

    [Fact]
    public void Pass_ThatReadsOnlyOlderEntries_DoesNotGoBack()
    {
        var through = _start.Behind(null, Now, [], retell: false, Now);

        Assert.Equal(Now - JumpCloudPosition.Overlap, through.Behind(null, Now.AddMinutes(-3), [], retell: false, Now).Start);
        Assert.Equal(Now - JumpCloudPosition.Overlap, through.Behind(null, null, [], retell: false, Now).Start);
    }

    [Fact]
    public void Remembered_AreTheNewest()
    {
        var read = Enumerable.Range(0, 3_000).Select(i => ($"{i}", Now.AddMilliseconds(i)));

        var place = _start.Behind((JsonArray?)null, Now.AddSeconds(3), read, retell: false, Now);

        Assert.Equal(2_000, place.Seen.Count);
        Assert.Contains("2999", place.Seen.Keys);
        Assert.DoesNotContain("999", place.Seen.Keys);
    }
}
