using System.Collections.Immutable;

namespace Siit.Iam.Emulator.JumpCloud;

/// <summary>The users in the order of their ids, and by what they are looked up by, so that a page of a large organization costs no look at everybody.</summary>
/// <param name="By">Ids by field and value.</param>
internal sealed record JumpCloudIndex(ImmutableSortedSet<string> Ids, ImmutableDictionary<(string Field, string Value), ImmutableSortedSet<string>> By)
{
    private static readonly ImmutableSortedSet<string> None = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);

    public static JumpCloudIndex Of(IEnumerable<JumpCloudUser> users)
    {
        var by = new Dictionary<(string, string), ImmutableSortedSet<string>.Builder>();
        var ids = None.ToBuilder();
        foreach (var user in users)
        {
            ids.Add(user.Id);
            foreach (var key in KeysOf(user))
            {
                if (!by.TryGetValue(key, out var of)) by[key] = of = None.ToBuilder();
                of.Add(user.Id);
            }
        }
        return new(ids.ToImmutable(), by.ToImmutableDictionary(pair => pair.Key, pair => pair.Value.ToImmutable()));
    }

    /// <summary>With one user changed, added (nothing before) or taken out (nothing after).</summary>
    public JumpCloudIndex With(JumpCloudUser? before, JumpCloudUser? after)
    {
        var (ids, by) = (Ids, By);
        var (old, now) = (before is null ? [] : KeysOf(before).ToList(), after is null ? [] : KeysOf(after).ToList());
        if (after is null) ids = ids.Remove(before!.Id);
        else if (before is null) ids = ids.Add(after.Id);
        foreach (var key in old.Except(now)) by = by.SetItem(key, by[key].Remove(before!.Id));
        foreach (var key in now.Except(old)) by = by.SetItem(key, by.GetValueOrDefault(key, None).Add(after!.Id));
        return new(ids, by);
    }

    /// <summary>Who has this value; null when nobody can be looked up by this field. Case counts for departments only.</summary>
    public ImmutableSortedSet<string>? Where(string field, string value) => field switch
    {
        "email" or "username" => By.GetValueOrDefault((field, value.ToLowerInvariant()), None),
        "department" or "manager" => By.GetValueOrDefault((field, value), None),
        _ => null,
    };

    private static IEnumerable<(string Field, string Value)> KeysOf(JumpCloudUser user)
    {
        yield return ("email", user.Email.ToLowerInvariant());
        yield return ("username", user.Username.ToLowerInvariant());
        if (user.Texts.TryGetValue("department", out var department)) yield return ("department", department);
        if (user.Manager is { } manager) yield return ("manager", manager);
    }
}
