using Siit.Iam.Agent.Secrets;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Notices;

/// <summary>Secret texts that wait to be sent, when the key that seals is rotated.</summary>
internal sealed class NoticeSeals(IStore store, Sealer sealer) : IKeepsSeals
{
    public string What => "messages on their way";

    public Task<Resealing> ResealAsync(CancellationToken cancellationToken) => SealedRecords.ResealAsync<NoticeRecord>(
        store, sealer, notice => notice.SealedText is { } text ? (NoticeRecord.PurposeOf(notice.Id), text) : null, (notice, text) => notice with { SealedText = text }, cancellationToken);
}
