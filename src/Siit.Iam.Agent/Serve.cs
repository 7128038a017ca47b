using Microsoft.AspNetCore.Connections;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Cli;
using Siit.Iam.Agent.Console;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent;

/// <summary><c>siit-iam serve</c>: the server until it is asked to stop. What keeps it from starting is one sentence and an exit code.</summary>
internal static partial class Serve
{
    public static async Task<int> RunAsync(ServeRequest request, Terminal terminal, CancellationToken cancellationToken)
    {
        _ = Task.Run(LiteDbStore.Warm, cancellationToken);
        WebApplication app;
        try
        {
            app = Server.Build(ServerSettings.Read(request.Data, request.Config, request.Environment));
        }
        catch (SettingsException wrong)
        {
            terminal.Error(wrong.Message);
            return ExitCodes.Usage;
        }

        await using (app)
        {
            try
            {
                await app.StartAsync(cancellationToken);
            }
            catch (OperationCanceledException)
            {
                // Asked to stop before it had started.
                return ExitCodes.Done;
            }
            catch (Exception trouble)
            {
                var (exitCode, sentence) = Told(trouble);
                if (exitCode == ExitCodes.Refused)
                    LogBug(app.Logger, trouble);
                terminal.Error(sentence);
                return exitCode;
            }

            var page = app.Services.GetRequiredService<ConsoleOptions>().CanSignIn ? $"people decide at {app.Services.GetRequiredService<ConsoleAddress>().Of(ConsolePaths.Home)}; " : "";
            terminal.Error($"Agents connect to {Server.AddressOf(app)}mcp; {page}operators type siit-iam on this machine. Data: {request.Data}");
            if (await app.Services.GetRequiredService<ApproverRegistry>().MakeBootstrapCodeAsync(cancellationToken) is { } code)
                terminal.Error($"Nobody can approve yet. This code enrols the first approver, once, and is not shown again: {code}\n  siit-iam approvers add EMAIL --name NAME --group GROUP --bootstrap {code}");
            await app.WaitForShutdownAsync(cancellationToken);
            return ExitCodes.Done;
        }
    }

    private static (int ExitCode, string Sentence) Told(Exception trouble) => trouble switch
    {
        SettingsException => (ExitCodes.Usage, trouble.Message),
        StoreBusyException => (ExitCodes.FolderInUse, trouble.Message),
        AuditDamagedException or AuditUnavailableException => (ExitCodes.AuditLog, trouble.Message),
        StoreUnavailableException => (ExitCodes.Store, trouble.Message),
        IOException { InnerException: AddressInUseException } => (ExitCodes.AddressInUse, $"{trouble.Message.TrimEnd('.')}. Stop what listens there, or set 'listen' to another port."),
        IOException or UnauthorizedAccessException => (ExitCodes.Store, $"The server cannot start: {trouble.Message}"),
        _ => (ExitCodes.Refused, "The server cannot start because of a defect of its own; its log file says more. Please report it."),
    };

    [LoggerMessage(Level = LogLevel.Critical, Message = "The server could not start")]
    private static partial void LogBug(ILogger logger, Exception bug);
}
