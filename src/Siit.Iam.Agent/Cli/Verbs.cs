using System.CommandLine;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Cli;

/// <summary>How verbs are made: the options that all share, and what becomes of trouble.</summary>
internal sealed class Verbs(Surroundings surroundings)
{
    public Option<string?> Data { get; } = new("--data")
    {
        Description = "The server's data folder (else SIIT_IAM_DATA, else the platform's folder for state).",
        HelpName = "DIR",
        Recursive = true,
    };

    public Option<bool> Json { get; } = new("--json") { Description = "Print exactly one JSON document.", Recursive = true };

    public Surroundings Surroundings => surroundings;

    public Command Create(string name, string description, Func<Invocation, CancellationToken, Task<int>> run, params IEnumerable<Symbol> symbols)
    {
        var command = new Command(name, description);
        foreach (var symbol in symbols)
        {
            if (symbol is Option option)
                command.Add(option);
            else
                command.Add((Argument)symbol);
        }

        command.SetAction((parsed, cancellationToken) => RunAsync(new Invocation(parsed, this), run, cancellationToken));
        return command;
    }

    public static Command Group(string name, string description, params IEnumerable<Command> verbs)
    {
        var group = new Command(name, description);
        foreach (var verb in verbs)
            group.Add(verb);
        return group;
    }

    private static async Task<int> RunAsync(Invocation invocation, Func<Invocation, CancellationToken, Task<int>> run, CancellationToken cancellationToken)
    {
        try
        {
            return await run(invocation, cancellationToken);
        }
        catch (CliException trouble)
        {
            return invocation.Fail(trouble);
        }
        catch (Exception bug) when (bug is not OperationCanceledException)
        {
            return invocation.Fail(new CliException(ExitCodes.Refused, "internal_error", $"Something is wrong in this program ({bug.GetType().Name}: {bug.Message}). Please report it."));
        }
    }
}

/// <summary>One verb as it was typed.</summary>
internal sealed class Invocation(ParseResult parsed, Verbs verbs)
{
    public Terminal Terminal => verbs.Surroundings.Terminal;

    public Surroundings Surroundings => verbs.Surroundings;

    public bool Json => parsed.GetValue(verbs.Json);

    public DataFolder Data => DataFolder.Resolve(parsed.GetValue(verbs.Data), Surroundings.Variable);

    /// <summary>As it was typed; null when the environment or the platform decides.</summary>
    public string? DataOption => parsed.GetValue(verbs.Data);

    public OperatorsClient Server => new(Data);

    public T Get<T>(Argument<T> argument) => parsed.GetRequiredValue(argument);

    public T? Get<T>(Option<T> option) => parsed.GetValue(option);

    /// <summary>Of an argument that may be left out.</summary>
    public T? Maybe<T>(Argument<T> argument) => parsed.GetValue(argument);

    /// <summary>One document for a script, or lines for a person.</summary>
    public int Answer(JsonNode document, IEnumerable<string> lines, int exitCode = ExitCodes.Done)
    {
        if (Json)
            Terminal.Json(document);
        else
            Terminal.Lines(lines);
        return exitCode;
    }

    public int Fail(CliException trouble)
    {
        if (Json)
            Terminal.Json(new JsonObject { ["error"] = new JsonObject { ["code"] = trouble.Code, ["message"] = trouble.Message } });
        else
            Terminal.Error(trouble.Message);
        return trouble.ExitCode;
    }
}
