using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Siit.Iam.Agent.Mcp;

/// <summary>Standard output of a bridge: whole messages, one a line, and never anything else.</summary>
internal sealed class BridgeOutput(Stream stream) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);

    /// <param name="message">Valid JSON.</param>
    /// <exception cref="ClientGoneException">Nobody reads.</exception>
    public async Task WriteAsync(byte[] message)
    {
        // Between the tokens of valid JSON line ends are white space; inside of text there are none.
        message.AsSpan().Replace((byte)'\n', (byte)' ');
        message.AsSpan().Replace((byte)'\r', (byte)' ');
        await _turn.WaitAsync();
        try
        {
            await stream.WriteAsync((byte[])[.. message, (byte)'\n']);
            await stream.FlushAsync();
        }
        catch (Exception closed) when (closed is IOException or ObjectDisposedException or InvalidOperationException)
        {
            throw new ClientGoneException(closed);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <param name="id">JSON text; null when it is not known.</param>
    public Task WriteErrorAsync(string? id, int code, string message) =>
        WriteAsync(Encoding.UTF8.GetBytes(JsonRpcErrors.Of(id is null ? null : JsonNode.Parse(id), code, message).ToJsonString(ToolJson.Written)));

    public void Dispose() => _turn.Dispose();
}
