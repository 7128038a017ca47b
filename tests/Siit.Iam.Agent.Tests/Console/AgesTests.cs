using Siit.Iam.Agent.Console;

namespace Siit.Iam.Agent.Tests.Console;

public sealed class AgesTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 25, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(-1, "over")]
    [InlineData(0, "over")]
    [InlineData(59, "in less than a minute")]
    [InlineData(119, "in 1 min")]
    [InlineData(3599, "in 59 min")]
    [InlineData(7199, "in 119 min")]
    [InlineData(7200, "in 2 h")]
    [InlineData(3 * 86_400, "in 3 days")]
    public void Left_IsNeverMoreThanThereIs(int seconds, string expected) => Assert.Equal(expected, Ages.Left(Now.AddSeconds(seconds), Now));

    [Theory]
    [InlineData(30, "just now")]
    [InlineData(90, "1 min ago")]
    [InlineData(7200, "2 h ago")]
    public void Ago_IsAsPeopleSayIt(int seconds, string expected) => Assert.Equal(expected, Ages.Ago(Now.AddSeconds(-seconds), Now));
}
