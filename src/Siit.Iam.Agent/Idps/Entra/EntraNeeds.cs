namespace Siit.Iam.Agent.Idps.Entra;

/// <summary>The application permissions that each action needs. The README's table says the same.</summary>
/// <param name="Permissions">All of them, the least ones; stronger ones that include them do as well.</param>
internal sealed record EntraNeeds(string Action, IReadOnlyList<string> Permissions)
{
    // Every change needs to know whom it is about and which administrator roles they hold, also through groups.
    private static readonly string[] AnyChange =
        ["GroupMember.Read.All", "RoleEligibilitySchedule.Read.Directory", "RoleManagement.Read.Directory", "User.Read.All"];

    /// <summary>What the least permissions are included in.</summary>
    private static readonly Dictionary<string, string[]> IncludedIn = new(StringComparer.Ordinal)
    {
        ["Application.Read.All"] = ["Application.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"],
        ["DelegatedPermissionGrant.ReadWrite.All"] = ["Directory.ReadWrite.All"],
        ["Directory.Read.All"] = ["Directory.ReadWrite.All"],
        ["GroupMember.Read.All"] = ["Directory.Read.All", "Directory.ReadWrite.All", "Group.Read.All", "Group.ReadWrite.All", "GroupMember.ReadWrite.All"],
        ["GroupMember.ReadWrite.All"] = ["Directory.ReadWrite.All", "Group.ReadWrite.All"],
        ["Organization.Read.All"] = ["Directory.Read.All", "Directory.ReadWrite.All", "Organization.ReadWrite.All"],
        ["RoleEligibilitySchedule.Read.Directory"] =
            ["RoleEligibilitySchedule.ReadWrite.Directory", "RoleManagement.Read.All", "RoleManagement.Read.Directory", "RoleManagement.ReadWrite.Directory"],
        ["RoleManagement.Read.Directory"] = ["Directory.Read.All", "Directory.ReadWrite.All", "RoleManagement.ReadWrite.Directory"],
        ["User.DeleteRestore.All"] = ["Directory.ReadWrite.All", "User.ReadWrite.All"],
        ["User.EnableDisableAccount.All"] = ["Directory.ReadWrite.All", "User.ReadWrite.All"],
        ["User.Read.All"] = ["Directory.Read.All", "Directory.ReadWrite.All", "User.ReadWrite.All"],
        ["User.ReadWrite.All"] = ["Directory.ReadWrite.All"],
        ["User.RevokeSessions.All"] = ["Directory.ReadWrite.All", "User.ReadWrite.All"],
        ["UserAuthenticationMethod.Read.All"] = ["UserAuthenticationMethod.ReadWrite.All"],
    };

    public static IReadOnlyList<EntraNeeds> All { get; } =
    [
        new("find_person", [.. AnyChange, "Application.Read.All", "Directory.Read.All", "UserAuthenticationMethod.Read.All"]),
        new("find_group", ["GroupMember.Read.All"]),
        new("find_application", ["Application.Read.All"]),
        new("list_members", ["GroupMember.Read.All", "User.Read.All"]),
        new("list_events", ["AuditLog.Read.All", "User.Read.All"]),
        new("add_application", [.. AnyChange, "Application.Read.All", "AppRoleAssignment.ReadWrite.All", "Directory.Read.All"]),
        new("add_to_group", [.. AnyChange, "Application.Read.All", "Directory.Read.All", "GroupMember.ReadWrite.All"]),
        new("clear_sessions", [.. AnyChange, "User.RevokeSessions.All"]),
        new("create_user", [.. AnyChange, "User.ReadWrite.All"]),
        new("deactivate_user", [.. AnyChange, "Application.Read.All", "Directory.Read.All", "User.DeleteRestore.All"]),
        new("remove_application", [.. AnyChange, "Application.Read.All", "AppRoleAssignment.ReadWrite.All", "Directory.Read.All"]),
        new("remove_from_group", [.. AnyChange, "Application.Read.All", "Directory.Read.All", "GroupMember.ReadWrite.All"]),
        new("reset_mfa", [.. AnyChange, "UserAuthenticationMethod.ReadWrite.All"]),
        // Without the domains it is not known whose passwords are Entra's own.
        new("reset_password", [.. AnyChange, "Organization.Read.All", "User-PasswordProfile.ReadWrite.All"]),
        new("revoke_grants", [.. AnyChange, "DelegatedPermissionGrant.ReadWrite.All", "Directory.Read.All"]),
        new("suspend_user", [.. AnyChange, "User.EnableDisableAccount.All"]),
        new("unsuspend_user", [.. AnyChange, "User.EnableDisableAccount.All"]),
        new("update_user", [.. AnyChange, "User.ReadWrite.All"]),
    ];

    /// <summary>The delta queries take no more than the lists.</summary>
    public static IReadOnlyList<CopyNeeds> Copy { get; } =
    [
        new("accounts", ["User.Read.All"]),
        new("groups, members and owners", ["GroupMember.Read.All"]),
        new("applications and assignments", ["Application.Read.All"]),
        new("administrator roles", ["RoleManagement.Read.Directory", "RoleEligibilitySchedule.Read.Directory"]),
        new("the audit log", ["AuditLog.Read.All"], "nobody's second factors are known, and only full sweeps find changed assignments, owners and roles"),
    ];

    public static bool Holds(IReadOnlyCollection<string> granted, string permission) =>
        granted.Contains(permission) || IncludedIn.GetValueOrDefault(permission, []).Any(granted.Contains);

    public IEnumerable<string> Missing(IReadOnlyCollection<string> granted) => Permissions.Where(permission => !Holds(granted, permission));
}
