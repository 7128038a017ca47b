using Siit.Iam.Agent.Secrets;

namespace Siit.Iam.Agent.Idps;

// What an IdP can change. A connection supports an action exactly when its class implements the action's interface.
// Every method sends one change, once: finding out beforehand whether it is so already, and reading back whether it took
// hold, is the gate's work. IdpTrouble.Unknown says that it cannot be told whether the change happened.

/// <summary>What the IdP answered to a change.</summary>
/// <param name="RequestId">The vendor's id of the request, for its log and support.</param>
/// <param name="NewId">The id of what was created.</param>
/// <param name="Secret">What the person needs and nobody else may see, such as a temporary password. Prints as ***.</param>
internal sealed record WriteReceipt(string? RequestId, string? NewId = null, SecretText? Secret = null);

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
    /// <summary>The person gets a password for one sign-in, by a way that is not the one being reset; the old one ends at once.</summary>
    Temporary,
    /// <summary>The old password works once more and must then be changed.</summary>
    Expire,
}

internal interface IResetPassword
{
    /// <summary>The ways this IdP has.</summary>
    IReadOnlyList<PasswordMode> PasswordModes { get; }

    /// <summary>Whether the account, read afterwards, shows that a reset of this kind took hold. When not, that cannot be told.</summary>
    bool Shows(PasswordMode mode) => true;

    /// <returns>For <see cref="PasswordMode.Temporary"/> with the password, which stands nowhere else.</returns>
    Task<WriteReceipt> ResetPasswordAsync(Account account, PasswordMode mode, CancellationToken cancellationToken);
}

/// <summary>Knows addresses and numbers of a person beside the work email. Every IdP has a place for them.</summary>
internal interface IKnowsContacts
{
    /// <summary>Read fresh; what does not look like an address or a number is left out.</summary>
    Task<IReadOnlyList<Contact>> ListContactsAsync(Account account, CancellationToken cancellationToken);
}

internal enum ContactKind
{
    Mail,
    Phone,
}

/// <summary>A way to reach somebody.</summary>
/// <param name="Field">The vendor's name of where it stands, for people.</param>
/// <param name="UnchangedSince">It has certainly been the same since then, as far as the IdP tells; null where it does not.</param>
internal sealed record Contact(ContactKind Kind, string Value, string Field, DateTimeOffset? UnchangedSince);

/// <summary>Can ask a person on a device that was enrolled before.</summary>
internal interface IPushChallenge
{
    /// <summary>Sends it. <paramref name="factorId"/> is a factor of kind push.</summary>
    /// <returns>The vendor's id of the question, to ask for the answer with.</returns>
    Task<string> PushAsync(Account account, string factorId, CancellationToken cancellationToken);

    Task<PushAnswer> ReadPushAsync(Account account, string factorId, string challenge, CancellationToken cancellationToken);
}

internal enum PushAnswer
{
    Waiting,
    Accepted,
    /// <summary>The person said no: somebody else is asking.</summary>
    Rejected,
    TimedOut,
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
