using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Siit.Iam.Agent.Playbooks.Expressions;

/// <summary>
/// Times and spans as texts: RFC 3339 and CEL's own in expressions, ISO 8601 in YAML and JSON. .NET counts in 100 ns, so a
/// nanosecond below that is lost: the one documented difference to CEL.
/// </summary>
internal static partial class CelTime
{
    /// <summary>What 64 bits of nanoseconds hold: about 292 years.</summary>
    private const long MaxDurationSeconds = 9_223_372_036;

    [GeneratedRegex(@"^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(\.\d{1,9})?(Z|[+-]\d\d:\d\d)\z", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Rfc3339();

    [GeneratedRegex(@"^-?((\d+(\.\d*)?|\.\d+)(h|ms|m|s|us|µs|ns))+\z", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex CelDuration();

    [GeneratedRegex(@"(\d+(?:\.\d*)?|\.\d+)(h|ms|m|s|us|µs|ns)", RegexOptions.CultureInvariant)]
    private static partial Regex CelDurationPart();

    [GeneratedRegex(@"^P(?:(\d{1,6})D)?(?:T(?:(\d{1,8})H)?(?:(\d{1,9})M)?(?:(\d{1,12}(?:\.\d{1,7})?)S)?)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex IsoDuration();

    public static DateTimeOffset? Timestamp(string text)
    {
        if (Rfc3339().Match(text) is not { Success: true } match)
            return null;
        var fraction = match.Groups[3].Value;
        var cut = fraction.Length > 8 ? fraction[..8] : fraction;
        return DateTimeOffset.TryParse(
            $"{match.Groups[1].Value}T{match.Groups[2].Value}{cut}{match.Groups[4].Value}", CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal, out var time)
            ? time
            : null;
    }

    public static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture);

    /// <summary>As CEL writes spans: <c>1h30m</c>, <c>1.5s</c>.</summary>
    public static TimeSpan? Duration(string text)
    {
        if (text == "0")
            return TimeSpan.Zero;
        if (text.Length > 100 || !CelDuration().IsMatch(text))
            return null;
        decimal seconds = 0;
        foreach (Match part in CelDurationPart().Matches(text))
        {
            if (!decimal.TryParse(part.Groups[1].Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) || number > MaxDurationSeconds * 1_000_000m)
                return null;
            seconds += part.Groups[2].Value switch
            {
                "h" => number * 3600,
                "m" => number * 60,
                "s" => number,
                "ms" => number / 1_000,
                "us" or "µs" => number / 1_000_000,
                _ => number / 1_000_000_000,
            };
        }

        return seconds > MaxDurationSeconds ? null : TimeSpan.FromTicks((long)(seconds * TimeSpan.TicksPerSecond) * (text[0] == '-' ? -1 : 1));
    }

    public static string Text(TimeSpan span)
    {
        var ticks = Math.Abs(span.Ticks);
        var fraction = ticks % TimeSpan.TicksPerSecond;
        return $"{(span.Ticks < 0 ? "-" : "")}{ticks / TimeSpan.TicksPerSecond}{(fraction == 0 ? "" : $".{fraction:D7}".TrimEnd('0'))}s";
    }

    /// <summary>ISO 8601 with days, hours, minutes and seconds: <c>P2D</c>, <c>PT4H30M</c>.</summary>
    public static TimeSpan? Iso(string text)
    {
        var negative = text.StartsWith('-');
        if (IsoDuration().Match(negative ? text[1..] : text) is not { Success: true } match || match.Groups.Values.Skip(1).All(group => !group.Success) || text.EndsWith('T'))
            return null;
        var seconds = (Part(match, 1) * 86_400) + (Part(match, 2) * 3_600) + (Part(match, 3) * 60) + Part(match, 4);
        return seconds > MaxDurationSeconds ? null : TimeSpan.FromTicks((long)(seconds * TimeSpan.TicksPerSecond) * (negative ? -1 : 1));
    }

    public static string IsoText(TimeSpan span)
    {
        var ticks = Math.Abs(span.Ticks);
        var text = new StringBuilder(span.Ticks < 0 ? "-P" : "P");
        var (days, rest) = Math.DivRem(ticks, TimeSpan.TicksPerDay);
        if (days > 0)
            text.Append(CultureInfo.InvariantCulture, $"{days}D");
        if (rest == 0)
            return days > 0 ? text.ToString() : "PT0S";
        text.Append('T');
        (var hours, rest) = Math.DivRem(rest, TimeSpan.TicksPerHour);
        (var minutes, rest) = Math.DivRem(rest, TimeSpan.TicksPerMinute);
        if (hours > 0)
            text.Append(CultureInfo.InvariantCulture, $"{hours}H");
        if (minutes > 0)
            text.Append(CultureInfo.InvariantCulture, $"{minutes}M");
        if (rest > 0)
            text.Append(Text(TimeSpan.FromTicks(rest)).ToUpperInvariant());
        return text.ToString();
    }

    /// <exception cref="ExpressionException">More than a span can hold.</exception>
    public static TimeSpan InRange(decimal ticks) =>
        Math.Abs(ticks) <= MaxDurationSeconds * (decimal)TimeSpan.TicksPerSecond
            ? TimeSpan.FromTicks((long)ticks)
            : throw new ExpressionException("A duration is longer than 292 years.");

    /// <exception cref="ExpressionException">There is no such zone.</exception>
    public static DateTimeOffset InZone(DateTimeOffset time, string zone)
    {
        try
        {
            if (zone.Length > 0 && (zone[0] is '+' or '-' || char.IsAsciiDigit(zone[0])))
                return time.ToOffset(Offset(zone));
            return TimeZoneInfo.ConvertTime(time, TimeZoneInfo.FindSystemTimeZoneById(zone));
        }
        catch (Exception e) when (e is TimeZoneNotFoundException or InvalidTimeZoneException or ArgumentException or FormatException or OverflowException)
        {
            throw new ExpressionException($"'{zone}' is not a time zone, or the time cannot be shown in it.");
        }
    }

    /// <summary>What <see cref="InZone"/> says of it at any time; null when nothing.</summary>
    public static string? ZoneProblem(string zone) => ExpressionException.Of(() => InZone(DateTimeOffset.UnixEpoch.AddYears(50), zone));

    private static TimeSpan Offset(string zone)
    {
        var span = TimeSpan.ParseExact(zone.TrimStart('+', '-'), @"hh\:mm", CultureInfo.InvariantCulture);
        return zone[0] == '-' ? -span : span;
    }

    private static decimal Part(Match match, int group) =>
        match.Groups[group].Success ? decimal.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture) : 0;
}
