using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Siit.Iam.Agent.Benchmarks;

/// <summary>A server process that is measured from outside.</summary>
internal sealed class Child : IDisposable
{
    private readonly Process _process;
    private readonly long _started;
    private bool _disposed;

    private Child(Process process, long started) => (_process, _started) = (process, started);

    public TimeSpan Since => Stopwatch.GetElapsedTime(_started);

    /// <summary>What it holds in memory, in MB.</summary>
    public double ResidentMegabytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64 / 1024.0 / 1024.0;
        }
    }

    /// <summary>What it has used of the processors so far, in ms; says something on a busy machine as well.</summary>
    public double ProcessorMilliseconds
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime.TotalMilliseconds;
        }
    }

    /// <summary>The product as it was built or published beside this program.</summary>
    public static Child Agent(IReadOnlyDictionary<string, string> environment, params string[] arguments) => Run("siit-iam", environment, arguments);

    /// <summary>This program as a bare server.</summary>
    public static Child Bare(params string[] arguments) => Itself(["bare", .. arguments]);

    /// <summary>This program in another process.</summary>
    public static Child Itself(params string[] arguments) => Run("Siit.Iam.Agent.Benchmarks", new Dictionary<string, string>(), arguments);

    /// <summary>This program in another process that gives way to every other where the system can say so.</summary>
    public static Child GivingWay(params string[] arguments) =>
        !OperatingSystem.IsLinux() ? Itself(arguments)
            : Run("chrt", new Dictionary<string, string>(), ["--idle", "0", Beside("Siit.Iam.Agent.Benchmarks"), .. arguments], beside: false);

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Milliseconds from its start until it answers there.</summary>
    public async Task<double> AnswersAsync(int port)
    {
        using var http = new HttpClient();
        while (true)
        {
            try
            {
                using var answer = await http.GetAsync(new Uri($"http://127.0.0.1:{port}/healthz"));
                if (answer.IsSuccessStatusCode)
                    return Since.TotalMilliseconds;
            }
            catch (HttpRequestException) when (!_process.HasExited && Since < TimeSpan.FromMinutes(1))
            {
                await Task.Delay(2);
            }
        }
    }

    /// <summary>Milliseconds from its start until its first line on stdout, which answers what was sent to it.</summary>
    public async Task<double> AnswersLineAsync(string line)
    {
        await TellAsync(line);
        return await _process.StandardOutput.ReadLineAsync() is { } answer && answer.Contains("\"result\"", StringComparison.Ordinal)
            ? Since.TotalMilliseconds
            : throw new InvalidOperationException("The server has not answered initialize.");
    }

    private async Task TellAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line);
        await _process.StandardInput.FlushAsync();
    }

    /// <summary>Its next line on stdout.</summary>
    public async Task<string> LineAsync() => await _process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("It has ended and told nothing.");

    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
    }

    private static string Beside(string name) => Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? name + ".exe" : name);

    private static Child Run(string name, IReadOnlyDictionary<string, string> environment, string[] arguments, bool beside = true)
    {
        var start = new ProcessStartInfo(beside ? Beside(name) : name, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (variable, value) in environment)
            start.Environment[variable] = value;
        var started = Stopwatch.GetTimestamp();
        var process = Process.Start(start)!;
        // Read, or the process would wait for room.
        process.BeginErrorReadLine();
        return new Child(process, started);
    }
}
