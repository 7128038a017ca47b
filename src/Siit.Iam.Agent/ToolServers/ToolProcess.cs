using System.ComponentModel;
using System.Diagnostics;

namespace Siit.Iam.Agent.ToolServers;

/// <summary>A server that is started here and spoken to over its standard streams. It gets what it needs to start, and nothing of ours.</summary>
internal sealed class ToolProcess : IDisposable
{
    /// <summary>Passed on where they are set: without them most programs do not start.</summary>
    private static readonly string[] Needed = ["PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "SystemRoot", "TEMP"];

    private readonly Process _process;

    private ToolProcess(Process process) => _process = process;

    public Stream Input => _process.StandardInput.BaseStream;

    public Stream Output => _process.StandardOutput.BaseStream;

    /// <exception cref="ToolServerException">It cannot be started.</exception>
    public static ToolProcess Start(ToolServerOptions options)
    {
        var start = new ProcessStartInfo(options.Command!)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            CreateNoWindow = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        foreach (var argument in options.Args)
            start.ArgumentList.Add(argument);
        start.Environment.Clear();
        foreach (var name in Needed.Concat(options.Env))
        {
            if (Environment.GetEnvironmentVariable(name) is { } value)
                start.Environment[name] = value;
        }

        try
        {
            var process = Process.Start(start) ?? throw new InvalidOperationException();
            // Nobody reads what it complains of: it may hold its secrets. A full pipe would stop it.
            _ = process.StandardError.BaseStream.CopyToAsync(Stream.Null);
            return new ToolProcess(process);
        }
        catch (Exception trouble) when (trouble is Win32Exception or InvalidOperationException or IOException)
        {
            throw new ToolServerException("tool_server_down", $"The tool server '{options.Name}' cannot be started ({options.Command}). See toolServers:{options.Name}:command.", inner: trouble);
        }
    }

    /// <summary>With everything that it has started.</summary>
    public void Dispose()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (Exception gone) when (gone is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It has ended by itself.
        }

        _process.Dispose();
    }
}
