using System.Globalization;

namespace Siit.Iam.Agent.Idps.JumpCloud;

/// <summary>JumpCloud's words for a user's state, and what they are in ours. The README's table says the same.</summary>
internal static class JumpCloudStatus
{
    public const string Activated = "ACTIVATED";
    public const string Staged = "STAGED";
    public const string Suspended = "SUSPENDED";

    public const string Locked = "account_locked";
    public const string NoPassword = "password pending";
    public const string PasswordExpired = "password_expired";

    /// <summary>A word that JumpCloud adds one day reads as staged: the one status that settles no action and proves nobody able to sign in.</summary>
    public static AccountStatus Of(JumpCloudUser user) => State(user) switch
    {
        Suspended => AccountStatus.Suspended,
        Activated => user.AccountLocked == true ? AccountStatus.Locked : AccountStatus.Active,
        _ => AccountStatus.Staged,
    };

    /// <summary>The state with what JumpCloud keeps in flags beside it, such as <c>ACTIVATED, account_locked</c>.</summary>
    public static string Word(JumpCloudUser user)
    {
        var words = new List<string> { State(user) };
        if (user.AccountLocked == true) words.Add(Locked);
        if (user.PasswordExpired == true) words.Add(PasswordExpired);
        if (user.Activated == false && words[0] == Activated) words.Add(NoPassword);
        return string.Join(", ", words);
    }

    public static string StateOf(Account account) => account.VendorStatus.Split(", ")[0];

    public static bool Is(this Account account, string flag) => account.VendorStatus.Split(", ").Contains(flag, StringComparer.Ordinal);

    /// <summary>
    /// JumpCloud dates a lock and the expiry of a password and no other change of state. Where it dates nothing, the day of creation is the
    /// only thing that is certain.
    /// </summary>
    public static DateTimeOffset? ChangedAt(JumpCloudUser user) =>
        (user.AccountLocked == true ? Time(user.AccountLockedDate) : null)
        ?? (user.PasswordExpired == true ? Time(user.PasswordExpirationDate) : null)
        ?? Time(user.Created);

    public static DateTimeOffset? Time(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time) ? time : null;

    private static string State(JumpCloudUser user) =>
        user.Suspended == true ? Suspended : user.State is { Length: > 0 and <= 40 } state && !state.Contains(',', StringComparison.Ordinal) ? state : "UNKNOWN";
}
