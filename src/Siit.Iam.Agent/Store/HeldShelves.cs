using System.Collections.Concurrent;
using LiteDB;

namespace Siit.Iam.Agent.Store;

/// <summary>
/// Shelves of a <see cref="DocumentFile"/> that are in memory as well, packed as they lie in the file: whoever reads them does not wait
/// while a commit or a checkpoint has the file for itself. Changed by its owner alone, after a commit.
/// </summary>
internal sealed class HeldShelves
{
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<string, byte[]>> _shelves = new(StringComparer.Ordinal);

    /// <summary>Null when the shelf is not held.</summary>
    public IReadOnlyDictionary<string, byte[]>? In(string shelf) => _shelves.GetValueOrDefault(shelf);

    public void Hold(string shelf, IEnumerable<KeyValuePair<string, byte[]>> documents) =>
        _shelves[shelf] = new ConcurrentDictionary<string, byte[]>(documents, StringComparer.Ordinal);

    /// <param name="changes">Null: deleted.</param>
    public void Follow(string shelf, IEnumerable<KeyValuePair<string, BsonValue?>> changes)
    {
        if (!_shelves.TryGetValue(shelf, out var held))
            return;
        foreach (var (id, document) in changes)
        {
            if (document is null)
                held.TryRemove(id, out _);
            else
                held[id] = document.AsBinary;
        }
    }
}
