using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Secrets;

/// <summary>Keeps sealed texts, and seals them anew when the key was rotated. Everybody who seals something into the store is one.</summary>
internal interface IKeepsSeals
{
    /// <summary>For people: what it keeps, such as "approvers' secrets".</summary>
    string What { get; }

    /// <summary>Seals with the key in force what another one sealed. Can be called again after it was interrupted.</summary>
    Task<Resealing> ResealAsync(CancellationToken cancellationToken);
}

/// <param name="Done">Texts that were sealed anew.</param>
/// <param name="Locked">Texts that no key here opens; they stay as they are.</param>
internal sealed record Resealing(int Done, int Locked)
{
    public static Resealing operator +(Resealing one, Resealing other) => new(one.Done + other.Done, one.Locked + other.Locked);
}

/// <summary>How records that hold one sealed text are sealed anew, where that is all there is to it.</summary>
internal static class SealedRecords
{
    private const int Page = 500;

    /// <param name="sealedText">The purpose and the sealed text; null for a record that holds none (any more).</param>
    public static async Task<Resealing> ResealAsync<T>(
        IStore store, Sealer sealer, Func<T, (string Purpose, string Text)?> sealedText, Func<T, string, T> with, CancellationToken cancellationToken)
        where T : class, IRecord
    {
        var total = new Resealing(0, 0);
        IReadOnlyList<T> page;
        string? after = null;
        do
        {
            page = await store.ListAsync<T>(Page, after, cancellationToken: cancellationToken);
            foreach (var record in page)
                total += await OneAsync(store, sealer, record.Id, sealedText, with, cancellationToken);
            after = page.Count == 0 ? after : page[^1].Id;
        }
        while (page.Count == Page);
        return total;
    }

    private static async Task<Resealing> OneAsync<T>(
        IStore store, Sealer sealer, string id, Func<T, (string Purpose, string Text)?> sealedText, Func<T, string, T> with, CancellationToken cancellationToken)
        where T : class, IRecord
    {
        // Again when somebody changed the record meanwhile.
        while (await store.GetAsync<T>(id, cancellationToken) is { } record && sealedText(record) is { } found && !sealer.IsInForce(found.Text))
        {
            if (sealer.Open(found.Purpose, found.Text) is not { } secret)
                return new Resealing(0, 1);
            if ((await store.CommitAsync([Change.Save(with(record, sealer.Seal(found.Purpose, secret)))], cancellationToken)).Done)
                return new Resealing(1, 0);
        }

        return new Resealing(0, 0);
    }
}
