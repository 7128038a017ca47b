using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Siit.Iam.Emulator.JumpCloud;

/// <summary>Users: finding, making, changing and deleting them.</summary>
internal static partial class UserRoutes
{
    private static readonly string[] TextFields =
    [
        "alternateEmail", "company", "costCenter", "department", "description", "displayname", "employeeIdentifier", "employeeType",
        "firstname", "jobTitle", "lastname", "location", "managedAppleId", "middlename", "public_key",
    ];

    public static JumpCloudAnswer List(JumpCloudRequest request)
    {
        var (filter, fields) = (request.Query("filter"), request.Query("fields"));
        if (filter is null or "" && request.Query("search") is null && request.Query("sort") == "_id")
            return request.CountedPage(request.State.Index.Ids, id => Projected(JumpCloudJson.User(request.State.Users[id], request.State), fields));

        var holds = JumpCloudFilter.First(filter);
        var contains = JumpCloudFilter.Contains(Parsed(request.Query("search")));
        var users = Possible(request, filter).Select(user => JumpCloudJson.User(user, request.State)).Where(user => holds(user) && contains(user));
        return request.CountedPage(Sorted(request, users), user => Projected(user, fields));
    }

    /// <summary>From the search index, which lags behind: that is what a stale read makes visible.</summary>
    public static JumpCloudAnswer Search(JumpCloudRequest request)
    {
        var body = request.Object();
        var holds = JumpCloudFilter.Search(body["filter"]);
        var contains = JumpCloudFilter.Contains(body["searchFilter"]);
        JumpCloudRequest.TryText(body, "fields", out var fields);
        return request.CountedPage(All(request).Where(user => holds(user) && contains(user)), user => Projected(user, fields));
    }

    public static JumpCloudAnswer Get(JumpCloudRequest request) =>
        JumpCloudAnswer.Ok(Projected(JumpCloudJson.User(request.User(), request.State), request.Query("fields")));

    public static JumpCloudAnswer Create(JumpCloudRequest request)
    {
        var body = request.Object();
        if (!JumpCloudRequest.TryText(body, "username", out var username) || !JumpCloudRequest.TryText(body, "email", out var email))
            throw JumpCloudErrors.Invalid("username and email are required.");
        var state = body["state"] is null ? request.State.DefaultUserState : (string?)body["state"];
        if (state is not ("STAGED" or "ACTIVATED" or "SUSPENDED")) throw JumpCloudErrors.Invalid("state must be STAGED, ACTIVATED or SUSPENDED.");
        CheckFree(request, username, email, null);
        var user = Changed(request, new(request.Ids.New(request.Now), username, email, state, request.Now), body);
        request.Event("user_create", JumpCloudEvents.About(user));
        if (state == "ACTIVATED") request.Event("user_activated", JumpCloudEvents.About(user));
        request.Effect("user.create", state == "ACTIVATED" && !user.HasPassword ? "invited" : null, user.Id);
        request.Save(null, user);
        return JumpCloudAnswer.Ok(JumpCloudJson.User(user, request.State));
    }

    public static JumpCloudAnswer Update(JumpCloudRequest request)
    {
        var (user, body) = (request.User(), request.Object());
        if (user.RestrictedFields.FirstOrDefault(r => body.ContainsKey(r.Field)) is { } restricted)
            throw JumpCloudErrors.Invalid($"The field {restricted.Field} is managed by {restricted.Type}.", "restrictedField");
        if (user.DelegatedTo is not null && body.ContainsKey("password")) throw JumpCloudErrors.Invalid("The password of this user is delegated to Active Directory.");
        JumpCloudRequest.TryText(body, "username", out var username);
        JumpCloudRequest.TryText(body, "email", out var email);
        CheckFree(request, username, email, user.Id);
        var changed = LifecycleRoutes.InState(Changed(request, user with { Username = username ?? user.Username, Email = email ?? user.Email }, body), body);
        Tell(request, user, changed, body);
        request.Save(user, changed);
        return JumpCloudAnswer.Ok(JumpCloudJson.User(changed, request.State));
    }

    /// <summary>For ever: JumpCloud has no recycle bin. Who manages others is kept unless they are to lose their manager.</summary>
    public static JumpCloudAnswer Delete(JumpCloudRequest request)
    {
        var user = request.User();
        if (request.Query("cascade_manager") != "null" && request.State.ReportsOf(user).Any())
            throw JumpCloudErrors.Conflict("The user is the manager of other users.");
        var told = JumpCloudJson.User(user, request.State);
        request.State = request.State.Without(user);
        request.Event("user_delete", JumpCloudEvents.About(user));
        request.Effect("user.delete", user.Username, user.Id);
        return JumpCloudAnswer.Ok(told);
    }

