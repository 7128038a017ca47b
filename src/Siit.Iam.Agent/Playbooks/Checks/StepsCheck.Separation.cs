using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Gate.Proofs;
using Siit.Iam.Agent.Playbooks.Expressions;
using Siit.Iam.Agent.Playbooks.Format;

namespace Siit.Iam.Agent.Playbooks.Checks;

// Whose word a change rests on: never only that of whoever gains by it.
internal sealed partial class StepsCheck
{
    private const string TheRequester = "run.requester";

    /// <summary>Whom each question was put to, as the expression is written.</summary>
    private readonly Dictionary<string, string> _asked = [];

    /// <summary>A reset is a way in: somebody proves whose it is, or people agree, on every way to it. True when it was told.</summary>
    private bool IsUnproved(YamlScalar at, ActionDefinition action, List<NamedValue> with, Flow flow)
    {
        if (!ProofOptions.IsReset(action.Name) || flow.Approved is not null || (PersonOf(with) is { } person && flow.Verified.Exists(verified => verified.Subject == Written("=" + person))))
            return false;
        report.Add("PB034", at, $"'{action.Name}' gives a way into an account, and on some way to it nobody has proved who asks and nobody has agreed.",
            "Put an 'approve' step before it, or a step that proves the identity of the same person.");
        return true;
    }

    /// <summary>
    /// Only a warning: the action's own gate asks other people all the same. Somebody who reads the playbook may take the question for
    /// an approval.
    /// </summary>
    private void OwnWord(YamlScalar at, ActionDefinition action, List<NamedValue> with, Flow flow)
    {
        if (action.Approval == Approvers.None)
            return;
        var person = PersonOf(with);
        var own = _conditions.SelectMany(each => each).Concat(flow.Required)
            .FirstOrDefault(step => _asked.TryGetValue(step, out var of) && (of == TheRequester || of == person) && flow.Approved?.Contains(step) != true);
        if (own is null)
            return;
        report.Warn("PB031", at, $"'{action.Name}' runs because {(_asked[own] == TheRequester ? "the requester" : "the person whom it changes")} said so in '{own}': nobody agrees to what is done for themselves.",
            "Ask somebody else, or put an 'approve' step between: its approvers are never the requester or the person.");
    }

    private static string? PersonOf(List<NamedValue> with) => with.Find(argument => argument.Name == "person")?.Value is Expression person ? person.Text.Trim() : null;
}
