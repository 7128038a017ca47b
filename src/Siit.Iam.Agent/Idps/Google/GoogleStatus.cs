namespace Siit.Iam.Agent.Idps.Google;

/// <summary>
/// Google has no word for a status but three flags; these words are made of them, and the README's table says the same.
/// </summary>
internal static class GoogleStatus
{
    public const string Active = "ACTIVE";
    public const string Archived = "ARCHIVED";
    public const string BeingCreated = "BEING_CREATED";
    public const string Suspended = "SUSPENDED";

    /// <summary>Suspended by Google itself for abuse: no administrator can lift that through the API.</summary>
    public const string SuspendedForAbuse = "SUSPENDED_ABUSE";

    /// <summary>How long after its creation an account without a mailbox may still be in the making. Later it simply has no Gmail.</summary>
    private static readonly TimeSpan Creation = TimeSpan.FromMinutes(2);

    public static string Word(GoogleUser user, DateTimeOffset now) => user switch
    {
        { Archived: true } => Archived,
        { Suspended: true, SuspensionReason: null or "" or "ADMIN" } => Suspended,
        { Suspended: true } => $"SUSPENDED_{user.SuspensionReason}",
        { IsMailboxSetup: false, CreationTime: { } created } when now - created < Creation => BeingCreated,
        _ => Active,
    };

    public static AccountStatus Of(string word) => word switch
    {
        Active => AccountStatus.Active,
        Archived => AccountStatus.Deprovisioned,
        BeingCreated => AccountStatus.Staged,
        _ => AccountStatus.Suspended,
    };

    public static bool CanSignIn(GoogleUser user) => user is { Suspended: not true, Archived: not true };
}
