using System.Diagnostics;
using System.Net.Sockets;
using Siit.Iam.Agent.Mcp;

namespace Siit.Iam.Emulator.Demo;

/// <summary>
/// <c>mcp</c>: MCP on stdio for a client that has nothing but a command line. Bridges to the demo that runs, or starts one in the
/// background first: a process of its own, so that when this client closes nothing of anybody else's stops.
/// </summary>
internal static class DemoBridge
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static async Task<int> RunAsync(CommandLine command)
    {
        var folder = new DemoFolder(command.DemoData);
        folder.Data.Create();
        using var use = folder.Use();
        if (!await AnswersAsync(folder) && !await StartAsync(command, folder))
            return 1;
        if (folder.Read() is not { } secrets)
        {
            Terminal.Error($"The demo in {folder.Data} runs, but its caller's token is not there. Stop it and start with --fresh.");
            return 1;
        }

        using var stopped = new CancellationTokenSource();
        return await Bridge.RunAsync(
            new BridgeSettings(null, folder.Data.CallersSocket, secrets.Token), Terminal.Input(), Terminal.Output(), stopped.Token);
    }

    private static async Task<bool> StartAsync(CommandLine command, DemoFolder folder)
    {
        List<string> arguments = ["--background", "--data", folder.Data.Path, .. command.PortArguments];
        var start = new ProcessStartInfo(Environment.ProcessPath!, arguments) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        using var demo = Process.Start(start)!;
        demo.StandardInput.Close();
        var began = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(began) < Patience)
        {
            if (await AnswersAsync(folder) && folder.Read() is not null)
                return true;
            if (demo.HasExited)
            {
                // Two clients may start one at the same moment: the other's will do.
                if (demo.ExitCode != 0 && !await AnswersAsync(folder))
                {
                    Terminal.Error($"The demo could not be started: {(File.Exists(folder.Log) ? (await File.ReadAllTextAsync(folder.Log)).Trim() : "it said nothing")}");
                    return false;
                }
            }

            await Task.Delay(50);
        }

        Terminal.Error($"The demo did not start within {Patience.TotalSeconds:0} seconds; see {folder.Log}.");
        return false;
    }

    private static async Task<bool> AnswersAsync(DemoFolder folder)
    {
        if (!File.Exists(folder.Data.CallersSocket))
            return false;
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(folder.Data.CallersSocket));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
