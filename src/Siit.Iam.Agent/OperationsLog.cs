using Serilog;
using Serilog.Events;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent;

/// <summary>
/// Serilog: what operators need to run the server, on stderr and in a file per day. Never on stdout, and never an argument of a
/// call: those stand in the audit log, which is a different thing.
/// </summary>
internal static class OperationsLog
{
    private const string OnScreen = "{Timestamp:HH:mm:ss} {Level:u3} {Message:lj}{NewLine}";
    private const string InFile = "{Timestamp:yyyy-MM-ddTHH:mm:ss.fffzzz} {Level:u3} {SourceContext} {Message:lj}{NewLine}{Exception}";

    public static ILoggingBuilder AddOperationsLog(this ILoggingBuilder logging, DataFolder folder, bool onScreen)
    {
        var configuration = new LoggerConfiguration()
            .MinimumLevel.Information()
            .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)
            // Three lines for each message: the audit log says who called what.
            .MinimumLevel.Override("ModelContextProtocol", LogEventLevel.Warning)
            // Addresses of requests hold people's names.
            .MinimumLevel.Override("System.Net.Http", LogEventLevel.Warning)
            .Filter.ByExcluding(ToldAlready)
            .WriteTo.File(
                System.IO.Path.Combine(folder.Path, "log", "siit-iam-.log"), outputTemplate: InFile, rollingInterval: RollingInterval.Day,
                retainedFileCountLimit: 31, fileSizeLimitBytes: 64 << 20, rollOnFileSizeLimit: true);
        if (onScreen)
            configuration.WriteTo.Console(outputTemplate: OnScreen, standardErrorFromLevel: LogEventLevel.Verbose);
        return logging.AddSerilog(configuration.CreateLogger(), dispose: true);
    }

    /// <summary>The framework logs a failed start with its stack; the process ends with a sentence instead.</summary>
    private static bool ToldAlready(LogEvent logged) =>
        logged.Properties.TryGetValue("EventId", out var id) && id.ToString().Contains("HostedServiceStartupFaulted", StringComparison.Ordinal);
}
