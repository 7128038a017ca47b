namespace Siit.Iam.Agent.Idps.Okta;

/// <summary>
/// What the credential needs for each action: scopes (service apps only), and one of the standard administrator roles. Okta asks for
/// both. The README's table says the same.
/// </summary>
/// <param name="Scopes">All of them; a <c>.manage</c> scope includes its <c>.read</c>.</param>
/// <param name="Roles">Any one of them, the least first; empty for reads, where Okta is asked instead.</param>
internal sealed record OktaNeeds(string Action, IReadOnlyList<string> Scopes, IReadOnlyList<string> Roles)
{
    private static readonly string[] Anything = ["ORG_ADMIN", "SUPER_ADMIN"];
    private static readonly string[] HelpDesk = ["HELP_DESK_ADMIN", "USER_ADMIN", .. Anything];
    private static readonly string[] People = ["USER_ADMIN", .. Anything];
    private static readonly string[] Membership = ["GROUP_MEMBERSHIP_ADMIN", .. People];
    private static readonly string[] Applications = ["APP_ADMIN", .. Anything];

    // Every change needs to know whom it is about and which administrator roles they hold.
    private static readonly string[] AnyChange = ["okta.roles.read", "okta.users.read"];
    private static readonly string[] OfUsers = [.. AnyChange, "okta.users.manage"];

    public static IReadOnlyList<OktaNeeds> All { get; } =
    [
        new("find_person", ["okta.apps.read", "okta.roles.read", "okta.users.read"], []),
        new("find_group", ["okta.groups.read"], []),
        new("find_application", ["okta.apps.read"], []),
        new("list_members", ["okta.groups.read"], []),
        new("list_events", ["okta.logs.read", "okta.users.read"], []),
        new("add_application", [.. AnyChange, "okta.apps.read", "okta.apps.manage"], Applications),
        new("add_to_group", [.. AnyChange, "okta.apps.read", "okta.groups.read", "okta.groups.manage"], Membership),
        new("clear_sessions", [.. OfUsers, "okta.logs.read"], HelpDesk),
        new("create_user", OfUsers, People),
        new("deactivate_user", [.. OfUsers, "okta.apps.read"], People),
        new("remove_application", [.. AnyChange, "okta.apps.read", "okta.apps.manage"], Applications),
        new("remove_from_group", [.. AnyChange, "okta.apps.read", "okta.groups.read", "okta.groups.manage"], Membership),
        new("reset_mfa", OfUsers, HelpDesk),
        new("reset_password", OfUsers, HelpDesk),
        new("revoke_grants", OfUsers, People),
        new("suspend_user", OfUsers, HelpDesk),
        new("unlock_user", OfUsers, HelpDesk),
        new("unsuspend_user", OfUsers, HelpDesk),
        new("update_user", OfUsers, People),
    ];

    public static IReadOnlyList<CopyNeeds> Copy { get; } =
    [
        new("accounts", ["okta.users.read"]),
        new("groups and members", ["okta.groups.read"]),
        new("applications and assignments", ["okta.apps.read"]),
        new("administrator roles", ["okta.roles.read"]),
        new("changes", ["okta.logs.read"], CopyNeeds.OnlySweeps),
    ];

    /// <param name="granted">The credential's scopes; null when it is not limited by scopes.</param>
    public static bool Holds(IReadOnlyCollection<string>? granted, string scope) =>
        granted?.Contains(scope) != false || granted.Contains(scope.Replace(".read", ".manage", StringComparison.Ordinal));

    /// <param name="granted">As for <see cref="Holds"/>.</param>
    public IEnumerable<string> MissingScopes(IReadOnlyCollection<string>? granted) => Scopes.Where(scope => !Holds(granted, scope));
}
