using System.Text.Json;
using System.Text.Json.Nodes;

namespace Siit.Iam.Agent.Idps.JumpCloud;

/// <summary>What one entry of Directory Insights means for the copy.</summary>
internal sealed record JumpCloudNews(string Id, DateTimeOffset Time)
{
    public IReadOnlyList<FeedEvent> Events { get; init; } = [];

    /// <summary>To be read again.</summary>
    public string? Account { get; init; }

    /// <summary>To be read again.</summary>
    public string? Group { get; init; }

    /// <summary>To be read again.</summary>
    public DirectoryRead? Read { get; init; }

    public TieChange? Tie { get; init; }
}

/// <summary>
/// Directory Insights in our vocabulary. No shape of an entry is described, so each is read leniently, and words without regard to
/// case: the log compares them in small letters.
/// </summary>
internal static class JumpCloudFeed
{
    /// <summary>Two entries of different types that say the same thing this close to each other are one event.</summary>
    private static readonly TimeSpan Twins = TimeSpan.FromMinutes(1);

    /// <summary>Entries about one user. Null: no event, but the account looks otherwise now.</summary>
    private static readonly Dictionary<string, LifecycleKind?> OfUsers = new(StringComparer.Ordinal)
    {
        // What the log calls the end of a push endpoint is described nowhere; should it be called otherwise, the sweep shows it.
        ["push_endpoint_delete"] = LifecycleKind.FactorReset,
        ["totp_delete_enrollment"] = LifecycleKind.FactorReset,
        ["totp_finish_enrollment"] = LifecycleKind.FactorEnrolled,
        ["user_activated"] = LifecycleKind.AccountActivated,
        ["user_admin_granted"] = LifecycleKind.RoleGranted,
        ["user_admin_revoked"] = LifecycleKind.RoleRevoked,
        ["user_create"] = LifecycleKind.AccountCreated,
        ["user_delete"] = LifecycleKind.AccountDeleted,
        ["user_lockout"] = LifecycleKind.AccountLocked,
        ["user_mfa_exclusion_expired"] = null,
        ["user_password_change"] = LifecycleKind.PasswordChanged,
        ["user_password_expired"] = null,
        ["user_password_set"] = LifecycleKind.PasswordChanged,
        ["user_suspended"] = LifecycleKind.AccountSuspended,
        ["user_unlocked"] = LifecycleKind.AccountUnlocked,
        ["user_unsuspended"] = LifecycleKind.AccountUnsuspended,
        ["user_update"] = null,
    };

    /// <summary>Null for an entry that changes nothing here, and for one that failed.</summary>
    public static JumpCloudNews? Read(JsonObject entry, IKnownIds known)
    {
        if (JumpCloudEvents.Read(entry) is not { Succeeded: true } logged) return null;
        var news = new JumpCloudNews(logged.Id, logged.Time);
        var type = logged.Type.ToLowerInvariant();
        if (OfUsers.TryGetValue(type, out var kind)) return OfUser(news, logged, entry, type, kind);
        return type switch
        {
            "association_change" or "access_management_association_change" => Association(news, logged, entry),
            "group_create" or "group_update" or "group_delete" when Subject(entry) is { } group && !Is(group.Type, "system_group") => news with { Group = group.Id },
            "application_create" or "application_update" or "application_delete" => news with { Read = JumpCloudConnection.ApplicationsAgain },
            "admin_create" or "admin_update" or "admin_delete" or "admin_suspended" or "admin_unsuspend" => Administrator(news, logged, entry, type, known),
            _ => null,
        };
    }

    /// <summary>
    /// The events that have not been told, each once: JumpCloud may log one change twice, as an update of a field and by a type of its own,
    /// and then the two follow each other in what happened to the account. One that was held for such a double is told after all
    /// when an entry that came late stands between them.
    /// </summary>
    /// <param name="isSeen">Ids of entries read before, and <see cref="Doubled"/> of their events that were held.</param>
    /// <returns>With the doubles to be remembered.</returns>
    public static (IReadOnlyList<FeedEvent> Told, IReadOnlyList<FeedEvent> Doubles) Once(IReadOnlyList<JumpCloudNews> news, Func<string, bool> isSeen)
    {
        var all = new List<Telling>();
        var last = new Dictionary<string, Telling>(StringComparer.Ordinal);
        foreach (var (entry, each) in news.SelectMany(entry => entry.Events, (entry, each) => (entry, each)))
        {
            var telling = new Telling(each, IsTold: isSeen(entry.Id) && !isSeen(Doubled(each)));
            all.Add(telling);
            if (Subject(each) is not { } subject) continue;
            if (last.TryGetValue(subject, out var before) && IsDouble(before.Event, each))
            {
                // Whichever was told already speaks for both.
                if (telling.IsTold) before.IsDouble = !before.IsTold;
                else telling.IsDouble = true;
            }
            last[subject] = telling;
        }
        return ([.. all.Where(each => !each.IsTold && !each.IsDouble).Select(each => each.Event)], [.. all.Where(each => each.IsDouble).Select(each => each.Event)]);
    }

    /// <summary>By what a double is remembered.</summary>
    public static string Doubled(FeedEvent each) => "=" + each.Id;

    private static bool IsDouble(FeedEvent before, FeedEvent each) =>
        before.Kind == each.Kind && before.VendorType != each.VendorType && each.Time - before.Time <= Twins;

