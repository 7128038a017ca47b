using Siit.Iam.Agent.Actions;

namespace Siit.Iam.Agent.Gate.Rules;

/// <summary>
/// One rule of <c>gate:approvalRules</c>: for which calls it holds and what it asks for. It holds when everything that it names fits;
/// what it leaves out fits always. All rules that hold have to be met; a refusal wins over everything.
/// </summary>
internal sealed class ApprovalRule
{
    /// <summary>How it is called on cards and in refusals.</summary>
    public string Name { get; set; } = "";

    /// <summary>
    /// Actions by name, tools of other servers by their full name (<c>chat.post_message</c>), a risk (<c>high</c>, <c>medium</c>, <c>low</c>)
    /// or <c>*</c>. Default: all of both.
    /// </summary>
    public List<string> Actions { get; set; } = [];

    /// <summary>Connections, and servers of tools, by name. Default: all.</summary>
    public List<string> Connections { get; set; } = [];

    /// <summary>Departments of the person, before or after the call.</summary>
    public List<string> Departments { get; set; } = [];

    /// <summary>Whether the person is an administrator at the IdP.</summary>
    public bool? Administrator { get; set; }

    /// <summary>Words of <c>gate:sensitivity</c> that the group or application has.</summary>
    public List<string> Sensitivity { get; set; } = [];

    /// <summary>So many different people, or more, are in the plan. A single call is about one.</summary>
    public int? PeopleAtLeast { get; set; }

    /// <summary>Callers by id.</summary>
    public List<string> Callers { get; set; } = [];

    /// <summary>Playbooks by id; the rule holds for calls of their runs only.</summary>
    public List<string> Playbooks { get; set; } = [];

    /// <summary>What started the run, such as <c>manual</c>, <c>schedule</c> or <c>event</c>.</summary>
    public List<string> Triggers { get; set; } = [];

    /// <summary><c>refuse</c>, <c>none</c>, <c>one</c> or <c>two</c>. Default: what <see cref="Seats"/> say.</summary>
    public Approvers? Demand { get; set; }

    /// <summary>Who has to agree, each as something else: <c>any</c>, <c>group:NAME</c>, <c>manager</c>, <c>owner</c>.</summary>
    public List<string> Seats { get; set; } = [];

    /// <summary>How many of the seats. Default: all.</summary>
    public int? Needed { get; set; }

    /// <summary>The approver group that takes the seat of a manager or owner whom nobody could be.</summary>
    public string? Fallback { get; set; }

    /// <summary>
    /// It holds in place of what the action needs by its definition, which is more; of a tool only where it is named. Logged and audited at
    /// every start.
    /// </summary>
    public bool DangerouslyLowers { get; set; }

    public IReadOnlyList<Seat> SeatList => [.. Seats.Select(text => SeatOf(text) is { } seat ? seat.Source is SeatSource.Manager or SeatSource.Owner ? seat with { Fallback = Fallback } : seat : null).OfType<Seat>()];

    public bool Holds(RuleFacts facts) =>
        (Actions.Count == 0 || Actions.Exists(facts.Is))
        && Fits(Connections, facts.Connection)
        && (Departments.Count == 0 || Departments.Exists(name => facts.Departments.Contains(Folded(name))))
        && (Administrator is not { } administrator || administrator == facts.IsAdministrator)
        && (Sensitivity.Count == 0 || Sensitivity.Exists(word => facts.Sensitivity.Contains(word)))
        && (PeopleAtLeast is not { } people || facts.People >= people)
        && Fits(Callers, facts.Caller)
        && Fits(Playbooks, facts.Playbook)
        && Fits(Triggers, facts.Trigger);

    /// <summary>Null when it is none.</summary>
    public static Seat? SeatOf(string text) => text switch
    {
        "any" => new Seat(SeatSource.Any),
        "manager" => new Seat(SeatSource.Manager),
        "owner" => new Seat(SeatSource.Owner),
        _ when text.StartsWith("group:", StringComparison.Ordinal) && text.Length > "group:".Length => new Seat(SeatSource.Group, text["group:".Length..]),
        _ => null,
    };

    /// <summary>A department is text that somebody typed: what looks the same is the same.</summary>
    public static string Folded(string text) => Skeletons.Of(text.Trim());

    private static bool Fits(List<string> named, string? value) => named.Count == 0 || (value is not null && named.Contains(value));
}

/// <summary>What rules look at: nothing that a requester or a model has written.</summary>
internal sealed record RuleFacts
{
    /// <summary>The name of an action, or of a tool of another server.</summary>
    public required string Action { get; init; }

    public required Risk Risk { get; init; }

    /// <summary>Or the server of the tool.</summary>
    public required string Connection { get; init; }

    public required string Caller { get; init; }

    /// <summary>Folded; before and after the call.</summary>
    public IReadOnlySet<string> Departments { get; init; } = new HashSet<string>();

    public bool IsAdministrator { get; init; }

    /// <summary>Of the group or application.</summary>
    public IReadOnlySet<string> Sensitivity { get; init; } = new HashSet<string>();

    public int People { get; init; } = 1;

    /// <summary>Id of the playbook whose run makes the call.</summary>
    public string? Playbook { get; init; }

    public string? Trigger { get; init; }

    public bool Is(string actions) => actions == "*" || actions == Action || actions.Equals(Risk.ToString(), StringComparison.OrdinalIgnoreCase);
}
