using Siit.Iam.Agent.Secrets;

namespace Siit.Iam.Agent.People.Hris;

/// <summary>Which HRIS there are and how far they are trusted (section <c>hris</c> of the settings). Without a source nothing of it runs.</summary>
internal sealed class HrisOptions
{
    /// <summary><c>sources</c>: name to what it needs.</summary>
    public IReadOnlyList<HrisSource> Sources { get; set; } = [];

    /// <summary>New end dates, leavers and returns that go through in a day (UTC) without a person. 0 to 10,000. Default: 3.</summary>
    public int LeaversPerDay { get; set; } = 3;

    /// <summary>The same as a share of the employed; the larger of both counts. 0 to 50. Default: 2.</summary>
    public int LeaversPercent { get; set; } = 2;

    /// <summary>How long a file must lie unchanged before it is read. 0 to 1 hour. Default: 10 seconds.</summary>
    public TimeSpan Settle { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How often files are looked at. 1 second to 1 hour. Default: 10 seconds.</summary>
    public TimeSpan Every { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Bytes of a file. 1,024 to 268,435,456. Default: 67,108,864.</summary>
    public int MaxFileBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>Bytes of one SCIM request. 4,096 to 16,777,216. Default: 262,144.</summary>
    public int MaxRequestBytes { get; set; } = 256 * 1024;

    /// <summary>SCIM requests a minute of one HRIS. 1 to 100,000. Default: 1,200.</summary>
    public int RequestsPerMinute { get; set; } = 1200;

    public bool HasScim => Sources.Any(source => source.Token is not null);

    public int Limit(int employed) => Math.Max(LeaversPerDay, (int)((long)employed * LeaversPercent / 100));

    /// <summary>Everything that is wrong, each with the key and the fix.</summary>
    public IEnumerable<string> Problems()
    {
        foreach (var source in Sources)
        {
            if (source.Name.Length > 40 || source.Name.Any(c => c is not ((>= 'a' and <= 'z') or (>= '0' and <= '9') or '-' or '_')))
                yield return $"hris:sources: '{source.Name}' is no name: letters a to z, digits, - and _, at most 40.";
            if (source.File is null == source.Token is null)
                yield return $"hris:sources:{source.Name} needs exactly one of 'file' (a path) and 'token' (of its SCIM pushes, as {{\"env\": \"NAME\"}} or {{\"file\": \"/path\"}}).";
        }

        if (LeaversPerDay is < 0 or > 10_000)
            yield return "hris:leaversPerDay must be between 0 and 10,000.";
        if (LeaversPercent is < 0 or > 50)
            yield return "hris:leaversPercent must be between 0 and 50.";
        if (Settle < TimeSpan.Zero || Settle > TimeSpan.FromHours(1))
            yield return "hris:settle must be between 0 seconds and 1 hour.";
        if (Every < TimeSpan.FromSeconds(1) || Every > TimeSpan.FromHours(1))
            yield return "hris:every must be between 1 second and 1 hour.";
        if (MaxFileBytes is < 1024 or > 256 * 1024 * 1024)
            yield return "hris:maxFileBytes must be between 1,024 and 268,435,456.";
        if (MaxRequestBytes is < 4096 or > 16 * 1024 * 1024)
            yield return "hris:maxRequestBytes must be between 4,096 and 16,777,216.";
        if (RequestsPerMinute is < 1 or > 100_000)
            yield return "hris:requestsPerMinute must be between 1 and 100,000.";
    }
}

/// <summary>One HRIS: it either leaves a file or pushes.</summary>
/// <param name="File">Full path of its <c>people.csv</c>.</param>
/// <param name="Token">The bearer token of its SCIM pushes; it also says which HRIS is speaking.</param>
internal sealed record HrisSource(string Name, string? File, SecretSource? Token)
{
    public HrisFeed Feed => File is null ? HrisFeed.Scim : HrisFeed.Csv;
}
