using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Idps;

namespace Siit.Iam.Agent.Tests.Idps;

/// <summary>
/// Everything that a connection can read and change, once, on the emulated company. For the contract tests: whether the answers are
/// right is looked at elsewhere, here only that each call is sent and gets done.
/// </summary>
internal static class EveryCall
{
    private const int Most = 200;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <param name="everybody">All members of all groups and all events; else the named people and the first pages.</param>
    public static async Task ReadAsync(IIdpConnection idp, bool everybody)
    {
        var people = new Dictionary<string, Account>();
        foreach (var group in await PagesAsync(cursor => idp.FindGroupsAsync(null, Most, cursor, Token)))
        {
            await idp.GetGroupAsync(group.Id, Token);
            foreach (var member in await PagesAsync(cursor => idp.ListMembersAsync(group.Id, Most, cursor, Token), everybody ? Most : 3)) people[member.Id] = member;
        }
        foreach (var application in await PagesAsync(cursor => idp.FindApplicationsAsync(null, Most, cursor, Token)))
            await idp.GetApplicationAsync(application.Id, Token);
        foreach (var account in await NamedAsync(idp)) people[account.Id] = account;
        foreach (var account in people.Values) await idp.GetPictureAsync(account.Id, PictureParts.All, Token);

        Assert.Empty(await idp.FindAccountsAsync("nobody@acme.example", Token));
        Assert.NotEmpty(await PagesAsync(cursor => idp.FindGroupsAsync("Sal", 10, cursor, Token)));
        Assert.NotEmpty(await PagesAsync(cursor => idp.FindApplicationsAsync("Fig", 10, cursor, Token)));
        Assert.NotEmpty(await idp.ListSuperAdministratorsAsync(Token));
        await idp.GetOwnAccountIdsAsync(Token);
        if (idp is ICheckConnection looking) Assert.True((await looking.CheckAsync(Token)).Reachable);
        await EventsAsync(idp, TimeSpan.FromDays(everybody ? 30 : 1), everybody ? Most : 3);
        if (idp is IDirectorySource source) await EveryDirectoryCall.ReadAsync(source, everybody);
    }

