using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Siit.Iam.Agent.Idps.JumpCloud;

/// <summary>
/// A place in Directory Insights. The log is ordered by when something happened, and an entry may reach it late, before the place where
/// the last one stood; so each pass begins a little before the newest entry seen, and what was told already is known by its id.
/// </summary>
internal sealed record JumpCloudPosition
{
    /// <summary>How late an entry may come and still be told as an event. JumpCloud promises nothing.</summary>
    public static readonly TimeSpan Overlap = TimeSpan.FromMinutes(5);

    /// <summary>JumpCloud keeps entries for 90 days; a little less, so that none is lost at the edge.</summary>
    private static readonly TimeSpan Kept = TimeSpan.FromDays(90) - TimeSpan.FromHours(1);

    /// <summary>A pass that begins so long ago, since nothing happened, begins later from now on.</summary>
    private static readonly TimeSpan Old = TimeSpan.FromDays(2);

    /// <summary>Ids remembered; beyond them the newest ones are, and whoever reads sees from the id that he had it already.</summary>
    private const int MostSeen = 2_000;

    /// <summary>Where the pass begins.</summary>
    public required DateTimeOffset Start { get; init; }

    /// <summary>Where the next page of the pass begins; null for the first.</summary>
    public JsonArray? After { get; init; }

    public DateTimeOffset? Newest { get; init; }

    /// <summary>An entry came late in this pass: ties that were told are told again from there on, so that the last word on each is the last.</summary>
    public bool Retell { get; init; }

    /// <summary>Entries told that a pass may meet again: id, and time in milliseconds.</summary>
    public IReadOnlyDictionary<string, long> Seen { get; init; } = new Dictionary<string, long>();

    [JsonIgnore]
    public string StartText => Text(Start);

    public static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary>Null for what cannot be read: as good as expired.</summary>
    public static JumpCloudPosition? Parse(string text)
    {
        try
        {
            return JsonSerializer.Deserialize(text, JumpCloudJson.Default.JumpCloudPosition);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public override string ToString() => JsonSerializer.Serialize(this, JumpCloudJson.Default.JumpCloudPosition);

    public bool IsExpired(DateTimeOffset now) => Start < now - Kept;

    public JumpCloudPosition Without(IEnumerable<string> ids)
    {
        var gone = ids.Where(Seen.ContainsKey).ToHashSet(StringComparer.Ordinal);
        return gone.Count == 0 ? this : this with { Seen = Seen.Where(entry => !gone.Contains(entry.Key)).ToDictionary(StringComparer.Ordinal) };
    }

    /// <summary>Behind a page.</summary>
    /// <param name="after">Where the pass goes on; null when it is through.</param>
    /// <param name="read">The entries of the page that matter.</param>
    public JumpCloudPosition Behind(JsonArray? after, DateTimeOffset? newest, IEnumerable<(string Id, DateTimeOffset Time)> read, bool retell, DateTimeOffset now)
    {
        if (newest is null || Newest > newest) newest = Newest;
        var next = newest is { } last && last - Overlap > Start ? last - Overlap : Start;
        if (next < now - Old) next = now - Old / 2;
        var seen = Seen.Concat(read.Select(entry => KeyValuePair.Create(entry.Id, entry.Time.ToUnixTimeMilliseconds())))
            .Where(entry => entry.Value >= next.ToUnixTimeMilliseconds()).DistinctBy(entry => entry.Key);
        return new JumpCloudPosition
        {
            Start = after is null ? next : Start,
            After = after,
            Newest = newest,
            Retell = retell && after is not null,
            Seen = seen.OrderBy(entry => entry.Value).ThenBy(entry => entry.Key, StringComparer.Ordinal).TakeLast(MostSeen).ToDictionary(StringComparer.Ordinal),
        };
    }
}
