using Siit.Iam.Agent.Idps;

namespace Siit.Iam.Agent.People.Copy;

/// <summary>What differs between the copy and what was read: a net change, whatever happened in between.</summary>
/// <param name="Object">Group, application or role.</param>
/// <param name="Since">When the state before was read: it happened after that.</param>
internal sealed record Difference(LifecycleKind Kind, string Account, string? Object, DateTimeOffset Since)
{
    public IReadOnlyList<string> Fields { get; init; } = [];
}

/// <summary>Tells two states of an account apart in the words of the lifecycle.</summary>
internal static class AccountDifferences
{
    public static IEnumerable<Difference> Between(AccountEntry before, DirectoryAccount now)
    {
        var (was, account) = (before.Found.Account, now.Account);
        if (before.GoneAt is not null)
            // Brought back: nobody new, and the logs that know it tell it so.
            yield return Of(LifecycleKind.AccountActivated);
        else if (StatusChange(was.Status, account.Status) is { } kind)
            yield return Of(kind);
        if (was.PasswordChangedAt is { } old && account.PasswordChangedAt is { } changed && changed > old)
            yield return Of(LifecycleKind.PasswordChanged);
        if (before.Found.HasMfa == false && now.HasMfa == true)
            yield return Of(LifecycleKind.FactorEnrolled);
        if (before.Found.HasMfa == true && now.HasMfa == false)
            yield return Of(LifecycleKind.FactorReset);
        if (ChangedFields(before.Found, now) is { Count: > 0 } fields)
            yield return Of(LifecycleKind.AccountUpdated) with { Fields = fields };

        Difference Of(LifecycleKind kind) => new(kind, account.Id, null, before.ReadAt);
    }

    private static LifecycleKind? StatusChange(AccountStatus was, AccountStatus now) => (was, now) switch
    {
        _ when was == now => null,
        (_, AccountStatus.Suspended) => LifecycleKind.AccountSuspended,
        (_, AccountStatus.Deprovisioned) => LifecycleKind.AccountDeactivated,
        (_, AccountStatus.Locked) => LifecycleKind.AccountLocked,
        (AccountStatus.Locked, AccountStatus.Active) => LifecycleKind.AccountUnlocked,
        (AccountStatus.Suspended, _) => LifecycleKind.AccountUnsuspended,
        (_, AccountStatus.Active) => LifecycleKind.AccountActivated,
        _ => LifecycleKind.AccountUpdated,
    };

    private static List<string> ChangedFields(DirectoryAccount was, DirectoryAccount now)
    {
        var (old, account) = (was.Account, now.Account);
        List<string> fields = [];
        Compare("department", old.Department, account.Department);
        Compare("displayName", old.DisplayName, account.DisplayName);
        Compare("email", old.Email, account.Email);
        Compare("firstName", old.FirstName, account.FirstName);
        Compare("lastName", old.LastName, account.LastName);
        Compare("login", old.Login, account.Login);
        Compare("managedBy", old.ManagedBy, account.ManagedBy);
        Compare("manager", was.ManagerId ?? old.Manager, now.ManagerId ?? account.Manager);
        Compare("title", old.Title, account.Title);
        if (!was.Aliases.Order(StringComparer.Ordinal).SequenceEqual(now.Aliases.Order(StringComparer.Ordinal)))
            fields.Add("aliases");
        if (was.Kind != now.Kind)
            fields.Add("kind");
        foreach (var name in was.Attributes.Keys.Union(now.Attributes.Keys).Order(StringComparer.Ordinal))
            Compare(name, was.Attributes.GetValueOrDefault(name), now.Attributes.GetValueOrDefault(name));
        return fields;

        void Compare(string field, string? before, string? after)
        {
            if ((before ?? "") != (after ?? ""))
                fields.Add(field);
        }
    }
}
