using System.Collections.Immutable;
using System.Net.Mail;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Siit.Iam.Emulator.Okta;

/// <summary>Users: find, create, change, remove.</summary>
internal static class UserRoutes
{
    private static readonly string[] Filterable = ["id", "status", "lastUpdated", "profile.login", "profile.email", "profile.firstName", "profile.lastName"];

    public static OktaAnswer List(OktaRequest request)
    {
        var (search, filter, q) = (request.Query("search"), request.Query("filter"), request.Query("q"));
        if (search is null && q is null && OktaFilter.Ids(filter) is { } ids)
        {
            var known = ids.Select(request.State.Users.GetValueOrDefault).OfType<OktaUser>().Select(u => KeyValuePair.Create(u.Id, u));
            return request.UserPage("asked for", known.ToImmutableSortedDictionary(StringComparer.Ordinal), u => u.Value, 200, 200);
        }

        // Without a search Okta leaves the deprovisioned out.
        Func<OktaUser, bool> wanted = search is not null ? OktaFilter.TryParse<OktaUser>(search, Attribute) ?? throw OktaErrors.BadSearch()
            : OktaFilter.After(filter, "lastUpdated") is { } since ? u => u.LastUpdated > since
            : filter is not null ? OktaFilter.TryParse<OktaUser>(filter, a => Filterable.Contains(a) ? Attribute(a) : null) ?? throw OktaErrors.BadSearch()
            : OktaState.IsEverybody;
        if (q is null) return request.UserPage("users", request.State.Users, u => wanted(u.Value) ? u.Value : null, 200, 200);
        // q finds beginnings and cannot be paged.
        var found = request.State.Users.Values.Where(wanted).Where(u => new[] { "firstName", "lastName", "email" }.Any(a => u.Text(a)?.StartsWith(q, StringComparison.OrdinalIgnoreCase) is true));
        return OktaAnswer.Ok(new JsonArray([.. found.Take(request.Limit(10, 200)).Select(u => OktaJson.User(u, request.Origin))]));
    }

    public static OktaAnswer Get(OktaRequest request) => OktaAnswer.Ok(OktaJson.User(request.User(), request.Origin, single: true));

    public static OktaAnswer Me(OktaRequest request) => request.State.Users.TryGetValue(request.Caller.Actor.Id, out var me)
        ? OktaAnswer.Ok(OktaJson.User(me, request.Origin, single: true))
        : throw OktaErrors.NotFound("me", "User");

    public static OktaAnswer Create(OktaRequest request)
    {
        var body = request.Object();
        var profile = Profile(body) ?? throw OktaErrors.Invalid("profile", "profile: The field cannot be left blank");
        Check(request, profile, except: null);
        var groups = (body["groupIds"] as JsonArray ?? []).Select(g => request.State.Groups.GetValueOrDefault((string?)g ?? "") ?? throw OktaErrors.NotFound($"{g}", "UserGroup")).ToList();
        foreach (var group in groups) GroupRoutes.CheckWritable(request, group);

        var password = body["credentials"]?["password"]?["value"] is not null;
        var activate = request.Flag("activate", true);
        var status = !activate ? "STAGED" : !password ? "PROVISIONED" : request.Query("nextLogin") == "changePassword" ? "PASSWORD_EXPIRED" : "ACTIVE";
        var user = new OktaUser(request.Ids.New("00u"), status, request.Now, request.Now)
        {
            Profile = profile.ToImmutableSortedDictionary(StringComparer.Ordinal),
            HasPassword = password,
            Activated = activate ? request.Now : null,
            StatusChanged = request.Now,
            PasswordChanged = password ? request.Now : null,
        };
        request.State = request.State.With(user);
        request.Event("user.lifecycle.create", "Create okta user", user.Target());
        if (activate) request.Event("user.lifecycle.activate", "Activate Okta user", user.Target());
        Membership.AppsFollow(request, user, []);
        request.Effect("user.create", user.Login, [user.Id, .. groups.Select(g => g.Id)]);
        foreach (var group in groups) Membership.Add(request, group.Id, user);
        Membership.ApplyRules(request, user.Id);
        return OktaAnswer.Ok(OktaJson.User(request.State.Users[user.Id], request.Origin, single: true));
    }

    public static OktaAnswer Update(OktaRequest request) => Change(request, replace: false);

    public static OktaAnswer Replace(OktaRequest request) => Change(request, replace: true);

    /// <summary>The first call deactivates, the second erases for ever.</summary>
    public static OktaAnswer Delete(OktaRequest request)
    {
        var user = request.User();
        request.NeedsSuperAdminFor(request.State.IsAdmin(user));
        if (user.Status != "DEPROVISIONED")
        {
            LifecycleRoutes.Deactivate(request, user);
            return OktaAnswer.NoContent;
        }

        request.State = request.State.Without(user, request.Now);
        request.Event("user.lifecycle.delete.initiated", "Delete user initiated", user.Target());
        request.Event("user.lifecycle.delete.completed", "Delete user completed", user.Target());
        request.Effect("user.delete", user.Login, user.Id);
        return OktaAnswer.NoContent;
    }

