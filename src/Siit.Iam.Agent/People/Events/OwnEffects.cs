using Siit.Iam.Agent.Idps;

namespace Siit.Iam.Agent.People.Events;

/// <summary>What we ourselves have changed lately; answered by the gate.</summary>
internal interface IOwnEffects
{
    /// <summary>Effects on some accounts of a connection whose intent was written after a time, the newest first; also those under way that may create one.</summary>
    Task<IReadOnlyList<OwnEffect>> OnAsync(string connection, IReadOnlyCollection<string> accounts, DateTimeOffset since, CancellationToken cancellationToken);
}

/// <summary>One effect of ours.</summary>
/// <param name="Account">Null for an account that the call created.</param>
/// <param name="Object">The group, application or factor it was about.</param>
/// <param name="EndedAt">Null while its outcome is not known.</param>
internal sealed record OwnEffect(
    string Call, string Connection, string Action, string? Account, string? Email, string? Object, DateTimeOffset IntendedAt, DateTimeOffset? EndedAt);

/// <summary>Whether an event is what one of our calls did.</summary>
internal static class OwnEvents
{
    /// <summary>Between our clock and the IdP's.</summary>
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(2);

    public static string? CallOf(LifecycleEvent happened, IEnumerable<OwnEffect> effects) => effects.FirstOrDefault(effect =>
        effect.Connection == happened.Connection
        && (effect.Account is null ? effect.Email is not null && string.Equals(effect.Email, happened.Email, StringComparison.OrdinalIgnoreCase) : effect.Account == happened.Account)
        && (effect.Object is null || happened.Object is null || effect.Object == happened.Object)
        && KindsOf(effect.Action).Contains(happened.Kind)
        && happened.Time >= effect.IntendedAt - Skew
        // A net change is noticed later than it was made.
        && (happened.Source == EventSource.NetChange || effect.EndedAt is null || happened.Time <= effect.EndedAt + Skew))?.Call;

    /// <summary>What an action can show up as.</summary>
    public static IReadOnlyList<LifecycleKind> KindsOf(string action) => action switch
    {
        "add_application" => [LifecycleKind.AssignmentAdded],
        "add_to_group" => [LifecycleKind.MembershipAdded, LifecycleKind.AssignmentAdded],
        "create_user" => [LifecycleKind.AccountCreated, LifecycleKind.AccountActivated],
        "deactivate_user" => [LifecycleKind.AccountDeactivated, LifecycleKind.AccountSuspended, LifecycleKind.AccountDeleted, LifecycleKind.AssignmentRemoved, LifecycleKind.MembershipRemoved],
        "remove_application" => [LifecycleKind.AssignmentRemoved],
        "remove_from_group" => [LifecycleKind.MembershipRemoved, LifecycleKind.AssignmentRemoved],
        "reset_mfa" => [LifecycleKind.FactorReset],
        "reset_password" => [LifecycleKind.PasswordChanged, LifecycleKind.AccountUpdated],
        "suspend_user" => [LifecycleKind.AccountSuspended],
        "unlock_user" => [LifecycleKind.AccountUnlocked],
        "unsuspend_user" => [LifecycleKind.AccountUnsuspended, LifecycleKind.AccountActivated],
        "update_user" => [LifecycleKind.AccountUpdated],
        _ => [],
    };
}
