using Refit;

namespace Siit.Iam.Agent.Idps.Google;

/// <summary>One Google Workspace tenant. This file has how calls are made; the other parts have the calls, by subject.</summary>
internal sealed partial class GoogleConnection(string name, GoogleOptions options, GoogleApis apis, Credentials<GoogleServiceAccount> credentials, TimeProvider time)
    : IIdpConnection, IAddApplication, IAddToGroup, IClearSessions, ICreateUser, IDeactivateUser, IRemoveApplication, IRemoveFromGroup,
        IKnowsContacts, IResetMfa, IResetPassword, IRevokeGrants, ISuspendUser, IUnsuspendUser, IUpdateUser
{
    // Google's own limits of some lists.
    private const int MostUsers = 500;
    private const int MostRoles = 100;
    private const int MostActivities = 1000;

    private readonly IGoogleApi _directory = apis.Directory;

    public string Name => name;

    public IdpKind Idp => IdpKind.Google;

    public Uri Tenant => options.Url;

    public IEnumerable<Trap> TrapsOf(string action, Situation situation) => GoogleTraps.Of(action, situation);

    public string? CannotBecause(string action) => action switch
    {
        "unlock_user" => "Google keeps no lock that failed sign-ins close: it asks for more proof instead. Use unsuspend_user when the account is suspended, reset_password when the password is forgotten.",
        _ => null,
    };

    /// <summary>The id itself when it may stand in a path.</summary>
    private static string Id(string? id, string what) => GoogleIds.Guard.Accepts(id) ? id! : throw GoogleErrors.BadId(what);

    private async Task<T> ReadAsync<T>(GoogleRequest request, Func<Task<ApiResponse<T>>> send, CancellationToken cancellationToken)
        where T : class
    {
        using var response = await SendAsync(request, send, cancellationToken);
        return response.Content ?? throw GoogleErrors.Unreadable(request);
    }

    private async Task<WriteReceipt> WriteAsync(GoogleRequest request, Func<Task<IApiResponse>> send, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(request, send, cancellationToken);
        // Google's Directory API names its requests nowhere.
        return new WriteReceipt(null);
    }

    /// <summary>The whole list. One that is longer than <see cref="GoogleOptions.MaxPages"/> is an error: nothing is decided on a part.</summary>
    private async Task<IReadOnlyList<T>> AllAsync<TPage, T>(
        GoogleRequest request, Func<string?, Task<ApiResponse<TPage>>> send, CancellationToken cancellationToken)
        where TPage : class, IGooglePage<T>
    {
        var all = new List<T>();
        string? token = null;
        for (var page = 0; page < options.MaxPages; page++)
        {
            var position = token;
            var answer = await ReadAsync(request, () => send(position), cancellationToken);
            all.AddRange(answer.Items);
            token = answer.NextPageToken;
            if (string.IsNullOrEmpty(token)) return all;
        }
        throw GoogleErrors.TooManyPages(request, options.MaxPages);
    }

    /// <summary>One page for somebody outside, who gets our cursor in place of Google's token.</summary>
    private async Task<Page<TItem>> CursorPageAsync<TPage, T, TItem>(
        GoogleRequest request, string list, string? cursor, Func<string?, Task<ApiResponse<TPage>>> send,
        Func<IReadOnlyList<T>, IEnumerable<TItem>> map, CancellationToken cancellationToken)
        where TPage : class, IGooglePage<T>
    {
        var question = $"{name}\n{list}";
        var position = Position(question, cursor);
        var page = await ReadAsync(request, () => send(position), cancellationToken);
        return new Page<TItem>([.. map(page.Items)], string.IsNullOrEmpty(page.NextPageToken) ? null : PageCursor.Encode(question, page.NextPageToken));
    }

    private static string? Position(string list, string? cursor) =>
        cursor is null ? null : PageCursor.Decode(list, cursor) ?? throw GoogleErrors.BadCursor();

    private int Limit(int asked) => Math.Clamp(asked, 1, options.PageSize);

    private async Task<TResponse> SendAsync<TResponse>(GoogleRequest request, Func<Task<TResponse>> send, CancellationToken cancellationToken)
        where TResponse : IApiResponse
    {
        TResponse response;
        try
        {
            response = await send();
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            throw GoogleErrors.From(request, e);
        }
        if (response.Error is null && response.IsSuccessStatusCode) return response;
        using (response)
        {
            if (response.IsReceived) throw GoogleErrors.From(request, response, time.GetUtcNow());
            if (response.Error?.InnerException is OperationCanceledException) cancellationToken.ThrowIfCancellationRequested();
            throw GoogleErrors.From(request, response.Error!);
        }
    }

    /// <summary>Waits for all, then lets the first in the given order speak: "no such account" before whatever followed from it.</summary>
    private static async Task AllInOrderAsync(params Task[] tasks)
    {
        await Task.WhenAll(tasks).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var task in tasks) await task;
    }
}
