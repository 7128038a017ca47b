using Siit.Iam.Agent.Idps;

namespace Siit.Iam.Agent.People.Sync;

/// <summary>Of a stored <see cref="DirectoryPage"/> what it names and covers, without what it says of each.</summary>
internal sealed record PageGist
{
    public IReadOnlyList<NamedAccount> Accounts { get; init; } = [];

    public IReadOnlyList<NamedGroup> Groups { get; init; } = [];

    public IReadOnlyList<NamedApplication> Applications { get; init; } = [];

    public IReadOnlyDictionary<string, bool> SecondFactors { get; init; } = new Dictionary<string, bool>();

    public IReadOnlyList<DetailRead> Details { get; init; } = [];

    public IReadOnlyList<TieList> Covers { get; init; } = [];
}

internal readonly record struct NamedAccount(Named Account);

internal readonly record struct NamedGroup(Named Group);

internal readonly record struct NamedApplication(Named Application);

internal readonly record struct Named(string Id);
