using System.Net;
using System.Text;
using System.Text.Json;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Console;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Mcp;
using Siit.Iam.Agent.Notices;
using Siit.Iam.Agent.People.Hris;
using Siit.Iam.Agent.People.Persons;
using Siit.Iam.Agent.People.Sync;
using Siit.Iam.Agent.Playbooks.Agents;
using Siit.Iam.Agent.Secrets;
using Siit.Iam.Agent.Store;
using Siit.Iam.Agent.ToolServers;

namespace Siit.Iam.Agent;

/// <summary>
/// What the server is told: <c>siit-iam.json</c> in the data folder (or <c>--config</c>), then environment variables
/// <c>SIIT_IAM__SECTION__KEY</c>. Secrets never stand in it.
/// </summary>
internal sealed record ServerSettings
{
    public const string FileName = "siit-iam.json";
    public const string EnvironmentPrefix = "SIIT_IAM__";

    /// <summary>Sockets have short names: 108 bytes with the closing zero on Linux, 104 on macOS.</summary>
    private const int LongestSocketPath = 103;

    public required DataFolder Data { get; init; }

    /// <summary><c>listen</c>: the loopback address of the agents' door, such as <c>127.0.0.1:7100</c>. Port 0: the system's choice.</summary>
    public IPEndPoint Listen { get; init; } = new(IPAddress.Loopback, 7100);

    /// <summary><c>connections</c>: name to what its IdP needs; <c>idp</c> says which.</summary>
    public IConfigurationSection Connections { get; init; } = Nothing.GetSection("connections");

    /// <summary><c>gate</c>.</summary>
    public GateOptions Gate { get; init; } = new();

    /// <summary><c>audit</c>.</summary>
    public AuditOptions Audit { get; init; } = new();

    /// <summary><c>sync</c>: how the copy of the directory is kept fresh.</summary>
    public SyncOptions Sync { get; init; } = new();

    /// <summary><c>hris</c>.</summary>
    public HrisOptions Hris { get; init; } = new();

    /// <summary><c>people</c>: how accounts are joined to persons, and which source wins.</summary>
    public PersonOptions People { get; init; } = new();

    /// <summary><c>secrets</c>: how secrets get to people.</summary>
    public SecretOptions Secrets { get; init; } = new();

    /// <summary><c>console</c>: the page for people.</summary>
    public ConsoleOptions Console { get; init; } = new();

    /// <summary><c>mcp</c>.</summary>
    public McpOptions Mcp { get; init; } = new();

    /// <summary><c>notices</c>: mail and webhook.</summary>
    public NoticesOptions Notices { get; init; } = new();

    /// <summary>
    /// <c>playbooks</c>: the folder of the playbooks, or an object with <c>folder</c> and <c>requirePublished</c>. Default of the folder:
    /// <c>playbooks</c> in the data folder.
    /// </summary>
    public required string Playbooks { get; init; }

    /// <inheritdoc cref="Siit.Iam.Agent.Playbooks.PlaybookOptions.RequirePublished"/>
    public bool? RequirePublished { get; init; }

    /// <summary><c>model</c>: the language model of the playbooks' agent steps; null when there is none.</summary>
    public ModelOptions? Model { get; init; }

    /// <summary><c>toolServers</c>: other MCP servers whose tools playbooks may use.</summary>
    public ToolServerSet ToolServers { get; init; } = ToolServerSet.None;

    /// <summary><c>demo</c>, or a data folder that was once used for it: only emulated IdPs on loopback are connected.</summary>
    public bool Demo { get; init; }

    /// <summary>Whether operations are told on stderr as well as in the log file. The demo and tests have a screen of their own.</summary>
    public bool LogToStandardError { get; init; } = true;

    /// <summary>Found while reading; <see cref="Server.Build"/> refuses with these and the connections' own.</summary>
    public IReadOnlyList<string> Problems { get; init; } = [];

    private static IConfigurationRoot Nothing { get; } = new ConfigurationBuilder().Build();

    /// <summary>Reads everything; what is wrong stands in <see cref="Problems"/>.</summary>
    /// <param name="configFile">Must exist when named; the one in the data folder need not.</param>
    public static ServerSettings Read(DataFolder data, string? configFile, IReadOnlyDictionary<string, string> environment)
    {
        var problems = new List<string>();
        return Read(data, Load(data, configFile, environment, problems), problems);
    }

