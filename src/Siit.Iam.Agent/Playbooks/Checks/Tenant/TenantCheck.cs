using Siit.Iam.Agent.Playbooks.Format;

namespace Siit.Iam.Agent.Playbooks.Checks.Tenant;

/// <summary>What only the organisation tells: that what a playbook names is there, that its IdPs can do it, and that somebody could agree to it.</summary>
internal sealed partial class TenantCheck
{
    private readonly List<Finding> _findings = [];
    private readonly Playbook _playbook;
    private readonly TenantKnown _known;
    private readonly YamlMapping? _policy;
    private readonly YamlMapping? _top;

    private TenantCheck(Playbook playbook, TenantKnown known)
    {
        (_playbook, _known) = (playbook, known);
        // For the places: a playbook that was read keeps those of its steps only.
        _top = new YamlReader(playbook.File, new Report(playbook.File)).Read();
        _policy = _top?.Mapping("policy");
    }

    /// <summary>In the order of the file.</summary>
    public static IReadOnlyList<Finding> Check(Playbook playbook, TenantKnown known)
    {
        var check = new TenantCheck(playbook, known);
        check.Connections();
        check.OtherTools();
        check.Things();
        check._findings.AddRange(CapabilityCheck.Of(playbook, known.Connections, everyConnection: true));
        check.Owner();
        check.Deciders();
        check.Standing();
        return [.. check._findings.Distinct().OrderBy(finding => finding.Line).ThenBy(finding => finding.Column)];
    }

    /// <summary>Why nobody could agree to what the playbook asks for; empty when somebody could.</summary>
    public static IReadOnlyList<Finding> DecidersOf(Playbook playbook, TenantKnown known)
    {
        var check = new TenantCheck(playbook, known);
        check.Deciders();
        return [.. check._findings.Where(finding => finding.Severity == Severity.Error)];
    }

    private void OtherTools()
    {
        foreach (var named in (_policy?.Sequence("tools")?.Items ?? []).OfType<YamlScalar>())
        {
            if (_playbook.Policy.OtherTools.FirstOrDefault(tool => tool.Name == named.Text) is { } tool && _known.ToolProblem(tool) is { } problem)
                Add("PB018", named.Line, named.Column, problem, "Until then no run of this playbook is started.");
        }
    }

    private void Connections()
    {
        foreach (var named in (_policy?.Sequence("connections")?.Items ?? []).OfType<YamlScalar>())
            Known(named.Text, named.Line, named.Column);
        foreach (var trigger in _playbook.Triggers.OfType<IdpTrigger>().Where(trigger => trigger.Connection is not null))
            Known(trigger.Connection!, trigger.Line, trigger.Column);
        foreach (var step in Steps())
        {
            if (Named.Literal(step, "connection") is { } connection)
                Known(connection, step.Line, step.Column);
        }

        void Known(string name, int line, int column)
        {
            if (_known.Connections.All(connection => connection.Name != name))
                Add("PB016", line, column, $"This server has no connection '{Report.Shown(name)}'.", Spelling.Hint(name, _known.Connections.Select(connection => connection.Name)));
        }
    }

    /// <summary>Groups and applications that are written out.</summary>
    private void Things()
    {
        foreach (var thing in Named.In(_playbook))
        {
            var where = _known.Connections.Where(connection => thing.Connection is { } named ? connection.Name == named : _playbook.Policy.Connections?.Contains(connection.Name) != false).ToList();
            // A connection that there is not was told.
            if (where.Count == 0)
                continue;
            var there = where.Select(connection => (connection.Name, Things: (thing.IsGroup ? connection.Groups : connection.Applications).Value)).ToList();
            if (there.Exists(one => one.Things?.Any(known => known.Id == thing.Text || (thing.MayBeName && known.Name.Equals(thing.Text, StringComparison.OrdinalIgnoreCase))) == true))
                continue;
            var kind = thing.IsGroup ? "group" : "application";
            if (there.Exists(one => one.Things is null))
            {
                Warn("PB026", thing.Line, thing.Column, $"It is not known yet whether there is a {kind} '{Report.Shown(thing.Text)}': {string.Join(", ", there.Where(one => one.Things is null).Select(one => one.Name))} has not been read.", "Check again when siit-iam sync status says that it is.");
                continue;
            }

            var all = there.SelectMany(one => one.Things ?? []).ToList();
            var called = all.FirstOrDefault(known => known.Name.Equals(thing.Text, StringComparison.OrdinalIgnoreCase));
            var hint = called is not null ? $"It is named by its id: {called.Id}."
                : Spelling.Nearest(thing.Text, [.. all.Select(known => known.Name)]) is { } near ? $"Did you mean '{Report.Shown(near)}' ({all.First(known => known.Name == near).Id})?"
                : Spelling.Nearest(thing.Text, [.. all.Select(known => known.Id)]) is { } id ? $"Did you mean '{id}'?"
                : $"siit-iam call find_{kind} --input name=NAME tells the ids.";
            Add("PB026", thing.Line, thing.Column, $"There is no {kind} '{Report.Shown(thing.Text)}' at {string.Join(", ", there.Select(one => one.Name))}.", hint);
        }
    }

    private void Owner()
    {
        var (at, group) = (_top?.Scalar("owner"), _playbook.Owner["group:".Length..]);
        if (_known.Approvers.All(approver => !approver.Groups.Contains(group)))
            Warn("PB036", at?.Line ?? 1, at?.Column ?? 1, $"No approver is in the group '{group}', which is answerable for this playbook.", Spelling.Hint(group, _known.Approvers.SelectMany(approver => approver.Groups).Distinct().Order(StringComparer.Ordinal)));
    }

    private IEnumerable<DoStep> Steps() => _playbook.Steps.SelectMany(step => step.All).OfType<DoStep>();

    private void Add(string code, int line, int column, string message, string hint) => _findings.Add(new Finding(code, _playbook.File.Path, line, column, message, hint));

    private void Warn(string code, int line, int column, string message, string hint) => _findings.Add(new Finding(code, _playbook.File.Path, line, column, message, hint, Severity.Warning));
}
