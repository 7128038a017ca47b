namespace Siit.Iam.Emulator.Google;

/// <param name="Scopes">Any one of them, without its common beginning.</param>
internal sealed record GoogleRoute(string Method, string Pattern, IReadOnlyList<string> Scopes, GoogleRight Right, Func<GoogleRequest, GoogleAnswer> Run)
{
    /// <summary>Google throttles by API.</summary>
    public string Bucket { get; } = string.Join('/', Pattern.Split('/').Take(3));
}

/// <summary>Everything that the emulated Google answers, with the scopes and the kind of administrator that each needs.</summary>
internal static class GoogleRoutes
{
    private const string Directory = "/admin/directory/v1";
    private const string User = Directory + "/users/{userKey}";
    private const string Group = Directory + "/groups/{groupKey}";
    private const string Customer = Directory + "/customer/{customer}";

    private static readonly string[] Users = ["admin.directory.user"];
    private static readonly string[] ReadUsers = ["admin.directory.user.readonly", "admin.directory.user"];
    private static readonly string[] Security = ["admin.directory.user.security"];
    private static readonly string[] Groups = ["admin.directory.group"];
    private static readonly string[] ReadGroups = ["admin.directory.group.readonly", "admin.directory.group"];
    private static readonly string[] Members = ["admin.directory.group.member", "admin.directory.group"];
    private static readonly string[] ReadMembers = ["admin.directory.group.member.readonly", "admin.directory.group.readonly", .. Members];
    private static readonly string[] ReadRoles = ["admin.directory.rolemanagement.readonly", "admin.directory.rolemanagement"];
    private static readonly string[] ManageRoles = ["admin.directory.rolemanagement"];
    private static readonly string[] Units = ["admin.directory.orgunit.readonly", "admin.directory.orgunit"];
    private static readonly string[] Reports = ["admin.reports.audit.readonly"];
    private static readonly string[] Identity = ["cloud-identity.groups.readonly", "cloud-identity.groups"];

    public static IReadOnlyList<GoogleRoute> All { get; } =
    [
        new("GET", Directory + "/users", ReadUsers, GoogleRight.ReadUsers, UserRoutes.List),
        new("POST", Directory + "/users", Users, GoogleRight.ManageUsers, UserRoutes.Create),
        new("GET", User, ReadUsers, GoogleRight.ReadUsers, UserRoutes.Get),
        new("PUT", User, Users, GoogleRight.ManageUsers, UserRoutes.Update),
        new("PATCH", User, Users, GoogleRight.ManageUsers, UserRoutes.Update),
        new("DELETE", User, Users, GoogleRight.ManageUsers, UserRoutes.Delete),
        new("POST", User + "/undelete", Users, GoogleRight.ManageUsers, UserRoutes.Undelete),
        new("POST", User + "/makeAdmin", Users, GoogleRight.SuperAdmin, UserRoutes.MakeAdmin),
        new("GET", User + "/aliases", ReadUsers, GoogleRight.ReadUsers, AliasRoutes.List),
        new("POST", User + "/aliases", Users, GoogleRight.ManageUsers, AliasRoutes.Add),
        new("DELETE", User + "/aliases/{alias}", Users, GoogleRight.ManageUsers, AliasRoutes.Remove),

        new("POST", User + "/signOut", Security, GoogleRight.Security, SecurityRoutes.SignOut),
        new("POST", User + "/twoStepVerification/turnOff", Security, GoogleRight.Security, SecurityRoutes.TurnOffTwoStep),
        new("GET", User + "/tokens", Security, GoogleRight.Security, SecurityRoutes.Tokens),
        new("GET", User + "/tokens/{clientId}", Security, GoogleRight.Security, SecurityRoutes.Token),
        new("DELETE", User + "/tokens/{clientId}", Security, GoogleRight.Security, SecurityRoutes.RevokeToken),
        new("GET", User + "/asps", Security, GoogleRight.Security, SecurityRoutes.AppPasswords),
        new("GET", User + "/asps/{codeId}", Security, GoogleRight.Security, SecurityRoutes.AppPassword),
        new("DELETE", User + "/asps/{codeId}", Security, GoogleRight.Security, SecurityRoutes.DeleteAppPassword),
        new("GET", User + "/verificationCodes", Security, GoogleRight.Security, SecurityRoutes.Codes),
        new("POST", User + "/verificationCodes/generate", Security, GoogleRight.Security, SecurityRoutes.GenerateCodes),
        new("POST", User + "/verificationCodes/invalidate", Security, GoogleRight.Security, SecurityRoutes.InvalidateCodes),

        new("GET", Directory + "/groups", ReadGroups, GoogleRight.Groups, GroupRoutes.List),
        new("POST", Directory + "/groups", Groups, GoogleRight.Groups, GroupRoutes.Create),
        new("GET", Group, ReadGroups, GoogleRight.Groups, GroupRoutes.Get),
        new("PUT", Group, Groups, GoogleRight.Groups, GroupRoutes.Update),
        new("PATCH", Group, Groups, GoogleRight.Groups, GroupRoutes.Update),
        new("DELETE", Group, Groups, GoogleRight.Groups, GroupRoutes.Delete),
        new("GET", Group + "/members", ReadMembers, GoogleRight.Groups, MemberRoutes.List),
        new("POST", Group + "/members", Members, GoogleRight.Groups, MemberRoutes.Add),
        new("GET", Group + "/members/{memberKey}", ReadMembers, GoogleRight.Groups, MemberRoutes.Get),
        new("PUT", Group + "/members/{memberKey}", Members, GoogleRight.Groups, MemberRoutes.Update),
        new("PATCH", Group + "/members/{memberKey}", Members, GoogleRight.Groups, MemberRoutes.Update),
        new("DELETE", Group + "/members/{memberKey}", Members, GoogleRight.Groups, MemberRoutes.Remove),
        new("GET", Group + "/hasMember/{memberKey}", ReadMembers, GoogleRight.Groups, MemberRoutes.HasMember),

        new("GET", Customer + "/roles", ReadRoles, GoogleRight.ReadRoles, TenantRoutes.Roles),
        new("GET", Customer + "/roles/{roleId}", ReadRoles, GoogleRight.ReadRoles, TenantRoutes.Role),
        new("GET", Customer + "/roleassignments", ReadRoles, GoogleRight.ReadRoles, TenantRoutes.Assignments),
        new("POST", Customer + "/roleassignments", ManageRoles, GoogleRight.SuperAdmin, TenantRoutes.Assign),
        new("DELETE", Customer + "/roleassignments/{roleAssignmentId}", ManageRoles, GoogleRight.SuperAdmin, TenantRoutes.Unassign),
        new("GET", Customer + "/orgunits", Units, GoogleRight.ReadUsers, TenantRoutes.OrgUnits),

        new("GET", "/admin/reports/v1/activity/users/{userKey}/applications/{applicationName}", Reports, GoogleRight.Reports, ReportRoutes.List),

        new("GET", "/v1/groups:lookup", Identity, GoogleRight.Groups, CloudIdentityRoutes.Lookup),
        new("GET", "/v1/groups/{id}", Identity, GoogleRight.Groups, CloudIdentityRoutes.Get),
    ];
}
