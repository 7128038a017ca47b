using System.Collections.Immutable;
using System.Net.Mail;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Siit.Iam.Emulator.Google;

/// <summary>Users: find, create, change, remove.</summary>
internal static class UserRoutes
{
    /// <summary>Kept as they come and replaced as a whole.</summary>
    private static readonly string[] Kept =
    [
        "addresses", "customSchemas", "externalIds", "gender", "ims", "keywords", "languages", "locations", "notes", "organizations", "phones",
        "posixAccounts", "recoveryEmail", "recoveryPhone", "relations", "sshPublicKeys", "websites",
    ];

    /// <summary>Everything else that a user has; what may not be written is passed over, as Google does.</summary>
    private static readonly string[] Known =
    [
        "agreedToTerms", "aliases", "archived", "changePasswordAtNextLogin", "creationTime", "customerId", "deletionTime", "emails", "etag", "hashFunction",
        "id", "includeInGlobalAddressList", "ipWhitelisted", "isAdmin", "isDelegatedAdmin", "isEnforcedIn2Sv", "isEnrolledIn2Sv", "isMailboxSetup", "kind",
        "lastLoginTime", "name", "nonEditableAliases", "orgUnitPath", "password", "primaryEmail", "suspended", "suspensionReason", "thumbnailPhotoUrl",
    ];

    /// <summary>What the log calls a change of each.</summary>
    private static readonly Dictionary<string, string> LoggedAs = new(StringComparer.Ordinal)
    {
        ["addresses"] = "CHANGE_USER_ADDRESS",
        ["customSchemas"] = "CHANGE_USER_CUSTOM_FIELD",
        ["externalIds"] = "CHANGE_USER_EXTERNAL_ID",
        ["languages"] = "CHANGE_USER_LANGUAGE",
        ["locations"] = "CHANGE_USER_LOCATION",
        ["organizations"] = "CHANGE_USER_ORGANIZATION",
        ["phones"] = "CHANGE_USER_PHONE_NUMBER",
        ["recoveryEmail"] = "CHANGE_RECOVERY_EMAIL",
        ["recoveryPhone"] = "CHANGE_RECOVERY_PHONE",
        ["relations"] = "CHANGE_USER_RELATION",
    };

    public static GoogleAnswer List(GoogleRequest request)
    {
        if (request.Query("customer") is { } customer) request.Customer(customer);
        else if (request.Query("domain") is null) throw GoogleErrors.BadRequest("Bad Request");
        var deleted = request.Flag("showDeleted");
        var inOrder = request.State.Index.Of(request.State.Users).InOrder;
        IEnumerable<GoogleUser> users = deleted ? request.State.Users.Values.Where(u => u.Deleted is not null)
            : Array.TrueForAll(inOrder, u => u.Visible <= request.Now) ? inOrder : inOrder.Where(u => u.Visible <= request.Now);
        if (request.Query("query") is { } query)
            users = users.Where(GoogleQuery.TryParse<GoogleUser>(query, name => Field(name, request.State)) ?? throw GoogleErrors.Invalid("query"));
        return request.Page("admin#directory#users", "users", users, u => u.PrimaryEmail, u => GoogleJson.User(u, request.State, request.Now, Schemas(request)), 100, 500);
    }

    public static GoogleAnswer Get(GoogleRequest request)
    {
        var key = request.Segment("userKey");
        // About an address of another domain Google says nothing.
        if (key.Contains('@', StringComparison.Ordinal) && !key.EndsWith("@" + Company.Acme.Domain, StringComparison.OrdinalIgnoreCase)) throw GoogleErrors.NotAllowed();
        return GoogleAnswer.Ok(GoogleJson.User(request.User(), request.State, request.Now, Schemas(request)));
    }

