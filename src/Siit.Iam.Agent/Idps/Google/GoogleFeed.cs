namespace Siit.Iam.Agent.Idps.Google;

/// <summary>What an entry of the log means to the copy.</summary>
/// <param name="Kind">Null: nothing of the vocabulary, but something to be read again.</param>
/// <param name="Fields">Fields that it changes, in our words where we have one.</param>
internal sealed record FeedRule(FeedSubject Subject, LifecycleKind? Kind = null, params IReadOnlyList<string> Fields);

internal enum FeedSubject
{
    /// <summary>The account in <c>USER_EMAIL</c>.</summary>
    Account,
    /// <summary>The account of who did it.</summary>
    Self,
    /// <summary>An account that did not exist before: whoever had the address is somebody else.</summary>
    NewAccount,
    /// <summary>An account whose address is <c>NEW_VALUE</c> from now on.</summary>
    Renamed,
    /// <summary>The group in <c>GROUP_EMAIL</c>.</summary>
    Group,
    /// <summary>A group that did not exist before.</summary>
    NewGroup,
    /// <summary>A group whose address is <c>NEW_VALUE</c> from now on.</summary>
    RenamedGroup,
    /// <summary>Group and account, or group and group.</summary>
    Membership,
    /// <summary>Something about the members of a group that only reading them tells.</summary>
    MembersOf,
    /// <summary>A role and who gets or loses it.</summary>
    Role,
    /// <summary>Names of roles.</summary>
    Roles,
    /// <summary>Nothing that the copy has.</summary>
    None,
}

/// <summary>
/// The events of Google's logs in our vocabulary; the README's table says the same. Where Google adds events of its own, an
/// account or a group is read again without anything being told.
/// </summary>
internal static class GoogleFeed
{
    public const string Admin = "admin";
    public const string Groups = "groups_enterprise";
    public const string Own = "user_accounts";

    private const string SuperAdministrator = "GRANT_ADMIN_PRIVILEGE";

    /// <summary>Changes by administrators and through the API, changes in Google Groups, and what people change on their own account.</summary>
    public static readonly IReadOnlyList<string> Logs = [Admin, Groups, Own];

    private static readonly Dictionary<string, FeedRule> OfAdmin = new(StringComparer.Ordinal)
    {
        ["ADD_NICKNAME"] = Updated("aliases"),
        ["ADD_RECOVERY_EMAIL"] = Updated("recoveryEmail"),
        ["ADD_RECOVERY_PHONE"] = Updated("recoveryPhone"),
        ["ARCHIVE_USER"] = Account(LifecycleKind.AccountDeactivated),
        ["CHANGE_DISPLAY_NAME"] = Updated("displayName"),
        ["CHANGE_FIRST_NAME"] = Updated("firstName"),
        ["CHANGE_LAST_NAME"] = Updated("lastName"),
        ["CHANGE_PASSWORD"] = Account(LifecycleKind.PasswordChanged),
        ["CHANGE_PASSWORD_ON_NEXT_LOGIN"] = Updated("passwordChangeDue"),
        ["CHANGE_RECOVERY_EMAIL"] = Updated("recoveryEmail"),
        ["CHANGE_RECOVERY_PHONE"] = Updated("recoveryPhone"),
        ["CHANGE_USER_ADDRESS"] = Updated("addresses"),
        ["CHANGE_USER_CUSTOM_FIELD"] = Updated("customSchemas"),
        ["CHANGE_USER_EXTERNAL_ID"] = Updated("externalIds"),
        ["CHANGE_USER_IM"] = Updated("ims"),
        ["CHANGE_USER_LANGUAGE"] = Updated("languages"),
        ["CHANGE_USER_LOCATION"] = Updated("locations"),
        // Department, title and cost center are one entry: which of them, the log does not say.
        ["CHANGE_USER_ORGANIZATION"] = Updated("organizations"),
        ["CHANGE_USER_PHONE_NUMBER"] = Updated("phones"),
        ["CHANGE_USER_RELATION"] = Updated("relations"),
        ["CREATE_USER"] = new(FeedSubject.NewAccount, LifecycleKind.AccountCreated),
        ["DELETE_USER"] = Account(LifecycleKind.AccountDeleted),
        ["MOVE_USER_TO_ORG_UNIT"] = Updated("orgUnitPath"),
        ["REMOVE_NICKNAME"] = Updated("aliases"),
        ["RENAME_USER"] = new(FeedSubject.Renamed, LifecycleKind.AccountUpdated, "email"),
        ["REVOKE_SECURITY_KEY"] = Account(LifecycleKind.FactorReset),
        ["SUSPEND_USER"] = Account(LifecycleKind.AccountSuspended),
        ["TURN_OFF_2_STEP_VERIFICATION"] = Account(LifecycleKind.FactorReset),
        ["UNARCHIVE_USER"] = Account(LifecycleKind.AccountActivated),
        // The account is the one that was deleted, with its id.
        ["UNDELETE_USER"] = Account(LifecycleKind.AccountActivated),
        ["UNSUSPEND_USER"] = Account(LifecycleKind.AccountUnsuspended),

        ["DELETE_2SV_SCRATCH_CODES"] = new(FeedSubject.None),
        ["GENERATE_2SV_SCRATCH_CODES"] = new(FeedSubject.None),
        ["RESET_SIGNIN_COOKIES"] = new(FeedSubject.None),
        ["REVOKE_3LO_TOKEN"] = new(FeedSubject.None),
        ["REVOKE_ASP"] = new(FeedSubject.None),

        [SuperAdministrator] = new(FeedSubject.Role, LifecycleKind.RoleGranted),
        ["REVOKE_ADMIN_PRIVILEGE"] = new(FeedSubject.Role, LifecycleKind.RoleRevoked),
        ["ASSIGN_ROLE"] = new(FeedSubject.Role, LifecycleKind.RoleGranted),
        ["UNASSIGN_ROLE"] = new(FeedSubject.Role, LifecycleKind.RoleRevoked),
        ["CREATE_ROLE"] = new(FeedSubject.Roles),
        ["DELETE_ROLE"] = new(FeedSubject.Roles),
        ["RENAME_ROLE"] = new(FeedSubject.Roles),

        ["ADD_GROUP_MEMBER"] = new(FeedSubject.Membership, LifecycleKind.MembershipAdded),
        ["REMOVE_GROUP_MEMBER"] = new(FeedSubject.Membership, LifecycleKind.MembershipRemoved),
        ["UPDATE_GROUP_MEMBER"] = new(FeedSubject.MembersOf),
        ["CREATE_GROUP"] = new(FeedSubject.NewGroup),
        ["CHANGE_GROUP_EMAIL"] = new(FeedSubject.RenamedGroup),
        ["UPDATE_GROUP_MEMBER_DELIVERY_SETTINGS"] = new(FeedSubject.None),
    };

