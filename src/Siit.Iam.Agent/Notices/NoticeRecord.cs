using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Notices;

/// <summary>Where a notice stands. A closed list.</summary>
internal enum NoticeState
{
    /// <summary>Not tried yet.</summary>
    Waiting,

    /// <summary>Tried in vain; tried again when it is due.</summary>
    Failed,

    /// <summary>Taken by the other side, by itself or within a summary.</summary>
    Sent,

    /// <summary>Not tried any more; an operator can have it tried again.</summary>
    GivenUp,
}

/// <summary>A notice on its way, and afterwards the record of what became of it.</summary>
[Stored("notices", "open", "day")]
internal sealed record NoticeRecord : IRecord
{
    /// <summary>The one value of the key <c>open</c>.</summary>
    public const string Open = "yes";

    /// <summary>Derived from the notice's key: see <see cref="IdOf"/>.</summary>
    public required string Id { get; init; }

    public long Version { get; init; }

    public required string Kind { get; init; }

    public required NoticeChannel Channel { get; init; }

    public required string To { get; init; }

    public required string Subject { get; init; }

    /// <summary>Null for a secret, and when it is over.</summary>
    public string? Text { get; init; }

    /// <summary>The text of a secret, until it is over.</summary>
    public string? SealedText { get; init; }

    public string? Call { get; init; }

    public string? Request { get; init; }

    public string? Run { get; init; }

    public bool Secret { get; init; }

    public required DateTimeOffset QueuedAt { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }

    public required NoticeState State { get; init; }

    /// <summary>Since when it is tried: as it was queued, or an operator had it tried again.</summary>
    public required DateTimeOffset TriedSince { get; init; }

    public int Attempts { get; init; }

    public required DateTimeOffset DueAt { get; init; }

    /// <summary>Why the last attempt was in vain: one sentence without what the other side wrote.</summary>
    public string? Trouble { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>The id of the notice that brought its text together with others'; null when it went by itself.</summary>
    public string? Summary { get; init; }

    /// <summary>It brings the texts of others.</summary>
    public bool IsSummary { get; init; }

    /// <summary>Whose texts a summary brings.</summary>
    public IReadOnlyList<string>? Of { get; init; }

    [JsonIgnore]
    public bool IsOpen => State is NoticeState.Waiting or NoticeState.Failed;

    [JsonIgnore]
    public IReadOnlyDictionary<string, string> Keys
    {
        get
        {
            var keys = new Dictionary<string, string> { ["day"] = DayOf(QueuedAt) };
            if (IsOpen)
                keys["open"] = Open;
            return keys;
        }
    }

    /// <summary>Says nothing about who and what: it travels in headers.</summary>
    public static string IdOf(string key) => "notice_" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)))[..32];

    public static string DayOf(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    public static string PurposeOf(string id) => $"notice:{id}";

    /// <summary>It is over: texts are not kept, given-up ones but secrets are, so that an operator can have them tried again.</summary>
    public NoticeRecord Ended(NoticeState state, DateTimeOffset at) => this with
    {
        State = state,
        EndedAt = at,
        Text = state == NoticeState.Sent ? null : Text,
        SealedText = null,
    };
}
