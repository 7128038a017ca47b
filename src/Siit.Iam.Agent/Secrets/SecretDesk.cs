using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.WebUtilities;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Secrets;

/// <param name="Record">To be stored together with the message that carries the link.</param>
/// <param name="Token">The end of the link, which only the person gets. With it the secret is anybody's.</param>
internal sealed record KeptSecret(OneTimeSecret Record, SecretText Token);

/// <param name="About">Null for a link that leads nowhere.</param>
internal sealed record SecretLook(SecretState? State, string? About, DateTimeOffset? ExpiresAt);

/// <param name="Secret">Null when there is none to show (any more).</param>
internal sealed record SecretReveal(SecretText? Secret, SecretLook Look);

/// <summary>
/// Secrets for people: kept sealed, shown once, erased by that. Looking changes nothing, because programs that look after mail follow
/// every link in it; only <see cref="RevealAsync"/> shows one.
/// </summary>
internal sealed class SecretDesk(IStore store, AuditLog log, Sealer sealer, SecretOptions options, Ids ids, TimeProvider time) : IKeepsSeals, IDisposable
{
    private const int TokenBytes = 32;

    private readonly SemaphoreSlim _revealing = new(1, 1);

    public string What => "one-time secrets";

    /// <summary>Nothing is stored yet: whoever keeps it commits the record.</summary>
    public KeptSecret Keep(string call, string about, SecretText secret)
    {
        var token = WebEncoders.Base64UrlEncode(RandomNumberGenerator.GetBytes(TokenBytes));
        var now = time.GetUtcNow();
        var record = new OneTimeSecret
        {
            Id = ids.New("sec"),
            Call = call,
            About = about,
            State = SecretState.Waiting,
            TokenHash = Hash(token),
            KeptAt = now,
            ExpiresAt = now + options.Lifetime,
        };
        return new KeptSecret(record with { Sealed = sealer.Seal(record.Purpose, Encoding.UTF8.GetBytes(secret.Reveal())) }, new SecretText(token));
    }

    /// <summary>The secret of a call, without the secret.</summary>
    public async Task<OneTimeSecret?> OfCallAsync(string call, CancellationToken cancellationToken) =>
        await store.FindAsync<OneTimeSecret>("call", call, 1, newestFirst: true, cancellationToken: cancellationToken) is [var kept] ? kept : null;

    /// <summary>Changes nothing.</summary>
    public async Task<SecretLook> LookAsync(string token, CancellationToken cancellationToken) => Look(await FindAsync(token, cancellationToken));

    /// <summary>Shows it, once: of any number of people who ask at the same moment one gets it.</summary>
    /// <exception cref="AuditUnavailableException">It could not be recorded, so it is not shown, and waits on.</exception>
    public async Task<SecretReveal> RevealAsync(string token, CancellationToken cancellationToken)
    {
        // One at a time, so that the log tells of one reveal; the commit alone would let one through, too.
        await _revealing.WaitAsync(cancellationToken);
        try
        {
            return await RevealOneAsync(token, cancellationToken);
        }
        finally
        {
            _revealing.Release();
        }
    }

    private async Task<SecretReveal> RevealOneAsync(string token, CancellationToken cancellationToken)
    {
        if (await FindAsync(token, cancellationToken) is not { } found)
            return new SecretReveal(null, Look(null));
        if (found.State != SecretState.Waiting || found.Sealed is null || time.GetUtcNow() >= found.ExpiresAt)
            return new SecretReveal(null, Look(found));
        if (sealer.Open(found.Purpose, found.Sealed) is not { } secret)
            return new SecretReveal(null, Look(found with { State = SecretState.Withdrawn }));

        await log.WriteAsync(Draft(AuditKinds.SecretRevealed, found), cancellationToken);
        var revealed = Ended(found, SecretState.Revealed);
        if (!(await store.CommitAsync([Change.Save(revealed)], CancellationToken.None)).Done)
            return new SecretReveal(null, await LookAsync(token, cancellationToken));
        return new SecretReveal(new SecretText(Encoding.UTF8.GetString(secret)), Look(revealed));
    }

    /// <summary>Erases what nobody came for.</summary>
    public async Task SweepAsync(CancellationToken cancellationToken)
    {
        foreach (var waiting in await store.FindAsync<OneTimeSecret>("state", "waiting", 1000, cancellationToken: cancellationToken))
        {
            if (time.GetUtcNow() < waiting.ExpiresAt)
                continue;
            await log.WriteAsync(Draft(AuditKinds.SecretExpired, waiting), cancellationToken);
            await store.CommitAsync([Change.Save(Ended(waiting, SecretState.Expired))], cancellationToken);
        }
    }

    public Task<Resealing> ResealAsync(CancellationToken cancellationToken) => SealedRecords.ResealAsync<OneTimeSecret>(
        store, sealer, secret => secret.Sealed is { } text ? (secret.Purpose, text) : null, (secret, text) => secret with { Sealed = text }, cancellationToken);

    public void Dispose() => _revealing.Dispose();

    private OneTimeSecret Ended(OneTimeSecret secret, SecretState state) => secret with { State = state, Sealed = null, EndedAt = time.GetUtcNow() };

    private async Task<OneTimeSecret?> FindAsync(string token, CancellationToken cancellationToken) =>
        token.Length is > 0 and <= 100 && await store.FindAsync<OneTimeSecret>("token", Hash(token), 1, cancellationToken: cancellationToken) is [var found] ? found : null;

    private SecretLook Look(OneTimeSecret? secret) => secret is null
        ? new SecretLook(null, null, null)
        : new SecretLook(secret.State == SecretState.Waiting && time.GetUtcNow() >= secret.ExpiresAt ? SecretState.Expired : secret.State, secret.About, secret.ExpiresAt);

    private static AuditDraft Draft(string kind, OneTimeSecret secret) => new(kind) { Call = secret.Call, Data = new JsonObject { ["secret"] = secret.Id } };

    private static string Hash(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));
}