    /// <summary>From settings that come from elsewhere.</summary>
    public static ServerSettings Read(DataFolder data, IConfigurationRoot configuration) => Read(data, configuration, []);

    private static ServerSettings Read(DataFolder data, IConfigurationRoot configuration, List<string> problems)
    {
        var root = new SettingsSection(configuration, "", problems);
        var mcp = McpOf(root.Section("mcp"), problems);
        var demo = root.Flag("demo", false) || File.Exists(DemoMark(data));
        var toolServers = ToolServerSettings.Read(root, configuration, problems);
        var (folder, requirePublished) = PlaybooksOf(root, configuration.GetSection("playbooks").GetChildren().Any());
        var settings = new ServerSettings
        {
            Data = data,
            Listen = Address(root.Text("listen"), problems),
            Connections = configuration.GetSection("connections"),
            Gate = GateSettings.Read(root.Section("gate"), configuration.GetSection("connections"), toolServers, problems),
            Audit = AuditOf(root.Section("audit"), data, problems),
            Hris = HrisSettings.Read(root.Section("hris"), configuration.GetSection("hris"), data, problems),
            Console = ConsoleSettings.Read(root.Section("console"), configuration.GetSection("console"), mcp, demo, problems),
            Mcp = mcp,
            Notices = NoticesSettings.Read(root.Section("notices"), configuration.GetSection("notices"), data, problems),
            People = PersonSettings.Read(root.Section("people"), configuration.GetSection("connections"), problems),
            Secrets = SecretsOf(root.Section("secrets"), problems),
            Sync = SyncOf(root.Section("sync")),
            Playbooks = Path.GetFullPath(folder ?? "playbooks", data.Path),
            RequirePublished = requirePublished,
            Model = ModelOptions.From(configuration.GetSection("model"), problems),
            ToolServers = toolServers,
            Demo = demo,
        };
        _ = (root.Section("connections"), root.Section("model"));
        root.NothingElse();
        if (Encoding.UTF8.GetByteCount(data.OperatorsSocket) > LongestSocketPath)
            problems.Add($"The data folder's path is too long for a socket in it ({data.Path}): at most {LongestSocketPath - "/operators.sock".Length} bytes. Choose a shorter one with --data.");
        // Whether somebody became a manager lately is told by events.
        if (settings.Gate.StandingAge > settings.Sync.KeepEvents)
            problems.Add("gate:standingAge must not be longer than sync:keepEvents, which tell when somebody became a manager.");
        // Links in messages lead to the page.
        return settings with { Notices = settings.Notices with { Page = settings.Notices.Page ?? settings.Console.Address }, Problems = problems };
    }

    /// <summary>Present in a data folder that was used with emulated IdPs: it never speaks to a real one.</summary>
    public static string DemoMark(DataFolder data) => Path.Combine(data.Path, "demo");