    /// <summary>One event tells of everything that a PUT changed, also of the state.</summary>
    private static void Tell(JumpCloudRequest request, JumpCloudUser user, JumpCloudUser changed, JsonObject body)
    {
        var changes = JumpCloudChanges.Between(user, changed);
        if (changes.Count > 0) request.Event("user_update", JumpCloudEvents.About(changed, changes));
        if (changed.State != user.State) request.Effect(changed.State == "SUSPENDED" ? "user.suspend" : user.State == "STAGED" ? "user.activate" : "user.unsuspend", null, user.Id);
        var fields = changes.Select(change => (string)change!["field"]!).Except(JumpCloudChanges.OfState).Order(StringComparer.Ordinal).ToList();
        if (fields.Count > 0) request.Effect("user.update", string.Join(' ', fields), user.Id);
        if (!body.ContainsKey("password")) return;
        request.Event("user_password_set", JumpCloudEvents.About(changed));
        request.Effect("user.set_password", null, user.Id);
    }

    /// <summary>Those that the filter may hold for, without a look at the others where that can be.</summary>
    private static IEnumerable<JumpCloudUser> Possible(JumpCloudRequest request, string? filter)
    {
        var state = request.State;
        var parts = filter?.Split(':', 3) ?? [];
        if (parts.Length == 3 && parts[1] == "$eq" && state.Index.Where(parts[0], parts[2]) is { } known) return known.Select(id => state.Users[id]);
        if (parts.Length == 3 && parts[0] == "created" && parts[1] is "$gt" or "$gte" && DateTimeOffset.TryParse(parts[2], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var since))
            return state.Users.Values.Where(user => user.Created >= since);
        return state.Users.Values;
    }

    private static IEnumerable<JsonObject> All(JumpCloudRequest request) => request.State.Users.Values.Select(u => JumpCloudJson.User(u, request.State));

    /// <summary>In no order that can be relied on, unless one is asked for: paging by offset then repeats and loses rows.</summary>
    private static IEnumerable<JsonObject> Sorted(JumpCloudRequest request, IEnumerable<JsonObject> users)
    {
        if (request.Query("sort") is not { Length: > 0 } sort) return users.OrderBy(u => Text(u, "email").Length % 7);
        var field = sort.TrimStart('-');
        return sort[0] == '-' ? users.OrderByDescending(u => Text(u, field), StringComparer.Ordinal) : users.OrderBy(u => Text(u, field), StringComparer.Ordinal);
    }

    private static JsonObject Projected(JsonObject user, string? fields)
    {
        if (fields is null or "") return user;
        var names = fields.Split(' ', StringSplitOptions.RemoveEmptyEntries).Append("_id").ToHashSet();
        foreach (var name in user.Select(field => field.Key).Where(name => !names.Contains(name)).ToList()) user.Remove(name);
        return user;
    }

    private static JsonNode? Parsed(string? json)
    {
        try
        {
            return json is null ? null : JsonNode.Parse(json);
        }
        catch (JsonException)
        {
            throw JumpCloudErrors.Invalid("search must be JSON.");
        }
    }

    /// <summary>Only what the body names. A custom attribute that it leaves out of <c>attributes</c> is gone.</summary>
    private static JumpCloudUser Changed(JumpCloudRequest request, JumpCloudUser user, JsonObject body)
    {
        foreach (var field in TextFields.Where(body.ContainsKey))
            user = user with { Texts = body[field] is null ? user.Texts.Remove(field) : user.Texts.SetItem(field, TextOf(body, field)) };
        if (body.ContainsKey("manager")) user = user with { Manager = ManagerOf(request, body) };
        if (body["attributes"] is JsonArray attributes)
            user = user with { Attributes = user.Attributes.Clear().SetItems(attributes.OfType<JsonObject>().Select(a => KeyValuePair.Create(TextOf(a, "name"), TextOf(a, "value")))) };
        if (body["enable_user_portal_multifactor"] is JsonValue required && required.TryGetValue<bool>(out var mfa)) user = user with { MfaRequired = mfa };
        if (body["account_locked"] is JsonValue locked && locked.TryGetValue<bool>(out var isLocked))
            user = user with { Locked = isLocked, LockedDate = isLocked ? request.Now : null };
        return JumpCloudRequest.TryText(body, "password", out _) ? LifecycleRoutes.WithPassword(request, user) : user;
    }

    private static string? ManagerOf(JumpCloudRequest request, JsonObject body)
    {
        if (body["manager"] is null || TextOf(body, "manager").Length == 0) return null;
        var id = TextOf(body, "manager");
        return request.State.Users.ContainsKey(id) ? id : throw JumpCloudErrors.Invalid("manager must be the id of a user.");
    }

    private static void CheckFree(JumpCloudRequest request, string? username, string? email, string? own)
    {
        if (username is not null && !Usernames().IsMatch(username)) throw JumpCloudErrors.Invalid("username is not valid.");
        if (email is not null && !email.Contains('@', StringComparison.Ordinal)) throw JumpCloudErrors.Invalid("email is not valid.");
        if (Taken("username", username) || Taken("email", email))
            throw JumpCloudErrors.Invalid("User already exists", "userAlreadyExists");

        bool Taken(string field, string? value) => value is not null && request.State.Index.Where(field, value)!.Any(id => id != own);
    }

    private static string TextOf(JsonObject json, string field) =>
        JumpCloudRequest.TryText(json, field, out var text) ? text : throw JumpCloudErrors.Invalid($"{field} must be a text.");

    private static string Text(JsonObject user, string field) => user[field]?.ToString() ?? "";

    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9._-]{0,29}$")]
    private static partial Regex Usernames();
}
