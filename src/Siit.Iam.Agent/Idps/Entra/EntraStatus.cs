namespace Siit.Iam.Agent.Idps.Entra;

/// <summary>
/// Entra has no word for a user's status, only properties; these are our words for them. The README's table says the same.
/// </summary>
internal static class EntraStatus
{
    /// <summary><c>accountEnabled</c> is true.</summary>
    public const string Enabled = "enabled";

    /// <summary><c>accountEnabled</c> is false.</summary>
    public const string Disabled = "disabled";

    /// <summary>A guest who has not accepted the invitation (<c>externalUserState</c>).</summary>
    public const string Invited = "PendingAcceptance";

    /// <summary>Among the deleted items, for up to 30 days.</summary>
    public const string Deleted = "deleted";

    public const string Unknown = "unknown";

    public static string Word(bool? enabled, string? externalUserState) => (enabled, externalUserState) switch
    {
        (true, Invited) => Invited,
        (true, _) => Enabled,
        (false, _) => Disabled,
        (null, _) => Unknown,
    };

    /// <summary>What cannot be read is staged: the one status that settles no action and proves nobody able to sign in.</summary>
    public static AccountStatus Of(string word) => word switch
    {
        Enabled => AccountStatus.Active,
        Disabled => AccountStatus.Suspended,
        Deleted => AccountStatus.Deprovisioned,
        _ => AccountStatus.Staged,
    };

    /// <summary>Guests are homed in another tenant, and carry that in their login.</summary>
    public static bool IsGuest(Account account) => account.Login.Contains("#EXT#", StringComparison.OrdinalIgnoreCase);
}
