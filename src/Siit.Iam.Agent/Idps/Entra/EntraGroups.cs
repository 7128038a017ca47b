using Microsoft.Graph.Models;

namespace Siit.Iam.Agent.Idps.Entra;

/// <summary>Kinds of groups, told by what is in the way of changing their members first. Entra has properties, not words; these are ours.</summary>
internal static class EntraGroups
{
    public const string Synced = "synced";
    public const string Dynamic = "dynamic";
    public const string RoleAssignable = "role-assignable";
    public const string Restricted = "restricted";
    public const string MailEnabled = "mail-enabled";
    public const string Microsoft365 = "microsoft365";
    public const string Security = "security";

    public static string KindOf(Group group)
    {
        var types = group.GroupTypes ?? [];
        if (group.OnPremisesSyncEnabled == true) return Synced;
        if (types.Contains("DynamicMembership")) return Dynamic;
        if (group.IsAssignableToRole == true) return RoleAssignable;
        if (group.IsManagementRestricted == true) return Restricted;
        if (types.Contains("Unified")) return Microsoft365;
        return group.MailEnabled == true ? MailEnabled : Security;
    }

    public static string? NotChangeable(string kind) => kind switch
    {
        Synced => "It comes from Active Directory: change its members there.",
        Dynamic => "A rule fills it: change what the rule looks at, such as the person's department.",
        RoleAssignable => "Administrator roles can be given to it, so adding a member is making an administrator. It is changed at Entra itself.",
        Restricted => "It is in a restricted administrative unit: its own administrators change it, at Entra.",
        MailEnabled => "It is a distribution list or mail-enabled security group: Graph only reads it. Change it in the Exchange admin center.",
        _ => null,
    };

    /// <summary>The code under which such a group is refused.</summary>
    public static string CodeOf(string kind) => kind switch
    {
        Synced => "group_synced",
        Dynamic => "group_dynamic",
        RoleAssignable => "group_role_assignable",
        Restricted => "group_restricted",
        MailEnabled => "group_mail_enabled",
        _ => "group_not_changeable",
    };
}