    private static IConfigurationRoot Load(DataFolder data, string? configFile, IReadOnlyDictionary<string, string> environment, List<string> problems)
    {
        var file = Path.GetFullPath(configFile ?? Path.Combine(data.Path, FileName));
        var variables = environment.Where(variable => variable.Key.StartsWith(EnvironmentPrefix, StringComparison.OrdinalIgnoreCase))
            .Select(variable => KeyValuePair.Create(variable.Key[EnvironmentPrefix.Length..].Replace("__", ":", StringComparison.Ordinal), (string?)variable.Value));
        try
        {
            using var content = Open(file, mayBeMissing: configFile is null);
            return new ConfigurationBuilder().AddJsonStream(content).AddInMemoryCollection(variables).Build();
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            problems.Add($"There is no file {file}. Create it, or leave --config out.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problems.Add($"{file} cannot be read: {e.Message}");
        }
        catch (Exception e) when (e is FormatException or JsonException or InvalidDataException)
        {
            problems.Add($"{file} is no valid JSON: {(e.InnerException ?? e).Message}");
        }

        return new ConfigurationBuilder().AddInMemoryCollection(variables).Build();
    }

    private static MemoryStream Open(string file, bool mayBeMissing) =>
        new(mayBeMissing && !File.Exists(file) ? "{}"u8.ToArray() : File.ReadAllBytes(file));

    private static IPEndPoint Address(string? text, List<string> problems)
    {
        var usual = new IPEndPoint(IPAddress.Loopback, 7100);
        if (string.IsNullOrWhiteSpace(text))
            return usual;
        var address = text.StartsWith("localhost:", StringComparison.OrdinalIgnoreCase) ? "127.0.0.1" + text["localhost".Length..] : text;
        if (!IPEndPoint.TryParse(address, out var found) || !address.Contains(':'))
            problems.Add($"listen must be an address and a port such as 127.0.0.1:7100, not '{text}'.");
        else if (!IPAddress.IsLoopback(found.Address))
            problems.Add($"listen is '{text}', which is not on loopback: tokens would cross the network in the clear. Listen on 127.0.0.1 and put a proxy that speaks TLS in front.");
        else
            return found;
        return usual;
    }

    private static (string? Folder, bool? RequirePublished) PlaybooksOf(SettingsSection root, bool isObject)
    {
        if (!isObject)
            return (root.Text("playbooks"), null);
        var section = root.Section("playbooks");
        var folder = section.Text("folder");
        var required = section.Flag("requirePublished", true);
        section.NothingElse();
        return (folder, section.Has("requirePublished") ? required : null);
    }

    private static SyncOptions SyncOf(SettingsSection section)
    {
        var defaults = new SyncOptions();
        var options = new SyncOptions
        {
            Enabled = section.Flag("enabled", defaults.Enabled),
            Changes = section.Time("changes", defaults.Changes, TimeSpan.FromSeconds(5), TimeSpan.FromHours(1)),
            Sweep = section.Time("sweep", defaults.Sweep, TimeSpan.FromMinutes(10), TimeSpan.FromDays(7)),
            GoneShare = section.Number("goneShare", defaults.GoneShare, 0, 100),
            GoneAtLeast = section.Number("goneAtLeast", defaults.GoneAtLeast, 0, 1000),
            Readers = section.Number("readers", defaults.Readers, 1, 32),
            KeepEvents = section.Time("keepEvents", defaults.KeepEvents, TimeSpan.FromDays(1), TimeSpan.FromDays(3650)),
        };
        section.NothingElse();
        return options;
    }

    private static SecretOptions SecretsOf(SettingsSection section, List<string> problems)
    {
        var options = new SecretOptions { Lifetime = section.Time("lifetime", new SecretOptions().Lifetime) };
        section.NothingElse();
        problems.AddRange(options.Problems());
        return options;
    }

    private static McpOptions McpOf(SettingsSection section, List<string> problems)
    {
        var options = new McpOptions
        {
            AllowedHosts = section.Texts("allowedHosts"),
            MaxMessageBytes = section.Number("maxMessageBytes", new McpOptions().MaxMessageBytes),
        };
        section.NothingElse();
        problems.AddRange(options.Problems());
        return options;
    }

    private static AuditOptions AuditOf(SettingsSection section, DataFolder data, List<string> problems)
    {
        var defaults = new AuditOptions();
        var options = new AuditOptions
        {
            Folder = data.Audit,
            QueueLength = section.Number("queueLength", defaults.QueueLength, 1, 65536),
            ReserveBytes = section.Number("reserveBytes", defaults.ReserveBytes, 1 << 20, 1 << 30),
            WriteTimeout = section.Time("writeTimeout", defaults.WriteTimeout),
            Origin = section.Text("origin"),
            CheckpointEvery = section.Time("checkpointEvery", defaults.CheckpointEvery, TimeSpan.FromMilliseconds(10), TimeSpan.FromHours(1)),
            Keep = section.Time("keep", defaults.Keep, TimeSpan.FromDays(90), TimeSpan.FromDays(36_500)),
            Witnesses = [.. section.Entries("witnesses").Select(witness => WitnessOf(witness.Section)).OfType<AuditWitness>()],
        };
        section.NothingElse();
        problems.AddRange(options.Problems());
        if (options.WriteTimeout < TimeSpan.FromMilliseconds(100) || options.WriteTimeout > TimeSpan.FromMinutes(5))
            problems.Add("audit:writeTimeout must be between 100 ms and 5 minutes.");
        return options;
    }

    private static AuditWitness? WitnessOf(SettingsSection section)
    {
        var (url, vkey) = (section.Text("url"), section.Text("vkey"));
        section.NothingElse();
        // A relative one is told by AuditOptions.Problems.
        return new AuditWitness(Uri.TryCreate(url, UriKind.Absolute, out var absolute) ? absolute : new Uri(url ?? "", UriKind.Relative), vkey ?? "");
    }
}
