using System.Text.Json.Nodes;

namespace Siit.Iam.Emulator.Entra;

/// <summary>Authentication methods: listed together, removed one by one through the collection of their kind.</summary>
internal static class MethodRoutes
{
    public const string PasswordMethod = "28c10230-6103-485e-b985-444c60001490";
    public const string MobilePhone = "3179e48a-750b-4051-897c-87b9720928f7";
    public const string AlternatePhone = "b6332ec1-7057-4abe-9331-3d72feddfe41";

    private static readonly Dictionary<string, string> Kinds = new(StringComparer.Ordinal)
    {
        ["emailMethods"] = "emailAuthenticationMethod",
        ["externalAuthenticationMethods"] = "externalAuthenticationMethod",
        ["fido2Methods"] = "fido2AuthenticationMethod",
        ["microsoftAuthenticatorMethods"] = "microsoftAuthenticatorAuthenticationMethod",
        ["passwordMethods"] = "passwordAuthenticationMethod",
        ["phoneMethods"] = "phoneAuthenticationMethod",
        ["platformCredentialMethods"] = "platformCredentialAuthenticationMethod",
        ["softwareOathMethods"] = "softwareOathAuthenticationMethod",
        ["temporaryAccessPassMethods"] = "temporaryAccessPassAuthenticationMethod",
        ["windowsHelloForBusinessMethods"] = "windowsHelloForBusinessAuthenticationMethod",
    };

    public static EntraAnswer List(EntraRequest request) => request.List(
        "authenticationMethod",
        All(request.User()).Select(method => EntraJson.Typed(Json(method, request), method.Type)),
        context: "users/authentication/methods");

    public static EntraAnswer ListOfKind(EntraRequest request)
    {
        var type = Kind(request);
        return request.List(type, All(request.User()).Where(method => method.Type == type).Select(method => Json(method, request)), context: "users/authentication");
    }

    public static EntraAnswer Delete(EntraRequest request)
    {
        var user = request.User();
        request.NeedsRoleFor(user);
        var (type, id) = (Kind(request), request.Segment("methodId"));
        if (type == "passwordAuthenticationMethod") throw EntraErrors.BadRequest("The password method cannot be deleted.");
        var method = user.Methods.Find(method => method.Id == id && method.Type == type) ?? throw EntraErrors.NoMethod(id);
        if (user.DefaultMethod == id && user.Methods.Count > 1) throw EntraErrors.DefaultMethod();
        if (id == MobilePhone && user.Methods.Exists(other => other.Id == AlternatePhone))
            throw EntraErrors.BadRequest("The alternate mobile phone must be deleted before the mobile phone.");
        request.State = request.State.With(user with { Methods = user.Methods.Remove(method), DefaultMethod = user.DefaultMethod == id ? null : user.DefaultMethod });
        request.Audit("Admin deleted security info", "UserManagement", "Delete", user.Target());
        request.Effect("user.remove_factor", type, user.Id, id);
        return EntraAnswer.NoContent;
    }

    /// <summary>A pass takes the place of the one before.</summary>
    public static EntraAnswer CreatePass(EntraRequest request)
    {
        var user = request.User();
        request.NeedsRoleFor(user);
        var body = request.Body as JsonObject ?? [];
        var minutes = body["lifetimeInMinutes"] is JsonValue lifetime && lifetime.TryGetValue<int>(out var asked) ? asked : 60;
        if (minutes is < 10 or > 43200) throw EntraErrors.BadRequest("Temporary Access Pass cannot be added to an account with this lifetime.");
        var pass = new EntraMethod(request.Ids.Uuid(), "temporaryAccessPassAuthenticationMethod", request.Now);
        request.State = request.State.With(user with { Methods = user.Methods.RemoveAll(method => method.Type == pass.Type).Add(pass) });
        request.Audit("Admin registered security info", "UserManagement", "Add", user.Target());
        request.Effect("user.create_pass", null, user.Id, pass.Id);
        return new(201, new JsonObject
        {
            ["@odata.context"] = $"{request.Root}/$metadata#users/authentication/temporaryAccessPassMethods/$entity",
            ["id"] = pass.Id,
            ["isUsable"] = true,
            ["methodUsabilityReason"] = "EnabledByPolicy",
            ["temporaryAccessPass"] = request.Ids.New("", 8),
            ["createdDateTime"] = EntraJson.Time(request.Now),
            ["startDateTime"] = EntraJson.Time(request.Now),
            ["lifetimeInMinutes"] = minutes,
            ["isUsableOnce"] = body["isUsableOnce"] is JsonValue once && once.TryGetValue<bool>(out var flag) && flag,
        });
    }

