using Refit;
using Siit.Iam.Agent.Idps.Resilience;

namespace Siit.Iam.Agent.Idps.Okta;

/// <summary>One Okta tenant. This file has how calls are made; the other parts have the calls, by subject.</summary>
/// <param name="apiOfChanges">Always signed in with the credential for changes; used only to ask whose that is.</param>
internal sealed partial class OktaConnection(
    string name, OktaOptions options, IOktaApi api, IOktaApi apiOfChanges, Credentials<IOktaCredential> credentials, TimeProvider time)
    : IIdpConnection, IDirectorySource, IAddApplication, IAddToGroup, IClearSessions, ICreateUser, IDeactivateUser, IRemoveApplication, IRemoveFromGroup,
        IKnowsContacts, IPushChallenge, IResetMfa, IResetPassword, IRevokeGrants, ISuspendUser, IUnlockUser, IUnsuspendUser, IUpdateUser
{
    public string Name => name;

    public IdpKind Idp => IdpKind.Okta;

    public Uri Tenant => options.Url;

    public IEnumerable<Trap> TrapsOf(string action, Situation situation) => OktaTraps.Of(action, situation);

    /// <summary>The id itself when it may stand in a path.</summary>
    private static string Id(string? id, string what) => OktaIds.Guard.Accepts(id) ? id! : throw OktaErrors.BadId(what);

    private async Task<T> ReadAsync<T>(OktaRequest request, Func<Task<ApiResponse<T>>> send, CancellationToken cancellationToken)
        where T : class
    {
        using var response = await SendAsync(request, send, cancellationToken);
        return response.Content ?? throw OktaErrors.Unreadable(request, OktaErrors.RequestId(response));
    }

    private async Task<WriteReceipt> WriteAsync(OktaRequest request, Func<Task<IApiResponse>> send, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(request, send, cancellationToken);
        return new WriteReceipt(OktaErrors.RequestId(response));
    }

    /// <summary>One page, and the vendor's token for the next one.</summary>
    private async Task<(IReadOnlyList<T> Items, string? After)> PageAsync<T>(
        OktaRequest request, string path, Func<Task<ApiResponse<List<T>>>> send, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(request, send, cancellationToken);
        var items = response.Content ?? throw OktaErrors.Unreadable(request, OktaErrors.RequestId(response));
        return (items, NextLink.FromHeaders(response.Headers!) is { } link ? After(request, link, path) : null);
    }

    /// <summary>The whole list. One that is longer than <see cref="OktaOptions.MaxPages"/> is an error: nothing is decided on a part.</summary>
    private async Task<IReadOnlyList<T>> AllAsync<T>(
        OktaRequest request, string path, Func<string?, Task<ApiResponse<List<T>>>> send, CancellationToken cancellationToken)
    {
        var all = new List<T>();
        string? after = null;
        for (var page = 0; page < options.MaxPages; page++)
        {
            (var items, after) = await PageAsync(request, path, () => send(after), cancellationToken);
            all.AddRange(items);
            if (after is null) return all;
        }
        throw OktaErrors.TooManyPages(request, options.MaxPages);
    }

    /// <summary>One page for somebody outside, who gets our cursor in place of Okta's token.</summary>
    private async Task<Page<TItem>> CursorPageAsync<T, TItem>(
        OktaRequest request, string path, string query, string? cursor, Func<string?, Task<ApiResponse<List<T>>>> send,
        Func<IReadOnlyList<T>, IEnumerable<TItem>> map, CancellationToken cancellationToken)
    {
        var list = $"{name}\n{path}\n{query}";
        var (items, next) = await PageAsync(request, path, () => send(Position(list, cursor)), cancellationToken);
        return new Page<TItem>([.. map(items)], next is null ? null : PageCursor.Encode(list, next));
    }

    private static string? Position(string list, string? cursor) =>
        cursor is null ? null : PageCursor.Decode(list, cursor) ?? throw OktaErrors.BadCursor();

    private string After(OktaRequest request, string link, string path) =>
        NextLink.TryRead(link, options.Url, path, "after", out var after) ? after : throw OktaErrors.ForeignLink(request);

    private int Limit(int asked) => Math.Clamp(asked, 1, options.PageSize);

    private async Task<TResponse> SendAsync<TResponse>(OktaRequest request, Func<Task<TResponse>> send, CancellationToken cancellationToken)
        where TResponse : IApiResponse
    {
        TResponse response;
        try
        {
            response = await send();
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            throw OktaErrors.From(request, e);
        }
        if (response.Error is null && response.IsSuccessStatusCode) return response;
        using (response)
        {
            if (response.IsReceived) throw OktaErrors.From(request, response, time.GetUtcNow());
            if (response.Error?.InnerException is OperationCanceledException) cancellationToken.ThrowIfCancellationRequested();
            throw OktaErrors.From(request, response.Error!);
        }
    }

    /// <summary>Waits for all, then lets the first in the given order speak: "no such account" before whatever followed from it.</summary>
    private static async Task AllInOrderAsync(params Task[] tasks)
    {
        await Task.WhenAll(tasks).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var task in tasks) await task;
    }
}
