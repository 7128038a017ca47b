namespace Siit.Iam.Agent.Idps;

/// <summary>
/// Looks whether a connection can do its work, for <c>connections check</c>. It only reads. Trouble at the IdP is what is asked
/// about, so it is a part of the answer: no <see cref="IdpException"/> comes out.
/// </summary>
internal interface ICheckConnection
{
    Task<ConnectionCheck> CheckAsync(CancellationToken cancellationToken);
}

/// <summary>What a look at one connection found. Sentences are for the operator: what is so, and what to do.</summary>
internal sealed record ConnectionCheck
{
    /// <summary>From here on a wrong clock is a problem: signed requests and waits go by it.</summary>
    public static readonly TimeSpan TolerableSkew = TimeSpan.FromMinutes(1);

    public required string Connection { get; init; }

    public required IdpKind Idp { get; init; }

    public required Uri Tenant { get; init; }

    public required DateTimeOffset CheckedAt { get; init; }

    /// <summary>The IdP answered, be it with a no.</summary>
    public required bool Reachable { get; init; }

    /// <summary>Who we are there, such as <c>service app 0oa…</c> or an administrator's login; null when the sign-in failed.</summary>
    public string? SignedInAs { get; init; }

    /// <summary>Scopes or permissions that the credential has, in the vendor's words; null when it has none of that kind or the IdP does not tell.</summary>
    public IReadOnlyList<string>? Scopes { get; init; }

    /// <summary>Administrator roles that it has, in the vendor's words; null when there is no such thing or the IdP does not tell.</summary>
    public IReadOnlyList<string>? Roles { get; init; }

    /// <summary>One for each action that this IdP supports.</summary>
    public IReadOnlyList<ActionAccess> Actions { get; init; } = [];

    /// <summary>One for each part of the copy of the directory; empty when nothing could be looked at.</summary>
    public IReadOnlyList<CopyAccess> Copy { get; init; } = [];

    /// <summary>How far this machine's clock is ahead of the IdP's (negative: behind), to about a second; null when the IdP does not tell.</summary>
    public TimeSpan? ClockSkew { get; init; }

    /// <summary>Quotas as the IdP stated them during the check; empty when it states none.</summary>
    public IReadOnlyList<QuotaState> Quotas { get; init; } = [];

    /// <summary>What must be mended.</summary>
    public IReadOnlyList<string> Problems { get; init; } = [];

    /// <summary>What works but could be safer.</summary>
    public IReadOnlyList<string> Advice { get; init; } = [];

    /// <summary>Nothing could be looked at.</summary>
    /// <param name="actions">Those that this IdP supports.</param>
    public ConnectionCheck Failed(IdpException trouble, IEnumerable<string> actions) => this with
    {
        // An answer has a code, be it only an HTTP status.
        Reachable = trouble.VendorCode is not null || trouble.Trouble is IdpTrouble.NotAllowed or IdpTrouble.Rejected or IdpTrouble.NotFound,
        Actions = [.. actions.Select(action => new ActionAccess(
            action, trouble.Trouble is IdpTrouble.BadCredentials or IdpTrouble.NotAllowed ? Access.No : Access.Unclear, [], "The connection cannot be used now."))],
        Problems = [trouble.Message],
    };

    /// <summary>The skew from an answer's <c>Date</c>, which is cut to seconds.</summary>
    public static TimeSpan? Skew(DateTimeOffset? date, DateTimeOffset sent, DateTimeOffset received) =>
        date is { } there ? sent + (received - sent) / 2 - there - TimeSpan.FromSeconds(0.5) : null;
}

/// <summary>Whether an action can be carried out, as far as can be told without carrying it out.</summary>
internal enum Access
{
    Yes,
    No,
    /// <summary>Nothing speaks against it, and the IdP does not let us look.</summary>
    Unclear,
}

/// <param name="Action">Its name, such as <c>reset_mfa</c>.</param>
/// <param name="Missing">Scopes, permissions or roles to grant for it, in the vendor's words.</param>
/// <param name="Why">A sentence where <paramref name="Missing"/> does not say enough.</param>
internal sealed record ActionAccess(string Action, Access Access, IReadOnlyList<string> Missing, string? Why = null);

/// <summary>One of the vendor's quotas.</summary>
/// <param name="Name">What it counts, in the vendor's words.</param>
internal sealed record QuotaState(string Name, int? Limit, int? Remaining, DateTimeOffset? ResetsAt);
