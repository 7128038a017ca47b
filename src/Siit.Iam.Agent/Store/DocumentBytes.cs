using System.IO.Compression;
using System.Text.Json;

namespace Siit.Iam.Agent.Store;

/// <summary>How one document lies in a <see cref="DocumentFile"/>: JSON, or JSON compressed.</summary>
internal static class DocumentBytes
{
    /// <summary>One entry of a document that holds many: the others are not built. Null when it is not there.</summary>
    public static T? Entry<T>(MemoryStream json, string key) where T : class
    {
        var reader = new Utf8JsonReader(json.GetBuffer().AsSpan(0, (int)json.Length));
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

    /// <summary>A whole document that lies compressed.</summary>
    public static T Read<T>(byte[] packed) => JsonSerializer.Deserialize<T>(Unpack(packed), StoreJson.Options)!;

    public static MemoryStream Plain(string json)
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(json);
        return new MemoryStream(bytes, 0, bytes.Length, writable: false, publiclyVisible: true);
    }

    public static byte[] Pack(byte[] json)
    {
        using var packed = new MemoryStream();
        using (var brotli = new BrotliStream(packed, CompressionLevel.Fastest))
            brotli.Write(json);
        return packed.ToArray();
    }

    public static MemoryStream Unpack(byte[] packed)
    {
        var json = new MemoryStream();
        using (var brotli = new BrotliStream(new MemoryStream(packed), CompressionMode.Decompress))
            brotli.CopyTo(json);
        json.Position = 0;
        return json;
    }
}