    private static JumpCloudNews? OfUser(JumpCloudNews news, LoggedEvent logged, JsonObject entry, string type, LifecycleKind? kind)
    {
        // What a person does to his own account may name him as its author only.
        var user = Subject(entry) ?? Author(entry);
        if (user is null || !Is(user.Type, "user")) return null;
        news = news with { Account = user.Id };
        if (type == "user_update") return news with { Events = JumpCloudUpdates.Read(logged, entry, user.Id, user.Name) };
        if (kind is not { } known) return news;
        var factor = type.Split('_')[0] is "totp" or "push" ? type.Split('_')[0] : null;
        return news with
        {
            Events = [Event(logged, known, user.Id, user.Name) with { Object = factor, ObjectName = factor }],
            Read = known is LifecycleKind.RoleGranted or LifecycleKind.RoleRevoked ? JumpCloudConnection.RolesAgain : null,
        };
    }

    private static JumpCloudNews? Association(JumpCloudNews news, LoggedEvent logged, JsonObject entry)
    {
        var association = entry["association"] as JsonObject;
        var connection = association?["connection"] as JsonObject;
        if (End(connection?["from"]) is not { } from || End(connection?["to"]) is not { } to) return null;
        var tied = Text(association!["op"])?.ToLowerInvariant() switch { "add" => true, "remove" => false, _ => (bool?)null };
        if (tied is not { } isTied) return null;
        // Which end is named first depends on which of the two was edited.
        var user = new[] { from, to }.FirstOrDefault(end => Is(end.Type, "user"));
        var group = new[] { from, to }.FirstOrDefault(end => Is(end.Type, "user_group"));
        var application = new[] { from, to }.FirstOrDefault(end => Is(end.Type, "application"));
        return (user, group, application) switch
        {
            ({ } member, { } of, null) => news with
            {
                Tie = new TieChange(TieKind.Member, of.Id, member.Id, isTied),
                Events = [Event(logged, isTied ? LifecycleKind.MembershipAdded : LifecycleKind.MembershipRemoved, member.Id, member.Name) with { Object = of.Id, ObjectName = of.Name }],
            },
            ({ } holder, null, { } of) => news with
            {
                Tie = new TieChange(TieKind.Assignment, of.Id, holder.Id, isTied),
                Events = [Event(logged, isTied ? LifecycleKind.AssignmentAdded : LifecycleKind.AssignmentRemoved, holder.Id, holder.Name) with { Object = of.Id, ObjectName = of.Name }],
            },
            // About nobody's account alone: no event of anybody's life.
            (null, { } holders, { } of) => news with { Tie = new TieChange(TieKind.GroupAssignment, of.Id, holders.Id, isTied) },
            _ => null,
        };
    }

    /// <summary>An administrator is no user: by his address he is found among them. Which roles he has is read again.</summary>
    private static JumpCloudNews Administrator(JumpCloudNews news, LoggedEvent logged, JsonObject entry, string type, IKnownIds known)
    {
        news = news with { Read = JumpCloudConnection.RolesAgain };
        if (Text((entry["resource"] as JsonObject)?["email"]) is not { } email) return news;
        var account = known.AccountOf(email) ?? email;
        var changed = JumpCloudUpdates.Changes(entry).FirstOrDefault(change => Is(change.Field, "roleName"));
        var granted = Event(logged, LifecycleKind.RoleGranted, account, email) with { ObjectName = Text(changed?.To) };
        var revoked = Event(logged, LifecycleKind.RoleRevoked, account, email) with { ObjectName = Text(changed?.From) };
        return news with
        {
            Events = type switch
            {
                "admin_create" => [granted],
                "admin_delete" => [revoked],
                "admin_update" when changed is not null => [revoked with { Id = revoked.Id + "/revoked" }, granted with { Id = granted.Id + "/granted" }],
                _ => [],
            },
        };
    }

    public static FeedEvent Event(LoggedEvent logged, LifecycleKind kind, string account, string? name) => new()
    {
        Id = logged.Id,
        Time = logged.Time,
        Kind = kind,
        Account = account,
        AccountName = name,
        Actor = logged.Actor,
        VendorType = logged.Type,
    };

    public static string? Text(JsonNode? node) =>
        node is JsonValue value && value.GetValueKind() == JsonValueKind.String && value.GetValue<string>() is { Length: > 0 } text ? text : null;

    public static bool Is(string? word, string ours) => string.Equals(word, ours, StringComparison.OrdinalIgnoreCase);

    /// <summary>What an event changes: of two in a row that change the same, one may be the other again. Null: each stands for itself.</summary>
    private static string? Subject(FeedEvent each) => each.Kind switch
    {
        LifecycleKind.AccountActivated or LifecycleKind.AccountSuspended or LifecycleKind.AccountUnsuspended => $"state {each.Account}",
        LifecycleKind.AccountLocked or LifecycleKind.AccountUnlocked => $"lock {each.Account}",
        LifecycleKind.MembershipAdded or LifecycleKind.MembershipRemoved => $"member {each.Object} {each.Account}",
        LifecycleKind.AssignmentAdded or LifecycleKind.AssignmentRemoved => $"application {each.Object} {each.Account}",
        _ => null,
    };

    private static Named? Subject(JsonObject entry) => Of(entry["resource"], "id");

    private static Named? Author(JsonObject entry) => Of(entry["initiated_by"], "id");

    private static Named? End(JsonNode? end) => Of(end, "object_id");

    private static Named? Of(JsonNode? node, string id) => node is JsonObject it && JumpCloudIds.Of(Text(it[id])) is { } known
        ? new Named(known, Text(it["type"]), Text(it["username"]) ?? Text(it["name"]) ?? Text(it["email"]))
        : null;

    private sealed record Telling(FeedEvent Event, bool IsTold)
    {
        public bool IsDouble { get; set; }
    }

    private sealed record Named(string Id, string? Type, string? Name);
}
