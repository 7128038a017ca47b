namespace Siit.Iam.Agent.Idps;

// What an IdP can change. A connection supports an action exactly when its class implements the action's interface.
// Every method sends one change, once: finding out beforehand whether it is so already, and reading back whether it took
// hold, is the gate's work. IdpTrouble.Unknown says that it cannot be told whether the change happened.

/// <summary>What the IdP answered to a change.</summary>
/// <param name="RequestId">The vendor's id of the request, for its log and support.</param>
/// <param name="NewId">The id of what was created.</param>
internal sealed record WriteReceipt(string? RequestId, string? NewId = null);

internal interface ICreateUser
{
    /// <summary>How somebody with this work email first gets in: by the vendor's mail or by other means. A sentence for the approver.</summary>
    string FirstWayIn(string email);

    /// <summary>Creates an account that can be signed in to once the person has a way in. Work email must be free: the gate has looked.</summary>
    Task<WriteReceipt> CreateUserAsync(NewUser user, CancellationToken cancellationToken);
}

/// <summary>A person to create an account for.</summary>
internal sealed record NewUser(string Email, string FirstName, string LastName, string? Department, string? Title, string? Manager);

internal interface IUpdateUser
{
    /// <summary>Changes the fields that are not null, leaves the others.</summary>
    Task<WriteReceipt> UpdateUserAsync(Account account, ProfileChange change, CancellationToken cancellationToken);
}

internal sealed record ProfileChange(string? FirstName, string? LastName, string? Department, string? Title, string? Manager);

internal interface IAddToGroup
{
    Task<WriteReceipt> AddToGroupAsync(Account account, IdpGroup group, CancellationToken cancellationToken);
}

internal interface IRemoveFromGroup
{
    Task<WriteReceipt> RemoveFromGroupAsync(Account account, IdpGroup group, CancellationToken cancellationToken);
}

internal interface ISuspendUser
{
    Task<WriteReceipt> SuspendUserAsync(Account account, CancellationToken cancellationToken);
}

internal interface IUnsuspendUser
{
    Task<WriteReceipt> UnsuspendUserAsync(Account account, CancellationToken cancellationToken);
}

internal interface IUnlockUser
{
    Task<WriteReceipt> UnlockUserAsync(Account account, CancellationToken cancellationToken);
}

internal interface IDeactivateUser
{
    /// <summary>Takes every sign-in and application away; never erases.</summary>
    Task<WriteReceipt> DeactivateUserAsync(Account account, CancellationToken cancellationToken);
}

/// <summary>How a password is reset.</summary>
internal enum PasswordMode
{
    /// <summary>The IdP mails the person a link; nobody else sees anything.</summary>
    Link,
    /// <summary>The old password works once more and must then be changed.</summary>
    Expire,
}

internal interface IResetPassword
{
    /// <summary>The ways this IdP has.</summary>
    IReadOnlyList<PasswordMode> PasswordModes { get; }

    /// <summary>Whether the account, read afterwards, shows that a reset of this kind took hold. When not, that cannot be told.</summary>
    bool Shows(PasswordMode mode) => true;

    Task<WriteReceipt> ResetPasswordAsync(Account account, PasswordMode mode, CancellationToken cancellationToken);
}

internal interface IResetMfa
{
    /// <summary>Removes one factor, or all when <paramref name="factorId"/> is null; the person enrols again.</summary>
    Task<WriteReceipt> ResetMfaAsync(Account account, string? factorId, CancellationToken cancellationToken);
}

internal interface IAddApplication
{
    /// <summary>Why this connection cannot although its IdP can, and what to do instead; null when it can.</summary>
    string? NoApplicationsBecause => null;

    Task<WriteReceipt> AddApplicationAsync(Account account, IdpApplication application, CancellationToken cancellationToken);
}

internal interface IRemoveApplication
{
    /// <inheritdoc cref="IAddApplication.NoApplicationsBecause"/>
    string? NoApplicationsBecause => null;

    Task<WriteReceipt> RemoveApplicationAsync(Account account, IdpApplication application, CancellationToken cancellationToken);
}

internal interface IClearSessions
{
    Task<WriteReceipt> ClearSessionsAsync(Account account, CancellationToken cancellationToken);

    /// <summary>Whether the IdP's own log shows that sessions of the account were cleared since a time; null when it cannot tell (yet).</summary>
    Task<bool?> WereSessionsClearedAsync(Account account, DateTimeOffset since, CancellationToken cancellationToken);
}

internal interface IRevokeGrants
{
    /// <summary>Takes back what third-party applications may do with the account's rights.</summary>
    Task<WriteReceipt> RevokeGrantsAsync(Account account, CancellationToken cancellationToken);
}
