namespace Siit.Iam.Agent.Audit.Tlog;

/// <summary>The right edge of a growing log: everything that is needed to write the next tiles and to sign the next root.</summary>
internal sealed class TileEdge
{
    private readonly List<byte[]> _entries;
    private readonly List<List<byte[]>> _levels;
    private readonly MerkleEdge _tree;

    public TileEdge() => (_entries, _levels, _tree) = ([], [], new MerkleEdge());

    private TileEdge(TileEdge other)
    {
        (_entries, _levels, _tree) = ([.. other._entries], [.. other._levels.Select(hashes => new List<byte[]>(hashes))], other._tree.Copy());
        Bytes = other.Bytes;
    }

    public long Size => _tree.Size;

    /// <summary>Where in the file of lines the next entry begins.</summary>
    public long Bytes { get; private set; }

    public byte[] Root() => _tree.Root();

    /// <summary>Only what is needed to append and to know the root.</summary>
    public MerkleEdge Tree() => _tree.Copy();

    /// <summary>Appends an entry, which stood in the file with one newline.</summary>
    /// <param name="full">Gets each tile and bundle that has become full.</param>
    /// <returns>The leaf's hash.</returns>
    public byte[] Append(ReadOnlySpan<byte> entry, Action<TileFile>? full = null)
    {
        var leaf = Merkle.Leaf(entry);
        var number = Size / Tiles.Width;
        _tree.Append(leaf);
        _entries.Add(entry.ToArray());
        Bytes += entry.Length + 1;
        if (_entries.Count == Tiles.Width)
        {
            full?.Invoke(new TileFile(Tiles.EntriesPath(number), Tiles.Bundle(_entries)));
            _entries.Clear();
        }

        Raise(leaf, full);
        return leaf;
    }

    /// <summary>Appends an entry of which only the hash is here; none of its bundle may be.</summary>
    /// <param name="full">Gets each tile that has become full.</param>
    public void AppendHash(byte[] leaf, Action<TileFile>? full = null)
    {
        if (_entries.Count > 0)
            throw new InvalidOperationException("Entries lie here in whole bundles or not at all.");
        _tree.Append(leaf);
        Raise(leaf, full);
    }

    /// <summary>The partial tiles and the partial bundle that a checkpoint of this size needs.</summary>
    public IEnumerable<TileFile> Partials()
    {
        if (_entries.Count > 0)
            yield return new TileFile(Tiles.EntriesPath(Size / Tiles.Width, _entries.Count), Tiles.Bundle(_entries));
        for (var level = 0; level < _levels.Count; level++)
        {
            if (_levels[level].Count > 0)
                yield return new TileFile(Tiles.HashPath(level, (Size >> (8 * level)) / Tiles.Width, _levels[level].Count), Joined(_levels[level]));
        }
    }

    public TileEdge Copy() => new(this);

    private void Raise(byte[] leaf, Action<TileFile>? full)
    {
        var hash = leaf;
        for (var level = 0; ; level++)
        {
            if (level == _levels.Count)
                _levels.Add([]);
            var hashes = _levels[level];
            hashes.Add(hash);
            if (hashes.Count < Tiles.Width)
                return;
            full?.Invoke(new TileFile(Tiles.HashPath(level, (Size >> (8 * level)) / Tiles.Width - 1), Joined(hashes)));
            hash = Merkle.Root(hashes.ToArray());
            hashes.Clear();
        }
    }

    private static byte[] Joined(List<byte[]> hashes) => [.. hashes.SelectMany(hash => hash)];
}

/// <param name="Path">Relative to the log's prefix.</param>
internal sealed record TileFile(string Path, byte[] Content);
