namespace Siit.Iam.Emulator.Company;

/// <summary>Where somebody stands, in words of no vendor.</summary>
internal enum Situation
{
    Active,
    Staged,
    Invited,
    LockedOut,
    ResettingPassword,
    PasswordExpired,
    Suspended,
    Gone,
}

/// <summary>Somebody (or something) with an account at Acme.</summary>
/// <param name="Login">Unique, the part before <c>@acme.example</c>.</param>
internal sealed record Person(string Login, string First, string Last, string Title, string Department, string? Manager = null)
{
    public Situation Situation { get; init; } = Situation.Active;

    /// <summary>The part before the @ of a work email that differs from the login.</summary>
    public string? Mailbox { get; init; }

    /// <summary>The name shown, where it is not first and last.</summary>
    public string? Shown { get; init; }

    /// <summary>Second factors: push, totp, sms, webauthn.</summary>
    public IReadOnlyList<string> Factors { get; init; } = ["push", "totp"];

    /// <summary>Where the person is reached when the work mailbox is not; and on the phone.</summary>
    public string? PrivateMail { get; init; }

    public string? PrivatePhone { get; init; }

    /// <summary>Admin role held directly, in the vendor-neutral sense: super, org, helpdesk, app, readonly.</summary>
    public string? AdminRole { get; init; }

    public bool IsService { get; init; }

    public string Address => $"{Login}@{Acme.Domain}";

    public string Email => $"{Mailbox ?? Login}@{Acme.Domain}";

    public string Name => Shown ?? $"{First} {Last}";
}
