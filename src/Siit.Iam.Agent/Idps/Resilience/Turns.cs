using System.Threading.RateLimiting;

namespace Siit.Iam.Agent.Idps.Resilience;

/// <summary>
/// Who of a connection's requests may be under way at once. Interactive ones pass the bulk ones that wait, but not for ever: after
/// <see cref="PassedInARow"/> of them one bulk request goes. And bulk never takes the last place, so that somebody who waits does
/// not wait for the end of a slow one.
/// </summary>
internal sealed class Turns(int places, TimeProvider time)
{
    public const int PassedInARow = 4;

    private const string Why = "Waiting for earlier requests to this IdP";

    private readonly Lock _gate = new();
    private readonly LinkedList<TaskCompletionSource<RateLimitLease>> _interactive = [];
    private readonly LinkedList<TaskCompletionSource<RateLimitLease>> _bulk = [];
    private readonly int _bulkPlaces = Math.Max(1, places - 1);
    private int _free = places;
    private int _bulkUnderWay;
    private int _passed;

    /// <summary>A place, to be disposed when the request has its answer.</summary>
    public async ValueTask<RateLimitLease> TakeAsync(Urgency urgency, CancellationToken cancellationToken)
    {
        var waiting = new TaskCompletionSource<RateLimitLease>(TaskCreationOptions.RunContinuationsAsynchronously);
        var line = urgency == Urgency.Bulk ? _bulk : _interactive;
        lock (_gate)
        {
            line.AddLast(waiting);
            GiveOut();
        }
        await using var gone = cancellationToken.Register(() =>
        {
            lock (_gate)
                if (line.Remove(waiting)) waiting.SetCanceled(cancellationToken);
        });
        return await WaitReports.TellingAsync(waiting.Task, Why, time);
    }

    private void GiveOut()
    {
        while (_free > 0)
        {
            var bulkMay = _bulk.Count > 0 && _bulkUnderWay < _bulkPlaces;
            var bulk = bulkMay && (_interactive.Count == 0 || _passed >= PassedInARow);
            var line = bulk ? _bulk : _interactive;
            if (line.First is not { } first) return;
            line.RemoveFirst();
            _free--;
            if (bulk) _bulkUnderWay++;
            _passed = bulk || _bulk.Count == 0 ? 0 : _passed + 1;
            first.Value.SetResult(new Place(this, bulk));
        }
    }

    private void Leave(bool bulk)
    {
        lock (_gate)
        {
            _free++;
            if (bulk) _bulkUnderWay--;
            GiveOut();
        }
    }

    private sealed class Place(Turns turns, bool bulk) : RateLimitLease
    {
        private int _left;

        public override bool IsAcquired => true;

        public override IEnumerable<string> MetadataNames => [];

        public override bool TryGetMetadata(string metadataName, out object? metadata)
        {
            metadata = null;
            return false;
        }

        protected override void Dispose(bool disposing)
        {
            base.Dispose(disposing);
            if (Interlocked.Exchange(ref _left, 1) == 0) turns.Leave(bulk);
        }
    }
}
