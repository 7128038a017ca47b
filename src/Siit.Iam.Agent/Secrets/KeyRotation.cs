using System.Text.Json.Nodes;
using Siit.Iam.Agent.Audit;

namespace Siit.Iam.Agent.Secrets;

/// <param name="Key">The name of the key in force.</param>
/// <param name="Keys">How many keys there are now.</param>
internal sealed record Rotation(string Key, int Keys, int Resealed, int Locked);

/// <summary>
/// Rotates the key that seals. The new key is durable before anything is sealed with it; what an older one sealed is sealed anew, and
/// the older one goes at a start at which nothing is left of it (while the server runs, something it has sealed may just be on its
/// way into the store). A crash at any point loses nothing: the next start goes on.
/// </summary>
internal sealed class KeyRotation(KeyRing keys, IEnumerable<IKeepsSeals> keepers, AuditLog log) : IDisposable
{
    private readonly SemaphoreSlim _one = new(1, 1);

    /// <param name="by">Who wants it, for the audit log.</param>
    /// <exception cref="AuditUnavailableException">It could not be recorded, so nothing was rotated.</exception>
    public async Task<Rotation> RotateAsync(string by, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            _ = keys.InForce;
            await log.WriteAsync(new AuditDraft(AuditKinds.SecretsRotated) { Data = new JsonObject { ["by"] = by, ["from"] = keys.InForce.Id } }, cancellationToken);
            keys.Add();
            return Told(await ResealAsync(CancellationToken.None));
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>At the start, before anybody can connect: finishes what was interrupted, and drops keys that nothing needs any more.</summary>
    public async Task<Rotation?> FinishAsync(CancellationToken cancellationToken)
    {
        if (keys.All.Count < 2)
            return null;
        var total = await ResealAsync(cancellationToken);
        // What no key opens here may be opened by one that somebody puts back; none of those here is of use to it.
        keys.DropOthers();
        return Told(total);
    }

    public void Dispose() => _one.Dispose();

    private Rotation Told(Resealing total) => new(keys.InForce.Id, keys.All.Count, total.Done, total.Locked);

    private async Task<Resealing> ResealAsync(CancellationToken cancellationToken)
    {
        var total = new Resealing(0, 0);
        foreach (var keeper in keepers)
            total += await keeper.ResealAsync(cancellationToken);
        return total;
    }
}
