using System.Text.Json.Serialization;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Playbooks.Runs;

/// <summary>
/// Two runs never change one person at once: this row is written in the commit of a run's intent and goes in the commit in which the run
/// ends, turns to somebody else, or waits with no effect on the person open. What is left of a run that is over counts for nothing.
/// </summary>
[Stored("person_leases", "run")]
internal sealed record PersonLease : IRecord
{
    /// <summary>Stored name, to tell a lease that somebody else took from another conflict.</summary>
    public const string Collection = "person_leases";

    /// <summary>What does not change about the person where it is known, else the address or account that the run names.</summary>
    public required string Id { get; init; }

    public long Version { get; init; }

    public required string Run { get; init; }

    public required DateTimeOffset Since { get; init; }

    [JsonIgnore]
    public IReadOnlyDictionary<string, string> Keys => new Dictionary<string, string> { ["run"] = Run };
}

/// <summary>How taking a lease came out.</summary>
/// <param name="Changes">To be stored with the intent.</param>
/// <param name="Behind">The run that changes the person now; null: nobody else does.</param>
internal sealed record LeaseTaking(IReadOnlyList<Change> Changes, RunRecord? Behind);
