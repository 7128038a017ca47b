namespace Siit.Iam.Agent.Idps.Google;

/// <summary>
/// What each action needs: scopes, and one of Google's own administrator roles for whom we act as. Google asks for both. The README's
/// table says the same.
/// </summary>
/// <param name="Scopes">All of them, the least ones, without their <c>https://www.googleapis.com/auth/</c>; see <see cref="Holds"/>.</param>
/// <param name="Roles">Any one of them, the least first; empty for reads, where Google is asked instead.</param>
internal sealed record GoogleNeeds(string Action, IReadOnlyList<string> Scopes, IReadOnlyList<string> Roles)
{
    public const string ReadUsers = "admin.directory.user.readonly";
    public const string ReadGroups = "admin.directory.group.readonly";
    public const string ReadMembers = "admin.directory.group.member.readonly";
    public const string ReadRoles = "admin.directory.rolemanagement.readonly";
    public const string ReadLog = "admin.reports.audit.readonly";
    public const string Members = "admin.directory.group.member";
    public const string Security = "admin.directory.user.security";
    public const string Users = "admin.directory.user";

    public const string SuperAdministrator = "_SEED_ADMIN_ROLE";

    private static readonly string[] People = ["_USER_MANAGEMENT_ADMIN_ROLE", SuperAdministrator];
    private static readonly string[] Groups = ["_GROUPS_ADMIN_ROLE", SuperAdministrator];

    // Every change needs to know whom it is about and which administrator roles they hold.
    private static readonly string[] AnyChange = [ReadRoles, ReadUsers];
    private static readonly string[] Membership = [.. AnyChange, ReadGroups, Members];

    /// <summary>What the least scopes are included in.</summary>
    private static readonly Dictionary<string, string[]> IncludedIn = new(StringComparer.Ordinal)
    {
        [Members] = ["admin.directory.group"],
        [ReadGroups] = ["admin.directory.group"],
        [ReadMembers] = [ReadGroups, Members, "admin.directory.group"],
        [ReadRoles] = ["admin.directory.rolemanagement"],
        [ReadUsers] = [Users],
    };

    public static IReadOnlyList<GoogleNeeds> All { get; } =
    [
        new("find_person", [ReadGroups, ReadRoles, ReadUsers], []),
        new("find_group", [ReadGroups], []),
        // They stand in the settings.
        new("find_application", [], []),
        new("list_members", [ReadMembers], []),
        new("list_events", [ReadLog, ReadUsers], []),
        new("add_application", Membership, Groups),
        new("add_to_group", Membership, Groups),
        new("clear_sessions", [.. AnyChange, Security, ReadLog], People),
        new("create_user", [.. AnyChange, Users], People),
        new("deactivate_user", [.. AnyChange, ReadGroups, Users], People),
        new("remove_application", Membership, Groups),
        new("remove_from_group", Membership, Groups),
        new("reset_mfa", [.. AnyChange, Security], People),
        new("reset_password", [.. AnyChange, Users], People),
        new("revoke_grants", [.. AnyChange, Security], People),
        new("suspend_user", [.. AnyChange, Users], People),
        new("unsuspend_user", [.. AnyChange, Users], People),
        new("update_user", [.. AnyChange, Users], People),
    ];

    public static IReadOnlyList<CopyNeeds> Copy { get; } =
    [
        new("accounts", [ReadUsers]),
        new("groups and members", [ReadGroups]),
        new("administrator roles", [ReadRoles], "nobody is shown with one"),
        new("changes", [ReadLog], CopyNeeds.OnlySweeps),
    ];

    public static bool Holds(IReadOnlyCollection<string> granted, string scope) =>
        granted.Contains(scope) || IncludedIn.GetValueOrDefault(scope, []).Any(granted.Contains);

    public IEnumerable<string> Missing(IReadOnlyCollection<string> granted) => Scopes.Where(scope => !Holds(granted, scope));
}
