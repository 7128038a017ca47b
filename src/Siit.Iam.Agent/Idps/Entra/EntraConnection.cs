namespace Siit.Iam.Agent.Idps.Entra;

/// <summary>One tenant of Entra ID. This file has how calls are made; the other parts have the calls, by subject.</summary>
/// <param name="api">Made when first used: it brings Microsoft.Graph into the process.</param>
internal sealed partial class EntraConnection(string name, EntraOptions options, Lazy<EntraApi> api, TimeProvider time)
    : IIdpConnection, IDirectorySource, IAddApplication, IAddToGroup, IClearSessions, ICreateUser, IDeactivateUser, IRemoveApplication, IRemoveFromGroup,
        IKnowsContacts, IResetMfa, IResetPassword, IRevokeGrants, ISuspendUser, IUnsuspendUser, IUpdateUser
{
    public string Name => name;

    public IdpKind Idp => IdpKind.Entra;

    public Uri Tenant => options.TokenUrl is null ? new Uri(options.Authority, options.TenantId) : options.Url;

    public IEnumerable<Trap> TrapsOf(string action, Situation situation) => EntraTraps.Of(action, situation);

    public string? CannotBecause(string action) => action switch
    {
        "unlock_user" => "Smart lockout can be neither read nor lifted through Graph; it ends by itself within minutes. When the password is forgotten, use reset_password.",
        _ => null,
    };

    /// <summary>The GUID itself when it may stand in a path.</summary>
    private static string Id(string? id, string what) =>
        EntraIds.Objects.Accepts(id) && Guid.TryParseExact(id, "D", out _) ? id! : throw EntraErrors.BadId(what);

    private static string OpaqueId(string? id, string what) => EntraIds.Opaque.Accepts(id) ? id! : throw EntraErrors.BadId(what);

    private async Task<T> ReadAsync<T>(EntraRequest request, Func<EntraApi, Task<T?>> send, CancellationToken cancellationToken)
        where T : class =>
        await SendAsync(request, send, cancellationToken) ?? throw EntraErrors.Unreadable(request, null);

    private async Task<WriteReceipt> WriteAsync(EntraRequest request, Func<EntraApi, EntraReceipt, Task> send, CancellationToken cancellationToken)
    {
        var receipt = new EntraReceipt();
        await SendAsync<object>(request, async api =>
        {
            await send(api, receipt);
            return null;
        }, cancellationToken);
        return new WriteReceipt(receipt.RequestId);
    }

    /// <summary>
    /// One change that takes several requests. What failed before anything happened is told as it is; after that nobody can call
    /// the change done or not done, so it has to be read back.
    /// </summary>
    private static async Task<WriteReceipt> EachAsync<T>(EntraRequest request, IReadOnlyList<T> all, Func<T, Task<WriteReceipt>> send)
    {
        WriteReceipt? last = null;
        foreach (var one in all)
        {
            try
            {
                last = await send(one);
            }
            catch (IdpException trouble) when (trouble.Trouble == IdpTrouble.NotFound && last is not null)
            {
                // Gone already, such as the other half of a factor that was removed with the first.
            }
            catch (IdpException trouble) when (last is not null)
            {
                throw EntraErrors.Partly(request, trouble);
            }
        }
        return last ?? new WriteReceipt(null);
    }

    /// <summary>The whole list. One that is longer than <see cref="EntraOptions.MaxPages"/> is an error: nothing is decided on a part.</summary>
    private async Task<IReadOnlyList<T>> AllAsync<T>(
        EntraRequest request, Func<EntraApi, string?, Task<EntraPage<T>>> send, CancellationToken cancellationToken)
    {
        var all = new List<T>();
        string? token = null;
        for (var page = 0; page < options.MaxPages; page++)
        {
            var position = token;
            var found = await ReadAsync(request, async api => await send(api, position), cancellationToken);
            all.AddRange(found.Items);
            if ((token = found.Next) is null) return all;
        }
        throw EntraErrors.TooManyPages(request, options.MaxPages);
    }

    /// <summary>One page for somebody outside, who gets our cursor in place of Graph's token.</summary>
    private async Task<Page<TItem>> CursorPageAsync<T, TItem>(
        EntraRequest request, string list, string? cursor, Func<EntraApi, string?, Task<EntraPage<T>>> send,
        Func<IReadOnlyList<T>, IEnumerable<TItem>> map, CancellationToken cancellationToken)
    {
        var bound = $"{name}\n{list}";
        var position = cursor is null ? null : PageCursor.Decode(bound, cursor) ?? throw EntraErrors.BadCursor();
        var page = await ReadAsync(request, async api => await send(api, position), cancellationToken);
        return new Page<TItem>([.. map(page.Items)], page.Next is null ? null : PageCursor.Encode(bound, page.Next));
    }

    private int Limit(int asked) => Math.Clamp(asked, 1, options.PageSize);

    private async Task<T?> SendAsync<T>(EntraRequest request, Func<EntraApi, Task<T?>> send, CancellationToken cancellationToken)
        where T : class
    {
        try
        {
            return await send(api.Value);
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            throw EntraErrors.From(request, e, time.GetUtcNow());
        }
    }

    /// <summary>Waits for all, then lets the first in the given order speak: "no such account" before whatever followed from it.</summary>
    private static async Task AllInOrderAsync(params Task[] tasks)
    {
        await Task.WhenAll(tasks).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var task in tasks) await task;
    }
}
