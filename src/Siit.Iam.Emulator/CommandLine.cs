using Siit.Iam.Emulator.Common;

namespace Siit.Iam.Emulator;

/// <summary>What was asked for on the command line.</summary>
internal sealed record CommandLine
{
    public bool OnlyIdps { get; init; }

    public bool Fresh { get; init; }

    public bool BehindProxies { get; init; }

    public int People { get; init; } = 60;

    public int Latency { get; init; }

    public int Seed { get; init; } = 1;

    public int GooglePort { get; init; } = 7103;

    public int OktaPort { get; init; } = 7101;

    public string? Data { get; init; }

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
                "--only-idps" => command with { OnlyIdps = true },
                "--fresh" => command with { Fresh = true },
                "--behind-proxies" => command with { BehindProxies = true },
                "--people" => command with { People = Number(1, 200_000) },
                "--latency" => command with { Latency = Number(0, 60_000) },
                "--seed" => command with { Seed = Number(0, int.MaxValue) },
                "--port-google" => command with { GooglePort = Number(1, 65_535) },
                "--port-okta" => command with { OktaPort = Number(1, 65_535) },
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

    public EmulatorOptions Options(int port, int proxyPort) => new()
    {
        People = People,
        Seed = Seed,
        Latency = TimeSpan.FromMilliseconds(Latency),
        Port = port,
        BehindProxies = BehindProxies ? new Uri($"http://127.0.0.1:{proxyPort}") : null,
        Data = Data,
        Fresh = Fresh,
    };
}
