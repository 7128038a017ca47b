namespace Siit.Iam.Agent.Idps.JumpCloud;

internal sealed partial class JumpCloudConnection
{
    private static readonly JumpCloudRequest ReadAccount = new("read the account", "users.readonly");
    private static readonly JumpCloudRequest SearchAccounts = new("search for accounts", "users.readonly");
    private static readonly string[] UsernameEndings = ["", "2", "3", "4", "5"];

    public async Task<IReadOnlyList<Account>> FindAccountsAsync(string emailOrLogin, CancellationToken cancellationToken)
    {
        var users = await FindUsersAsync(emailOrLogin, cancellationToken);
        return await Task.WhenAll(users.Select(user => WithManagerAsync(user, cancellationToken)));
    }

    public async Task<AccountPicture> GetPictureAsync(string accountId, PictureParts parts, CancellationToken cancellationToken)
    {
        Id(accountId, "an account");
        var readAt = time.GetUtcNow();
        // Started once, awaited by whoever needs it: most parts come from the user itself, and groups explain applications.
        var user = GetUserAsync(accountId, cancellationToken);
        var groupsOnce = new Lazy<Task<IReadOnlyList<JumpCloudGroup>>>(() => AllGroupsAsync(cancellationToken));

        var account = AccountAsync(user, cancellationToken);
        var groups = Part(PictureParts.Groups, () => MembershipsOfAsync(accountId, groupsOnce, cancellationToken));
        var applications = Part(PictureParts.Applications, () => ApplicationsOfAsync(accountId, groupsOnce, cancellationToken));
        var roles = Part(PictureParts.Roles, () => RolesOfAsync(user, cancellationToken));
        var factors = Part(PictureParts.Factors, () => FactorsOfAsync(user, cancellationToken));
        await AllInOrderAsync(account, groups, applications, roles, factors);

        return new AccountPicture
        {
            Account = await account,
            Groups = await groups,
            Applications = await applications,
            Roles = await roles,
            Factors = await factors,
            // JumpCloud gives none to third parties in a person's name.
            Grants = parts.HasFlag(PictureParts.Grants) ? [] : null,
            ReadAt = readAt,
        };

        async Task<IReadOnlyList<T>?> Part<T>(PictureParts part, Func<Task<IReadOnlyList<T>>> read) => parts.HasFlag(part) ? await read() : null;
    }

    public string FirstWayIn(string email) => $"JumpCloud mails an invitation to {email}; the account can be used once the person has set a password.";

    /// <summary>The state is always sent: left out, a setting of the organization would choose it, and a staged account gets no invitation.</summary>
    public async Task<WriteReceipt> CreateUserAsync(NewUser user, CancellationToken cancellationToken)
    {
        var request = new JumpCloudRequest("create the account", "users.create", Changes: true);
        var write = new JumpCloudUserWrite
        {
            Username = await FreeUsernameAsync(user.Email, cancellationToken),
            Email = user.Email,
            FirstName = user.FirstName,
            LastName = user.LastName,
            Department = user.Department,
            JobTitle = user.Title,
            Manager = await ManagerIdAsync(user.Manager, cancellationToken),
            State = JumpCloudStatus.Activated,
        };
        using var response = await SendAsync(request, () => v1.CreateUser(write, cancellationToken), cancellationToken);
        var requestId = JumpCloudErrors.RequestId(response);
        return response.Content is { } created ? new WriteReceipt(requestId, created.Id) : throw JumpCloudErrors.Unreadable(request, requestId);
    }

    public async Task<WriteReceipt> UpdateUserAsync(Account account, ProfileChange change, CancellationToken cancellationToken)
    {
        var write = new JumpCloudUserWrite
        {
            FirstName = change.FirstName,
            LastName = change.LastName,
            Department = change.Department,
            JobTitle = change.Title,
            Manager = await ManagerIdAsync(change.Manager, cancellationToken),
        };
        return await ChangeAsync(account, "update the account", "users.properties.update", id => v1.UpdateUser(id, write, cancellationToken), cancellationToken);
    }

    public Task<WriteReceipt> SuspendUserAsync(Account account, CancellationToken cancellationToken) =>
        ChangeAsync(account, "suspend the account", "users.state.suspend", id => v1.Suspend(id, cancellationToken), cancellationToken);

    /// <summary>By PUT: the call named activate is for staged accounts, and mails them.</summary>
    public Task<WriteReceipt> UnsuspendUserAsync(Account account, CancellationToken cancellationToken) =>
        ChangeAsync(account, "lift the account's suspension", "users.properties.update",
            id => v1.UpdateUser(id, new JumpCloudUserWrite { State = JumpCloudStatus.Activated }, cancellationToken), cancellationToken);

    public Task<WriteReceipt> UnlockUserAsync(Account account, CancellationToken cancellationToken) =>
        ChangeAsync(account, "unlock the account", "users.state.unlock", id => v1.Unlock(id, cancellationToken), cancellationToken);

