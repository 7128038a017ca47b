using Siit.Iam.Emulator.Common;

namespace Siit.Iam.Emulator;

internal enum Verb
{
    /// <summary>The demo, or the IdPs alone.</summary>
    Run,
    /// <summary>MCP on stdio.</summary>
    Mcp,
    /// <summary>An approver's one-time code.</summary>
    Code,
}

/// <summary>What was asked for on the command line.</summary>
internal sealed record CommandLine
{
    public Verb Verb { get; init; }

    /// <summary>For <see cref="Verb.Code"/>: whose.</summary>
    public string? Person { get; init; }

    public bool OnlyIdps { get; init; }

    /// <summary>Started by a client's bridge; ends when no client is left.</summary>
    public bool Background { get; init; }

    public bool Fresh { get; init; }

    public bool BehindProxies { get; init; }

    public int People { get; init; } = 60;

    public int Groups { get; init; }

    public int Memberships { get; init; }

    public int Latency { get; init; }

    /// <summary>That each throttling bucket of an IdP admits.</summary>
    public int RequestsPerMinute { get; init; } = 6_000;

    public int Seed { get; init; } = 1;

    public int AgentPort { get; init; } = 7100;

    public int EntraPort { get; init; } = 7102;

    public int GooglePort { get; init; } = 7103;

    public int JumpCloudPort { get; init; } = 7104;

    public int OktaPort { get; init; } = 7101;

    public int ModelPort { get; init; } = 7105;

    /// <summary>Of the mailbox's page.</summary>
    public int MailPort { get; init; } = 7106;

    /// <summary>Where the mailbox takes mails.</summary>
    public int SmtpPort { get; init; } = 7125;

    public string? Data { get; init; }

    /// <summary>The demo's folder.</summary>
    public string DemoData => Data ?? Demo.DemoFolder.Default;

    /// <summary>The arguments that choose ports, to be given to a demo in the background.</summary>
    public IReadOnlyList<string> PortArguments =>
    [
        "--port-agent", $"{AgentPort}", "--port-entra", $"{EntraPort}", "--port-google", $"{GooglePort}", "--port-jumpcloud", $"{JumpCloudPort}",
        "--port-mail", $"{MailPort}", "--port-model", $"{ModelPort}", "--port-okta", $"{OktaPort}", "--port-smtp", $"{SmtpPort}",
    ];

    /// <summary>Reads every argument; the errors say all that is wrong at once.</summary>
    public static (CommandLine Command, IReadOnlyList<string> Errors) Parse(IReadOnlyList<string> arguments)
    {
        var command = new CommandLine();
        var errors = new List<string>();
        for (var i = 0; i < arguments.Count; i++)
        {
            var name = arguments[i];
            command = name switch
            {
                "mcp" when i == 0 => command with { Verb = Verb.Mcp },
                "code" when i == 0 => command with { Verb = Verb.Code },
                _ when command is { Verb: Verb.Code, Person: null } && !name.StartsWith('-') => command with { Person = name },
                "--background" => command with { Background = true },
                "--only-idps" => command with { OnlyIdps = true },
                "--fresh" => command with { Fresh = true },
                "--behind-proxies" => command with { BehindProxies = true },
                "--people" => command with { People = Number(1, 200_000) },
                "--groups" => command with { Groups = Number(0, 20_000) },
                "--memberships" => command with { Memberships = Number(0, 500) },
                "--latency" => command with { Latency = Number(0, 60_000) },
                "--requests-per-minute" => command with { RequestsPerMinute = Number(1, 100_000_000) },
                "--seed" => command with { Seed = Number(0, int.MaxValue) },
                "--port-agent" => command with { AgentPort = Number(0, 65_535) },
                "--port-entra" => command with { EntraPort = Number(0, 65_535) },
                "--port-google" => command with { GooglePort = Number(0, 65_535) },
                "--port-jumpcloud" => command with { JumpCloudPort = Number(0, 65_535) },
                "--port-mail" => command with { MailPort = Number(0, 65_535) },
                "--port-model" => command with { ModelPort = Number(0, 65_535) },
                "--port-okta" => command with { OktaPort = Number(0, 65_535) },
                "--port-smtp" => command with { SmtpPort = Number(0, 65_535) },
                "--data" => command with { Data = Text() },
                _ => Unknown(),
            };

            string? Text()
            {
                if (i + 1 < arguments.Count) return arguments[++i];
                errors.Add($"{name} needs a value.");
                return null;
            }

            int Number(int least, int most)
            {
                var text = Text();
                if (int.TryParse(text, out var number) && number >= least && number <= most) return number;
                if (text is not null) errors.Add($"{name} must be a number from {least} to {most}, not {text}.");
                return least;
            }

            CommandLine Unknown()
            {
                errors.Add($"Unknown argument {name}.");
                return command;
            }
        }

        return (command, errors);
    }

    public EmulatorOptions Options(int port, int proxyPort, string? data) => new()
    {
        People = People,
        Groups = Groups,
        Memberships = Memberships,
        RequestsPerMinute = RequestsPerMinute,
        Seed = Seed,
        Latency = TimeSpan.FromMilliseconds(Latency),
        Port = port,
        BehindProxies = BehindProxies ? new Uri($"http://127.0.0.1:{proxyPort}") : null,
        Data = data,
        Fresh = Fresh,
    };
}
