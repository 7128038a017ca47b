using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Siit.Iam.Emulator.Okta;

/// <summary>
/// What is derived from records that never change, made once: a table as an array that can be entered anywhere, a user as the bytes
/// that are sent. A company of thousands is served from here.
/// </summary>
internal sealed class OktaCache
{
    private readonly ConditionalWeakTable<object, Array> tables = [];
    private readonly ConditionalWeakTable<OktaUser, Rendered> users = [];

    /// <summary>In the order of the keys.</summary>
    public KeyValuePair<string, T>[] Ordered<T>(ImmutableSortedDictionary<string, T> table) =>
        (KeyValuePair<string, T>[])tables.GetValue(table, _ => table.ToArray());

    public ReadOnlyMemory<byte> User(OktaUser user, string origin)
    {
        if (users.TryGetValue(user, out var known) && known.Origin == origin) return known.Json;
        var rendered = new Rendered(origin, JsonSerializer.SerializeToUtf8Bytes(OktaJson.User(user, origin)));
        users.AddOrUpdate(user, rendered);
        return rendered.Json;
    }

    private sealed record Rendered(string Origin, byte[] Json);
}
