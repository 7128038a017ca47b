using System.Text.Json.Nodes;

namespace Siit.Iam.Agent.Idps.JumpCloud;

/// <summary>One field of an entry's <c>changes</c>.</summary>
internal sealed record JumpCloudFieldChange(string Field, JsonNode? From, JsonNode? To);

/// <summary>
/// What <c>user_update</c> tells: which fields changed, from what to what. JumpCloud puts a suspension by PUT there with the rest, so one
/// entry can be several events.
/// </summary>
internal static class JumpCloudUpdates
{
    private const string State = "state";
    private const string Suspended = "suspended";
    private const string Locked = "account_locked";
    private const string Custom = "attributes";

    /// <summary>JumpCloud's names in our words.</summary>
    private static readonly Dictionary<string, string> Words = new(StringComparer.OrdinalIgnoreCase)
    {
        ["company"] = "organization",
        ["displayname"] = "displayName",
        ["employeeIdentifier"] = "employeeNumber",
        ["employeeType"] = "employmentType",
        ["firstname"] = "firstName",
        ["jobTitle"] = "title",
        ["lastname"] = "lastName",
        ["phoneNumbers"] = "phone",
        ["username"] = "login",
    };

    public static IReadOnlyList<FeedEvent> Read(LoggedEvent logged, JsonObject entry, string account, string? name)
    {
        var changes = Changes(entry).ToList();
        var events = new List<FeedEvent>();
        Add(OfState(changes), "state");
        Add(OfLock(changes), "lock");
        var fields = changes.Where(change => !IsFlag(change.Field)).SelectMany(Named).Distinct(StringComparer.Ordinal).ToList();
        // An update that tells no field is still one.
        if (fields.Count > 0 || events.Count == 0) events.Add(JumpCloudFeed.Event(logged, LifecycleKind.AccountUpdated, account, name) with { Fields = fields });
        return events;

        void Add(LifecycleKind? kind, string part)
        {
            if (kind is { } known) events.Add(JumpCloudFeed.Event(logged, known, account, name) with { Id = $"{logged.Id}/{part}" });
        }
    }

    public static IEnumerable<JumpCloudFieldChange> Changes(JsonObject entry) =>
        from change in (entry["changes"] as JsonArray ?? []).OfType<JsonObject>()
        let field = JumpCloudFeed.Text(change["field"])
        where field is not null
        select new JumpCloudFieldChange(field, change["from"], change["to"]);

    private static LifecycleKind? OfState(IReadOnlyList<JumpCloudFieldChange> changes)
    {
        var state = changes.FirstOrDefault(change => JumpCloudFeed.Is(change.Field, State));
        if (JumpCloudFeed.Is(JumpCloudFeed.Text(state?.To), JumpCloudStatus.Suspended)) return LifecycleKind.AccountSuspended;
        if (JumpCloudFeed.Is(JumpCloudFeed.Text(state?.To), JumpCloudStatus.Activated))
            return JumpCloudFeed.Is(JumpCloudFeed.Text(state?.From), JumpCloudStatus.Suspended) ? LifecycleKind.AccountUnsuspended : LifecycleKind.AccountActivated;
        return Flag(changes, Suspended) switch { true => LifecycleKind.AccountSuspended, false => LifecycleKind.AccountUnsuspended, null => null };
    }

    private static LifecycleKind? OfLock(IReadOnlyList<JumpCloudFieldChange> changes) =>
        Flag(changes, Locked) switch { true => LifecycleKind.AccountLocked, false => LifecycleKind.AccountUnlocked, null => null };

    private static bool? Flag(IReadOnlyList<JumpCloudFieldChange> changes, string field) =>
        changes.FirstOrDefault(change => JumpCloudFeed.Is(change.Field, field))?.To?.ToString().ToLowerInvariant() switch { "true" => true, "false" => false, _ => null };

    private static bool IsFlag(string field) =>
        JumpCloudFeed.Is(field, State) || JumpCloudFeed.Is(field, Suspended) || JumpCloudFeed.Is(field, Locked) || JumpCloudFeed.Is(field, "account_locked_date");

    /// <summary>Custom attributes are told as whole lists: those that differ.</summary>
    private static IEnumerable<string> Named(JumpCloudFieldChange change)
    {
        if (!JumpCloudFeed.Is(change.Field, Custom)) return [Words.GetValueOrDefault(change.Field, change.Field)];
        var (from, to) = (Values(change.From), Values(change.To));
        var names = from.Keys.Union(to.Keys, StringComparer.Ordinal).Where(name => from.GetValueOrDefault(name) != to.GetValueOrDefault(name)).ToList();
        return names.Count == 0 ? [Custom] : names.Order(StringComparer.Ordinal).Select(name => $"{Custom}.{name}");
    }

    private static Dictionary<string, string?> Values(JsonNode? list)
    {
        var values = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (var entry in (list as JsonArray ?? []).OfType<JsonObject>())
            if (JumpCloudFeed.Text(entry["name"]) is { } name) values[name] = entry["value"]?.ToString();
        return values;
    }
}
