using System.Text.Json;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.People.Copy;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.People.Sync;

/// <summary>
/// The accounts of an import that the copy has otherwise, until they are written. They wait as bytes in a few large pieces: as objects
/// a directory of them would be moved about by every collection, and everybody stands still meanwhile.
/// </summary>
internal sealed class ChangedAccounts
{
    private const int Smallest = 64 * 1024;

    /// <summary>Large enough never to be moved.</summary>
    private const int Largest = 4 * 1024 * 1024;

    private readonly List<byte[]> _pieces = [];
    private readonly List<Place> _places = [];
    private int _used;

    public void Add(DirectoryAccount account, ulong print)
    {
        var json = JsonScratch.Of(account);
        if (_pieces.Count == 0 || _pieces[^1].Length - _used < json.Length)
        {
            var next = _pieces.Count == 0 ? Smallest : Math.Min(_pieces[^1].Length * 4, Largest);
            _pieces.Add(new byte[Math.Max(next, json.Length)]);
            _used = 0;
        }

        json.CopyTo(_pieces[^1].AsSpan(_used));
        _places.Add(new Place(CopyShelves.BucketNumber(account.Account.Id), _pieces.Count - 1, _used, json.Length, print));
        _used += json.Length;
    }

    /// <summary>Those that lie in one document together; within one in the order in which they were read.</summary>
    public IEnumerable<IReadOnlyList<(DirectoryAccount Account, ulong Print)>> ByBucket()
    {
        // Sorted by number of the place as well: what was read later stands behind.
        var order = Enumerable.Range(0, _places.Count).OrderBy(place => _places[place].Bucket).ToArray();
        for (var first = 0; first < order.Length;)
        {
            var bucket = new List<(DirectoryAccount, ulong)>();
            for (var number = _places[order[first]].Bucket; first < order.Length && _places[order[first]].Bucket == number; first++)
            {
                var (_, piece, at, length, print) = _places[order[first]];
                bucket.Add((JsonSerializer.Deserialize<DirectoryAccount>(_pieces[piece].AsSpan(at, length), StoreJson.Options)!, print));
            }

            yield return bucket;
        }
    }

    private readonly record struct Place(int Bucket, int Piece, int At, int Length, ulong Print);
}