    public static GoogleAnswer Create(GoogleRequest request)
    {
        var body = request.Object();
        Check(body);
        var email = GoogleRequest.Text(body, "primaryEmail") ?? throw GoogleErrors.Missing("primaryEmail");
        if (!MailAddress.TryCreate(email, out _)) throw GoogleErrors.Invalid("primary_user_email");
        if (!email.EndsWith("@" + Company.Acme.Domain, StringComparison.OrdinalIgnoreCase)) throw new GoogleRefusal(404, "notFound", "Domain not found.");
        if (body["name"] is not JsonObject name || GoogleRequest.Text(name, "givenName") is not { Length: > 0 and <= 60 } given
            || GoogleRequest.Text(name, "familyName") is not { Length: > 0 and <= 60 } family) throw GoogleErrors.Invalid("name");
        Password(GoogleRequest.Text(body, "password") ?? throw GoogleErrors.Missing("password"));
        if (request.State.IsTaken(email)) throw GoogleErrors.Exists();

        var user = new GoogleUser(GoogleNumbers.Of(request.Ids.New(""), 21), email.ToLowerInvariant(), given, family, request.Now)
        {
            ChangePasswordAtNextLogin = GoogleRequest.Flag(body, "changePasswordAtNextLogin") ?? false,
            Suspended = GoogleRequest.Flag(body, "suspended") ?? false,
            OrgUnitPath = Unit(request, body) ?? "/",
            Visible = request.Now + (request.Options.TransitionTime / 2),
            Ready = request.Now + request.Options.TransitionTime,
            Profile = Profile(body, ImmutableSortedDictionary.Create<string, JsonElement>(StringComparer.Ordinal)),
        };
        request.State = request.State.With(user);
        request.LogUser("CREATE_USER", user);
        request.Effect("user.create", user.PrimaryEmail, user.Id);
        return GoogleAnswer.Ok(GoogleJson.User(user, request.State, request.Now));
    }

    /// <summary>PUT and PATCH do the same: what is left out stays, a list that is given replaces the old one.</summary>
    public static GoogleAnswer Update(GoogleRequest request)
    {
        var user = request.Target();
        var body = request.Object();
        Check(body);
        var next = user with { Profile = Profile(body, user.Profile) };
        if (body["name"] is JsonObject name)
            next = next with { GivenName = GoogleRequest.Text(name, "givenName") ?? user.GivenName, FamilyName = GoogleRequest.Text(name, "familyName") ?? user.FamilyName, DisplayName = null };
        if (Unit(request, body) is { } unit) next = next with { OrgUnitPath = unit };
        if (GoogleRequest.Text(body, "primaryEmail") is { } email && !email.Equals(user.PrimaryEmail, StringComparison.OrdinalIgnoreCase))
        {
            if (request.State.IsTaken(email, user.Id)) throw GoogleErrors.Exists();
            // The former address goes on as an alias.
            next = next with { PrimaryEmail = email.ToLowerInvariant(), Aliases = next.Aliases.RemoveAll(alias => alias.Equals(email, StringComparison.OrdinalIgnoreCase)).Add(user.PrimaryEmail), EmailSettles = request.Now + request.Options.TransitionTime };
            request.LogUser("RENAME_USER", user, ("NEW_VALUE", email));
        }

        if (!Same(user, next)) request.Effect("user.update", string.Join(',', body.Select(p => p.Key).Order(StringComparer.Ordinal)), user.Id);
        LogChanges(request, user, next);
        next = States(request, body, next);
        request.State = request.State.With(next);
        return GoogleAnswer.Ok(GoogleJson.User(next, request.State, request.Now));
    }

    public static GoogleAnswer Delete(GoogleRequest request)
    {
        var user = request.Target();
        request.State = request.State.With(user with { Deleted = request.Now, Sessions = 0, Tokens = [] });
        request.State = request.State with
        {
            Groups = request.State.Groups.SetItems(request.State.Groups.Values.Where(g => g.Members.ContainsKey(user.Id))
                .Select(g => KeyValuePair.Create(g.Id, g with { Members = g.Members.Remove(user.Id) }))),
            Assignments = request.State.Assignments.RemoveAll(a => a.AssignedTo == user.Id),
        };
        request.LogUser("DELETE_USER", user);
        request.Effect("user.delete", user.PrimaryEmail, user.Id);
        return GoogleAnswer.NoContent;
    }

