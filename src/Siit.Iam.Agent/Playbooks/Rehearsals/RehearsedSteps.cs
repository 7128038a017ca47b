using Siit.Iam.Agent.Playbooks.Checks;
using Siit.Iam.Agent.Playbooks.Format;

namespace Siit.Iam.Agent.Playbooks.Rehearsals;

/// <summary>
/// The steps of a playbook and of all that it calls, by the name under which somebody says what is decided there: the id, in a called
/// playbook behind the ids of the calls, as <c>figma/agree</c>.
/// </summary>
internal sealed class RehearsedSteps
{
    private readonly Dictionary<string, Step> _steps = new(StringComparer.Ordinal);
    private readonly List<Playbook> _playbooks = [];

    private RehearsedSteps()
    {
    }

    /// <summary>Itself first, each once.</summary>
    public IReadOnlyList<Playbook> Playbooks => _playbooks;

    /// <param name="find">Where playbooks are that it may call.</param>
    public static RehearsedSteps Of(Playbook playbook, Func<string, Playbook?> find)
    {
        var steps = new RehearsedSteps();
        steps.Take(playbook, "", find, []);
        return steps;
    }

    /// <summary>The same of a file, with what lies in its folder.</summary>
    public static RehearsedSteps OfFile(Playbook playbook)
    {
        var calls = playbook.Steps.SelectMany(step => step.All).OfType<CallStep>().Any();
        var beside = calls ? PlaybookFolder.Load(Path.GetDirectoryName(Path.GetFullPath(playbook.File.Path))!) : null;
        return Of(playbook, id => beside?.Find(id));
    }

    public Step? Find(string name) => _steps.GetValueOrDefault(name);

    /// <summary>Null when approvers may be asked at the step, or what is wrong with naming it.</summary>
    public (string Message, string Hint)? ProblemOfApproval(string name) =>
        Problem(name, "asks approvers", step => step is ApproveStep or VerifyStep or ActingStep { IsRead: false } || (step is AgentStep agent && agent.Writes.Any()));

    /// <summary>The same for an answer.</summary>
    public (string Message, string Hint)? ProblemOfAnswer(string name) => Problem(name, "asks for an answer", step => step is AskStep or AgentStep or ToolStep);

    /// <summary>The same for an event that ends a wait.</summary>
    public (string Message, string Hint)? ProblemOfWake(string name) => Problem(name, "waits for an event", step => step is WaitStep { WakeOn: not null });

    private (string Message, string Hint)? Problem(string name, string does, Func<Step, bool> fits)
    {
        if (Find(name) is not { } step)
            return ($"'{Report.Shown(name)}' is not a step.", Spelling.Hint(name, _steps.Keys));
        if (fits(step))
            return null;
        List<string> others = [.. _steps.Where(each => fits(each.Value) && (step is not CallStep || each.Key.StartsWith(name + "/", StringComparison.Ordinal))).Select(each => each.Key).Take(5)];
        var none = step is CallStep call ? $"It runs '{call.Playbook}', no step of which {does}." : $"No step {does}.";
        return ($"'{name}' is no step that {does}.", others.Count == 0 ? none : $"{(step is CallStep of ? $"It runs '{of.Playbook}': name a step of that, such as" : "There are")} {string.Join(", ", others)}.");
    }

    private void Take(Playbook playbook, string before, Func<string, Playbook?> find, IReadOnlyList<string> callers)
    {
        if (!_playbooks.Contains(playbook))
            _playbooks.Add(playbook);
        foreach (var step in playbook.Steps.SelectMany(step => step.All))
        {
            _steps[before + step.Id] = step;
            // A circle is told elsewhere.
            if (step is CallStep call && call.Playbook != playbook.Id && !callers.Contains(call.Playbook) && find(call.Playbook) is { } callee)
                Take(callee, $"{before}{step.Id}/", find, [.. callers, playbook.Id]);
        }
    }
}
