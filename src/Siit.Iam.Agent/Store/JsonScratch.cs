using System.Buffers;
using System.Text.Json;

namespace Siit.Iam.Agent.Store;

/// <summary>JSON that is needed for a moment only: written into what this thread keeps for it.</summary>
internal static class JsonScratch
{
    /// <summary>More than this is not kept.</summary>
    private const int Kept = 1024 * 1024;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _bytes;

    [ThreadStatic]
    private static Utf8JsonWriter? _writer;

    /// <returns>Good until this thread asks again.</returns>
    public static ReadOnlySpan<byte> Of<T>(T value)
    {
        if (_bytes is null || _bytes.Capacity > Kept)
            _bytes = new ArrayBufferWriter<byte>(4096);
        _bytes.ResetWrittenCount();
        if (_writer is null)
            _writer = new Utf8JsonWriter(_bytes, new JsonWriterOptions { Encoder = StoreJson.Options.Encoder, SkipValidation = true });
        else
            _writer.Reset(_bytes);
        JsonSerializer.Serialize(_writer, value, StoreJson.Options);
        _writer.Flush();
        return _bytes.WrittenSpan;
    }
}
