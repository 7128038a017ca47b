namespace Siit.Iam.Agent.Playbooks;

/// <summary>A span in words, in the largest unit that it is a whole number of.</summary>
internal static class Spans
{
    public static string Words(TimeSpan span) => span switch
    {
        { Ticks: 0 } => "no time",
        _ when span.Ticks % TimeSpan.TicksPerDay == 0 => Counted(span.Ticks / TimeSpan.TicksPerDay, "day"),
        _ when span.Ticks % TimeSpan.TicksPerHour == 0 => Counted(span.Ticks / TimeSpan.TicksPerHour, "hour"),
        _ when span.Ticks % TimeSpan.TicksPerMinute == 0 => Counted(span.Ticks / TimeSpan.TicksPerMinute, "minute"),
        _ => Counted((long)span.TotalSeconds, "second"),
    };

    private static string Counted(long number, string unit) => $"{number} {unit}{(number == 1 ? "" : "s")}";
}
