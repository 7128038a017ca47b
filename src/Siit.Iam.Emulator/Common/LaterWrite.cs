namespace Siit.Iam.Emulator.Common;

/// <summary>Writes what is too large to be written with every change: a while after the first one, and at the end.</summary>
internal sealed class LaterWrite(Action write, TimeSpan after) : IAsyncDisposable
{
    private readonly Lock gate = new();
    private readonly CancellationTokenSource end = new();
    private Task? pending;

    public void Mark()
    {
        lock (gate) pending ??= RunAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await end.CancelAsync();
        Task? last;
        lock (gate) last = pending;
        if (last is not null) await last;
        end.Dispose();
    }

    private async Task RunAsync()
    {
        await Task.Delay(after, end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        // Before the writing: what changes while it lasts has to be written again.
        lock (gate) pending = null;
        write();
    }
}
