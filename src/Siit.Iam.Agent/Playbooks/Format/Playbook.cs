using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Playbooks.Expressions;
using Siit.Iam.Agent.ToolServers;

namespace Siit.Iam.Agent.Playbooks.Format;

/// <summary>A playbook that was read and checked: whatever holds one may run it. Only the reader makes them.</summary>
internal sealed record Playbook
{
    public required PlaybookFile File { get; init; }

    public required string Id { get; init; }

    /// <summary>Three numbers, such as <c>1.0.0</c>.</summary>
    public required string Version { get; init; }

    public required string Title { get; init; }

    public string? Description { get; init; }

    /// <summary>The group answerable for it, such as <c>group:it-identity</c>.</summary>
    public required string Owner { get; init; }

    /// <summary>A file that names none is started by hand.</summary>
    public required IReadOnlyList<Trigger> Triggers { get; init; }

    public required IReadOnlyList<PlaybookInput> Inputs { get; init; }

    public required PlaybookPolicy Policy { get; init; }

    /// <summary>In the order in which they are evaluated, once, at the start; each may use those before it as <c>vars.name</c>.</summary>
    public required IReadOnlyList<NamedValue> Vars { get; init; }

    public required IReadOnlyList<Step> Steps { get; init; }

    public required OnFailure OnFailure { get; init; }

    /// <summary>What a finished run answers.</summary>
    public required IReadOnlyList<NamedValue> Outputs { get; init; }

    /// <summary>What a run can reach at most, found without running it.</summary>
    public required PlaybookBound Bound { get; init; }
}

/// <summary>What a run may do at most; the organisation's own rules only narrow it.</summary>
internal sealed record PlaybookPolicy
{
    /// <summary>The actions that steps and agents may use.</summary>
    public required IReadOnlyList<ActionDefinition> Tools { get; init; }

    /// <summary>Tools of other servers that they may use, as they are locked.</summary>
    public IReadOnlyList<LockedTool> OtherTools { get; init; } = [];

    /// <summary>All that it allows itself, by name.</summary>
    public IEnumerable<string> ToolNames => Tools.Select(tool => tool.Name).Concat(OtherTools.Select(tool => tool.Name));

    /// <summary>Names of connections; null when the playbook does not narrow them.</summary>
    public IReadOnlyList<string>? Connections { get; init; }

    /// <summary>
    /// Must be true before every write. Sees <c>person</c> (the argument as it is sent), <c>input</c>, <c>vars</c> and <c>run</c>.
    /// Null only when the playbook has no write.
    /// </summary>
    public Expression? TargetsPerson { get; init; }

    public required PlaybookLimits Limits { get; init; }

    /// <summary>Over all runs of a day; null when nothing is counted.</summary>
    public DailyLimit? Daily { get; init; }

    /// <summary>Null when any number of runs may go on at a time.</summary>
    public Concurrency? Concurrency { get; init; }

    /// <summary>Ends the runs of other playbooks that are about the same person, and goes before them.</summary>
    public bool Preempts { get; init; }

    /// <summary>Id of a standing approval of the organisation's that may cover its calls; what it covers stands in the settings only.</summary>
    public string? Standing { get; init; }
}

/// <summary>More different people than this in a day (UTC): every run of the playbook halts until a person releases it.</summary>
/// <param name="People">The larger of both counts.</param>
/// <param name="Percent">Of everybody whom the HRIS say is employed.</param>
internal sealed record DailyLimit(int People, int Percent);

/// <param name="Key">Runs with the same one are concerned.</param>
internal sealed record Concurrency(PlaybookValue Key, ConcurrencyMode Mode);

internal enum ConcurrencyMode
{
    /// <summary>The later run waits for the end of the earlier one.</summary>
    Queue,
    /// <summary>It is not started.</summary>
    Reject,
    /// <summary>It ends the earlier one.</summary>
    Replace,
}

/// <summary>Tested against the whole plan: over the limit means that nothing of it runs.</summary>
/// <param name="People">Different people that writes may reach.</param>
/// <param name="Writes">Calls of writing actions.</param>
internal sealed record PlaybookLimits(int People, int Writes);

/// <summary>The static bound of a playbook: never more than this, whatever the inputs.</summary>
/// <param name="People">Different people that writes may reach.</param>
/// <param name="Writes">Calls of writing actions.</param>
internal sealed record PlaybookBound(int People, int Writes)
{
    public static PlaybookBound None { get; } = new(0, 0);

    /// <summary>Different groups whose members writes may change.</summary>
    public int Groups { get; init; }

    /// <summary>Different applications that writes may give or take away.</summary>
    public int Applications { get; init; }

    /// <summary>One after the other.</summary>
    public static PlaybookBound operator +(PlaybookBound one, PlaybookBound other) => new(Sum(one.People, other.People), Sum(one.Writes, other.Writes))
    {
        Groups = Sum(one.Groups, other.Groups),
        Applications = Sum(one.Applications, other.Applications),
    };

    /// <summary>Either of the two.</summary>
    public PlaybookBound Or(PlaybookBound other) => new(Math.Max(People, other.People), Math.Max(Writes, other.Writes))
    {
        Groups = Math.Max(Groups, other.Groups),
        Applications = Math.Max(Applications, other.Applications),
    };

    /// <summary>As often as a loop goes round.</summary>
    public PlaybookBound Times(int times) => new(Product(People, times), Product(Writes, times)) { Groups = Product(Groups, times), Applications = Product(Applications, times) };

    public override string ToString() => "at most " + string.Join(", ", new[]
    {
        Counted(People, "person", "people"),
        Groups == 0 ? null : Counted(Groups, "group", "groups"),
        Applications == 0 ? null : Counted(Applications, "application", "applications"),
        Counted(Writes, "write", "writes"),
    }.OfType<string>());

    private static int Sum(int one, int other) => (int)Math.Min(int.MaxValue, (long)one + other);

    private static int Product(int one, int times) => (int)Math.Min(int.MaxValue, (long)one * times);

    private static string Counted(int number, string one, string many) => $"{number} {(number == 1 ? one : many)}";
}

/// <summary>A name and what stands behind it.</summary>
internal sealed record NamedValue(string Name, PlaybookValue Value);

internal enum OnFailure
{
    /// <summary>The first failed step ends the run.</summary>
    Stop,
    /// <summary>
    /// The steps after a failed write still run, and the run ends as failed. A read, an agent or a value that fails ends the run all
    /// the same: what follows may need it.
    /// </summary>
    Continue,
    /// <summary>What the run has changed itself is taken back in reverse order, by each step's <c>undo</c>.</summary>
    Compensate,
}
