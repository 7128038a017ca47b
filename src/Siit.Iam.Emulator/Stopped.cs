using System.Runtime.InteropServices;

namespace Siit.Iam.Emulator;

/// <summary>Completes at Ctrl-C or when the process is asked to end.</summary>
internal static class Stopped
{
    public static async Task Async(bool alsoInterrupted = true)
    {
        var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void End(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.TrySetResult();
        }

        using var interrupted = alsoInterrupted ? PosixSignalRegistration.Create(PosixSignal.SIGINT, End) : null;
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        await stop.Task;
    }
}
