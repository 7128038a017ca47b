using System.Buffers;
using System.Text.Json;

namespace Siit.Iam.Agent.Mcp;

/// <summary>
/// JSON without its depths. A document reader takes time that grows with the square of the depth, so a small message can hold a
/// processor for minutes; the token reader used here does not.
/// </summary>
internal static class ShallowJson
{
    /// <summary>Deeper than anything that is read.</summary>
    private const int Deepest = 40;

    /// <summary>The same JSON, in which what lies deeper than <see cref="Deepest"/> is an empty list.</summary>
    /// <exception cref="JsonException">It is no JSON.</exception>
    public static ReadOnlyMemory<byte> Of(byte[] json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = json.Length + 1 });
        ArrayBufferWriter<byte>? copy = null;
        var copied = 0;
        while (reader.Read())
        {
            if (reader.TokenType is not (JsonTokenType.StartArray or JsonTokenType.StartObject) || reader.CurrentDepth < Deepest)
                continue;
            copy ??= new ArrayBufferWriter<byte>();
            copy.Write(json.AsSpan(copied, (int)reader.TokenStartIndex - copied));
            copy.Write("[]"u8);
            reader.Skip();
            copied = (int)reader.BytesConsumed;
        }

        if (copy is null)
            return json;
        copy.Write(json.AsSpan(copied));
        return copy.WrittenMemory;
    }
}
