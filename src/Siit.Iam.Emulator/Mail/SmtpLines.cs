using System.Text;

namespace Siit.Iam.Emulator.Mail;

/// <summary>Lines of a conversation, and the content with its closing dot.</summary>
internal sealed class SmtpLines(Stream stream)
{
    private const int LongestLine = 4096;

    private readonly byte[] _buffer = new byte[16 * 1024];
    private int _start;
    private int _end;

    public Task SayAsync(string line, CancellationToken cancellationToken) => stream.WriteAsync(Encoding.UTF8.GetBytes(line + "\r\n"), cancellationToken).AsTask();

    /// <summary>Without its end; null when the other side has gone.</summary>
    public async Task<string?> ReadAsync(CancellationToken cancellationToken) =>
        await ReadBytesAsync(LongestLine, cancellationToken) is { } line ? Encoding.UTF8.GetString(line) : null;

    /// <summary>Up to the line with a single dot; dots that stand for themselves are taken off. Null when it never came, or was too long.</summary>
    public async Task<byte[]?> ReadContentAsync(int atMost, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream();
        while (await ReadBytesAsync(atMost, cancellationToken) is { } line)
        {
            if (line is [(byte)'.'])
                return content.ToArray();
            content.Write(line is [(byte)'.', ..] ? line.AsSpan(1) : line);
            content.Write("\r\n"u8);
            if (content.Length > atMost)
                return null;
        }

        return null;
    }

    private async Task<byte[]?> ReadBytesAsync(int longest, CancellationToken cancellationToken)
    {
        using var line = new MemoryStream();
        while (line.Length <= longest)
        {
            if (_start == _end)
            {
                (_start, _end) = (0, await stream.ReadAsync(_buffer, cancellationToken));
                if (_end == 0)
                    return null;
            }

            var newline = Array.IndexOf(_buffer, (byte)'\n', _start, _end - _start);
            var end = newline < 0 ? _end : newline;
            line.Write(_buffer, _start, end - _start);
            _start = newline < 0 ? _end : newline + 1;
            if (newline >= 0)
                return [.. line.ToArray() is [.. var text, (byte)'\r'] ? text : line.ToArray()];
        }

        return null;
    }
}
