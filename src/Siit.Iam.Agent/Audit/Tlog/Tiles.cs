using System.Buffers.Binary;

namespace Siit.Iam.Agent.Audit.Tlog;

/// <summary>Names and layout of c2sp.org/tlog-tiles.</summary>
internal static class Tiles
{
    /// <summary>Hashes in a full tile, and entries in a full bundle.</summary>
    public const int Width = 256;

    /// <summary>Relative to the log's prefix, with '/'.</summary>
    /// <param name="width">Less than <see cref="Width"/>: a partial tile.</param>
    public static string HashPath(int level, long number, int width = Width) => $"tile/{level}/{PathOf(number, width)}";

    /// <inheritdoc cref="HashPath"/>
    public static string EntriesPath(long number, int width = Width) => $"tile/entries/{PathOf(number, width)}";

    /// <summary>How many hashes the tile has in a tree of that size; 0: it does not exist yet.</summary>
    public static int WidthOf(int level, long number, long size) => (int)Math.Clamp((size >> (8 * level)) - (number * Width), 0, Width);

    /// <summary>The entries as a bundle: each after its length.</summary>
    public static byte[] Bundle(IReadOnlyList<byte[]> entries)
    {
        var bundle = new byte[entries.Sum(entry => 2 + entry.Length)];
        var at = 0;
        foreach (var entry in entries)
        {
            BinaryPrimitives.WriteUInt16BigEndian(bundle.AsSpan(at), checked((ushort)entry.Length));
            entry.CopyTo(bundle, at + 2);
            at += 2 + entry.Length;
        }

        return bundle;
    }

    /// <exception cref="TlogException">It does not consist of entries.</exception>
    public static List<byte[]> Entries(ReadOnlySpan<byte> bundle)
    {
        var entries = new List<byte[]>();
        while (bundle.Length >= 2 && BinaryPrimitives.ReadUInt16BigEndian(bundle) is var length && bundle.Length >= 2 + length)
        {
            entries.Add(bundle.Slice(2, length).ToArray());
            bundle = bundle[(2 + length)..];
        }

        return bundle.IsEmpty ? entries : throw new TlogException("an entry in the bundle is cut off");
    }

    private static string PathOf(long number, int width)
    {
        var path = $"{number % 1000:000}";
        for (var rest = number / 1000; rest > 0; rest /= 1000)
            path = $"x{rest % 1000:000}/{path}";
        return width < Width ? $"{path}.p/{width}" : path;
    }
}

/// <summary>The tree of a log of a certain size, read from its tiles. What they say is not trusted: who uses a proof checks it against a signed root.</summary>
/// <param name="prefix">The folder that holds <c>tile/</c>.</param>
internal sealed class TileTree(string prefix, long size)
{
    // A proof needs two tiles of each level; a walk over all leaves does not go back.
    private const int MostKept = 64;
    private readonly Dictionary<(int Level, long Number), byte[][]> _kept = [];

    /// <inheritdoc cref="SubtreeHash"/>
    /// <exception cref="TlogException">A tile is missing or has another length.</exception>
    public byte[] Hash(int level, long index)
    {
        var first = index << (level % 8);
        return Merkle.Root(Tile(level / 8, first / Tiles.Width).AsSpan((int)(first % Tiles.Width), 1 << (level % 8)));
    }

    /// <summary>An entry's bytes; null when its bundle is missing.</summary>
    public byte[]? Entry(long index)
    {
        var (number, place) = (index / Tiles.Width, (int)(index % Tiles.Width));
        var bundle = Read(width => Tiles.EntriesPath(number, width), Tiles.WidthOf(0, number, size));
        return bundle is null || Tiles.Entries(bundle) is not { } entries || place >= entries.Count ? null : entries[place];
    }

    private byte[][] Tile(int level, long number)
    {
        if (_kept.TryGetValue((level, number), out var kept))
            return kept;
        var width = Tiles.WidthOf(level, number, size);
        var name = Tiles.HashPath(level, number, width);
        var bytes = Read(of => Tiles.HashPath(level, number, of), width) ?? throw new TlogException($"{name} is missing");
        // A full tile may stand where a partial one was.
        if (bytes.Length % Merkle.HashBytes != 0 || bytes.Length < width * Merkle.HashBytes)
            throw new TlogException($"{name} has {bytes.Length} bytes");
        if (_kept.Count >= MostKept)
            _kept.Clear();
        return _kept[(level, number)] = [.. bytes.Take(width * Merkle.HashBytes).Chunk(Merkle.HashBytes)];
    }

    private byte[]? Read(Func<int, string> pathOf, int width)
    {
        foreach (var path in new[] { pathOf(width), pathOf(Tiles.Width) })
        {
            try
            {
                return File.ReadAllBytes(Path.Combine(prefix, path));
            }
            catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
            {
                // Replaced by the full one meanwhile, or not there at all.
            }
        }

        return null;
    }
}
