using Siit.Iam.Agent.People.Copy;

namespace Siit.Iam.Agent.People.Persons;

/// <summary>
/// Owners of groups and applications that the settings name, where a vendor has none or not the right ones: <c>people:owners</c>, by
/// connection, then <c>groups</c> or <c>applications</c>, then id or exact name, a list of work emails.
/// </summary>
internal sealed record OwnerRules
{
    public static OwnerRules None { get; } = new();

    public IReadOnlyList<OwnerRule> All { get; init; } = [];

    /// <summary>Work emails of the owners that the settings name for a group or an application.</summary>
    public IEnumerable<string> Of(string connection, bool application, string id, string name) => All
        .Where(rule => rule.Connection == connection && rule.Application == application
            && (rule.What == id || rule.What.Equals(name, StringComparison.OrdinalIgnoreCase)))
        .SelectMany(rule => rule.Owners)
        .DistinctBy(AddressKey.Of);

    /// <summary>Rules that name nothing that the copy has: mistyped, or renamed since.</summary>
    public IEnumerable<OwnerRule> Unmatched(ConnectionCopy part) => All.Where(rule => rule.Connection == part.Name && !(rule.Application
        ? part.Applications.Values.Any(entry => entry.GoneAt is null && Names(rule, entry.Found.Application.Id, entry.Found.Application.Name))
        : part.Groups.Any(entry => entry.GoneAt is null && Names(rule, entry.Found.Group.Id, entry.Found.Group.Name))));

    private static bool Names(OwnerRule rule, string id, string name) => rule.What == id || rule.What.Equals(name, StringComparison.OrdinalIgnoreCase);
}

/// <param name="Application">Of an application; otherwise of a group.</param>
/// <param name="What">Id, or exact name.</param>
internal sealed record OwnerRule(string Connection, bool Application, string What, IReadOnlyList<string> Owners)
{
    public override string ToString() => $"people:owners:{Connection}:{(Application ? "applications" : "groups")}:{What}";
}
