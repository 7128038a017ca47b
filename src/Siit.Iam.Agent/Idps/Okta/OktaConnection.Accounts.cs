namespace Siit.Iam.Agent.Idps.Okta;

internal sealed partial class OktaConnection
{
    private static readonly OktaRequest ReadAccount = new("read the account", "okta.users.read");

    public async Task<IReadOnlyList<Account>> FindAccountsAsync(string emailOrLogin, CancellationToken cancellationToken)
    {
        if (emailOrLogin.Length is 0 or > 320 || emailOrLogin.Any(char.IsControl)) throw OktaErrors.BadSearch();
        var request = new OktaRequest("search for accounts", "okta.users.read");

        // A filter, not a search: it includes deprovisioned users and does not lag behind.
        Task<IReadOnlyList<OktaUser>> By(string field) => AllAsync(request, "/api/v1/users",
            after => api.FindUsers(OktaFilter.Equal(field, emailOrLogin), options.PageSize, after, cancellationToken), cancellationToken);

        var (byLogin, byEmail) = (By("profile.login"), By("profile.email"));
        await AllInOrderAsync(byLogin, byEmail);
        return [.. (await byLogin).Concat(await byEmail)
            .DistinctBy(user => user.Id)
            .Select(ToAccount)
            .Where(account => Same(account.Login, emailOrLogin) || Same(account.Email, emailOrLogin))];
    }

    public async Task<AccountPicture> GetPictureAsync(string accountId, PictureParts parts, CancellationToken cancellationToken)
    {
        Id(accountId, "an account");
        var readAt = time.GetUtcNow();
        // Started once, awaited by whoever needs it: the names of groups explain applications and roles.
        var groupsOnce = new Lazy<Task<IReadOnlyList<OktaGroup>>>(() => GroupsOfAsync(accountId, cancellationToken));

        var account = GetAccountAsync(accountId, cancellationToken);
        var groups = Part(PictureParts.Groups, async () => MembershipsOf(await groupsOnce.Value));
        var applications = Part(PictureParts.Applications, () => ApplicationsOfAsync(accountId, groupsOnce, cancellationToken));
        var roles = Part(PictureParts.Roles, () => RolesOfAsync(accountId, groupsOnce, cancellationToken));
        var factors = Part(PictureParts.Factors, () => FactorsOfAsync(accountId, cancellationToken));
        var grants = Part(PictureParts.Grants, () => GrantsOfAsync(accountId, cancellationToken));
        await AllInOrderAsync(account, groups, applications, roles, factors, grants);

        return new AccountPicture
        {
            Account = await account,
            Groups = await groups,
            Applications = await applications,
            Roles = await roles,
            Factors = await factors,
            Grants = await grants,
            ReadAt = readAt,
        };

        async Task<IReadOnlyList<T>?> Part<T>(PictureParts part, Func<Task<IReadOnlyList<T>>> read) => parts.HasFlag(part) ? await read() : null;
    }

    public string FirstWayIn(string email) => $"Okta mails an activation link to {email}; the account can be used once the person has followed it.";

    public async Task<WriteReceipt> CreateUserAsync(NewUser user, CancellationToken cancellationToken)
    {
        var request = new OktaRequest("create the account", "okta.users.manage", Changes: true);
        var profile = new OktaProfile
        {
            Login = user.Email,
            Email = user.Email,
            FirstName = user.FirstName,
            LastName = user.LastName,
            Department = user.Department,
            Title = user.Title,
            Manager = user.Manager,
        };
        using var response = await SendAsync(request, () => api.CreateUser(new OktaUserWrite(profile), cancellationToken), cancellationToken);
        var requestId = OktaErrors.RequestId(response);
        return response.Content is { } created ? new WriteReceipt(requestId, created.Id) : throw OktaErrors.Unreadable(request, requestId);
    }

    public Task<WriteReceipt> UpdateUserAsync(Account account, ProfileChange change, CancellationToken cancellationToken)
    {
        var profile = new OktaProfile
        {
            FirstName = change.FirstName,
            LastName = change.LastName,
            Department = change.Department,
            Title = change.Title,
            Manager = change.Manager,
        };
        return ChangeAsync(account, "update the account", id => api.UpdateUser(id, new OktaUserWrite(profile), cancellationToken), cancellationToken);
    }

    public Task<WriteReceipt> SuspendUserAsync(Account account, CancellationToken cancellationToken) =>
        ChangeAsync(account, "suspend the account", id => api.Suspend(id, cancellationToken), cancellationToken);

    public Task<WriteReceipt> UnsuspendUserAsync(Account account, CancellationToken cancellationToken) =>
        ChangeAsync(account, "lift the account's suspension", id => api.Unsuspend(id, cancellationToken), cancellationToken);

    public Task<WriteReceipt> UnlockUserAsync(Account account, CancellationToken cancellationToken) =>
        ChangeAsync(account, "unlock the account", id => api.Unlock(id, cancellationToken), cancellationToken);

    /// <summary>Never <c>DELETE /users/{id}</c>: sent to an account that is deactivated already, that erases it for ever.</summary>
    public Task<WriteReceipt> DeactivateUserAsync(Account account, CancellationToken cancellationToken) =>
        ChangeAsync(account, "deactivate the account", id => api.Deactivate(id, cancellationToken), cancellationToken);

    private Task<WriteReceipt> ChangeAsync(
        Account account, string what, Func<string, Task<Refit.IApiResponse>> send, CancellationToken cancellationToken)
    {
        var id = Id(account.Id, "an account");
        return WriteAsync(new OktaRequest(what, "okta.users.manage", Changes: true), () => send(id), cancellationToken);
    }

    private async Task<Account> GetAccountAsync(string id, CancellationToken cancellationToken)
    {
        var user = await ReadAsync(ReadAccount, () => api.GetUser(id, cancellationToken), cancellationToken);
        // Okta takes a login in the same place. Only the immutable id will do.
        return string.Equals(user.Id, id, StringComparison.Ordinal) ? ToAccount(user) : throw OktaErrors.NoAccount();
    }

    private static Account ToAccount(OktaUser user) => new()
    {
        Id = user.Id,
        Login = user.Profile?.Login ?? user.Id,
        Email = user.Profile?.Email,
        FirstName = user.Profile?.FirstName,
        LastName = user.Profile?.LastName,
        DisplayName = user.Profile?.DisplayName,
        Status = OktaStatus.Of(user.Status),
        VendorStatus = user.Status,
        Department = user.Profile?.Department,
        Title = user.Profile?.Title,
        Manager = user.Profile?.Manager ?? user.Profile?.ManagerId,
        CreatedAt = user.Created,
        LastSignInAt = user.LastLogin,
        PasswordChangedAt = user.PasswordChanged,
        StatusChangedAt = user.StatusChanged,
        ManagedBy = user.Credentials?.Provider?.Type is { } provider and not "OKTA" ? provider : null,
    };

    private static bool Same(string? one, string other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);
}
