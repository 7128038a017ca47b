using System.Collections.Concurrent;
using Siit.Iam.Agent.Idps;

namespace Siit.Iam.Agent.Gate.Rehearsals;

/// <summary>
/// Reads each thing once: a rehearsal is about one picture, whatever changes at the IdP meanwhile, and walking it sixty times costs
/// the tenant's quota once. It can change nothing.
/// </summary>
internal sealed class RememberedConnection(IIdpConnection under) : IIdpConnection, IKnowsContacts
{
    private readonly ConcurrentDictionary<string, Lazy<Task>> _read = new(StringComparer.Ordinal);

    public string Name => under.Name;

    public IdpKind Idp => under.Idp;

    public Uri Tenant => under.Tenant;

    public Task<IReadOnlyList<Account>> FindAccountsAsync(string emailOrLogin, CancellationToken cancellationToken) =>
        OnceAsync($"accounts {emailOrLogin.ToUpperInvariant()}", () => under.FindAccountsAsync(emailOrLogin, cancellationToken));

    public Task<AccountPicture> GetPictureAsync(string accountId, PictureParts parts, CancellationToken cancellationToken) =>
        OnceAsync($"picture {accountId} {parts}", () => under.GetPictureAsync(accountId, parts, cancellationToken));

    public Task<Page<IdpGroup>> FindGroupsAsync(string? query, int limit, string? cursor, CancellationToken cancellationToken) =>
        OnceAsync($"groups {limit} {cursor} {query}", () => under.FindGroupsAsync(query, limit, cursor, cancellationToken));

    public Task<GroupPicture> GetGroupAsync(string groupId, CancellationToken cancellationToken) => OnceAsync($"group {groupId}", () => under.GetGroupAsync(groupId, cancellationToken));

    public Task<Page<Account>> ListMembersAsync(string groupId, int limit, string? cursor, CancellationToken cancellationToken) =>
        OnceAsync($"members {limit} {cursor} {groupId}", () => under.ListMembersAsync(groupId, limit, cursor, cancellationToken));

    public Task<Page<IdpApplication>> FindApplicationsAsync(string? query, int limit, string? cursor, CancellationToken cancellationToken) =>
        OnceAsync($"applications {limit} {cursor} {query}", () => under.FindApplicationsAsync(query, limit, cursor, cancellationToken));

    public Task<IdpApplication> GetApplicationAsync(string applicationId, CancellationToken cancellationToken) =>
        OnceAsync($"application {applicationId}", () => under.GetApplicationAsync(applicationId, cancellationToken));

    public Task<Page<LoggedEvent>> ListEventsAsync(string? accountId, DateTimeOffset since, int limit, string? cursor, CancellationToken cancellationToken) =>
        OnceAsync($"events {accountId} {since.UtcTicks} {limit} {cursor}", () => under.ListEventsAsync(accountId, since, limit, cursor, cancellationToken));

    public Task<IReadOnlyCollection<string>> ListSuperAdministratorsAsync(CancellationToken cancellationToken) =>
        OnceAsync("super administrators", () => under.ListSuperAdministratorsAsync(cancellationToken));

    public Task<IReadOnlyCollection<string>> GetOwnAccountIdsAsync(CancellationToken cancellationToken) => OnceAsync("own accounts", () => under.GetOwnAccountIdsAsync(cancellationToken));

    public Task<IReadOnlyList<Contact>> ListContactsAsync(Account account, CancellationToken cancellationToken) => under is IKnowsContacts contacts
        ? OnceAsync($"contacts {account.Id}", () => contacts.ListContactsAsync(account, cancellationToken))
        : Task.FromResult<IReadOnlyList<Contact>>([]);

    public IEnumerable<Trap> TrapsOf(string action, Situation situation) => under.TrapsOf(action, situation);

    public string? CannotBecause(string action) => under.CannotBecause(action);

    private async Task<T> OnceAsync<T>(string what, Func<Task<T>> read)
    {
        var once = _read.GetOrAdd(what, _ => new Lazy<Task>(read));
        try
        {
            return await (Task<T>)once.Value;
        }
        catch
        {
            // Trouble that passes is asked about again.
            _read.TryRemove(KeyValuePair.Create(what, once));
            throw;
        }
    }
}