    /// <summary>Only a signed-in administrator may; the permission check has refused every application before this.</summary>
    public static EntraAnswer Never(EntraRequest request) => throw EntraErrors.NotAllowed();

    public static EntraAnswer Registration(EntraRequest request)
    {
        var administrators = new Lazy<HashSet<string>>(() => Administrators(request.State));
        return request.List("userRegistrationDetails", request.State.Users.Values, user => user.Id, user => Registered(request, user, administrators.Value), context: "userRegistrationDetails");
    }

    private static HashSet<string> Administrators(EntraState state) => [.. state.RoleAssignments.Values.Where(a => !a.Eligible)
        .SelectMany(a => state.Groups.TryGetValue(a.PrincipalId, out var group) ? state.AllMembersOf(group).Select(user => user.Id) : [a.PrincipalId])];

    private static JsonObject Registered(EntraRequest request, EntraUser user, HashSet<string> administrators) => new()
    {
        ["id"] = user.Id,
        ["userPrincipalName"] = user.Login,
        ["userDisplayName"] = user.DisplayName,
        ["userType"] = user.Login.Contains("#EXT#", StringComparison.Ordinal) ? "guest" : "member",
        ["isAdmin"] = administrators.Contains(user.Id),
        ["isMfaCapable"] = user.Methods.Count > 0,
        ["isMfaRegistered"] = user.Methods.Count > 0,
        ["isPasswordlessCapable"] = user.Methods.Exists(method => method.Type == "fido2AuthenticationMethod"),
        ["isSsprCapable"] = false,
        ["isSsprEnabled"] = false,
        ["isSsprRegistered"] = false,
        ["isSystemPreferredAuthenticationMethodEnabled"] = false,
        ["lastUpdatedDateTime"] = EntraJson.Time(request.Now),
        ["methodsRegistered"] = new JsonArray([.. user.Methods.Select(method => JsonValue.Create(method.Type))]),
        ["systemPreferredAuthenticationMethods"] = new JsonArray(),
        ["userPreferredMethodForSecondaryAuthentication"] = Preferred(user),
    };

    private static string Preferred(EntraUser user) => user.Methods.Find(method => method.Id == user.DefaultMethod)?.Type switch
    {
        "microsoftAuthenticatorAuthenticationMethod" => "push",
        "softwareOathAuthenticationMethod" => "oath",
        "phoneAuthenticationMethod" => "sms",
        _ => "none",
    };

    private static string Kind(EntraRequest request) =>
        Kinds.GetValueOrDefault(request.Segment("collection")) ?? throw EntraErrors.BadRequest($"Resource not found for the segment '{request.Segment("collection")}'.");

    private static IEnumerable<EntraMethod> All(EntraUser user) =>
        [.. user.Methods, new EntraMethod(PasswordMethod, "passwordAuthenticationMethod", default)];

    private static JsonObject Json(EntraMethod method, EntraRequest request)
    {
        var json = new JsonObject { ["id"] = method.Id, ["createdDateTime"] = method.Created == default ? null : EntraJson.Time(method.Created) };
        if (method.Type == "phoneAuthenticationMethod")
        {
            json["phoneNumber"] = "+1 5550100";
            json["phoneType"] = method.Detail ?? "mobile";
            json["smsSignInState"] = "notAllowedByPolicy";
        }
        else if (method.Type is "microsoftAuthenticatorAuthenticationMethod" or "fido2AuthenticationMethod")
        {
            json["displayName"] = method.Type[0] == 'm' ? "Phone" : "Security key";
        }

        return json;
    }
}
