namespace Siit.Iam.Agent.Idps;

/// <summary>What went wrong at an IdP, in one vocabulary for all four.</summary>
internal enum IdpTrouble
{
    /// <summary>The thing asked for does not exist there.</summary>
    NotFound,
    /// <summary>Our credential is good but may not do this.</summary>
    NotAllowed,
    /// <summary>Our credential is wrong, expired or withdrawn.</summary>
    BadCredentials,
    /// <summary>Throttled for longer than a call may wait; see <see cref="IdpException.RetryAt"/>.</summary>
    RateLimited,
    /// <summary>Something else is changing the same object.</summary>
    Conflict,
    /// <summary>The IdP understood and said no (wrong state, rule of its own).</summary>
    Rejected,
    /// <summary>Not reachable or failing; certainly nothing was changed.</summary>
    Unavailable,
    /// <summary>It cannot be told whether the change happened (timeout or 5xx after sending).</summary>
    Unknown,
}

/// <summary>
/// Trouble at an IdP. Made only in <c>&lt;Idp&gt;Errors.cs</c>, caught only in the gate. The message is ours: a sentence for a
/// person without any text of the vendor.
/// </summary>
internal sealed class IdpException : Exception
{
    public IdpException(IdpTrouble trouble, string message, Exception? inner = null)
        : base(message, inner) => Trouble = trouble;

    public IdpTrouble Trouble { get; }

    /// <summary>The vendor's error code such as <c>E0000001</c>: a word for the log, never for flow control outside the connector.</summary>
    public string? VendorCode { get; init; }

    /// <summary>The vendor's id of the request, for its support.</summary>
    public string? RequestId { get; init; }

    public DateTimeOffset? RetryAt { get; init; }
}
