using System.Collections.Immutable;
using System.Text.Json;

namespace Siit.Iam.Emulator.Okta;

/// <summary>
/// What is derived from records that never change, made once: a table as an array that can be entered anywhere, a user as the bytes
/// that are sent. A company of thousands is served from here. Used by one request at a time.
/// </summary>
internal sealed class OktaCache
{
    // By name or id, with what it was made from: of each only the newest is kept. (Weak tables cost more with every collection.)
    private readonly Dictionary<string, (object Table, Array Ordered)> tables = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (OktaUser User, string Origin, byte[] Json)> users = new(StringComparer.Ordinal);

    /// <summary>In the order of the keys.</summary>
    public KeyValuePair<string, T>[] Ordered<T>(string name, ImmutableSortedDictionary<string, T> table)
    {
        if (tables.TryGetValue(name, out var known) && ReferenceEquals(known.Table, table)) return (KeyValuePair<string, T>[])known.Ordered;
        var ordered = table.ToArray();
        tables[name] = (table, ordered);
        return ordered;
    }

    public ReadOnlyMemory<byte> User(OktaUser user, string origin)
    {
        if (users.TryGetValue(user.Id, out var known) && ReferenceEquals(known.User, user) && known.Origin == origin) return known.Json;
        var json = JsonSerializer.SerializeToUtf8Bytes(OktaJson.User(user, origin));
        users[user.Id] = (user, origin, json);
        return json;
    }
}
