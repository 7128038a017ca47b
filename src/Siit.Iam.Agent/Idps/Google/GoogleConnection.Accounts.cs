using System.Security.Cryptography;

namespace Siit.Iam.Agent.Idps.Google;

internal sealed partial class GoogleConnection
{
    private const string UserScope = "admin.directory.user";
    private const string PasswordAlphabet = IdGuard.LettersAndDigits + "!#%+-.:=?@_";

    private static readonly GoogleRequest ReadAccount = new("read the account", UserScope);

    public async Task<IReadOnlyList<Account>> FindAccountsAsync(string emailOrLogin, CancellationToken cancellationToken)
    {
        if (emailOrLogin.Length is 0 or > 320 || emailOrLogin.Any(char.IsControl)) throw GoogleErrors.BadSearch();
        // Sign-in names are addresses. Anything else could be an id, or a part of a path.
        if (!emailOrLogin.Contains('@', StringComparison.Ordinal)) return [];
        var user = await FindAsync(emailOrLogin, cancellationToken);
        // Google finds by alias as well: somebody else's former address is not his account.
        return user is not null && Same(user.PrimaryEmail, emailOrLogin) ? [ToAccount(user)] : [];
    }

    public async Task<AccountPicture> GetPictureAsync(string accountId, PictureParts parts, CancellationToken cancellationToken)
    {
        Id(accountId, "an account");
        var readAt = time.GetUtcNow();
        // Started once, awaited by whoever needs it: the groups explain the applications.
        var groupsOnce = new Lazy<Task<IReadOnlyList<GoogleGroup>>>(() => GroupsOfAsync(accountId, cancellationToken));

        var user = UserAsync(accountId, cancellationToken);
        var groups = Part(PictureParts.Groups, async () => MembershipsOf(await groupsOnce.Value));
        var applications = Part(PictureParts.Applications, () => ApplicationsOfAsync(accountId, groupsOnce, cancellationToken));
        var roles = Part(PictureParts.Roles, async () => await RolesOfAsync(await user, cancellationToken));
        var grants = Part(PictureParts.Grants, () => GrantsOfAsync(accountId, cancellationToken));
        await AllInOrderAsync(user, groups, applications, roles, grants);

        return new AccountPicture
        {
            Account = ToAccount(await user),
            Groups = await groups,
            Applications = await applications,
            Roles = await roles,
            Factors = parts.HasFlag(PictureParts.Factors) ? FactorsOf(await user) : null,
            Grants = await grants,
            ReadAt = readAt,
        };

        async Task<IReadOnlyList<T>?> Part<T>(PictureParts part, Func<Task<IReadOnlyList<T>>> read) => parts.HasFlag(part) ? await read() : null;
    }

    public string FirstWayIn(string email) =>
        "Google sends no invitation, and nobody learns the random password: the person signs in through single sign-on, or an administrator sets a first password in the Admin console.";

    /// <summary>Google wants a password. It gets a random one that nobody ever sees.</summary>
    public async Task<WriteReceipt> CreateUserAsync(NewUser user, CancellationToken cancellationToken)
    {
        var request = new GoogleRequest("create the account", UserScope, Changes: true);
        var body = new GoogleNewUser
        {
            PrimaryEmail = user.Email,
            Name = new GoogleName(user.FirstName, user.LastName),
            Password = RandomNumberGenerator.GetString(PasswordAlphabet, 64),
            Organizations = GoogleProfile.Organizations(null, user.Department, user.Title),
            Relations = GoogleProfile.Relations(null, user.Manager),
        };
        using var response = await SendAsync(request, () => _directory.CreateUser(body, cancellationToken), cancellationToken);
        return response.Content is { } created ? new WriteReceipt(null, created.Id) : throw GoogleErrors.Unreadable(request);
    }

