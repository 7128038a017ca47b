using System.Text.Json.Serialization;

namespace Siit.Iam.Agent.Idps;

/// <summary>
/// One configured tenant: what every IdP can tell. What it can change is said by the capability interfaces
/// (<c>Capabilities.cs</c>) that the same class implements, and by nothing else. All methods throw <see cref="IdpException"/>.
/// Ids that are empty, <c>.</c> or <c>..</c>, or hold anything but the vendor's alphabet are refused before a URL is made.
/// </summary>
internal interface IIdpConnection
{
    /// <summary>The name of the connection in the settings, such as <c>okta-emea</c>.</summary>
    string Name { get; }

    IdpKind Idp { get; }

    /// <summary>The tenant's address, for people.</summary>
    Uri Tenant { get; }

    /// <summary>All accounts with this work email or login, exact (case-insensitive), in every status. More than one is possible.</summary>
    Task<IReadOnlyList<Account>> FindAccountsAsync(string emailOrLogin, CancellationToken cancellationToken);

    /// <summary>The account and the parts asked for, read fresh. <see cref="IdpTrouble.NotFound"/> when there is none.</summary>
    Task<AccountPicture> GetPictureAsync(string accountId, PictureParts parts, CancellationToken cancellationToken);

    /// <summary>Groups whose name begins with <paramref name="query"/> (all when empty).</summary>
    Task<Page<IdpGroup>> FindGroupsAsync(string? query, int limit, string? cursor, CancellationToken cancellationToken);

    Task<GroupPicture> GetGroupAsync(string groupId, CancellationToken cancellationToken);

    Task<Page<Account>> ListMembersAsync(string groupId, int limit, string? cursor, CancellationToken cancellationToken);

    /// <summary>Applications whose name begins with <paramref name="query"/> (all when empty).</summary>
    Task<Page<IdpApplication>> FindApplicationsAsync(string? query, int limit, string? cursor, CancellationToken cancellationToken);

    Task<IdpApplication> GetApplicationAsync(string applicationId, CancellationToken cancellationToken);

    /// <summary>Events since a time, oldest first; of one account when given.</summary>
    Task<Page<LoggedEvent>> ListEventsAsync(string? accountId, DateTimeOffset since, int limit, string? cursor, CancellationToken cancellationToken);

    /// <summary>Ids of the accounts that hold a super administrator role and can sign in, direct and through groups.</summary>
    Task<IReadOnlyCollection<string>> ListSuperAdministratorsAsync(CancellationToken cancellationToken);

    /// <summary>The accounts that our own credentials (for reads, for changes) belong to; none when they belong to applications.</summary>
    Task<IReadOnlyCollection<string>> GetOwnAccountIdsAsync(CancellationToken cancellationToken);

    /// <summary>
    /// This vendor's traps for an action in a situation: what would be refused, do nothing or do something else than asked.
    /// Pure: it reads <paramref name="situation"/> only. Asked before anybody is asked to approve, and again before the effect.
    /// </summary>
    IEnumerable<Trap> TrapsOf(string action, Situation situation);

    /// <summary>Why this IdP does not have the action at all and what comes nearest, as sentences; null for the actions it has.</summary>
    string? CannotBecause(string action) => null;
}

/// <summary>What was read fresh about everything one call touches. A part is null when the call does not touch it.</summary>
internal sealed record Situation
{
    public AccountPicture? Picture { get; init; }

    public GroupPicture? Group { get; init; }

    public IdpApplication? Application { get; init; }

    /// <summary>For passwords: which way.</summary>
    public PasswordMode? PasswordMode { get; init; }

    /// <summary>For second factors: the id of the one asked for.</summary>
    public string? FactorId { get; init; }

    // Part of the picture, and stored with it: written out on its own it would stop a call that creates the account.
    [JsonIgnore]
    public Account Account => Picture?.Account ?? throw new InvalidOperationException("This call has no account.");
}

/// <summary>A vendor's trap.</summary>
/// <param name="Code">snake_case, such as <c>wrong_status</c>.</param>
/// <param name="Message">What it is and what to do instead.</param>
/// <param name="Blocks">True: the action is refused. False: the approver is warned.</param>
internal sealed record Trap(string Code, string Message, bool Blocks);
