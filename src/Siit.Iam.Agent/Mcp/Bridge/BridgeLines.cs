using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace Siit.Iam.Agent.Mcp;

/// <summary>The lines of standard input, each of bounded length.</summary>
internal static class BridgeLines
{
    public const int Longest = 4 * 1024 * 1024;

    /// <summary>Lines without their end; null for one that was too long. Ends with the stream.</summary>
    public static async IAsyncEnumerable<byte[]?> ReadAsync(Stream stream, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var reader = PipeReader.Create(stream, new StreamPipeReaderOptions(leaveOpen: true));
        var skipping = false;
        while (true)
        {
            // A read from a console does not end with its token.
            var read = await reader.ReadAsync(CancellationToken.None).AsTask().WaitAsync(cancellationToken);
            var rest = read.Buffer;
            while (rest.PositionOf((byte)'\n') is { } end)
            {
                var line = rest.Slice(0, end);
                rest = rest.Slice(rest.GetPosition(1, end));
                if (skipping)
                    skipping = false;
                else if (line.Length > Longest)
                    yield return null;
                else if (Trimmed(line) is { Length: > 0 } text)
                    yield return text;
            }

            if (rest.Length > Longest)
            {
                if (!skipping)
                    yield return null;
                skipping = true;
                rest = rest.Slice(rest.End);
            }

            if (read.IsCompleted)
            {
                if (!skipping && Trimmed(rest) is { Length: > 0 } last)
                    yield return last;
                yield break;
            }

            reader.AdvanceTo(rest.Start, rest.End);
        }
    }

    private static byte[] Trimmed(ReadOnlySequence<byte> line) => line.ToArray().AsSpan().Trim(" \t\r"u8).ToArray();
}
