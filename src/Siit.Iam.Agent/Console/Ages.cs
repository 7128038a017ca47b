namespace Siit.Iam.Agent.Console;

/// <summary>How long ago, and in how long, as people say it. Rounded so that nobody thinks to have more time than there is.</summary>
internal static class Ages
{
    public static string Ago(DateTimeOffset then, DateTimeOffset now) => now - then < TimeSpan.FromMinutes(1) ? "just now" : $"{Span(now - then)} ago";

    public static string Left(DateTimeOffset then, DateTimeOffset now) => then <= now ? "over" : $"in {Span(then - now)}";

    private static string Span(TimeSpan span) => span switch
    {
        { TotalMinutes: < 1 } => "less than a minute",
        { TotalMinutes: < 120 } => $"{(int)span.TotalMinutes} min",
        { TotalHours: < 48 } => $"{(int)span.TotalHours} h",
        _ => $"{(int)span.TotalDays} days",
    };
}