    /// <summary>Within 20 days.</summary>
    public static GoogleAnswer Undelete(GoogleRequest request)
    {
        if (!request.State.Users.TryGetValue(request.Segment("userKey"), out var user) || user.Deleted is not { } deleted || request.Now - deleted > TimeSpan.FromDays(20))
            throw GoogleErrors.NotFound("userKey");
        if (request.State.IsTaken(user.PrimaryEmail, user.Id)) throw GoogleErrors.Exists();
        request.State = request.State.With(user with { Deleted = null, OrgUnitPath = Unit(request, request.Object()) ?? "/" });
        request.LogUser("UNDELETE_USER", user);
        request.Effect("user.undelete", user.PrimaryEmail, user.Id);
        return GoogleAnswer.NoContent;
    }

    public static GoogleAnswer MakeAdmin(GoogleRequest request)
    {
        var user = request.Target();
        if (GoogleRequest.Flag(request.Object(), "status") is not { } status) throw GoogleErrors.Missing("status");
        if (status == request.State.IsSuperAdmin(user.Id)) return GoogleAnswer.NoContent;
        var super = request.State.Roles.Single(r => r.IsSuper);
        request.State = request.State with
        {
            Assignments = status
                ? request.State.Assignments.Add(new(GoogleNumbers.Of(request.Ids.New(""), 17), super.Id, user.Id, "user"))
                : request.State.Assignments.RemoveAll(a => a.AssignedTo == user.Id && a.RoleId == super.Id),
        };
        request.LogUser(status ? "GRANT_ADMIN_PRIVILEGE" : "REVOKE_ADMIN_PRIVILEGE", user);
        request.Effect(status ? "user.make_admin" : "user.unmake_admin", null, user.Id);
        return GoogleAnswer.NoContent;
    }

    private static GoogleUser States(GoogleRequest request, JsonObject body, GoogleUser user)
    {
        if (GoogleRequest.Text(body, "password") is { } password)
        {
            Password(password);
            request.LogUser("CHANGE_PASSWORD", user);
            request.Effect("user.set_password", null, user.Id);
            user = user with { Sessions = 0 };
        }

        if (GoogleRequest.Flag(body, "changePasswordAtNextLogin") is { } change && change != user.ChangePasswordAtNextLogin)
        {
            request.LogUser("CHANGE_PASSWORD_ON_NEXT_LOGIN", user, ("NEW_VALUE", change ? "true" : "false"));
            request.Effect(change ? "user.expire_password" : "user.unexpire_password", null, user.Id);
            user = user with { ChangePasswordAtNextLogin = change };
        }

        if (GoogleRequest.Flag(body, "suspended") is { } suspended && suspended != user.Suspended)
        {
            if (user.SuspensionReason == "ABUSE") throw GoogleErrors.CannotUnsuspend();
            request.LogUser(suspended ? "SUSPEND_USER" : "UNSUSPEND_USER", user);
            request.Effect(suspended ? "user.suspend" : "user.unsuspend", null, user.Id);
            user = user with { Suspended = suspended, SuspensionReason = suspended ? "ADMIN" : null, Sessions = 0 };
        }

        if (GoogleRequest.Flag(body, "archived") is { } archived && archived != user.Archived)
        {
            if (archived && request.State.ArchiveLicences == 0) throw GoogleErrors.NoLicence();
            request.State = request.State with { ArchiveLicences = request.State.ArchiveLicences + (archived ? -1 : 1) };
            request.LogUser(archived ? "ARCHIVE_USER" : "UNARCHIVE_USER", user);
            request.Effect(archived ? "user.archive" : "user.unarchive", null, user.Id);
            user = user with { Archived = archived, Sessions = 0 };
        }

        return user;
    }

