namespace Siit.Iam.Agent.Playbooks.Triggers;

/// <summary>From a day and a time of a wall clock somewhere to a moment.</summary>
internal static class ZonedTimes
{
    /// <summary>As zone: where the person works, as far as that tells a zone, else UTC.</summary>
    public const string OfPerson = "person";

    private static readonly Lazy<Dictionary<string, string>> Cities = new(ReadCities);

    /// <summary>Null when there is no such zone.</summary>
    public static TimeZoneInfo? Find(string zone) => TimeZoneInfo.TryFindSystemTimeZoneById(zone, out var found) ? found : null;

    /// <summary>A location as an HRIS writes it: a zone, or a city that zones are named after, alone or before a comma.</summary>
    public static TimeZoneInfo Of(string? location)
    {
        var place = location?.Trim() ?? "";
        if (place.Contains('/', StringComparison.Ordinal) && Find(place) is { } named)
            return named;
        return Cities.Value.GetValueOrDefault(place.Split(',')[0].Trim()) is { } city ? Find(city)! : TimeZoneInfo.Utc;
    }

    /// <summary>A time that the clocks leave out is an hour later, one that they show twice is the first.</summary>
    public static DateTimeOffset At(DateOnly day, TimeOnly time, TimeZoneInfo zone)
    {
        var wall = day.ToDateTime(time, DateTimeKind.Unspecified);
        if (zone.IsInvalidTime(wall))
            wall = wall.AddHours(1);
        var offset = zone.IsAmbiguousTime(wall) ? zone.GetAmbiguousTimeOffsets(wall).Max() : zone.GetUtcOffset(wall);
        return new DateTimeOffset(wall, offset).ToUniversalTime();
    }

    /// <summary>A city that several zones are named after says nothing.</summary>
    private static Dictionary<string, string> ReadCities() => TimeZoneInfo.GetSystemTimeZones()
        .Select(zone => zone.Id)
        .Where(id => id.Split('/') is [not "Etc" and not "SystemV", _, ..])
        .GroupBy(id => id[(id.LastIndexOf('/') + 1)..].Replace('_', ' '), StringComparer.OrdinalIgnoreCase)
        .Where(same => same.Count() == 1)
        .ToDictionary(same => same.Key, same => same.Single(), StringComparer.OrdinalIgnoreCase);
}