    /// <param name="factor">The kind of a factor that can be taken away alone; null when the IdP has none of its own.</param>
    public static async Task WriteAsync(IIdpConnection idp, string group, string application, string? factor)
    {
        var sent = new HashSet<Type>();
        var position = idp is IDirectorySource before ? await before.GetPositionAsync(Token) : "";
        string? id = null;
        await Send<ICreateUser>(async able =>
            id = (await able.CreateUserAsync(new NewUser("zoe@acme.example", "Zoë", "O'Hara", "Support", "Agent", "omar@acme.example"), Token)).NewId);
        var zoe = (await idp.GetPictureAsync(id!, PictureParts.All, Token)).Account;
        await Send<IUpdateUser>(able => able.UpdateUserAsync(zoe, new ProfileChange("Zoe", null, "Sales", null, "mona@acme.example"), Token));

        var ana = await OneAsync(idp, "ana");
        var team = (await PagesAsync(cursor => idp.FindGroupsAsync(group, 10, cursor, Token))).Single(found => found.Name == group);
        await Send<IAddToGroup>(able => able.AddToGroupAsync(ana, team, Token));
        await Send<IRemoveFromGroup>(able => able.RemoveFromGroupAsync(ana, team, Token));
        var product = (await PagesAsync(cursor => idp.FindApplicationsAsync(application, 10, cursor, Token))).Single(found => found.Name == application);
        await Send<IAddApplication>(able => able.AddApplicationAsync(zoe, product, Token));
        await Send<IRemoveApplication>(able => able.RemoveApplicationAsync(zoe, product, Token));

        if (idp is IKnowsContacts knows)
            Assert.NotEmpty(await knows.ListContactsAsync(ana, Token));
        if (idp is IPushChallenge asking)
        {
            var device = (await FactorsAsync()).First(held => held.Kind == "push").Id;
            Assert.Equal(PushAnswer.Waiting, await asking.ReadPushAsync(ana, device, await asking.PushAsync(ana, device, Token), Token));
        }

        await Send<IResetMfa>(async able =>
        {
            if (factor is not null) await able.ResetMfaAsync(ana, (await FactorsAsync()).First(held => held.Kind == factor).Id, Token);
            await able.ResetMfaAsync(ana, null, Token);
        });
        await Send<IClearSessions>(async able =>
        {
            await able.ClearSessionsAsync(ana, Token);
            await able.WereSessionsClearedAsync(ana, DateTimeOffset.UtcNow.AddHours(-1), Token);
        });
        await Send<IRevokeGrants>(able => able.RevokeGrantsAsync(ana, Token));
        await Send<ISuspendUser>(able => able.SuspendUserAsync(ana, Token));
        await Send<IUnsuspendUser>(able => able.UnsuspendUserAsync(ana, Token));
        await Send<IResetPassword>(async able =>
        {
            // A link leaves an account in which nothing expires any more.
            foreach (var mode in able.PasswordModes.OrderDescending()) await able.ResetPasswordAsync(ana, mode, Token);
        });
        await Send<IUnlockUser>(async able => await able.UnlockUserAsync(await OneAsync(idp, "locked"), Token));
        await Send<IDeactivateUser>(able => able.DeactivateUserAsync(zoe, Token));

        foreach (var account in await NamedAsync(idp)) await idp.GetPictureAsync(account.Id, PictureParts.All, Token);
        await EventsAsync(idp, TimeSpan.FromHours(1), 3);
        if (idp is IDirectorySource after) await DirectoryCalls.FollowAsync(after, position);
        Assert.Equal(Changes().Select(change => change.Name), sent.Select(change => change.Name).Order(StringComparer.Ordinal));

        async Task Send<T>(Func<T, Task> change)
            where T : class
        {
            if (idp is not T able) return;
            await change(able);
            sent.Add(typeof(T));
        }

        async Task<IReadOnlyList<Factor>> FactorsAsync() => (await idp.GetPictureAsync(ana.Id, PictureParts.Factors, Token)).Factors!;

        IEnumerable<Type> Changes() => ActionCatalog.All.Select(action => action.Capability).OfType<Type>().Distinct()
            .Where(change => change.IsInstanceOfType(idp)).OrderBy(change => change.Name, StringComparer.Ordinal);
    }

    private static async Task EventsAsync(IIdpConnection idp, TimeSpan back, int pages)
    {
        var since = DateTimeOffset.UtcNow - back;
        await PagesAsync(cursor => idp.ListEventsAsync(null, since, Most, cursor, Token), pages);
        var ana = await OneAsync(idp, "ana");
        await PagesAsync(cursor => idp.ListEventsAsync(ana.Id, since, Most, cursor, Token), pages);
    }

    /// <summary>Somebody in each state, with each kind of role, found by address in whatever number the IdP has them.</summary>
    private static async Task<IReadOnlyList<Account>> NamedAsync(IIdpConnection idp)
    {
        string[] logins = ["ana", "ben", "dora", "dupe", "expired", "gone", "locked", "provisioned", "recovery", "staged", "suspended", "theo"];
        var all = new List<Account>();
        foreach (var login in logins) all.AddRange(await idp.FindAccountsAsync($"{login}@acme.example", Token));
        return all;
    }

    private static async Task<Account> OneAsync(IIdpConnection idp, string login) =>
        Assert.Single(await idp.FindAccountsAsync($"{login}@acme.example", Token));

    private static async Task<IReadOnlyList<T>> PagesAsync<T>(Func<string?, Task<Page<T>>> read, int most = int.MaxValue)
    {
        var all = new List<T>();
        string? cursor = null;
        for (var page = 0; page < most; page++)
        {
            var found = await read(cursor);
            all.AddRange(found.Items);
            if ((cursor = found.Next) is null) break;
        }
        return all;
    }
}
