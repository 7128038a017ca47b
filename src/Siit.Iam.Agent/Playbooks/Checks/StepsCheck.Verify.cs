using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Playbooks.Expressions;
using Siit.Iam.Agent.Playbooks.Format;

namespace Siit.Iam.Agent.Playbooks.Checks;

// The step in which somebody proves who they are, and the resets that need it.
internal sealed partial class StepsCheck
{
    private (Step?, Flow, long) Verify(string id, YamlMapping node, Flow flow)
    {
        var verify = node.Mapping("verify");
        var subject = verify?.Scalar("subject") is { } who ? values.Value(who, flow.Environment) : CheckedValue.Broken;
        if (subject.Type is { } type && !Types.Fits(type, CelType.Person))
            report.Add("PB021", verify!.Scalar("subject")!, $"A {type} cannot prove who they are.", "It has to be a Person.");
        var connection = verify?.Scalar("connection") is { } where ? values.Value(where, flow.Environment) : CheckedValue.Broken;
        if (connection.Type is { } place && !Types.IsText(place))
            report.Add("PB021", verify!.Scalar("connection")!, $"A {place} is no connection.", "It has to be its name.");
        if (connection.Literal is { } literal && policy.Connections is { } connections && !connections.Contains(literal.ToString()))
            report.Add("PB011", verify!.Scalar("connection")!, $"'{literal}' is not among the connections that this playbook allows itself.", "Add it to policy.connections.");
        if ((subject.Taint | connection.Taint).HasFlag(Taint.Model))
            report.Add("PB041", node.Entry("verify")!.Key, "A model says who is sent codes.", "Compute it, or let the model pick with 'choice' from a list that it did not make.");
        var factor = verify?.Scalar("factor") is { } one ? values.Value(one, flow.Environment) : null;
        if (factor?.Type is { } kind && !Types.IsText(kind))
            report.Add("PB021", verify!.Scalar("factor")!, $"A {kind} is no factor.", "It has to be its id.");

        // Who asked before it cannot have seen what it makes possible: the gate lets no reset into a plan before its proof is there.
        var after = (flow with { Approved = null, SinceApproval = [] }).Left(id, StepOutputs.Verify);
        if (subject.Value is not { } person || connection.Value is not { } at || (factor is not null && factor.Value is null)
            || verify!.Text("for") is not { } named || ActionCatalog.Find(named) is not { } action || CelTime.Iso(verify.Text("timeout") ?? "") is not { } timeout)
            return (null, after, 0);
        after = after with { Verified = after.Verified.Add(new Verified(id, action.Name, Written(verify.Scalar("subject")!), Written(verify.Scalar("connection")!))) };
        return (new VerifyStep(id, node.Line, node.Column) { Subject = person, Connection = at, For = action, Factor = factor?.Value, Timeout = timeout }, after, 0);
    }

    /// <summary>Where somebody was verified, a reset is that person's. Where nobody was, the gate still asks.</summary>
    private void SameAsVerified(YamlMapping node, ActionDefinition action, Flow flow)
    {
        if (flow.Verified.Count == 0 || node.Mapping("with") is not { } with || with.Scalar("person") is not { } person || with.Scalar("connection") is not { } connection)
            return;
        if (flow.Verified.Exists(verified => verified.For == action.Name && verified.Subject == Written(person) && verified.Connection == Written(connection)))
            return;
        var last = flow.Verified[^1];
        report.Add(
            "PB037", node.Scalar("do")!, $"'{action.Name}' of {Report.Shown(person.Text)} at {Report.Shown(connection.Text)}: step '{last.Step}' verifies {last.Subject} at {last.Connection} for {last.For}, and the gate finds no other proof.",
            "Verify the same person, at the same connection, for this action.");
    }

    /// <summary>As it is written, without what says nothing: a value cannot change between two steps.</summary>
    private static string Written(YamlScalar scalar) => Written(scalar.Text);

    private static string Written(string text) => string.Concat(text.Where(c => !char.IsWhiteSpace(c)));
}