    public async Task<WriteReceipt> UpdateUserAsync(Account account, ProfileChange change, CancellationToken cancellationToken)
    {
        var user = await UserAsync(Id(account.Id, "an account"), cancellationToken);
        var renamed = change.FirstName is not null || change.LastName is not null;
        var write = new GoogleUserWrite
        {
            Name = renamed ? new GoogleName(change.FirstName ?? user.Name?.GivenName, change.LastName ?? user.Name?.FamilyName) : null,
            Organizations = GoogleProfile.Organizations(user.Organizations, change.Department, change.Title),
            Relations = GoogleProfile.Relations(user.Relations, change.Manager),
        };
        return await ChangeAsync(account, "update the account", UserScope, id => _directory.UpdateUser(id, write, cancellationToken), cancellationToken);
    }

    public Task<WriteReceipt> SuspendUserAsync(Account account, CancellationToken cancellationToken) =>
        SetAsync(account, "suspend the account", new GoogleUserWrite { Suspended = true }, cancellationToken);

    public Task<WriteReceipt> UnsuspendUserAsync(Account account, CancellationToken cancellationToken) =>
        SetAsync(account, "lift the account's suspension", new GoogleUserWrite { Suspended = false }, cancellationToken);

    /// <summary>Archives. Never <c>DELETE /users/{id}</c>: that erases mail and files after 20 days.</summary>
    public Task<WriteReceipt> DeactivateUserAsync(Account account, CancellationToken cancellationToken) =>
        SetAsync(account, "archive the account", new GoogleUserWrite { Archived = true }, cancellationToken);

    private Task<WriteReceipt> SetAsync(Account account, string what, GoogleUserWrite write, CancellationToken cancellationToken) =>
        ChangeAsync(account, what, UserScope, id => _directory.UpdateUser(id, write, cancellationToken), cancellationToken);

    private Task<WriteReceipt> ChangeAsync(
        Account account, string what, string scope, Func<string, Task<Refit.IApiResponse>> send, CancellationToken cancellationToken)
    {
        var id = Id(account.Id, "an account");
        return WriteAsync(new GoogleRequest(what, scope, Changes: true), () => send(id), cancellationToken);
    }

    private async Task<GoogleUser> UserAsync(string id, CancellationToken cancellationToken)
    {
        var user = await ReadAsync(ReadAccount, () => _directory.GetUser(id, cancellationToken), cancellationToken);
        // Google takes an address or an alias in the same place. Only the immutable id will do.
        return string.Equals(user.Id, id, StringComparison.Ordinal) ? user : throw GoogleErrors.NoAccount();
    }

    /// <summary>By key, which does not lag. About an address of a domain that is not the tenant's Google says "not allowed": then the search decides.</summary>
    private async Task<GoogleUser?> FindAsync(string email, CancellationToken cancellationToken)
    {
        var request = new GoogleRequest("search for accounts", UserScope);
        try
        {
            return await ReadAsync(request, () => _directory.GetUser(email, cancellationToken), cancellationToken);
        }
        catch (IdpException e) when (e.Trouble == IdpTrouble.NotFound)
        {
            return null;
        }
        catch (IdpException e) when (e.Trouble == IdpTrouble.NotAllowed)
        {
            var found = await ReadAsync(request,
                () => _directory.FindUsers(options.Customer, GoogleQuery.Equal("email", email), options.PageSize, null, cancellationToken), cancellationToken);
            return found.Users?.FirstOrDefault(user => Same(user.PrimaryEmail, email));
        }
    }

    private Account ToAccount(GoogleUser user)
    {
        var word = GoogleStatus.Word(user, time.GetUtcNow());
        return new Account
        {
            Id = Id(user.Id, "an account"),
            Login = user.PrimaryEmail,
            Email = user.PrimaryEmail,
            FirstName = user.Name?.GivenName,
            LastName = user.Name?.FamilyName,
            DisplayName = user.Name?.FullName,
            Status = GoogleStatus.Of(word),
            VendorStatus = word,
            Department = GoogleProfile.Department(user),
            Title = GoogleProfile.Title(user),
            Manager = GoogleProfile.Manager(user),
            CreatedAt = user.CreationTime,
            // 1970 means never.
            LastSignInAt = user.LastLoginTime is { Year: > 1970 } last ? last : null,
            PasswordChangeDue = user.ChangePasswordAtNextLogin ?? false,
        };
    }

    private static bool Same(string? one, string other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);
}
