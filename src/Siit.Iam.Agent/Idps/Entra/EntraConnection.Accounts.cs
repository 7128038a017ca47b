using System.Buffers;
using System.Security.Cryptography;
using Microsoft.Graph.Models;

namespace Siit.Iam.Agent.Idps.Entra;

internal sealed partial class EntraConnection
{
    private static readonly EntraRequest ReadAccount = new("read the account", "User.Read.All");

    private static readonly EntraRequest ReadDeleted = new("look among the deleted accounts", "User.Read.All");

    /// <summary>What Graph takes in a mail nickname, of what a work email can hold.</summary>
    private static readonly SearchValues<char> Nickname = SearchValues.Create(IdGuard.LettersAndDigits + ".-_");

    public async Task<IReadOnlyList<Account>> FindAccountsAsync(string emailOrLogin, CancellationToken cancellationToken)
    {
        if (emailOrLogin.Length is 0 or > 320 || emailOrLogin.Any(char.IsControl)) throw EntraErrors.BadSearch();
        var filter = EntraFilter.Address(emailOrLogin);
        var live = AllAsync(new EntraRequest("search for accounts", "User.Read.All"),
            (api, token) => api.FindUsersAsync(filter, options.PageSize, token, cancellationToken), cancellationToken);
        var deleted = AllAsync(ReadDeleted,
            (api, token) => api.FindDeletedUsersAsync(EntraFilter.Equal("mail", emailOrLogin), options.PageSize, token, cancellationToken), cancellationToken);
        await AllInOrderAsync(live, deleted);
        return
        [
            .. (await live).DistinctBy(user => user.Id).Select(user => ToAccount(user)),
            .. (await deleted).Where(user => Same(user.Mail, emailOrLogin)).Select(user => ToAccount(user, deleted: true)),
        ];
    }

    public async Task<AccountPicture> GetPictureAsync(string accountId, PictureParts parts, CancellationToken cancellationToken)
    {
        var id = Id(accountId, "an account");
        var readAt = time.GetUtcNow();
        var account = await GetAccountAsync(id, cancellationToken);
        if (account.Status == AccountStatus.Deprovisioned) return NothingLeft(account, parts, readAt);

        // Started once, awaited by whoever needs it: memberships also say which groups carry roles.
        var memberships = new Lazy<Task<IReadOnlyList<DirectoryObject>>>(() => MembershipsAsync(id, cancellationToken));
        var groups = Part(PictureParts.Groups, async () => GroupsOf(await memberships.Value));
        var applications = Part(PictureParts.Applications, () => ApplicationsOfAsync(id, cancellationToken));
        var roles = Part(PictureParts.Roles, async () => await RolesOfAsync(id, await memberships.Value, cancellationToken));
        var factors = Part(PictureParts.Factors, () => FactorsOfAsync(account, cancellationToken));
        var grants = Part(PictureParts.Grants, () => GrantsOfAsync(id, cancellationToken));
        await AllInOrderAsync(groups, applications, roles, factors, grants);

        return new AccountPicture
        {
            Account = account,
            Groups = await groups,
            Applications = await applications,
            Roles = await roles,
            Factors = await factors,
            Grants = await grants,
            ReadAt = readAt,
        };

        async Task<IReadOnlyList<T>?> Part<T>(PictureParts part, Func<Task<IReadOnlyList<T>>> read) => parts.HasFlag(part) ? await read() : null;
    }

    public string FirstWayIn(string email) =>
        "Entra mails no invitation: the account gets a password that nobody knows. An administrator hands out the first way in, such as a Temporary Access Pass.";

    public async Task<WriteReceipt> CreateUserAsync(NewUser user, CancellationToken cancellationToken)
    {
        var request = new EntraRequest("create the account", "User.ReadWrite.All", Changes: true);
        var managerId = user.Manager is { } manager ? await ManagerIdAsync(manager, cancellationToken) : null;
        var receipt = new EntraReceipt();
        var created = await SendAsync(request, api => api.CreateUserAsync(
            new User
            {
                AccountEnabled = true,
                UserPrincipalName = user.Email,
                MailNickname = new string([.. user.Email.Split('@')[0].Where(Nickname.Contains)]) is { Length: > 0 } nickname ? nickname : "user",
                DisplayName = $"{user.FirstName} {user.LastName}",
                GivenName = user.FirstName,
                Surname = user.LastName,
                Department = user.Department,
                JobTitle = user.Title,
                PasswordProfile = new PasswordProfile { Password = NobodysPassword(), ForceChangePasswordNextSignIn = true },
            }, receipt, cancellationToken), cancellationToken);
        if (created?.Id is not { } id) throw EntraErrors.Unreadable(request, receipt.RequestId);
        if (managerId is not null)
            await EachAsync(request, [false, true], async set => set ? await SetManagerAsync(id, managerId, cancellationToken) : new WriteReceipt(receipt.RequestId));
        return new WriteReceipt(receipt.RequestId, id);
    }

    public async Task<WriteReceipt> UpdateUserAsync(Account account, ProfileChange change, CancellationToken cancellationToken)
    {
        var id = Id(account.Id, "an account");
        var managerId = change.Manager is { } manager ? await ManagerIdAsync(manager, cancellationToken) : null;
        var steps = new List<Func<Task<WriteReceipt>>>();
        if (change is not { FirstName: null, LastName: null, Department: null, Title: null })
        {
            // A field that is not set is not sent.
            var user = new User();
            if (change.FirstName is { } first) user.GivenName = first;
            if (change.LastName is { } last) user.Surname = last;
            if (change.Department is { } department) user.Department = department;
            if (change.Title is { } title) user.JobTitle = title;
            steps.Add(() => ChangeAsync(account, "update the account", "User.ReadWrite.All", user, cancellationToken));
        }
        if (managerId is not null) steps.Add(() => SetManagerAsync(id, managerId, cancellationToken));
        return await EachAsync(new EntraRequest("update the account", "User.ReadWrite.All", Changes: true), steps, step => step());
    }