    /// <summary>
    /// What members and owners do in Google Groups. Whether Google logs an administrator's change here as well is not documented, so
    /// nothing is told from here: the group's members are read, and a difference counts once, whoever tells it.
    /// </summary>
    private static readonly HashSet<string> OfGroups = new(StringComparer.Ordinal)
    {
        "accept_invitation", "add_member", "add_member_role", "approve_join_request", "ban_member_with_moderation", "join", "leave", "remove_member", "remove_member_role",
        "unban_member",
    };

    private static readonly Dictionary<string, FeedRule> OfOwn = new(StringComparer.Ordinal)
    {
        ["2sv_disable"] = new(FeedSubject.Self, LifecycleKind.FactorReset),
        ["2sv_enroll"] = new(FeedSubject.Self, LifecycleKind.FactorEnrolled),
        ["password_edit"] = new(FeedSubject.Self, LifecycleKind.PasswordChanged),
        ["recovery_email_edit"] = new(FeedSubject.Self, LifecycleKind.AccountUpdated, "recoveryEmail"),
        ["recovery_phone_edit"] = new(FeedSubject.Self, LifecycleKind.AccountUpdated, "recoveryPhone"),
    };

    public static FeedRule RuleOf(string log, GoogleEvent entry) => log switch
    {
        Own => OfOwn.GetValueOrDefault(entry.Name) ?? new FeedRule(FeedSubject.None),
        Groups => new FeedRule(OfGroups.Contains(entry.Name) ? FeedSubject.MembersOf : FeedSubject.None),
        _ => OfAdmin.GetValueOrDefault(entry.Name) ?? new FeedRule(entry.Type switch
        {
            "USER_SETTINGS" => FeedSubject.Account,
            "GROUP_SETTINGS" => FeedSubject.Group,
            _ => FeedSubject.None,
        }),
    };

    /// <summary>Skipped and failed changes are logged as well.</summary>
    public static bool Happened(GoogleEvent entry) => entry.Status?.EventStatus is not ("FAILED" or "SKIPPED");

    /// <summary>A new super administrator is a grant of a role, too: where one entry has both, it counts once.</summary>
    public static bool IsToldTwice(GoogleEvent entry, IReadOnlyList<GoogleEvent> together) => entry.Name is SuperAdministrator or "REVOKE_ADMIN_PRIVILEGE"
        && together.Any(other => other.Name == (entry.Name == SuperAdministrator ? "ASSIGN_ROLE" : "UNASSIGN_ROLE") && other.Text("USER_EMAIL") == entry.Text("USER_EMAIL"));

    private static FeedRule Account(LifecycleKind kind) => new(FeedSubject.Account, kind);

    private static FeedRule Updated(string field) => new(FeedSubject.Account, LifecycleKind.AccountUpdated, field);
}
