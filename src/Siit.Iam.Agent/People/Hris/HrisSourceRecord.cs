using System.Text.Json.Serialization;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.People.Hris;

/// <summary>Where one HRIS stands.</summary>
[Stored("hris_sources")]
internal sealed record HrisSourceRecord : IRecord
{
    /// <summary>Its name in the settings.</summary>
    public required string Id { get; init; }

    public long Version { get; init; }

    /// <summary>People who have neither left nor been deleted there.</summary>
    public int Employed { get; init; }

    /// <summary>People that it has not deleted.</summary>
    public int People { get; init; }

    /// <summary>When it told something for the first time.</summary>
    public required DateTimeOffset FirstAt { get; init; }

    /// <summary>When a file was last taken, or something pushed.</summary>
    public DateTimeOffset? LastAt { get; init; }

    /// <summary>The day that <see cref="LeaversToday"/> counts, UTC.</summary>
    public DateOnly Day { get; init; }

    /// <summary>New end dates, leavers and returns that went through on that day.</summary>
    public int LeaversToday { get; init; }

    /// <summary>Lower hex SHA-256 of the file that was taken last; null before the first.</summary>
    public string? Digest { get; init; }

    /// <summary>A file that a person has let in although many people are missing in it.</summary>
    public string? AcceptedDigest { get; init; }

    /// <summary>A file that a person has refused.</summary>
    public string? RefusedDigest { get; init; }

    /// <summary>Rows of the last file.</summary>
    public int Rows { get; init; }

    /// <summary>People without a row in the last file.</summary>
    public int Missing { get; init; }

    /// <summary>How many rows of the last file could not be taken.</summary>
    public int BadRows { get; init; }

    /// <summary>The first hundred of them, each with its line and the reason, and what else is worth knowing.</summary>
    public IReadOnlyList<string> Problems { get; init; } = [];

    [JsonIgnore]
    public IReadOnlyDictionary<string, string> Keys => new Dictionary<string, string>();
}
