using System.Globalization;

namespace Siit.Iam.Agent.Gate.Rules;

/// <summary>A time in which nothing is changed: once (<see cref="From"/>, <see cref="To"/>), or every week.</summary>
internal sealed class ChangeFreeze
{
    public DateTimeOffset From { get; set; }

    public DateTimeOffset To { get; set; }

    /// <summary>Every week, such as <c>fri 18:00 - mon 06:00</c>; in place of the dates.</summary>
    public string? Weekly { get; set; }

    /// <summary>Where the weekly times are told, such as <c>Europe/Berlin</c>. Default: UTC.</summary>
    public string? Zone { get; set; }

    public string Why { get; set; } = "";

    /// <summary>When it ends, if it holds at a time; null when it does not.</summary>
    public DateTimeOffset? EndAt(DateTimeOffset now)
    {
        if (Weekly is null)
            return now >= From && now < To ? To : null;
        // A weekly time that cannot be read never starts a server; here it would hold for ever.
        if (WeeklyWindow.Parse(Weekly) is not { } window || ZoneOf(Zone) is not { } zone)
            return DateTimeOffset.MaxValue;
        var local = TimeZoneInfo.ConvertTime(now, zone);
        var minute = (int)local.DayOfWeek * WeeklyWindow.Day + (local.Hour * 60) + local.Minute;
        return window.Contains(minute) ? now.AddMinutes(window.MinutesToEnd(minute)).AddSeconds(-local.Second) : null;
    }

    public IEnumerable<string> Problems()
    {
        if (Weekly is null)
        {
            if (To <= From)
                yield return $"gate:changeFreezes: '{Why}' ends before it begins.";
            if (Zone is not null)
                yield return $"gate:changeFreezes: '{Why}' has a zone and no weekly time; dates carry theirs themselves.";
            yield break;
        }

        if (WeeklyWindow.Parse(Weekly) is null)
            yield return $"gate:changeFreezes: weekly must be two moments of a week such as 'fri 18:00 - mon 06:00', not '{Weekly}'.";
        if (ZoneOf(Zone) is null)
            yield return $"gate:changeFreezes: '{Zone}' is no time zone such as Europe/Berlin.";
        if (From != default || To != default)
            yield return $"gate:changeFreezes: '{Why}' is weekly and has dates; give one or the other.";
    }

    private static TimeZoneInfo? ZoneOf(string? name) =>
        name is null ? TimeZoneInfo.Utc : TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) ? zone : null;
}

/// <summary>A part of every week, in minutes from Sunday 00:00; may go over its end. Pure.</summary>
internal sealed record WeeklyWindow(int From, int To)
{
    public const int Day = 24 * 60;
    private const int Week = 7 * Day;
    private static readonly string[] Days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

    public static WeeklyWindow? Parse(string text) =>
        text.Split('-', StringSplitOptions.TrimEntries) is [var from, var to] && Moment(from) is { } begin && Moment(to) is { } end && begin != end ? new WeeklyWindow(begin, end) : null;

    public bool Contains(int minute) => From < To ? minute >= From && minute < To : minute >= From || minute < To;

    public int MinutesToEnd(int minute) => (To - minute + Week) % Week;

    private static int? Moment(string text)
    {
        if (text.Split(' ', StringSplitOptions.RemoveEmptyEntries) is not [var day, var time] || Array.IndexOf(Days, day.ToLowerInvariant()) is not (>= 0 and var number))
            return null;
        return TimeOnly.TryParseExact(time, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var at) ? (number * Day) + (at.Hour * 60) + at.Minute : null;
    }
}
