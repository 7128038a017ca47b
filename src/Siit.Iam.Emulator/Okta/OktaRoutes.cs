namespace Siit.Iam.Emulator.Okta;

internal sealed record OktaRoute(string Method, string Pattern, string Scope, OktaRight Right, Func<OktaRequest, OktaAnswer> Run)
{
    /// <summary>Okta throttles by the first segments of an address, not by each route.</summary>
    public string Bucket { get; } =
        $"{Method} /" + string.Join('/', Pattern.Split('/', StringSplitOptions.RemoveEmptyEntries).Take(4).Select(s => s.StartsWith('{') ? "*" : s));
}

/// <summary>Everything that the emulated Okta answers, with the scope and the kind of admin right that each needs.</summary>
internal static class OktaRoutes
{
    private const string User = "/api/v1/users/{id}";
    private const string Owned = "/api/v1/users/{userId}";
    private const string Group = "/api/v1/groups/{groupId}";
    private const string App = "/api/v1/apps/{appId}";
    private const string Hook = "/api/v1/eventHooks/{eventHookId}";

    public static IReadOnlyList<OktaRoute> All { get; } =
    [
        new("GET", "/api/v1/users", "okta.users.read", OktaRight.Read, UserRoutes.List),
        new("POST", "/api/v1/users", "okta.users.manage", OktaRight.People, UserRoutes.Create),
        new("GET", "/api/v1/users/me", "okta.users.read", OktaRight.Read, UserRoutes.Me),
        new("GET", User, "okta.users.read", OktaRight.Read, UserRoutes.Get),
        new("POST", User, "okta.users.manage", OktaRight.People, UserRoutes.Update),
        new("PUT", User, "okta.users.manage", OktaRight.People, UserRoutes.Replace),
        new("DELETE", User, "okta.users.manage", OktaRight.People, UserRoutes.Delete),
        new("GET", User + "/groups", "okta.users.read", OktaRight.Read, GroupRoutes.OfUser),
        new("GET", User + "/appLinks", "okta.users.read", OktaRight.Read, AppRoutes.Links),

        new("POST", User + "/lifecycle/activate", "okta.users.manage", OktaRight.People, LifecycleRoutes.Activate),
        new("POST", User + "/lifecycle/reactivate", "okta.users.manage", OktaRight.People, LifecycleRoutes.Reactivate),
        new("POST", User + "/lifecycle/deactivate", "okta.users.manage", OktaRight.People, LifecycleRoutes.Deactivate),
        new("POST", User + "/lifecycle/suspend", "okta.users.manage", OktaRight.HelpDesk, LifecycleRoutes.Suspend),
        new("POST", User + "/lifecycle/unsuspend", "okta.users.manage", OktaRight.HelpDesk, LifecycleRoutes.Unsuspend),
        new("POST", User + "/lifecycle/unlock", "okta.users.manage", OktaRight.HelpDesk, LifecycleRoutes.Unlock),
        new("POST", User + "/lifecycle/reset_password", "okta.users.manage", OktaRight.HelpDesk, LifecycleRoutes.ResetPassword),
        new("POST", User + "/lifecycle/expire_password", "okta.users.manage", OktaRight.HelpDesk, LifecycleRoutes.ExpirePassword),
        new("POST", User + "/lifecycle/expire_password_with_temp_password", "okta.users.manage", OktaRight.HelpDesk, LifecycleRoutes.TemporaryPassword),
        new("POST", User + "/lifecycle/reset_factors", "okta.users.manage", OktaRight.HelpDesk, LifecycleRoutes.ResetFactors),

        new("GET", Owned + "/factors", "okta.users.read", OktaRight.Read, CredentialRoutes.Factors),
        new("GET", Owned + "/factors/{factorId}", "okta.users.read", OktaRight.Read, CredentialRoutes.Factor),
        new("DELETE", Owned + "/factors/{factorId}", "okta.users.manage", OktaRight.HelpDesk, CredentialRoutes.RemoveFactor),
        new("POST", Owned + "/factors/{factorId}/verify", "okta.users.manage", OktaRight.HelpDesk, CredentialRoutes.Verify),
        new("GET", Owned + "/factors/{factorId}/transactions/{transactionId}", "okta.users.read", OktaRight.Read, CredentialRoutes.Transaction),
        new("DELETE", Owned + "/sessions", "okta.users.manage", OktaRight.HelpDesk, CredentialRoutes.ClearSessions),
        new("GET", Owned + "/grants", "okta.users.read", OktaRight.Read, CredentialRoutes.Grants),
        new("DELETE", Owned + "/grants", "okta.users.manage", OktaRight.People, CredentialRoutes.RevokeGrants),
        new("GET", Owned + "/grants/{grantId}", "okta.users.read", OktaRight.Read, CredentialRoutes.Grant),
        new("DELETE", Owned + "/grants/{grantId}", "okta.users.manage", OktaRight.People, CredentialRoutes.RevokeGrant),
        new("GET", Owned + "/clients", "okta.users.read", OktaRight.Read, CredentialRoutes.Clients),
        new("GET", Owned + "/clients/{clientId}/tokens", "okta.users.read", OktaRight.Read, CredentialRoutes.Tokens),
        new("DELETE", Owned + "/clients/{clientId}/tokens", "okta.users.manage", OktaRight.People, CredentialRoutes.RevokeTokens),
        new("GET", Owned + "/clients/{clientId}/grants", "okta.users.read", OktaRight.Read, CredentialRoutes.Grants),
        new("DELETE", Owned + "/clients/{clientId}/grants", "okta.users.manage", OktaRight.People, CredentialRoutes.RevokeGrants),
        new("GET", Owned + "/roles", "okta.roles.read", OktaRight.ReadRoles, OrgRoutes.UserRoles),
        new("GET", "/oauth2/v1/clients/{clientId}/roles", "okta.roles.read", OktaRight.ReadRoles, OrgRoutes.ClientRoles),
        new("GET", "/api/v1/iam/assignees/users", "okta.roles.read", OktaRight.ReadRoles, OrgRoutes.Assignees),

        new("GET", "/api/v1/groups", "okta.groups.read", OktaRight.Read, GroupRoutes.List),
        new("POST", "/api/v1/groups", "okta.groups.manage", OktaRight.People, GroupRoutes.Create),
        new("GET", "/api/v1/groups/rules", "okta.groups.read", OktaRight.Read, GroupRoutes.Rules),
        new("GET", "/api/v1/groups/rules/{groupRuleId}", "okta.groups.read", OktaRight.Read, GroupRoutes.GetRule),
        new("GET", Group, "okta.groups.read", OktaRight.Read, GroupRoutes.Get),
        new("DELETE", Group, "okta.groups.manage", OktaRight.People, GroupRoutes.Delete),
        new("GET", Group + "/users", "okta.groups.read", OktaRight.Read, GroupRoutes.Members),
        new("PUT", Group + "/users/{userId}", "okta.groups.manage", OktaRight.Membership, GroupRoutes.AddMember),
        new("DELETE", Group + "/users/{userId}", "okta.groups.manage", OktaRight.Membership, GroupRoutes.RemoveMember),
        new("GET", Group + "/apps", "okta.groups.read", OktaRight.Read, GroupRoutes.Apps),
        new("GET", Group + "/roles", "okta.roles.read", OktaRight.ReadRoles, OrgRoutes.GroupRoles),

        new("GET", "/api/v1/apps", "okta.apps.read", OktaRight.Read, AppRoutes.List),
        new("GET", App, "okta.apps.read", OktaRight.Read, AppRoutes.Get),
        new("GET", App + "/users", "okta.apps.read", OktaRight.Read, AppRoutes.Users),
        new("POST", App + "/users", "okta.apps.manage", OktaRight.Apps, AppRoutes.AddUser),
        new("GET", App + "/users/{userId}", "okta.apps.read", OktaRight.Read, AppRoutes.GetUser),
        new("POST", App + "/users/{userId}", "okta.apps.manage", OktaRight.Apps, AppRoutes.UpdateUser),
        new("DELETE", App + "/users/{userId}", "okta.apps.manage", OktaRight.Apps, AppRoutes.RemoveUser),
        new("GET", App + "/groups", "okta.apps.read", OktaRight.Read, AppRoutes.Groups),
        new("GET", App + "/groups/{groupId}", "okta.apps.read", OktaRight.Read, AppRoutes.GetGroup),
        new("PUT", App + "/groups/{groupId}", "okta.apps.manage", OktaRight.Apps, AppRoutes.AddGroup),
        new("DELETE", App + "/groups/{groupId}", "okta.apps.manage", OktaRight.Apps, AppRoutes.RemoveGroup),

        new("GET", "/api/v1/logs", "okta.logs.read", OktaRight.Read, LogRoutes.List),
        new("GET", "/api/v1/org", "okta.orgs.read", OktaRight.Read, OrgRoutes.Org),

        new("GET", "/api/v1/eventHooks", "okta.eventHooks.read", OktaRight.Read, OrgRoutes.Hooks),
        new("POST", "/api/v1/eventHooks", "okta.eventHooks.manage", OktaRight.Org, OrgRoutes.CreateHook),
        new("GET", Hook, "okta.eventHooks.read", OktaRight.Read, OrgRoutes.GetHook),
        new("PUT", Hook, "okta.eventHooks.manage", OktaRight.Org, OrgRoutes.ReplaceHook),
        new("DELETE", Hook, "okta.eventHooks.manage", OktaRight.Org, OrgRoutes.DeleteHook),
        new("POST", Hook + "/lifecycle/verify", "okta.eventHooks.manage", OktaRight.Org, OrgRoutes.VerifyHook),
        new("POST", Hook + "/lifecycle/activate", "okta.eventHooks.manage", OktaRight.Org, OrgRoutes.ActivateHook),
        new("POST", Hook + "/lifecycle/deactivate", "okta.eventHooks.manage", OktaRight.Org, OrgRoutes.DeactivateHook),
    ];
}
