using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Siit.Iam.Agent.Tests.Support;

/// <summary>The built <c>siit-iam serve</c> as a process of its own, which can be killed like any other.</summary>
internal sealed partial class ServeProcess : IDisposable
{
    /// <summary>What <see cref="Endpoint"/> fails with.</summary>
    public const string HasEnded = "The server has ended.";

    private const int LinesKept = 200;
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _said = new();
    private readonly TaskCompletionSource<Uri> _listens = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<string> _bootstrap = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ServeProcess(Process process) => _process = process;

    /// <summary>Where agents connect; fails when the process ends before it listens.</summary>
    public Task<Uri> Endpoint => _listens.Task;

    /// <summary>The code that enrols the first approver.</summary>
    public Task<string> BootstrapCode => _bootstrap.Task;

    /// <summary>Of the process.</summary>
    public int Id => _process.Id;

    /// <summary>What it wrote last, on stderr.</summary>
    public string Said => string.Join('\n', _said);

    /// <summary>Null while it runs.</summary>
    public int? ExitCode => _process.HasExited ? _process.ExitCode : null;

    /// <summary>The product's executable as it was built with these tests.</summary>
    public static string Executable { get; } = Find();

    public static ServeProcess Start(string data, IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(Executable, ["serve", "--data", data])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        var process = new Process { StartInfo = start, EnableRaisingEvents = true };
        var serve = new ServeProcess(process);
        process.ErrorDataReceived += (_, line) => serve.Take(line.Data);
        process.OutputDataReceived += (_, line) => serve.Take(line.Data);
        process.Exited += (_, _) => serve._listens.TrySetException(new InvalidOperationException(HasEnded));
        // Nobody may be waiting for it when it is killed.
        _ = serve.Endpoint.ContinueWith(ended => ended.Exception, TaskScheduler.Default);
        process.Start();
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        return serve;
    }

    /// <summary>Waits until it has ended by itself, or by somebody else.</summary>
    public Task EndedAsync() => _process.WaitForExitAsync();

    /// <summary>kill -9, and waits until nothing of it is left.</summary>
    public async Task KillAsync()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }

    private void Take(string? line)
    {
        if (line is null)
            return;
        _said.Enqueue(line);
        if (_said.Count > LinesKept)
            _said.TryDequeue(out _);
        if (Listening().Match(line) is { Success: true } listening)
            _listens.TrySetResult(new Uri(listening.Groups[1].Value));
        if (Bootstrap().Match(line) is { Success: true } bootstrap)
            _bootstrap.TrySetResult(bootstrap.Groups[1].Value);
    }

    private static string Find()
    {
        var name = OperatingSystem.IsWindows() ? "siit-iam.exe" : "siit-iam";
        var output = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var built = Repository.In("src", "Siit.Iam.Agent", "bin", output.Parent!.Name, output.Name, name);
        return File.Exists(built) ? built : throw new InvalidOperationException($"There is no {built}. Build the solution first.");
    }

    [GeneratedRegex(@"^Agents connect to (\S+);")]
    private static partial Regex Listening();

    [GeneratedRegex(@"--bootstrap (\S+)$")]
    private static partial Regex Bootstrap();
}
