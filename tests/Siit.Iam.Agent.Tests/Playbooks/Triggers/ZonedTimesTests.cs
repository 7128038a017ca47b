using System.Globalization;
using Siit.Iam.Agent.Playbooks.Triggers;

namespace Siit.Iam.Agent.Tests.Playbooks.Triggers;

public sealed class ZonedTimesTests
{
    [Theory]
    [InlineData("Paris", "Europe/Paris")]
    [InlineData("paris, France", "Europe/Paris")]
    [InlineData("New York", "America/New_York")]
    [InlineData("Europe/Berlin", "Europe/Berlin")]
    [InlineData("Remote", "UTC")]
    [InlineData("", "UTC")]
    [InlineData(null, "UTC")]
    [InlineData("../etc/passwd", "UTC")]
    public void Of_Location_IsItsZoneOrUtc(string? location, string zone) => Assert.Equal(zone, ZonedTimes.Of(location).Id);

    [Theory]
    [InlineData("2026-07-01", "17:00", "Europe/Paris", "2026-07-01T15:00:00Z")]
    [InlineData("2026-12-01", "17:00", "Europe/Paris", "2026-12-01T16:00:00Z")]
    // The clocks go forward at two: half past two is never shown.
    [InlineData("2026-03-29", "02:30", "Europe/Paris", "2026-03-29T01:30:00Z")]
    // They go back at three: half past two is shown twice.
    [InlineData("2026-10-25", "02:30", "Europe/Paris", "2026-10-25T00:30:00Z")]
    [InlineData("2026-12-31", "23:59", "UTC", "2026-12-31T23:59:00Z")]
    [InlineData("2026-12-31", "20:00", "America/New_York", "2027-01-01T01:00:00Z")]
    public void At_WallClock_IsTheMoment(string day, string time, string zone, string moment) => Assert.Equal(
        DateTimeOffset.Parse(moment, CultureInfo.InvariantCulture),
        ZonedTimes.At(DateOnly.Parse(day, CultureInfo.InvariantCulture), TimeOnly.Parse(time, CultureInfo.InvariantCulture), TimeZoneInfo.FindSystemTimeZoneById(zone)));
}
