using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Siit.Iam.Agent.Idps.Google;

/// <summary>
/// Where reading Google's logs goes on. There is no cursor that lasts, and entries appear late: each read asks again for some time
/// that was asked for before, and what was told already is left out by what is kept here.
/// </summary>
/// <param name="Since">What happened before is none of the reader's business: lists have shown it. By Google's clock.</param>
/// <param name="Through">Up to here every log has been asked for at least once.</param>
internal sealed record GooglePosition(DateTimeOffset Since, DateTimeOffset Through, IReadOnlyDictionary<string, GoogleLogPosition> Logs)
{
    public static GooglePosition At(DateTimeOffset now) => new(now, now, new Dictionary<string, GoogleLogPosition>());

    /// <summary>Null when it was not made here, or long ago.</summary>
    public static GooglePosition? Read(string text)
    {
        try
        {
            return JsonSerializer.Deserialize(text, GoogleJson.Default.GooglePosition);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public GoogleLogPosition Of(string log) => Logs.GetValueOrDefault(log) ?? new GoogleLogPosition(Since, "");

    public override string ToString() => JsonSerializer.Serialize(this, GoogleJson.Default.GooglePosition);
}

/// <param name="Newest">Time of the newest entry seen.</param>
/// <param name="Told">Marks of the entries told that the next read will see again.</param>
internal sealed record GoogleLogPosition(DateTimeOffset Newest, string Told)
{
    /// <summary>The most that are kept. After a bulk change of more than these, some are told again, under the same id.</summary>
    private const int MostTold = 4000;

    private const int MarkLength = 8;

    public static long MarkOf(GoogleActivity entry) =>
        BinaryPrimitives.ReadInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"{entry.Id.Time.UtcTicks}/{entry.Id.UniqueQualifier}")));

    public IReadOnlySet<long> Marks() => Convert.FromBase64String(Told).Chunk(MarkLength).Select(mark => BinaryPrimitives.ReadInt64LittleEndian(mark)).ToHashSet();

    /// <param name="window">All entries of the window just read, newest first.</param>
    public GoogleLogPosition After(IReadOnlyList<GoogleActivity> window, TimeSpan overlap)
    {
        if (window.Count == 0) return this;
        var newest = window.Max(entry => entry.Id.Time) is var last && last > Newest ? last : Newest;
        var again = window.Where(entry => entry.Id.Time >= newest - overlap).OrderByDescending(entry => entry.Id.Time).Take(MostTold).ToList();
        var marks = new byte[again.Count * MarkLength];
        foreach (var (place, entry) in again.Index()) BinaryPrimitives.WriteInt64LittleEndian(marks.AsSpan(place * MarkLength), MarkOf(entry));
        return new GoogleLogPosition(newest, Convert.ToBase64String(marks));
    }
}
