using System.Text.Json;

namespace Siit.Iam.Agent.Idps.Okta;

/// <summary>What the System Log's events are in our words, and what has to be read again because of them. The README's table says the same.</summary>
/// <param name="fields">The connection's <c>fields</c> setting.</param>
internal sealed class OktaFeed(IReadOnlyDictionary<string, string> fields)
{
    private static readonly string[] Read =
        ["user.lifecycle.", "user.account.", "user.mfa.factor.", "group.", "application.user_membership.", "application.lifecycle."];

    /// <summary>Only what concerns the copy is asked for: most of a log is sign-ins.</summary>
    public static readonly string Filter = OktaFilter.Any(Read.Select(prefix => OktaFilter.StartsWith("eventType", prefix)));

    /// <summary>
    /// Okta's type to ours, and the type of the target that is the object. Not among them, because nothing of ours happened:
    /// <c>user.account.reset_password</c> (a link was sent, the password is the old one), <c>expire_password</c>,
    /// <c>user.lifecycle.reactivate</c> (the activation mail again), <c>delete.initiated</c>. The account is read again for those, too.
    /// </summary>
    private static readonly Dictionary<string, (LifecycleKind Kind, string? Object)> Kinds = new(StringComparer.Ordinal)
    {
        ["application.user_membership.add"] = (LifecycleKind.AssignmentAdded, "AppInstance"),
        ["application.user_membership.remove"] = (LifecycleKind.AssignmentRemoved, "AppInstance"),
        ["group.user_membership.add"] = (LifecycleKind.MembershipAdded, "UserGroup"),
        ["group.user_membership.remove"] = (LifecycleKind.MembershipRemoved, "UserGroup"),
        ["user.account.lock"] = (LifecycleKind.AccountLocked, null),
        ["user.account.privilege.grant"] = (LifecycleKind.RoleGranted, "ROLE"),
        ["user.account.privilege.revoke"] = (LifecycleKind.RoleRevoked, "ROLE"),
        ["user.account.unlock"] = (LifecycleKind.AccountUnlocked, null),
        ["user.account.unlock_by_admin"] = (LifecycleKind.AccountUnlocked, null),
        ["user.account.update_password"] = (LifecycleKind.PasswordChanged, null),
        ["user.account.update_profile"] = (LifecycleKind.AccountUpdated, null),
        ["user.lifecycle.activate"] = (LifecycleKind.AccountActivated, null),
        ["user.lifecycle.create"] = (LifecycleKind.AccountCreated, null),
        ["user.lifecycle.deactivate"] = (LifecycleKind.AccountDeactivated, null),
        ["user.lifecycle.delete.completed"] = (LifecycleKind.AccountDeleted, null),
        ["user.lifecycle.suspend"] = (LifecycleKind.AccountSuspended, null),
        ["user.lifecycle.unsuspend"] = (LifecycleKind.AccountUnsuspended, null),
        ["user.mfa.factor.activate"] = (LifecycleKind.FactorEnrolled, "Factor"),
        ["user.mfa.factor.deactivate"] = (LifecycleKind.FactorReset, "Factor"),
        ["user.mfa.factor.reset_all"] = (LifecycleKind.FactorReset, null),
    };

    public static bool Succeeded(OktaLogEvent entry) => entry.Outcome?.Result is null or "SUCCESS" or "ALLOW";

    /// <summary>Null when it is none of ours, or names no account.</summary>
    public FeedEvent? ToEvent(OktaLogEvent entry)
    {
        if (!Kinds.TryGetValue(entry.EventType, out var known) || AccountOf(entry) is not { } account) return null;
        var about = known.Object is null ? null : Target(entry, known.Object);
        return new FeedEvent
        {
            Id = entry.Uuid,
            Time = entry.Published,
            Kind = known.Kind,
            Account = account.Id!,
            AccountName = account.AlternateId ?? account.DisplayName,
            Object = about?.Id,
            ObjectName = about?.DisplayName ?? about?.AlternateId ?? PrivilegeOf(entry),
            Fields = known.Kind == LifecycleKind.AccountUpdated ? ChangedFields(account) : [],
            Actor = entry.Actor?.AlternateId ?? entry.Actor?.DisplayName ?? entry.Actor?.Id,
            VendorType = entry.EventType,
        };
    }

    public static OktaLogTarget? AccountOf(OktaLogEvent entry) => Target(entry, "User") is { } user && OktaIds.Guard.Accepts(user.Id) ? user : null;

    public static string? IdOf(OktaLogEvent entry, string type) => Target(entry, type) is { } target && OktaIds.Guard.Accepts(target.Id) ? target.Id : null;

    /// <summary>The place of a target says nothing, only its type.</summary>
    private static OktaLogTarget? Target(OktaLogEvent entry, string type) =>
        entry.Target?.FirstOrDefault(target => string.Equals(target.Type, type, StringComparison.OrdinalIgnoreCase));

    /// <summary>Okta names an administrator role beside the targets, for people only.</summary>
    private static string? PrivilegeOf(OktaLogEvent entry)
    {
        if (entry.DebugContext?.DebugData is not { ValueKind: JsonValueKind.Object } data) return null;
        return data.TryGetProperty("privilegeGranted", out var name) || data.TryGetProperty("privilegeRevoked", out name)
            ? name.ValueKind == JsonValueKind.String ? name.GetString() : null
            : null;
    }

    private IReadOnlyList<string> ChangedFields(OktaLogTarget account)
    {
        if (account.ChangeDetails is not { } change) return [];
        var (from, to) = (Properties(change.From), Properties(change.To));
        return [.. from.Keys.Union(to.Keys)
            .Where(name => from.GetValueOrDefault(name) != to.GetValueOrDefault(name))
            .Select(name => OktaAttributes.FieldOf(name, fields))
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)];
    }

    private static Dictionary<string, string> Properties(JsonElement of)
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        if (of.ValueKind != JsonValueKind.Object) return found;
        foreach (var property in of.EnumerateObject()) found[property.Name] = property.Value.GetRawText();
        return found;
    }
}