    private Task<WriteReceipt> ChangeAsync(
        Account account, string what, string scope, Func<string, Task<Refit.IApiResponse>> send, CancellationToken cancellationToken)
    {
        var id = Id(account.Id, "an account");
        return WriteAsync(new JumpCloudRequest(what, scope, Changes: true), () => send(id), cancellationToken);
    }

    /// <summary>Lists, not searches: JumpCloud answers its search from an index that lags behind.</summary>
    private async Task<IReadOnlyList<JumpCloudUser>> FindUsersAsync(string emailOrLogin, CancellationToken cancellationToken)
    {
        if (emailOrLogin.Length is 0 or > 320 || emailOrLogin.Any(char.IsControl)) throw JumpCloudErrors.BadSearch();

        // JumpCloud compares with case, so the usual spelling is asked for as well.
        string[] spellings = [.. new[] { emailOrLogin, emailOrLogin.ToLowerInvariant() }.Distinct(StringComparer.Ordinal)];
        var filters = spellings.SelectMany(spelling => new[] { $"email:$eq:{spelling}", $"username:$eq:{spelling}" });
        var lists = filters.Select(filter => AllAsync(SearchAccounts, skip => UserPageAsync(filter, skip, cancellationToken))).ToArray();
        await AllInOrderAsync(lists);
        return [.. (await Task.WhenAll(lists)).SelectMany(users => users)
            .DistinctBy(user => user.Id)
            .Where(user => Same(user.Username, emailOrLogin) || Same(user.Email, emailOrLogin))];
    }

    private Task<(IReadOnlyList<JumpCloudUser> Items, bool More)> UserPageAsync(string? filter, int skip, CancellationToken cancellationToken) =>
        CountedPageAsync(SearchAccounts, skip, () => v1.FindUsers(filter, options.PageSize, skip, cancellationToken),
            (JumpCloudUsers list) => (list.TotalCount, list.Results), cancellationToken);

    private async Task<JumpCloudUser> GetUserAsync(string id, CancellationToken cancellationToken)
    {
        var user = await ReadAsync(ReadAccount, () => v1.GetUser(id, cancellationToken), cancellationToken);
        return string.Equals(user.Id, id, StringComparison.OrdinalIgnoreCase) ? user : throw JumpCloudErrors.NoAccount();
    }

    private async Task<Account> AccountAsync(Task<JumpCloudUser> user, CancellationToken cancellationToken) => await WithManagerAsync(await user, cancellationToken);

    private async Task<Account> WithManagerAsync(JumpCloudUser user, CancellationToken cancellationToken)
    {
        var account = ToAccount(user);
        if (!JumpCloudIds.Accepts(user.Manager)) return account;
        try
        {
            var manager = await GetUserAsync(user.Manager!, cancellationToken);
            return account with { Manager = manager.Email ?? manager.Username };
        }
        catch (IdpException e) when (e.Trouble == IdpTrouble.NotFound)
        {
            return account;
        }
    }

    private async Task<string?> ManagerIdAsync(string? emailOrLogin, CancellationToken cancellationToken)
    {
        if (emailOrLogin is null) return null;
        var found = await FindUsersAsync(emailOrLogin, cancellationToken);
        return found.Count == 1 ? found[0].Id : throw JumpCloudErrors.NoManager(found.Count);
    }

    /// <summary>The mailbox's name as JumpCloud takes it, with a number when somebody else has it: usernames are unique, too.</summary>
    private async Task<string> FreeUsernameAsync(string email, CancellationToken cancellationToken)
    {
        const int longest = 30;
        var local = email.Split('@')[0].Split('+')[0].ToLowerInvariant();
        string[] possible = [.. UsernameEndings
            .Select(number => local.Length + number.Length <= longest ? local + number : local[..(longest - number.Length)] + number)];
        if (local.Length == 0 || !char.IsAsciiLetter(local[0]) || local.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not '.' and not '-' and not '_'))
            throw JumpCloudErrors.NoUsername(email);
        foreach (var username in possible)
            if ((await FindUsersAsync(username, cancellationToken)).Count == 0) return username;
        throw JumpCloudErrors.NoUsername(email);
    }

    private static Account ToAccount(JumpCloudUser user) => new()
    {
        Id = user.Id,
        Login = user.Username ?? user.Email ?? user.Id,
        Email = user.Email,
        FirstName = Text(user.FirstName),
        LastName = Text(user.LastName),
        DisplayName = Text(user.DisplayName),
        Status = JumpCloudStatus.Of(user),
        VendorStatus = JumpCloudStatus.Word(user),
        Department = Text(user.Department),
        Title = Text(user.JobTitle),
        CreatedAt = JumpCloudStatus.Time(user.Created),
        PasswordChangedAt = JumpCloudStatus.Time(user.PasswordDate),
        PasswordChangeDue = user.PasswordExpired,
        StatusChangedAt = JumpCloudStatus.ChangedAt(user),
        ManagedBy = JumpCloudMastery.Of(user),
    };

    /// <summary>JumpCloud answers empty texts for what was never filled in.</summary>
    private static string? Text(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static bool Same(string? one, string other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);
}
