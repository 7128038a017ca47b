using System.Buffers;
using System.IO.Compression;
using System.Text.Json;

namespace Siit.Iam.Agent.Store;

/// <summary>
/// How one document lies in a <see cref="DocumentFile"/>: JSON, or JSON compressed. What lies between is borrowed from a pool: an import
/// goes through gigabytes of it, and everybody stands still while a collector clears away.
/// </summary>
internal static class DocumentBytes
{
    private const int Fastest = 1;

    private const int Window = 22;

    /// <summary>One entry of a document that holds many: the others are not built. Null when it is not there.</summary>
    public static T? Entry<T>(ReadOnlySpan<byte> json, string key) where T : class
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isIt = reader.ValueTextEquals(key);
            reader.Read();
            if (isIt)
                return JsonSerializer.Deserialize<T>(ref reader, StoreJson.Options);
            reader.Skip();
        }

        return null;
    }

    /// <summary>The same of a document that lies compressed.</summary>
    public static T? PackedEntry<T>(byte[] packed, string key) where T : class
    {
        using var json = Unpacked.Of(packed);
        return Entry<T>(json.Span, key);
    }

    /// <summary>A whole document that lies compressed.</summary>
    public static T Read<T>(byte[] packed)
    {
        using var json = Unpacked.Of(packed);
        return JsonSerializer.Deserialize<T>(json.Span, StoreJson.Options)!;
    }

    public static byte[] Pack(ReadOnlySpan<byte> json)
    {
        var borrowed = ArrayPool<byte>.Shared.Rent(BrotliEncoder.GetMaxCompressedLength(json.Length));
        try
        {
            return BrotliEncoder.TryCompress(json, borrowed, out var length, Fastest, Window)
                ? borrowed.AsSpan(0, length).ToArray()
                : throw new InvalidOperationException("A document did not fit into the room that is enough for any of its length.");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(borrowed);
        }
    }

    private readonly struct Unpacked : IDisposable
    {
        private readonly byte[] _borrowed;
        private readonly int _length;

        private Unpacked(byte[] borrowed, int length) => (_borrowed, _length) = (borrowed, length);

        public ReadOnlySpan<byte> Span => _borrowed.AsSpan(0, _length);

        /// <exception cref="InvalidDataException">It is not what was packed.</exception>
        public static Unpacked Of(byte[] packed)
        {
            var borrowed = ArrayPool<byte>.Shared.Rent(Math.Max(4096, packed.Length * 8));
            var (read, length) = (0, 0);
            var decoder = new BrotliDecoder();
            try
            {
                while (true)
                {
                    var status = decoder.Decompress(packed.AsSpan(read), borrowed.AsSpan(length), out var taken, out var written);
                    (read, length) = (read + taken, length + written);
                    if (status == OperationStatus.Done)
                        return new Unpacked(borrowed, length);
                    if (status != OperationStatus.DestinationTooSmall)
                        throw new InvalidDataException("A compressed document is damaged.");
                    var larger = ArrayPool<byte>.Shared.Rent(borrowed.Length * 2);
                    borrowed.AsSpan(0, length).CopyTo(larger);
                    ArrayPool<byte>.Shared.Return(borrowed);
                    borrowed = larger;
                }
            }
            catch
            {
                ArrayPool<byte>.Shared.Return(borrowed);
                throw;
            }
            finally
            {
                decoder.Dispose();
            }
        }

        public void Dispose() => ArrayPool<byte>.Shared.Return(_borrowed);
    }
}
