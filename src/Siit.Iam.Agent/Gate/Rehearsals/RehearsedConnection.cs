using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Secrets;

namespace Siit.Iam.Agent.Gate.Rehearsals;

/// <summary>
/// A connection that reads what is there and keeps every change to itself: what is read afterwards shows it. It holds the other
/// connection as what can only be read, and hands no change on. Which changes an IdP has is said by the interfaces of the classes
/// that derive from it, as everywhere.
/// </summary>
/// <param name="manners">The IdP's own words: traps, why it cannot, ways to reset a password. Asked for nothing else.</param>
/// <param name="reads">Where what is there is read.</param>
internal abstract class RehearsedConnection(IIdpConnection manners, IIdpConnection reads, RehearsalFaults faults, RehearsalClock clock) : IIdpConnection
{
    private readonly Dictionary<string, List<AccountEdit>> _edits = new(StringComparer.Ordinal);
    private readonly Dictionary<string, AccountPicture> _made = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Group, string Account), bool> _members = [];
    private readonly Dictionary<string, DateTimeOffset> _cleared = new(StringComparer.Ordinal);
    private readonly List<RehearsedEffect> _effects = [];

    public string Name => manners.Name;

    public IdpKind Idp => manners.Idp;

    public Uri Tenant => manners.Tenant;

    /// <summary>Every change that was made, in order.</summary>
    public IReadOnlyList<RehearsedEffect> Effects => _effects;

    public string? NoApplicationsBecause => (manners as IAddApplication)?.NoApplicationsBecause;

    public IReadOnlyList<PasswordMode> PasswordModes => (manners as IResetPassword)?.PasswordModes ?? [];

    public IEnumerable<Trap> TrapsOf(string action, Situation situation) => manners.TrapsOf(action, situation);

    public string? CannotBecause(string action) => manners.CannotBecause(action);

    public string FirstWayIn(string email) => ((ICreateUser)manners).FirstWayIn(email);

    public bool Shows(PasswordMode mode) => ((IResetPassword)manners).Shows(mode);

    public async Task<IReadOnlyList<Account>> FindAccountsAsync(string emailOrLogin, CancellationToken cancellationToken) =>
    [
        .. (await reads.FindAccountsAsync(emailOrLogin, cancellationToken)).Select(Edited),
        .. _made.Values.Select(made => Edited(made.Account)).Where(account => Same(account.Email, emailOrLogin) || Same(account.Login, emailOrLogin)),
    ];

    public async Task<AccountPicture> GetPictureAsync(string accountId, PictureParts parts, CancellationToken cancellationToken) =>
        Edited(await BeforeAsync(accountId, parts, cancellationToken));

    public Task<Page<IdpGroup>> FindGroupsAsync(string? query, int limit, string? cursor, CancellationToken cancellationToken) => reads.FindGroupsAsync(query, limit, cursor, cancellationToken);

    public Task<GroupPicture> GetGroupAsync(string groupId, CancellationToken cancellationToken) => reads.GetGroupAsync(groupId, cancellationToken);

    public async Task<Page<Account>> ListMembersAsync(string groupId, int limit, string? cursor, CancellationToken cancellationToken)
    {
        var page = await reads.ListMembersAsync(groupId, limit, cursor, cancellationToken);
        var members = page.Items.Where(member => !_members.TryGetValue((groupId, member.Id), out var stays) || stays).Select(Edited).ToList();
        if (page.Next is not null)
            return page with { Items = members };
        foreach (var ((group, account), joined) in _members)
        {
            if (group == groupId && joined && members.TrueForAll(member => member.Id != account))
                members.Add((await GetPictureAsync(account, PictureParts.None, cancellationToken)).Account);
        }

        return page with { Items = members };
    }

    public Task<Page<IdpApplication>> FindApplicationsAsync(string? query, int limit, string? cursor, CancellationToken cancellationToken) =>
        reads.FindApplicationsAsync(query, limit, cursor, cancellationToken);

    public Task<IdpApplication> GetApplicationAsync(string applicationId, CancellationToken cancellationToken) => reads.GetApplicationAsync(applicationId, cancellationToken);

    public Task<Page<LoggedEvent>> ListEventsAsync(string? accountId, DateTimeOffset since, int limit, string? cursor, CancellationToken cancellationToken) =>
        accountId is not null && _made.ContainsKey(accountId) ? Task.FromResult(new Page<LoggedEvent>([], null)) : reads.ListEventsAsync(accountId, since, limit, cursor, cancellationToken);

    public async Task<IReadOnlyCollection<string>> ListSuperAdministratorsAsync(CancellationToken cancellationToken)
    {
        var left = (await reads.ListSuperAdministratorsAsync(cancellationToken)).ToHashSet(StringComparer.Ordinal);
        foreach (var changed in _edits.Keys)
        {
            var now = await GetPictureAsync(changed, PictureParts.Roles, cancellationToken);
            if (now.Account.Status == AccountStatus.Active && now.Roles?.Any(role => role.Super) == true)
                left.Add(changed);
            else
                left.Remove(changed);
        }

        return left;
    }

    public Task<IReadOnlyCollection<string>> GetOwnAccountIdsAsync(CancellationToken cancellationToken) => reads.GetOwnAccountIdsAsync(cancellationToken);

    public Task<IReadOnlyList<Contact>> ListContactsAsync(Account account, CancellationToken cancellationToken) =>
        _made.ContainsKey(account.Id) || reads is not IKnowsContacts contacts ? Task.FromResult<IReadOnlyList<Contact>>([]) : contacts.ListContactsAsync(account, cancellationToken);

    public Task<WriteReceipt> CreateUserAsync(NewUser user, CancellationToken cancellationToken) => faults.SendAsync("create_user", () =>
    {
        var account = new Account
        {
            Id = $"new-{_made.Count + 1}",
            Login = user.Email,
            Email = user.Email,
            FirstName = user.FirstName,
            LastName = user.LastName,
            Department = user.Department,
            Title = user.Title,
            Manager = user.Manager,
            Status = RehearsedIdps.Fresh(Idp),
            VendorStatus = RehearsedIdps.Word(Idp, RehearsedIdps.Fresh(Idp)),
            CreatedAt = clock.GetUtcNow(),
        };
        _made[account.Id] = new AccountPicture { Account = account, Groups = [], Applications = [], Roles = [], Factors = [], Grants = [], ReadAt = clock.GetUtcNow() };
        return Made("create_user", account, new WriteReceipt(null, account.Id));
    });

    public Task<WriteReceipt> UpdateUserAsync(Account account, ProfileChange change, CancellationToken cancellationToken) => SendAsync("update_user", account, PictureParts.None, picture => picture with
    {
        Account = picture.Account with
        {
            FirstName = change.FirstName ?? picture.Account.FirstName,
            LastName = change.LastName ?? picture.Account.LastName,
            Department = change.Department ?? picture.Account.Department,
            Title = change.Title ?? picture.Account.Title,
            Manager = change.Manager ?? picture.Account.Manager,
        },
    });

    public async Task<WriteReceipt> AddToGroupAsync(Account account, IdpGroup group, CancellationToken cancellationToken)
    {
        var joined = await reads.GetGroupAsync(group.Id, cancellationToken);
        return await SendAsync("add_to_group", account, GroupParts, picture => Memberships.Joined(picture, joined), () => _members[(group.Id, account.Id)] = true);
    }

    public async Task<WriteReceipt> RemoveFromGroupAsync(Account account, IdpGroup group, CancellationToken cancellationToken)
    {
        var left = await reads.GetGroupAsync(group.Id, cancellationToken);
        return await SendAsync("remove_from_group", account, GroupParts, picture => Memberships.Left(picture, left), () => _members[(group.Id, account.Id)] = false);
    }

    public Task<WriteReceipt> SuspendUserAsync(Account account, CancellationToken cancellationToken) => BecomeAsync("suspend_user", account, AccountStatus.Suspended);

    public Task<WriteReceipt> UnsuspendUserAsync(Account account, CancellationToken cancellationToken) => BecomeAsync("unsuspend_user", account, AccountStatus.Active);

    public Task<WriteReceipt> UnlockUserAsync(Account account, CancellationToken cancellationToken) => BecomeAsync("unlock_user", account, AccountStatus.Active);

    public Task<WriteReceipt> DeactivateUserAsync(Account account, CancellationToken cancellationToken) =>
        SendAsync("deactivate_user", account, PictureParts.Applications, picture => As(picture, AccountStatus.Deprovisioned) with { Applications = [] });

    public async Task<WriteReceipt> ResetPasswordAsync(Account account, PasswordMode mode, CancellationToken cancellationToken)
    {
        var at = clock.GetUtcNow() + TimeSpan.FromSeconds(1);
        var receipt = await SendAsync("reset_password", account, PictureParts.None, picture => picture with
        {
            Account = picture.Account with
            {
                StatusChangedAt = at,
                PasswordChangeDue = mode == PasswordMode.Link ? picture.Account.PasswordChangeDue : true,
                PasswordChangedAt = mode == PasswordMode.Temporary ? at : picture.Account.PasswordChangedAt,
            },
        });
        return mode == PasswordMode.Temporary ? receipt with { Secret = new SecretText("rehearsed") } : receipt;
    }

    public Task<WriteReceipt> ResetMfaAsync(Account account, string? factorId, CancellationToken cancellationToken) =>
        SendAsync("reset_mfa", account, PictureParts.Factors, picture => picture with { Factors = [.. picture.Factors!.Where(held => factorId is not null && held.Id != factorId)] });

    public Task<WriteReceipt> AddApplicationAsync(Account account, IdpApplication application, CancellationToken cancellationToken) =>
        SendAsync("add_application", account, GroupParts, picture => Assignments.Added(
            application.AccessGroup is { } access && picture.Groups!.All(group => group.Id != access.Id) ? picture with { Groups = [.. picture.Groups!, new GroupMembership(access.Id, access.Name)] } : picture, application));

    public Task<WriteReceipt> RemoveApplicationAsync(Account account, IdpApplication application, CancellationToken cancellationToken) =>
        SendAsync("remove_application", account, GroupParts, picture => Assignments.Removed(
            application.AccessGroup is { } access ? picture with { Groups = [.. picture.Groups!.Where(group => group.Id != access.Id)] } : picture, application));

    public Task<WriteReceipt> ClearSessionsAsync(Account account, CancellationToken cancellationToken) =>
        SendAsync("clear_sessions", account, PictureParts.None, picture => picture, () => _cleared[account.Id] = clock.GetUtcNow());

    public Task<bool?> WereSessionsClearedAsync(Account account, DateTimeOffset since, CancellationToken cancellationToken) =>
        Task.FromResult<bool?>(_cleared.TryGetValue(account.Id, out var at) && at >= since);

    public Task<WriteReceipt> RevokeGrantsAsync(Account account, CancellationToken cancellationToken) =>
        SendAsync("revoke_grants", account, PictureParts.Grants, picture => picture with { Grants = [] });

    /// <summary>What is different in the end, account by account.</summary>
    public async Task<IReadOnlyList<RehearsedDifference>> DifferenceAsync(CancellationToken cancellationToken)
    {
        var differences = new List<RehearsedDifference>();
        foreach (var id in _made.Keys.Concat(_edits.Keys).Distinct())
        {
            var parts = _edits.GetValueOrDefault(id)?.Aggregate(PictureParts.None, (all, edit) => all | edit.Parts) ?? PictureParts.None;
            var before = await BeforeAsync(id, parts, cancellationToken);
            var after = Edited(before);
            var (was, becomes) = (new Situation { Picture = before }, new Situation { Picture = after });
            var lines = _made.ContainsKey(id) ? EffectPreview.Difference(new Situation(), was).Concat(EffectPreview.Difference(was, becomes)) : EffectPreview.Difference(was, becomes);
            differences.AddRange(lines.Select(line => new RehearsedDifference(after.Account.Email ?? after.Account.Login, Name, line)));
        }

        return differences;
    }

    private const PictureParts GroupParts = PictureParts.Groups | PictureParts.Applications | PictureParts.Roles;

    private Task<WriteReceipt> BecomeAsync(string action, Account account, AccountStatus status) => SendAsync(action, account, PictureParts.None, picture => As(picture, status));

    private AccountPicture As(AccountPicture picture, AccountStatus status)
    {
        var becomes = picture.As(status);
        return becomes with { Account = becomes.Account with { VendorStatus = RehearsedIdps.Word(Idp, status) } };
    }

    private Task<WriteReceipt> SendAsync(string action, Account account, PictureParts parts, Func<AccountPicture, AccountPicture> change, Action? beside = null) => faults.SendAsync(action, () =>
    {
        (_edits.TryGetValue(account.Id, out var edits) ? edits : _edits[account.Id] = []).Add(new AccountEdit(parts, change));
        var receipt = Made(action, account, new WriteReceipt(null));
        beside?.Invoke();
        return receipt;
    });

    private Task<WriteReceipt> Made(string action, Account account, WriteReceipt receipt)
    {
        // Whatever follows comes later.
        clock.Jump(TimeSpan.FromSeconds(1));
        _effects.Add(new RehearsedEffect(clock.GetUtcNow(), Name, action, account.Email ?? account.Login));
        return Task.FromResult(receipt);
    }

    private async Task<AccountPicture> BeforeAsync(string accountId, PictureParts parts, CancellationToken cancellationToken) =>
        _made.TryGetValue(accountId, out var made) ? made : await reads.GetPictureAsync(accountId, parts, cancellationToken);

    private Account Edited(Account account) => Edited(new AccountPicture { Account = account, ReadAt = clock.GetUtcNow() }).Account;

    private AccountPicture Edited(AccountPicture picture) => _edits.TryGetValue(picture.Account.Id, out var edits)
        ? edits.Aggregate(picture, (now, edit) => AccountEdit.Made(now, edit.Change))
        : picture;

    private static bool Same(string? one, string other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);

    /// <param name="Parts">What it changes.</param>
    private sealed record AccountEdit(PictureParts Parts, Func<AccountPicture, AccountPicture> Change)
    {
        /// <summary>Parts that were not asked for stay unasked.</summary>
        public static AccountPicture Made(AccountPicture picture, Func<AccountPicture, AccountPicture> change)
        {
            var made = change(picture with
            {
                Groups = picture.Groups ?? [],
                Applications = picture.Applications ?? [],
                Roles = picture.Roles ?? [],
                Factors = picture.Factors ?? [],
                Grants = picture.Grants ?? [],
            });
            return made with
            {
                Groups = picture.Groups is null ? null : made.Groups,
                Applications = picture.Applications is null ? null : made.Applications,
                Roles = picture.Roles is null ? null : made.Roles,
                Factors = picture.Factors is null ? null : made.Factors,
                Grants = picture.Grants is null ? null : made.Grants,
            };
        }
    }
}

/// <summary>A change that a rehearsal would have sent.</summary>
/// <param name="Person">Work email, else login.</param>
internal sealed record RehearsedEffect(DateTimeOffset At, string Connection, string Action, string Person);

/// <summary>One difference between what is there and what would be.</summary>
internal sealed record RehearsedDifference(string Person, string Connection, EffectLine Line)
{
    public override string ToString() => $"{Line.Sign} {Person} {Connection}: {Line.Text}";
}