    private static OktaAnswer Change(OktaRequest request, bool replace)
    {
        var user = request.User();
        request.NeedsSuperAdminFor(request.State.IsAdmin(user));
        if (user.TransitioningTo is not null) throw OktaErrors.Transitioning();
        var body = request.Object();
        var given = Profile(body);
        var password = body["credentials"]?["password"]?["value"] is not null;
        if (given is null && !password) throw OktaErrors.Invalid("profile", "profile: The field cannot be left blank");
        if (user.Status == "DEPROVISIONED") throw OktaErrors.WrongStatus();

        var next = user with { LastUpdated = request.Now };
        if (given is not null)
        {
            var profile = replace ? given : user.Profile.ToDictionary(StringComparer.Ordinal);
            foreach (var (name, value) in given) profile[name] = value;
            Check(request, profile, except: user);
            // null takes an attribute away.
            next = next with { Profile = profile.Where(p => p.Value.ValueKind != JsonValueKind.Null).ToImmutableSortedDictionary(StringComparer.Ordinal) };
            if (!SameProfile(user, next))
            {
                request.Event("user.account.update_profile", "Update user profile for Okta", next.Target() with { ChangeDetails = Difference(user, next) });
                request.Effect("user.update", string.Join(',', given.Keys.Order(StringComparer.Ordinal)), user.Id);
            }
        }

        if (password)
        {
            next = next with { HasPassword = true, PasswordChanged = request.Now };
            request.Event("user.account.update_password", "User update password for Okta", next.Target());
            request.Effect("user.set_password", null, user.Id);
        }

        request.State = request.State.With(next);
        Membership.ApplyRules(request, user.Id);
        return OktaAnswer.Ok(OktaJson.User(request.State.Users[user.Id], request.Origin, single: true));
    }

    private static bool SameProfile(OktaUser a, OktaUser b) =>
        a.Profile.Count == b.Profile.Count
        && a.Profile.All(p => b.Profile.TryGetValue(p.Key, out var value) && value.GetRawText() == p.Value.GetRawText());

    private static JsonElement Difference(OktaUser before, OktaUser after)
    {
        var names = before.Profile.Keys.Union(after.Profile.Keys)
            .Where(n => before.Profile.GetValueOrDefault(n) is var a && after.Profile.GetValueOrDefault(n) is var b && Raw(a) != Raw(b)).ToList();
        return JsonSerializer.SerializeToElement(new JsonObject { ["from"] = Side(before), ["to"] = Side(after) });

        JsonObject Side(OktaUser user) => new(names.Select(n => KeyValuePair.Create(n, JsonNode.Parse(Raw(user.Profile.GetValueOrDefault(n))))));

        static string Raw(JsonElement value) => value.ValueKind == JsonValueKind.Undefined ? "null" : value.GetRawText();
    }

    private static Dictionary<string, JsonElement>? Profile(JsonObject body) =>
        body["profile"] is JsonObject profile ? profile.ToDictionary(p => p.Key, p => JsonSerializer.SerializeToElement(p.Value), StringComparer.Ordinal) : null;

    private static void Check(OktaRequest request, Dictionary<string, JsonElement> profile, OktaUser? except)
    {
        string? Text(string name) => profile.TryGetValue(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        foreach (var name in new[] { "login", "email", "firstName", "lastName" })
        {
            if (string.IsNullOrWhiteSpace(Text(name))) throw OktaErrors.Invalid(name, $"{name}: The field cannot be left blank");
        }

        foreach (var name in new[] { "login", "email" })
        {
            if (!MailAddress.TryCreate(Text(name), out _)) throw OktaErrors.Invalid(name, $"{name}: Username must be in the form of an email address");
        }

        if (request.State.FindUser(Text("login")!) is { } other && other.Id != except?.Id)
            throw OktaErrors.Invalid("login", "login: An object with this field already exists in the current organization");
    }

    private static Func<OktaUser, IEnumerable<string?>>? Attribute(string name) => name switch
    {
        "id" => u => [u.Id],
        "status" => u => [u.Status],
        "created" => u => [OktaJson.Time(u.Created)],
        "lastUpdated" => u => [OktaJson.Time(u.LastUpdated)],
        "statusChanged" => u => [OktaJson.Time(u.StatusChanged)],
        "activated" => u => [OktaJson.Time(u.Activated)],
        _ when name.StartsWith("profile.", StringComparison.Ordinal) => u => [u.Text(name[8..])],
        _ => null,
    };
}