    /// <summary>By the address that the account has afterwards, as a change of that is logged first.</summary>
    private static void LogChanges(GoogleRequest request, GoogleUser before, GoogleUser after)
    {
        if (before.GivenName != after.GivenName) request.LogUser("CHANGE_FIRST_NAME", after, ("OLD_VALUE", before.GivenName), ("NEW_VALUE", after.GivenName));
        if (before.FamilyName != after.FamilyName) request.LogUser("CHANGE_LAST_NAME", after, ("OLD_VALUE", before.FamilyName), ("NEW_VALUE", after.FamilyName));
        if (before.OrgUnitPath != after.OrgUnitPath) request.LogUser("MOVE_USER_TO_ORG_UNIT", after, ("ORG_UNIT_NAME", before.OrgUnitPath), ("NEW_VALUE", after.OrgUnitPath));
        foreach (var (field, name) in LoggedAs)
        {
            var (was, now) = (Raw(before, field), Raw(after, field));
            if (was != now) request.LogUser(name, after, ("OLD_VALUE", was ?? ""), ("NEW_VALUE", now ?? ""));
        }
    }

    private static string? Raw(GoogleUser user, string field) => user.Profile.TryGetValue(field, out var value) ? value.GetRawText() : null;

    /// <summary>Without custom schemas unless they are asked for.</summary>
    private static string[]? Schemas(GoogleRequest request) => request.Query("projection") switch
    {
        "full" => null,
        "custom" => request.Query("customFieldMask")?.Split(',') ?? throw GoogleErrors.Invalid("customFieldMask"),
        null or "basic" => [],
        _ => throw GoogleErrors.Invalid("projection"),
    };

    private static bool Same(GoogleUser a, GoogleUser b) =>
        (a.PrimaryEmail, a.GivenName, a.FamilyName, a.OrgUnitPath) == (b.PrimaryEmail, b.GivenName, b.FamilyName, b.OrgUnitPath)
        && a.Profile.Count == b.Profile.Count
        && a.Profile.All(p => b.Profile.TryGetValue(p.Key, out var value) && value.GetRawText() == p.Value.GetRawText());

    private static ImmutableSortedDictionary<string, JsonElement> Profile(JsonObject body, ImmutableSortedDictionary<string, JsonElement> before) =>
        before.SetItems(body.Where(p => Kept.Contains(p.Key)).Select(p => KeyValuePair.Create(p.Key, JsonSerializer.SerializeToElement(p.Value))))
            .RemoveRange(body.Where(p => p.Value is null).Select(p => p.Key));

    private static void Check(JsonObject body)
    {
        if (body.FirstOrDefault(p => !Kept.Contains(p.Key) && !Known.Contains(p.Key)) is { Key: { } unknown })
            throw GoogleErrors.BadRequest($"Invalid JSON payload received. Unknown name \"{unknown}\": Cannot find field.");
    }

    private static void Password(string password)
    {
        if (password.Length is < 8 or > 100 || password.Any(c => c is < ' ' or > '~')) throw GoogleErrors.Invalid("Password");
    }

    private static string? Unit(GoogleRequest request, JsonObject body) => GoogleRequest.Text(body, "orgUnitPath") is not { } path
        ? null
        : path == "/" || request.State.OrgUnits.Any(u => u.Path == path) ? path : throw GoogleErrors.Invalid("INVALID_OU_ID");

    private static Func<GoogleUser, IEnumerable<string?>>? Field(string name, GoogleState state) => name switch
    {
        "email" => u => [u.PrimaryEmail, .. u.Aliases],
        "name" => u => [u.FullName],
        "givenName" => u => [u.GivenName],
        "familyName" => u => [u.FamilyName],
        "orgUnitPath" => u => [u.OrgUnitPath],
        "orgDepartment" => u => [u.Department],
        "isAdmin" => u => [state.IsSuperAdmin(u.Id) ? "true" : "false"],
        "isDelegatedAdmin" => u => [state.IsDelegatedAdmin(u.Id) ? "true" : "false"],
        "isSuspended" => u => [u.Suspended ? "true" : "false"],
        "isEnrolledIn2Sv" => u => [u.EnrolledIn2Sv ? "true" : "false"],
        "isEnforcedIn2Sv" => u => [u.EnforcedIn2Sv ? "true" : "false"],
        _ => null,
    };
}
