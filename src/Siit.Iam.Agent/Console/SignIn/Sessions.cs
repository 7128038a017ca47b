using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Console.SignIn;

/// <summary>
/// The sessions, kept by the server: signing out ends one here, whatever a browser or a thief still holds. Every sign-in begins a
/// new one, so that a cookie taken before is worth nothing after.
/// </summary>
internal sealed class Sessions(IStore store, SignInAudit audit, ConsoleOptions options, TimeProvider time)
{
    private const int TokenBytes = 32;

    private readonly string _run = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16));

    /// <returns>The token for the cookie, which is kept nowhere else.</returns>
    /// <exception cref="Audit.AuditUnavailableException">It could not be recorded, so nobody is signed in.</exception>
    public async Task<(string Token, SessionRecord Session)> StartAsync(Identity who, CancellationToken cancellationToken)
    {
        var token = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(TokenBytes));
        var session = new SessionRecord
        {
            Id = IdOf(token),
            Email = who.Email,
            Subject = who.Subject,
            Name = who.Name,
            Run = _run,
            SignedInAt = who.SignedInAt,
            EndsAt = time.GetUtcNow() + options.SessionLifetime,
        };
        await audit.SignedInAsync(session, cancellationToken);
        await ForgetEndedAsync(cancellationToken);
        await store.CommitAsync([Change.Create(session)], CancellationToken.None);
        return (token, session with { Version = 1 });
    }

    /// <summary>The session of a cookie's token; null when there is none or its time is over.</summary>
    public async Task<SessionRecord?> FindAsync(string token, CancellationToken cancellationToken) =>
        token.Length is > 0 and <= 100 && await store.GetAsync<SessionRecord>(IdOf(token), cancellationToken) is { } session && IsOpen(session) ? session : null;

    public async Task EndAsync(string token, CancellationToken cancellationToken)
    {
        if (await FindAsync(token, cancellationToken) is not { } session)
            return;
        // Ended first: a log that cannot be written must not keep anybody signed in.
        await store.CommitAsync([Change.Delete<SessionRecord>(session.Id, session.Version)], CancellationToken.None);
        await audit.SignedOutAsync(session, cancellationToken);
    }

    /// <summary>Whether this session's sign-in may still be used for a high-risk decision.</summary>
    public async Task<bool> IsFreshAsync(SignedInPerson person, CancellationToken cancellationToken) =>
        IsRecent(person.SignedInAt) && await store.GetAsync<SessionRecord>(person.Session, cancellationToken) is { UsedFor: null };

    /// <summary>Uses the sign-in for one high-risk decision, and no other; false when it was used or is too old.</summary>
    public async Task<bool> UseAsync(SignedInPerson person, string call, CancellationToken cancellationToken) =>
        await store.GetAsync<SessionRecord>(person.Session, cancellationToken) is { UsedFor: null } session && IsRecent(session.SignedInAt)
        && (await store.CommitAsync([Change.Save(session with { UsedFor = call })], CancellationToken.None)).Done;

    private bool IsOpen(SessionRecord session) => session.Run == _run && time.GetUtcNow() < session.EndsAt;

    private bool IsRecent(DateTimeOffset? signedInAt)
    {
        var now = time.GetUtcNow();
        return signedInAt is { } at && at <= now + OidcRules.Skew && now - at <= options.SignInAge;
    }

    private async Task ForgetEndedAsync(CancellationToken cancellationToken)
    {
        var ended = (await store.ListAsync<SessionRecord>(1000, cancellationToken: cancellationToken)).Where(session => !IsOpen(session)).Take(100);
        foreach (var session in ended.ToList())
            await store.CommitAsync([Change.Delete<SessionRecord>(session.Id, session.Version)], cancellationToken);
    }

    private static string IdOf(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(token)));
}

/// <summary>Whom the OpenID provider has vouched for.</summary>
/// <param name="SignedInAt">The claim <c>auth_time</c>; null when there was none.</param>
internal sealed record Identity(string Email, string Subject, string Name, DateTimeOffset? SignedInAt);
