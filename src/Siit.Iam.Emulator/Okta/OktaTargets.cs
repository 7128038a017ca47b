namespace Siit.Iam.Emulator.Okta;

/// <summary>Things as the System Log names them.</summary>
internal static class OktaTargets
{
    public static OktaTarget Target(this OktaUser user) => new(user.Id, "User", user.Login, user.DisplayName);

    public static OktaTarget Target(this OktaGroup group) => new(group.Id, "UserGroup", "unknown", group.Name);

    public static OktaTarget Target(this OktaApp app) => new(app.Id, "AppInstance", app.Label, app.Label);

    public static OktaTarget AppUser(this OktaUser user) => new(user.Id, "AppUser", user.Login, user.DisplayName);

    public static OktaTarget Target(this OktaRule rule) => new(rule.Id, "GroupRule", "unknown", rule.Name);
}
