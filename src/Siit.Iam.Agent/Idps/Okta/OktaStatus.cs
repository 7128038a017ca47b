namespace Siit.Iam.Agent.Idps.Okta;

/// <summary>Okta's words for a user's status, and what they are in ours. The README's table says the same.</summary>
internal static class OktaStatus
{
    public const string Active = "ACTIVE";
    public const string Deprovisioned = "DEPROVISIONED";
    public const string LockedOut = "LOCKED_OUT";
    public const string PasswordExpired = "PASSWORD_EXPIRED";
    public const string Provisioned = "PROVISIONED";
    public const string Recovery = "RECOVERY";
    public const string Staged = "STAGED";
    public const string Suspended = "SUSPENDED";

    /// <summary>A word that Okta adds one day reads as staged: the one status that settles no action and proves nobody able to sign in.</summary>
    public static AccountStatus Of(string vendorStatus) => vendorStatus switch
    {
        Active or PasswordExpired or Recovery => AccountStatus.Active,
        LockedOut => AccountStatus.Locked,
        Suspended => AccountStatus.Suspended,
        Deprovisioned => AccountStatus.Deprovisioned,
        _ => AccountStatus.Staged,
    };

    /// <summary>Can sign in today without anybody's help. <c>RECOVERY</c> cannot: its mail may never be read.</summary>
    public static bool CanSignIn(string vendorStatus) => vendorStatus is Active or PasswordExpired;
}
