using System.Text.Json.Serialization;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Gate;

/// <summary>A registered client with a credential of its own: an agent, a script, a person's tool, the playbook runner.</summary>
[Stored("callers", "token")]
internal sealed record CallerRecord : IRecord
{
    /// <summary>Chosen by the operator who registered it, such as <c>claude-desk</c>.</summary>
    public required string Id { get; init; }

    public long Version { get; init; }

    /// <summary>Work email of the person answerable for it; may never decide on its calls.</summary>
    public required string Operator { get; init; }

    /// <summary>Work email of the one person whose tool it is: the proved requester of all its calls. Null: the requester is claimed per call.</summary>
    public string? Person { get; init; }

    /// <summary>Actions it may use: names, <c>read</c> for all reads, <c>*</c> for all.</summary>
    public required IReadOnlyList<string> Actions { get; init; }

    /// <summary>Connections it may use: names or <c>*</c>.</summary>
    public required IReadOnlyList<string> Connections { get; init; }

    /// <summary>People it may act for: work emails or <c>*</c>.</summary>
    public required IReadOnlyList<string> ActsFor { get; init; }

    /// <summary>SHA-256 of its token, lower hex. The token itself is shown once and never kept.</summary>
    public required string TokenHash { get; init; }

    /// <summary>Of a caller made for a run: the registered caller who started it. Null for registered ones.</summary>
    public string? Starter { get; init; }

    public required DateTimeOffset AddedAt { get; init; }

    /// <summary>Removed callers stay on record; their token opens nothing.</summary>
    public DateTimeOffset? RemovedAt { get; init; }

    [JsonIgnore]
    public bool IsActive => RemovedAt is null;

    [JsonIgnore]
    public IReadOnlyDictionary<string, string> Keys => new Dictionary<string, string> { ["token"] = TokenHash };

    public bool MayUse(Actions.ActionDefinition action) =>
        Actions.Contains("*") || Actions.Contains(action.Name) || (action.IsRead && Actions.Contains("read"));

    /// <summary>A tool of another server: by its name, or everything. That it may read here says nothing about there.</summary>
    public bool MayUseTool(string name) => Actions.Contains("*") || Actions.Contains(name);

    public bool MayUse(string connection) => Connections.Contains("*") || Connections.Contains(connection);

    public bool MayActFor(string email) => ActsFor.Contains("*") || ActsFor.Contains(email, StringComparer.OrdinalIgnoreCase);
}
