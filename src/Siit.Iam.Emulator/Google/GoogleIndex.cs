using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace Siit.Iam.Emulator.Google;

/// <summary>The last users and groups looked at, by address and in the order of lists: derived again when they are others.</summary>
internal sealed class GoogleIndex
{
    private readonly ConditionalWeakTable<ImmutableSortedDictionary<string, GoogleMember>, Members> members = [];
    private Users? users;
    private Groups? groups;

    /// <summary>Without the deleted.</summary>
    internal sealed record Users(ImmutableSortedDictionary<string, GoogleUser> Of, Dictionary<string, GoogleUser> ByAddress, GoogleUser[] InOrder);

    internal sealed record Groups(ImmutableSortedDictionary<string, GoogleGroup> Of, Dictionary<string, GoogleGroup> ByAddress, GoogleGroup[] InOrder);

    /// <param name="NotPeople">Groups and the tenant.</param>
    internal sealed record Members(GoogleMember[] InOrder, GoogleMember[] NotPeople);

    public Users Of(ImmutableSortedDictionary<string, GoogleUser> map)
    {
        if (users is { } known && ReferenceEquals(known.Of, map)) return known;
        var byAddress = new Dictionary<string, GoogleUser>(map.Count, StringComparer.OrdinalIgnoreCase);
        var inOrder = map.Values.Where(u => u.Deleted is null).ToArray();
        foreach (var user in inOrder) byAddress.TryAdd(user.PrimaryEmail, user);
        foreach (var user in inOrder)
        {
            foreach (var alias in user.Aliases) byAddress.TryAdd(alias, user);
        }

        Array.Sort(inOrder, (a, b) => string.CompareOrdinal(a.PrimaryEmail, b.PrimaryEmail));
        return users = new(map, byAddress, inOrder);
    }

    public Groups Of(ImmutableSortedDictionary<string, GoogleGroup> map)
    {
        if (groups is { } known && ReferenceEquals(known.Of, map)) return known;
        var inOrder = map.Values.ToArray();
        Array.Sort(inOrder, (a, b) => string.CompareOrdinal(a.Email, b.Email));
        return groups = new(map, map.Values.ToDictionary(g => g.Email, StringComparer.OrdinalIgnoreCase), inOrder);
    }

    public Members Of(GoogleGroup group) => members.GetValue(group.Members, map => new([.. map.Values], [.. map.Values.Where(m => m.Type != "USER")]));
}
