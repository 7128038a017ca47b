using System.Collections.Immutable;

namespace Siit.Iam.Emulator.Entra;

/// <param name="AnyOf">Application permissions of which one is needed; empty where only a signed-in person may call.</param>
internal sealed record EntraRoute(string Method, string Pattern, ImmutableArray<string> AnyOf, Func<EntraRequest, EntraAnswer> Run)
{
    /// <summary>Graph counts reads and writes apart, and the audit log and reports on their own.</summary>
    public string Bucket { get; } =
        Pattern.StartsWith("/auditLogs", StringComparison.Ordinal) || Pattern.StartsWith("/reports", StringComparison.Ordinal) ? "reports" : Method == "GET" ? "reads" : "writes";
}

/// <summary>Everything that the emulated Graph answers below <c>/v1.0</c>, with the application permissions that permit it.</summary>
internal static class EntraRoutes
{
    private const string User = "/users/{userId}";
    private const string Group = "/groups/{groupId}";
    private const string App = "/servicePrincipals/{appId}";
    private const string Roles = "/roleManagement/directory";

    private static readonly ImmutableArray<string> ReadUsers = ["User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"];
    private static readonly ImmutableArray<string> WriteUsers = ["User.ReadWrite.All", "Directory.ReadWrite.All"];
    private static readonly ImmutableArray<string> PatchUsers = [.. WriteUsers, "User.EnableDisableAccount.All", "User-PasswordProfile.ReadWrite.All"];
    private static readonly ImmutableArray<string> DeleteUsers = ["User.DeleteRestore.All", .. WriteUsers];
    private static readonly ImmutableArray<string> ReadGroups =
        ["Group.ReadBasic.All", "GroupMember.Read.All", "Group.Read.All", "GroupMember.ReadWrite.All", "Group.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"];
    private static readonly ImmutableArray<string> WriteMembers = ["GroupMember.ReadWrite.All", "Group.ReadWrite.All", "Directory.ReadWrite.All"];
    private static readonly ImmutableArray<string> ReadApps =
        ["Application.Read.All", "Application.ReadWrite.All", "Application.ReadWrite.OwnedBy", "Directory.Read.All", "Directory.ReadWrite.All"];
    private static readonly ImmutableArray<string> ReadAssignments = ["AppRoleAssignment.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"];
    private static readonly ImmutableArray<string> WriteAssignments = ["AppRoleAssignment.ReadWrite.All"];
    private static readonly ImmutableArray<string> ReadMethods = ["UserAuthenticationMethod.Read.All", "UserAuthenticationMethod.ReadWrite.All"];
    private static readonly ImmutableArray<string> WriteMethods = ["UserAuthenticationMethod.ReadWrite.All"];
    private static readonly ImmutableArray<string> ReadRoles =
        ["RoleManagement.Read.Directory", "RoleManagement.ReadWrite.Directory", "Directory.Read.All", "Directory.ReadWrite.All"];
    private static readonly ImmutableArray<string> ReadEligible =
        ["RoleEligibilitySchedule.Read.Directory", "RoleEligibilitySchedule.ReadWrite.Directory", "RoleManagement.Read.All", "RoleManagement.Read.Directory", "RoleManagement.ReadWrite.Directory"];
    private static readonly ImmutableArray<string> WriteGrants = ["DelegatedPermissionGrant.ReadWrite.All", "Directory.ReadWrite.All"];
    private static readonly ImmutableArray<string> ReadGrants = ["Directory.Read.All", .. WriteGrants];
    private static readonly ImmutableArray<string> ReadLog = ["AuditLog.Read.All"];
    private static readonly ImmutableArray<string> OnlyPeople = [];

