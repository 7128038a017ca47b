using System.CommandLine;
using System.Text.Json.Nodes;

namespace Siit.Iam.Agent.Cli;

/// <summary>Who is present: <c>--as</c> and <c>--code</c>, else asked for. A code counts once, so it may stand on a command line.</summary>
internal sealed class CodeOptions
{
    public Option<string?> As { get; } = new("--as") { Description = "The email of an enrolled approver.", HelpName = "EMAIL" };

    public Option<string?> Code { get; } = new("--code") { Description = "That approver's one-time code.", HelpName = "123456" };

    public IEnumerable<Symbol> Both => [As, Code];

    /// <summary>Puts both into a request, after asking for what is missing.</summary>
    public void AddTo(JsonObject body, Invocation invocation)
    {
        body["as"] = Answered(invocation, As, "Approver's email", hidden: false);
        body["code"] = Answered(invocation, Code, "One-time code", hidden: true);
    }

    private static string Answered(Invocation invocation, Option<string?> option, string question, bool hidden)
    {
        if (invocation.Get(option) is { Length: > 0 } given)
            return given;
        var answer = !invocation.Terminal.IsInteractive || invocation.Json ? null : hidden ? invocation.Terminal.AskHidden(question) : invocation.Terminal.Ask(question);
        return answer is { Length: > 0 }
            ? answer
            : throw new CliException(ExitCodes.Usage, "usage", $"{option.Name} is missing. It needs an approver who is present: --as EMAIL --code 123456.");
    }
}
