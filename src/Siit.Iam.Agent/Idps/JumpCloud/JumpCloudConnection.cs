using System.Globalization;
using Refit;

namespace Siit.Iam.Agent.Idps.JumpCloud;

/// <summary>
/// One JumpCloud organization. This file has how calls are made; the other parts have the calls, by subject. It has no
/// <see cref="IDeactivateUser"/>, because JumpCloud knows no such state: its DELETE erases for ever. Nor has it
/// <see cref="IClearSessions"/> and <see cref="IRevokeGrants"/>: there is no call for them.
/// </summary>
internal sealed partial class JumpCloudConnection(
    string name, JumpCloudOptions options, IJumpCloudV1 v1, IJumpCloudV2 v2, IJumpCloudInsights insights, TimeProvider time)
    : IIdpConnection, IAddApplication, IAddToGroup, ICreateUser, IKnowsContacts, IRemoveApplication, IRemoveFromGroup, IResetMfa, IResetPassword,
        ISuspendUser, IUnlockUser, IUnsuspendUser, IUpdateUser, IDirectorySource
{
    public string Name => name;

    public IdpKind Idp => IdpKind.JumpCloud;

    public Uri Tenant => options.Tenant;

    public IEnumerable<Trap> TrapsOf(string action, Situation situation) => JumpCloudTraps.Of(action, situation, options.MfaExemptionDays);

    public string? CannotBecause(string action) => action switch
    {
        "clear_sessions" => "It has no call that ends sessions. Use suspend_user, or reset_password (expire).",
        "deactivate_user" => "It has no such state, and deleting erases for ever. Use suspend_user, then remove_from_group and remove_application.",
        "revoke_grants" => "It keeps no grants of third-party applications. Use remove_application.",
        _ => null,
    };

    /// <summary>The id itself when it may stand in a path.</summary>
    private static string Id(string? id, string what) => JumpCloudIds.Accepts(id) ? id! : throw JumpCloudErrors.BadId(what);

    private async Task<T> ReadAsync<T>(JumpCloudRequest request, Func<Task<ApiResponse<T>>> send, CancellationToken cancellationToken)
        where T : class
    {
        using var response = await SendAsync(request, send, cancellationToken);
        return response.Content ?? throw JumpCloudErrors.Unreadable(request, JumpCloudErrors.RequestId(response));
    }

    private async Task<WriteReceipt> WriteAsync(JumpCloudRequest request, Func<Task<IApiResponse>> send, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(request, send, cancellationToken);
        return new WriteReceipt(JumpCloudErrors.RequestId(response));
    }

    /// <summary>A page of the first API, which counts the whole list.</summary>
    private async Task<(IReadOnlyList<T> Items, bool More)> CountedPageAsync<TList, T>(
        JumpCloudRequest request, int skip, Func<Task<ApiResponse<TList>>> send, Func<TList, (int? Total, IReadOnlyList<T>? Results)> open,
        CancellationToken cancellationToken)
        where TList : class
    {
        var (total, results) = open(await ReadAsync(request, send, cancellationToken));
        if (results is null || total is null || (results.Count == 0 && skip < total)) throw JumpCloudErrors.Unreadable(request, null);
        return (results, skip + results.Count < total);
    }

    /// <summary>A page of the second API: it ends with a page that is not full. Some lists also announce the next page; that link is never followed.</summary>
    private async Task<(IReadOnlyList<T> Items, bool More)> BarePageAsync<T>(
        JumpCloudRequest request, int limit, Func<Task<ApiResponse<List<T>>>> send, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(request, send, cancellationToken);
        var items = response.Content ?? throw JumpCloudErrors.Unreadable(request, JumpCloudErrors.RequestId(response));
        return (items, items.Count > 0 && (items.Count >= limit || NextLink.FromHeaders(response.Headers!) is not null));
    }

    /// <summary>The whole list. One that is longer than <see cref="JumpCloudOptions.MaxPages"/> is an error: nothing is decided on a part.</summary>
    private async Task<IReadOnlyList<T>> AllAsync<T>(JumpCloudRequest request, Func<int, Task<(IReadOnlyList<T> Items, bool More)>> read)
    {
        var all = new List<T>();
        for (var page = 0; page < options.MaxPages; page++)
        {
            var (items, more) = await read(all.Count);
            all.AddRange(items);
            if (!more) return all;
        }
        throw JumpCloudErrors.TooManyPages(request, options.MaxPages);
    }

    /// <summary>
    /// Things whose name begins with the query, for somebody outside. Compared here: what JumpCloud's own search compares, and with
    /// which case, is described nowhere.
    /// </summary>
    private async Task<Page<TItem>> FindAsync<T, TItem>(
        JumpCloudRequest request, string kind, string? query, int limit, string? cursor,
        Func<int, Task<(IReadOnlyList<T> Items, bool More)>> read, Func<T, TItem> map, Func<TItem, string> nameOf)
    {
        var begins = string.IsNullOrWhiteSpace(query) ? "" : query.Trim();
        var list = $"{name}\n{kind}\n{begins}";
        var skip = Position(list, cursor);
        var found = new List<TItem>();
        for (var page = 0; page < options.MaxPages; page++)
        {
            var (items, more) = await read(skip);
            for (var i = 0; i < items.Count; i++)
            {
                skip++;
                var item = map(items[i]);
                if (!nameOf(item).StartsWith(begins, StringComparison.OrdinalIgnoreCase)) continue;
                found.Add(item);
                if (found.Count == Limit(limit)) return new Page<TItem>(found, more || i + 1 < items.Count ? Cursor(list, skip) : null);
            }
            if (!more) return new Page<TItem>(found, null);
        }
        throw JumpCloudErrors.TooManyPages(request, options.MaxPages);
    }

    private static int Position(string list, string? cursor)
    {
        if (cursor is null) return 0;
        return int.TryParse(PageCursor.Decode(list, cursor), NumberStyles.None, CultureInfo.InvariantCulture, out var skip)
            ? skip
            : throw JumpCloudErrors.BadCursor();
    }

    private static string Cursor(string list, int skip) => PageCursor.Encode(list, skip.ToString(CultureInfo.InvariantCulture));

    private int Limit(int asked) => Math.Clamp(asked, 1, options.PageSize);

    private async Task<TResponse> SendAsync<TResponse>(JumpCloudRequest request, Func<Task<TResponse>> send, CancellationToken cancellationToken)
        where TResponse : IApiResponse
    {
        TResponse response;
        try
        {
            response = await send();
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            throw JumpCloudErrors.From(request, e);
        }
        if (response.Error is null && response.IsSuccessStatusCode) return response;
        using (response)
        {
            if (response.IsReceived) throw JumpCloudErrors.From(request, response, time.GetUtcNow());
            if (response.Error?.InnerException is OperationCanceledException) cancellationToken.ThrowIfCancellationRequested();
            throw JumpCloudErrors.From(request, response.Error!);
        }
    }

    /// <summary>Waits for all, then lets the first in the given order speak: "no such account" before whatever followed from it.</summary>
    private static async Task AllInOrderAsync(params Task[] tasks)
    {
        await Task.WhenAll(tasks).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var task in tasks) await task;
    }
}
