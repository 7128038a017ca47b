namespace Siit.Iam.Emulator.JumpCloud;

/// <param name="Scopes">Any one of them will do, as the descriptions' <c>x-scopes</c> say.</param>
internal sealed record JumpCloudRoute(string Method, string Pattern, string[] Scopes, Func<JumpCloudRequest, JumpCloudAnswer> Run)
{
    public string Bucket { get; } = $"{Method} {Pattern}";
}

/// <summary>Everything that the emulated JumpCloud answers, with the scopes of which each needs one.</summary>
internal static class JumpCloudRoutes
{
    private const string User = "/api/systemusers/{id}";
    private const string Tied = "/api/v2/users/{user_id}";
    private const string Group = "/api/v2/usergroups/{id}";
    private const string GroupTied = "/api/v2/usergroups/{group_id}";
    private const string App = "/api/v2/applications/{application_id}";
    private const string Insights = "/insights/directory/v1/";

    private static readonly string[] ReadUsers = ["users", "users.readonly"];
    private static readonly string[] ReadGroups = ["groups", "groups.readonly"];
    private static readonly string[] ReadApps = ["applications", "applications.readonly"];
    private static readonly string[] ReadAdmins = ["administrators", "administrators.readonly"];
    private static readonly string[] ReadRoles = ["roles", "roles.readonly"];
    private static readonly string[] ReadOrganizations = ["organizations", "organizations.readonly"];
    private static readonly string[] ReadServiceAccounts = ["serviceaccounts", "serviceaccounts.readonly"];
    private static readonly string[] ReadEvents = ["directoryinsights.readonly"];

    public static IReadOnlyList<JumpCloudRoute> All { get; } =
    [
        new("GET", "/api/systemusers", ReadUsers, UserRoutes.List),
        new("POST", "/api/systemusers", ["users", "users.create"], UserRoutes.Create),
        new("POST", "/api/search/systemusers", ReadUsers, UserRoutes.Search),
        new("GET", User, ReadUsers, UserRoutes.Get),
        new("PUT", User, ["users", "users.properties", "users.properties.update"], UserRoutes.Update),
        new("DELETE", User, ["users", "users.delete"], UserRoutes.Delete),
        new("POST", User + "/expire", ["users", "users.password", "users.password.expire"], LifecycleRoutes.Expire),
        new("POST", User + "/password", ["users", "users.password", "users.password.set"], LifecycleRoutes.SetPassword),
        new("POST", User + "/mfa/enforce", ["users", "users.mfa", "users.mfa.enforce"], LifecycleRoutes.EnforceMfa),
        new("POST", User + "/resetmfa", ["users", "users.mfa.reset"], LifecycleRoutes.ResetMfa),
        new("GET", User + "/totpinfo", ReadUsers, LifecycleRoutes.TotpInfo),
        new("POST", User + "/unlock", ["users", "users.state", "users.state.unlock"], LifecycleRoutes.Unlock),
        new("POST", User + "/state/activate", ["users", "users.state", "users.state.activate"], LifecycleRoutes.Activate),
        new("POST", User + "/state/suspend", ["users", "users.state", "users.state.suspend"], LifecycleRoutes.Suspend),
        new("POST", User + "/reactivate", ["users", "users.notification", "users.notification.send-activation-email"], LifecycleRoutes.Reactivate),

        new("GET", "/api/applications", ReadApps, AppRoutes.List),
        new("GET", "/api/applications/{id}", ReadApps, AppRoutes.Get),
        new("GET", "/api/organizations", ReadOrganizations, OrganizationRoutes.List),
        new("GET", "/api/organizations/{id}", ReadOrganizations, OrganizationRoutes.Get),
        new("GET", "/api/users", ReadAdmins, OrganizationRoutes.Administrators),
        new("GET", "/api/users/{id}", ReadAdmins, OrganizationRoutes.Administrator),

        new("GET", "/api/v2/usergroups", ReadGroups, GroupRoutes.List),
        new("POST", "/api/v2/usergroups", ["groups"], GroupRoutes.Create),
        new("GET", Group, ReadGroups, GroupRoutes.Get),
        new("DELETE", Group, ["groups"], GroupRoutes.Delete),
        new("GET", GroupTied + "/members", ReadUsers, GroupRoutes.Members),
        new("POST", GroupTied + "/members", ["groups"], GroupRoutes.ChangeMember),
        new("GET", GroupTied + "/membership", ReadUsers, GroupRoutes.Membership),
        new("GET", GroupTied + "/associations", ["associations", "associations.readonly", "associations.groups", "associations.groups.readonly"], AppRoutes.AssociationsOfGroup),
        new("POST", GroupTied + "/associations", ["associations", "associations.groups"], AppRoutes.AssociateGroup),
        new("GET", GroupTied + "/applications", ReadApps, AppRoutes.OfGroup),

        new("GET", Tied + "/memberof", ReadGroups, GroupRoutes.OfUser),
        new("GET", Tied + "/applications", ReadApps, AppRoutes.OfUser),
        new("GET", Tied + "/associations", ["associations", "associations.readonly", "associations.users", "associations.users.readonly"], AppRoutes.AssociationsOfUser),
        new("POST", Tied + "/associations", ["associations", "associations.users"], AppRoutes.AssociateUser),
        new("GET", Tied + "/pushendpoints", ReadUsers, LifecycleRoutes.PushEndpoints),
        new("GET", Tied + "/pushendpoints/{push_endpoint_id}", ReadUsers, LifecycleRoutes.GetPushEndpoint),
        new("DELETE", Tied + "/pushendpoints/{push_endpoint_id}", ["users"], LifecycleRoutes.DeletePushEndpoint),

        new("GET", App + "/users", ReadUsers, AppRoutes.Users),
        new("GET", App + "/usergroups", ReadGroups, AppRoutes.Groups),
        new("GET", App + "/associations", ["associations", "associations.readonly", "associations.applications", "associations.applications.readonly"], AppRoutes.AssociationsOfApp),
        new("GET", "/api/v2/roles", ReadRoles, OrganizationRoutes.Roles),
        new("GET", "/api/v2/roles/{role_id}", ReadRoles, OrganizationRoutes.Role),

        new("GET", "/api/v2/service-accounts", ReadServiceAccounts, OrganizationRoutes.ServiceAccounts),
        new("GET", "/api/v2/service-accounts/{service_account_id}", ReadServiceAccounts, OrganizationRoutes.ServiceAccount),

        new("POST", Insights + "events", ReadEvents, InsightsRoutes.Events),
        new("POST", Insights + "events/count", ReadEvents, InsightsRoutes.Count),
    ];

    /// <summary>Every scope that some route asks for.</summary>
    public static IReadOnlyList<string> AllScopes { get; } = [.. All.SelectMany(r => r.Scopes).Distinct().Order(StringComparer.Ordinal)];
}