    public Task<WriteReceipt> SuspendUserAsync(Account account, CancellationToken cancellationToken) =>
        ChangeAsync(account, "disable the account", "User.EnableDisableAccount.All", new User { AccountEnabled = false }, cancellationToken);

    public Task<WriteReceipt> UnsuspendUserAsync(Account account, CancellationToken cancellationToken) =>
        ChangeAsync(account, "enable the account", "User.EnableDisableAccount.All", new User { AccountEnabled = true }, cancellationToken);

    /// <summary>Moves it to the deleted items, where an administrator can restore it for 30 days. Erasing it there is no call of ours.</summary>
    public Task<WriteReceipt> DeactivateUserAsync(Account account, CancellationToken cancellationToken)
    {
        var id = Id(account.Id, "an account");
        return WriteAsync(new EntraRequest("move the account to the deleted items", "User.DeleteRestore.All", Changes: true),
            (api, receipt) => api.DeleteUserAsync(id, receipt, cancellationToken), cancellationToken);
    }

    private Task<WriteReceipt> ChangeAsync(Account account, string what, string permission, User change, CancellationToken cancellationToken)
    {
        var id = Id(account.Id, "an account");
        return WriteAsync(new EntraRequest(what, permission, Changes: true), (api, receipt) => api.UpdateUserAsync(id, change, receipt, cancellationToken), cancellationToken);
    }

    private Task<WriteReceipt> SetManagerAsync(string id, string managerId, CancellationToken cancellationToken) =>
        WriteAsync(new EntraRequest("set the account's manager", "User.ReadWrite.All", Changes: true),
            (api, receipt) => api.SetManagerAsync(id, managerId, receipt, cancellationToken), cancellationToken);

    /// <summary>Looked up before anything is changed.</summary>
    private async Task<string> ManagerIdAsync(string manager, CancellationToken cancellationToken) =>
        (await FindAccountsAsync(manager, cancellationToken)).Where(found => found.Status != AccountStatus.Deprovisioned).ToList() is [var one]
            ? Id(one.Id, "an account")
            : throw EntraErrors.NoManager(manager);

    private async Task<Account> GetAccountAsync(string id, CancellationToken cancellationToken)
    {
        try
        {
            var user = await ReadAsync(ReadAccount, api => api.GetUserAsync(id, cancellationToken), cancellationToken);
            // Graph takes a login in the same place. Only the immutable id will do.
            if (!Same(user.Id, id)) throw EntraErrors.NoAccount();
            var account = ToAccount(user);
            return account.PasswordHeldBy is null ? account with { PasswordHeldBy = await FederationOfAsync(account.Login, cancellationToken) } : account;
        }
        catch (IdpException e) when (e.Trouble == IdpTrouble.NotFound)
        {
            var deleted = await AllAsync(ReadDeleted,
                (api, token) => api.FindDeletedUsersAsync(EntraFilter.Equal("id", id), options.PageSize, token, cancellationToken), cancellationToken);
            return deleted.FirstOrDefault(user => Same(user.Id, id)) is { } user ? ToAccount(user, deleted: true) : throw EntraErrors.NoAccount();
        }
    }

    private static AccountPicture NothingLeft(Account account, PictureParts parts, DateTimeOffset readAt) => new()
    {
        Account = account,
        Groups = parts.HasFlag(PictureParts.Groups) ? [] : null,
        Applications = parts.HasFlag(PictureParts.Applications) ? [] : null,
        Roles = parts.HasFlag(PictureParts.Roles) ? [] : null,
        Factors = parts.HasFlag(PictureParts.Factors) ? [] : null,
        Grants = parts.HasFlag(PictureParts.Grants) ? [] : null,
        ReadAt = readAt,
    };

    private static Account ToAccount(User user) => ToAccount(user, deleted: false);

    private static Account ToAccount(User user, bool deleted)
    {
        var login = user.UserPrincipalName ?? user.Id!;
        var word = deleted ? EntraStatus.Deleted : EntraStatus.Word(user.AccountEnabled, user.ExternalUserState);
        var guest = login.Contains("#EXT#", StringComparison.OrdinalIgnoreCase);
        var manager = user.Manager as User;
        return new Account
        {
            Id = user.Id!,
            Login = login,
            // Without a mailbox there is no mail; then the login is the work email, but never a guest's, which only looks like one.
            Email = user.Mail ?? (guest || deleted ? null : login),
            FirstName = user.GivenName,
            LastName = user.Surname,
            DisplayName = user.DisplayName,
            Status = EntraStatus.Of(word),
            VendorStatus = word,
            Department = user.Department,
            Title = user.JobTitle,
            Manager = manager?.Mail ?? manager?.UserPrincipalName,
            CreatedAt = user.CreatedDateTime,
            PasswordChangedAt = user.LastPasswordChangeDateTime,
            PasswordChangeDue = user.PasswordProfile?.ForceChangePasswordNextSignIn,
            PasswordHeldBy = user.OnPremisesSyncEnabled == true ? ActiveDirectory : guest ? "the guest's own organization" : null,
            ManagedBy = user.OnPremisesSyncEnabled == true ? ActiveDirectory : null,
        };
    }

    /// <summary>Never shown, stored or sent to anybody but Entra; the person sets another one.</summary>
    private static string NobodysPassword() => $"{RandomNumberGenerator.GetString(IdGuard.LettersAndDigits, 40)}aA1!";

    private static bool Same(string? one, string other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);
}
