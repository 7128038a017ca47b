using Siit.Iam.Agent;
using Siit.Iam.Agent.Store;
using Siit.Iam.Emulator.Mail;
using Siit.Iam.Emulator.Model;

namespace Siit.Iam.Emulator.Demo;

/// <summary>Emulated IdPs, a scripted model and the agent in front of them, until it is asked to stop.</summary>
internal static class DemoRun
{
    /// <summary>How long a demo that a client started in the background goes on without any client.</summary>
    private static readonly TimeSpan Unused = TimeSpan.FromSeconds(30);

    public static async Task<int> Async(CommandLine command)
    {
        var folder = new DemoFolder(command.DemoData);
        try
        {
            if (command.Fresh)
                folder.Empty();
            folder.Data.Create();
            DemoHris.Write(folder, command);
            await using var idps = await EmulatedIdps.StartAsync(command, folder.Idps);
            await using var model = await ScriptedModel.StartAsync(command.ModelPort);
            await using var mailbox = await EmulatedMailbox.StartAsync(new MailboxOptions { SmtpPort = command.SmtpPort, PagePort = command.MailPort });
            Environment.SetEnvironmentVariable(DemoSettings.ModelKeyVariable, ScriptedModel.ApiKey);
            await using var agent = Server.Build(DemoSettings.Of(folder, command.AgentPort, idps, model, mailbox));
            await agent.StartAsync();
            var secrets = await DemoPeople.PrepareAsync(folder, agent.Services);
            DemoScreen.Show(command, folder, Server.AddressOf(agent), idps, model, mailbox, secrets);
            using var ending = new CancellationTokenSource();
            var owning = DemoPeople.OwnAsync(agent.Services, ending.Token);
            await (command.Background ? NobodyLeftAsync(folder) : Stopped.Async());
            await ending.CancelAsync();
            await owning;
            await agent.StopAsync();
            return 0;
        }
        catch (SettingsException wrong)
        {
            Terminal.Error(wrong.Message);
            return 2;
        }
        catch (Exception trouble) when (trouble is IOException or StoreBusyException or StoreUnavailableException or UnauthorizedAccessException)
        {
            Terminal.Error(trouble.Message);
            return 1;
        }
    }

    /// <summary>Ctrl-C in a client's terminal reaches this process as well; it is the client's, and others may be there.</summary>
    private static async Task NobodyLeftAsync(DemoFolder folder)
    {
        using var ignored = System.Runtime.InteropServices.PosixSignalRegistration.Create(
            System.Runtime.InteropServices.PosixSignal.SIGINT, signal => signal.Cancel = true);
        var asked = Stopped.Async(alsoInterrupted: false);
        var lastUse = TimeProvider.System.GetTimestamp();
        while (!asked.IsCompleted && TimeProvider.System.GetElapsedTime(lastUse) < Unused)
        {
            await Task.WhenAny(asked, Task.Delay(TimeSpan.FromSeconds(2)));
            if (folder.IsUsed())
                lastUse = TimeProvider.System.GetTimestamp();
        }
    }
}
