using System.Diagnostics;

namespace Siit.Iam.Agent.Tests.Support;

/// <summary>Waits for a condition, with a limit that is an error and never a measurement.</summary>
internal static class Eventually
{
    public static async Task<T> Is<T>(Func<Task<T>> read, Func<T, bool> holds, int seconds = 30)
    {
        var waited = Stopwatch.StartNew();
        while (true)
        {
            var value = await read();
            if (holds(value))
                return value;
            Assert.True(waited.Elapsed.TotalSeconds < seconds, $"Still {value} after {seconds} s.");
            await Task.Delay(20);
        }
    }
}
