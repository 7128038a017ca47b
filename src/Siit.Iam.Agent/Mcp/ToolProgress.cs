using System.Threading.Channels;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace Siit.Iam.Agent.Mcp;

/// <summary>
/// Tells a client that asked for it what a call waits for, and at least every two seconds that it is still under way. Ends before
/// the answer is sent: nothing may follow it.
/// </summary>
internal sealed class ToolProgress : IProgress<string>, IAsyncDisposable
{
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(1.8);

    private readonly Channel<string> _told = Channel.CreateBounded<string>(new BoundedChannelOptions(16) { FullMode = BoundedChannelFullMode.DropOldest });
    private readonly McpServer _server;
    private readonly ProgressToken _token;
    private readonly TimeProvider _time;
    private readonly Task _sending;
    private int _step;

    public ToolProgress(McpServer server, ProgressToken token, TimeProvider time, CancellationToken cancellationToken)
    {
        (_server, _token, _time) = (server, token, time);
        _sending = SendAllAsync(cancellationToken);
    }

    public void Report(string value) => _told.Writer.TryWrite(value);

    public async ValueTask DisposeAsync()
    {
        _told.Writer.TryComplete();
        await _sending;
    }

    private async Task SendAllAsync(CancellationToken cancellationToken)
    {
        try
        {
            var begun = _time.GetTimestamp();
            var last = "Working.";
            var more = _told.Reader.WaitToReadAsync(cancellationToken).AsTask();
            while (true)
            {
                using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                if (await Task.WhenAny(more, Task.Delay(LongestSilence, _time, silence.Token)) != more)
                {
                    await SendAsync($"{last} ({_time.GetElapsedTime(begun).TotalSeconds:0} s)", cancellationToken);
                    continue;
                }

                await silence.CancelAsync();
                if (!await more)
                    return;
                while (_told.Reader.TryRead(out var told))
                    await SendAsync(last = told, cancellationToken);
                more = _told.Reader.WaitToReadAsync(cancellationToken).AsTask();
            }
        }
        catch (Exception gone) when (gone is OperationCanceledException or IOException or ObjectDisposedException or InvalidOperationException)
        {
            // The client has gone; the call itself notices by its own token.
        }
    }

    private Task SendAsync(string message, CancellationToken cancellationToken) =>
        _server.NotifyProgressAsync(_token, new ProgressNotificationValue { Progress = ++_step, Message = message }, cancellationToken: cancellationToken);
}
