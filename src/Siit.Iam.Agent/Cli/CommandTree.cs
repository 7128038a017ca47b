using System.CommandLine;
using System.Text.Json.Nodes;

namespace Siit.Iam.Agent.Cli;

/// <summary>Every verb, in the order in which help shows them.</summary>
internal static class CommandTree
{
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, Surroundings surroundings, CancellationToken cancellationToken = default)
    {
        var verbs = new Verbs(surroundings);
        // A file named with @ would be read as arguments; a reason may begin with it.
        var parsed = Create(verbs).Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0 && parsed.Action is not System.CommandLine.Help.HelpAction)
            return Misused(parsed, surroundings.Terminal, arguments.Contains("--json"));
        // The server ends by itself when it is asked to, and brings to an end what is under way.
        var invocation = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null, Output = surroundings.Terminal.Writer };
        return await parsed.InvokeAsync(invocation, cancellationToken);
    }

    private static RootCommand Create(Verbs verbs)
    {
        var root = new RootCommand("Siit IAM Agent: acts on accounts at the identity providers, behind approvals by other people and an audit log.")
        {
            ServeVerb.Create(verbs),
            McpVerb.Create(verbs),
            ActionsVerb.Create(verbs),
            ConnectionsVerbs.Create(verbs),
            SyncVerbs.Create(verbs),
            PeopleVerbs.Create(verbs),
            EventsVerb.Create(verbs),
            HrisVerbs.Create(verbs),
            CallVerb.Create(verbs),
            CallsVerbs.Create(verbs),
            ApprovalsVerbs.Create(verbs),
            ApproversVerbs.Create(verbs),
            PolicyVerbs.Create(verbs),
            CallersVerbs.Create(verbs),
            StopVerbs.Stop(verbs),
            StopVerbs.Resume(verbs),
            StopVerbs.Stops(verbs),
            PlaybooksVerbs.Create(verbs),
            RunsVerbs.Create(verbs),
            RequestsVerbs.Create(verbs),
            AuditVerbs.Create(verbs),
            BackupVerbs.Backup(verbs),
            BackupVerbs.Restore(verbs),
        };
        root.Add(verbs.Data);
        root.Add(verbs.Json);
        return root;
    }

    private static int Misused(ParseResult parsed, Terminal terminal, bool json)
    {
        var errors = parsed.Errors.Select(error => error.Message).Distinct().ToList();
        var names = new List<string>();
        for (var command = parsed.CommandResult; command is not null; command = command.Parent as System.CommandLine.Parsing.CommandResult)
            names.Insert(0, command.Command is RootCommand ? "siit-iam" : command.Command.Name);
        errors.Add($"See: {string.Join(' ', names)} --help");
        if (json)
            terminal.Json(new JsonObject { ["error"] = new JsonObject { ["code"] = "usage", ["message"] = string.Join(' ', errors) } });
        else
            errors.ForEach(terminal.Error);
        return ExitCodes.Usage;
    }
}
