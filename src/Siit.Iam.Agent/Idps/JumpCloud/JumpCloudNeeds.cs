namespace Siit.Iam.Agent.Idps.JumpCloud;

/// <summary>One of several ways to do an action that need different scopes.</summary>
/// <param name="Name">What it does, such as <c>link</c>.</param>
internal sealed record JumpCloudWay(string Name, string Scope);

/// <summary>The scopes that the credential's role needs for each action. The README's table says the same.</summary>
/// <param name="Scopes">All of them, the least ones; see <see cref="Holds"/>.</param>
/// <param name="Ways">Where the action has several, each needs its own scope on top.</param>
internal sealed record JumpCloudNeeds(string Action, IReadOnlyList<string> Scopes, params IReadOnlyList<JumpCloudWay> Ways)
{
    // Every change needs to know whom it is about and which administrator roles they hold.
    private static readonly string[] AnyChange = ["administrators.readonly", "roles.readonly", "users.readonly"];
    private static readonly string[] Membership = [.. AnyChange, "applications.readonly", "groups", "groups.readonly"];
    private static readonly string[] Assignment = [.. AnyChange, "applications.readonly", "associations.users", "groups.readonly"];

    public static IReadOnlyList<JumpCloudNeeds> All { get; } =
    [
        new("find_person", [.. AnyChange, "applications.readonly", "groups.readonly"]),
        new("find_group", ["groups.readonly"]),
        new("find_application", ["applications.readonly"]),
        new("list_members", ["users.readonly"]),
        new("list_events", ["directoryinsights.readonly", "users.readonly"]),
        new("add_application", Assignment),
        new("add_to_group", Membership),
        new("create_user", [.. AnyChange, "users.create"]),
        new("remove_application", Assignment),
        new("remove_from_group", Membership),
        new("reset_mfa", AnyChange, new JumpCloudWay("all", "users.mfa.reset"), new JumpCloudWay("one push endpoint", "users")),
        new("reset_password", AnyChange, new JumpCloudWay("link", "users.notification.send-activation-email"), new JumpCloudWay("temporary", "users.password"), new JumpCloudWay("expire", "users.password.expire")),
        new("suspend_user", [.. AnyChange, "users.state.suspend"]),
        new("unlock_user", [.. AnyChange, "users.state.unlock"]),
        new("unsuspend_user", [.. AnyChange, "users.properties.update"]),
        new("update_user", [.. AnyChange, "users.properties.update"]),
    ];

    public static IReadOnlyList<CopyNeeds> Copy { get; } =
    [
        new("accounts and members", ["users.readonly"]),
        new("groups", ["groups.readonly"]),
        new("applications", ["applications.readonly"]),
        new("assignments", ["associations.applications.readonly"]),
        new("administrator roles", ["administrators.readonly", "roles.readonly"]),
        new("changes", ["directoryinsights.readonly"], CopyNeeds.OnlySweeps),
    ];

    /// <summary>A scope includes those that begin with it and a dot: <c>users</c> includes <c>users.state.suspend</c>.</summary>
    public static bool Holds(IReadOnlyCollection<string> granted, string scope)
    {
        for (var part = scope; ; part = part[..part.LastIndexOf('.')])
        {
            if (granted.Contains(part)) return true;
            if (!part.Contains('.', StringComparison.Ordinal)) return false;
        }
    }

    public IEnumerable<string> Missing(IReadOnlyCollection<string> granted) => Scopes.Where(scope => !Holds(granted, scope));
}