    public static IReadOnlyList<EntraRoute> All { get; } =
    [
        new("GET", "/users", ReadUsers, UserRoutes.List),
        new("POST", "/users", WriteUsers, UserRoutes.Create),
        new("GET", "/users/delta", ReadUsers, DeltaRoutes.Users),
        new("GET", User, ReadUsers, UserRoutes.Get),
        new("PATCH", User, PatchUsers, UserRoutes.Update),
        new("DELETE", User, DeleteUsers, UserRoutes.Delete),
        new("PUT", User + "/manager/$ref", WriteUsers, UserRoutes.SetManager),
        new("GET", User + "/manager", ReadUsers, UserRoutes.GetManager),
        new("POST", User + "/revokeSignInSessions", ["User.RevokeSessions.All", .. WriteUsers], UserRoutes.RevokeSessions),
        new("GET", User + "/memberOf", ReadUsers, GroupRoutes.MemberOf),
        new("GET", User + "/transitiveMemberOf", ReadUsers, GroupRoutes.TransitiveMemberOf),
        new("GET", User + "/transitiveMemberOf/{cast}", ReadUsers, GroupRoutes.TransitiveMemberOf),
        new("GET", User + "/memberOf/{cast}", ReadUsers, GroupRoutes.MemberOf),
        new("POST", User + "/getMemberGroups", ReadUsers, GroupRoutes.GetMemberGroups),
        new("GET", User + "/appRoleAssignments", ReadAssignments, AppRoutes.OfUser),
        new("POST", User + "/appRoleAssignments", WriteAssignments, AppRoutes.AssignToUser),
        new("DELETE", User + "/appRoleAssignments/{assignmentId}", WriteAssignments, AppRoutes.UnassignUser),
        new("GET", User + "/oauth2PermissionGrants", ReadGrants, GrantRoutes.OfUser),
        new("GET", "/oauth2PermissionGrants", ReadGrants, GrantRoutes.List),
        new("DELETE", "/oauth2PermissionGrants/{grantId}", WriteGrants, GrantRoutes.Delete),

        new("GET", User + "/authentication/methods", ReadMethods, MethodRoutes.List),
        new("POST", User + "/authentication/methods/{methodId}/resetPassword", OnlyPeople, MethodRoutes.Never),
        new("GET", User + "/authentication/operations/{operationId}", OnlyPeople, MethodRoutes.Never),
        new("GET", User + "/authentication/{collection}", ReadMethods, MethodRoutes.ListOfKind),
        new("POST", User + "/authentication/temporaryAccessPassMethods", WriteMethods, MethodRoutes.CreatePass),
        new("DELETE", User + "/authentication/{collection}/{methodId}", WriteMethods, MethodRoutes.Delete),
        new("GET", "/reports/authenticationMethods/userRegistrationDetails", ReadLog, MethodRoutes.Registration),

        new("GET", "/groups", ReadGroups, GroupRoutes.List),
        new("GET", "/groups/delta", ReadGroups, DeltaRoutes.Groups),
        new("POST", "/groups", ["Group.ReadWrite.All", "Directory.ReadWrite.All"], GroupRoutes.Create),
        new("GET", Group, ReadGroups, GroupRoutes.Get),
        new("DELETE", Group, ["Group.ReadWrite.All", "Directory.ReadWrite.All"], GroupRoutes.Delete),
        new("GET", Group + "/owners", ReadGroups, OwnerRoutes.OfGroup),
        new("POST", Group + "/owners/$ref", ["Group.ReadWrite.All", "Directory.ReadWrite.All"], OwnerRoutes.AddToGroup),
        new("DELETE", Group + "/owners/{ownerId}/$ref", ["Group.ReadWrite.All", "Directory.ReadWrite.All"], OwnerRoutes.RemoveFromGroup),
        new("PATCH", Group, ["Group.ReadWrite.All", "Directory.ReadWrite.All"], GroupRoutes.Update),
        new("GET", Group + "/members", ReadGroups, GroupRoutes.Members),
        new("GET", Group + "/members/{cast}", ReadGroups, GroupRoutes.Members),
        new("GET", Group + "/transitiveMembers", ReadGroups, GroupRoutes.TransitiveMembers),
        new("GET", Group + "/transitiveMembers/{cast}", ReadGroups, GroupRoutes.TransitiveMembers),
        new("POST", Group + "/members/$ref", WriteMembers, GroupRoutes.AddMember),
        new("DELETE", Group + "/members/{memberId}/$ref", WriteMembers, GroupRoutes.RemoveMember),
        // As at Graph: without the suffix it is the member that is deleted.
        new("DELETE", Group + "/members/{userId}", DeleteUsers, UserRoutes.Delete),
        new("GET", Group + "/appRoleAssignments", ReadAssignments, AppRoutes.OfGroup),
        new("POST", Group + "/appRoleAssignments", WriteAssignments, AppRoutes.AssignToGroup),
        new("DELETE", Group + "/appRoleAssignments/{assignmentId}", WriteAssignments, AppRoutes.UnassignGroup),

        new("GET", "/servicePrincipals", ReadApps, AppRoutes.List),
        new("GET", "/servicePrincipals/delta", ReadApps, DeltaRoutes.Apps),
        new("GET", App, ReadApps, AppRoutes.Get),
        new("GET", App + "/owners", ReadApps, OwnerRoutes.OfApp),
        new("POST", App + "/owners/$ref", ["Application.ReadWrite.All", "Directory.ReadWrite.All"], OwnerRoutes.AddToApp),
        new("DELETE", App + "/owners/{ownerId}/$ref", ["Application.ReadWrite.All", "Directory.ReadWrite.All"], OwnerRoutes.RemoveFromApp),
        new("GET", App + "/appRoleAssignedTo", ReadApps, AppRoutes.AssignedTo),
        new("POST", App + "/appRoleAssignedTo", WriteAssignments, AppRoutes.Assign),
        new("DELETE", App + "/appRoleAssignedTo/{assignmentId}", WriteAssignments, AppRoutes.Unassign),

        new("GET", "/directoryRoles", ReadRoles, RoleRoutes.Activated),
        new("GET", "/directoryRoles/{roleId}/members", ReadRoles, RoleRoutes.Members),
        new("GET", Roles + "/roleAssignments", ReadRoles, RoleRoutes.Assignments),
        new("GET", Roles + "/roleDefinitions", ReadRoles, RoleRoutes.Definitions),
        new("GET", Roles + "/roleEligibilitySchedules", ReadEligible, RoleRoutes.Eligible),
        new("GET", Roles + "/roleAssignmentSchedules", ["RoleAssignmentSchedule.Read.Directory", .. ReadEligible], RoleRoutes.Schedules),

        new("GET", "/auditLogs/directoryAudits", ReadLog, AuditRoutes.Directory),
        new("GET", "/auditLogs/signIns", ReadLog, AuditRoutes.SignIns),
        new("GET", "/organization", ["Organization.Read.All", "Directory.Read.All", "Directory.ReadWrite.All"], TenantRoutes.Organization),
        new("GET", "/directory/deletedItems/microsoft.graph.user", ReadUsers, TenantRoutes.DeletedUsers),
        new("GET", "/directory/deletedItems/{userId}", ReadUsers, TenantRoutes.DeletedUser),
        new("POST", "/directory/deletedItems/{userId}/restore", DeleteUsers, TenantRoutes.Restore),
        new("DELETE", "/directory/deletedItems/{userId}", DeleteUsers, TenantRoutes.Erase),

        new("GET", "/subscriptions", ReadUsers, SubscriptionRoutes.List),
        new("POST", "/subscriptions", ReadUsers, SubscriptionRoutes.Create),
        new("GET", "/subscriptions/{subscriptionId}", ReadUsers, SubscriptionRoutes.Get),
        new("PATCH", "/subscriptions/{subscriptionId}", ReadUsers, SubscriptionRoutes.Renew),
        new("DELETE", "/subscriptions/{subscriptionId}", ReadUsers, SubscriptionRoutes.Delete),
    ];

    /// <summary>Everything, for an application that is to be able to do all that the connector can.</summary>
    public static IReadOnlyList<string> AllPermissions { get; } =
    [
        "AppRoleAssignment.ReadWrite.All", "Application.Read.All", "AuditLog.Read.All", "DelegatedPermissionGrant.ReadWrite.All", "Directory.Read.All",
        "Group.ReadBasic.All", "GroupMember.Read.All", "GroupMember.ReadWrite.All", "Organization.Read.All", "RoleEligibilitySchedule.Read.Directory",
        "RoleManagement.Read.Directory", "User-PasswordProfile.ReadWrite.All", "User.DeleteRestore.All", "User.EnableDisableAccount.All", "User.Read.All",
        "User.ReadWrite.All", "User.RevokeSessions.All", "UserAuthenticationMethod.ReadWrite.All",
    ];
}
