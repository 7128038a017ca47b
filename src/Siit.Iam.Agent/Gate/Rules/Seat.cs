namespace Siit.Iam.Agent.Gate.Rules;

/// <summary>Where the right to take a seat comes from.</summary>
internal enum SeatSource
{
    /// <summary>Any approver group of the registry.</summary>
    Any,
    /// <summary>One approver group of the registry.</summary>
    Group,
    /// <summary>Being the manager of the person whom the call changes.</summary>
    Manager,
    /// <summary>Owning the group or application that the call is about.</summary>
    Owner,
}

/// <summary>One place that somebody has to take before a call may run.</summary>
/// <param name="Group">Of <see cref="SeatSource.Group"/>: the approver group.</param>
/// <param name="Fallback">The approver group that takes it when nobody could by <paramref name="Source"/>.</param>
internal sealed record Seat(SeatSource Source, string? Group = null, string? Fallback = null)
{
    /// <summary>Of whom or what: <c>okta:00u1</c> for a manager, <c>okta:group:00g1</c> for an owner. Null for groups of the registry.</summary>
    public string? About { get; init; }

    /// <summary>The same for people, as it is called in the directory.</summary>
    public string? AboutName { get; init; }

    /// <summary>Ids of the approvers who could take it by their standing, when it was looked at. Empty for groups of the registry.</summary>
    public IReadOnlyList<string> Holders { get; init; } = [];

    /// <summary>Nobody could take it by its source: the fallback does, and this says why.</summary>
    public string? FallsBack { get; init; }

    /// <summary>The same place, whoever could take it.</summary>
    public bool IsSame(Seat other) => Source == other.Source && Group == other.Group && Fallback == other.Fallback && About == other.About;

    /// <summary>What a person may take it as; two seats are never taken as the same.</summary>
    /// <param name="approver">His id.</param>
    /// <param name="groups">His approver groups.</param>
    /// <param name="escalatedTo">The approver group that may take any seat by now; null before that.</param>
    public IEnumerable<string> TakenAs(string approver, IReadOnlyList<string> groups, string? escalatedTo) =>
    [
        .. Source switch
        {
            SeatSource.Any => groups.Select(GroupWord),
            SeatSource.Group => groups.Where(group => group == Group).Select(GroupWord),
            SeatSource.Manager => Holders.Contains(approver) ? ["manager"] : Array.Empty<string>(),
            _ => Holders.Contains(approver) ? ["owner"] : Array.Empty<string>(),
        },
        .. FallsBack is not null && Fallback is not null && groups.Contains(Fallback) ? [GroupWord(Fallback)] : Array.Empty<string>(),
        .. escalatedTo is not null && groups.Contains(escalatedTo) ? [GroupWord(escalatedTo)] : Array.Empty<string>(),
    ];

    /// <summary>For people.</summary>
    public string Word()
    {
        var about = AboutName is null ? "" : $" of {Actions.HiddenText.Quoted(AboutName)}";
        var word = Source switch
        {
            SeatSource.Any => "an approver of any group",
            SeatSource.Group => $"an approver of the group {Group}",
            SeatSource.Manager => "the manager" + about,
            _ => "an owner" + about,
        };
        return FallsBack is null ? word : $"an approver of the group {Fallback}, in place of {word} ({FallsBack})";
    }

    private static string GroupWord(string group) => "group " + group;
}
