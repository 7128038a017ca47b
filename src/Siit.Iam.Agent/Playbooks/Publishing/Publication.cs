using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Playbooks.Publishing;

/// <summary>A version of a playbook that an approver lets run: the very content, and that of everything it calls.</summary>
[Stored("publications", "playbook")]
internal sealed record Publication : IRecord
{
    /// <summary>See <see cref="IdOf"/>: a version has one content, for ever.</summary>
    public required string Id { get; init; }

    public long Version { get; init; }

    public required string Playbook { get; init; }

    public required string PlaybookVersion { get; init; }

    /// <summary>Of the content; the text is kept as a <see cref="Runs.PinnedPlaybook"/>.</summary>
    public required string Sha256 { get; init; }

    /// <summary>The content of every playbook that it may call, by id, as it was published then.</summary>
    public IReadOnlyDictionary<string, string> Callees { get; init; } = new Dictionary<string, string>();

    /// <summary>The tools of other servers that it may use, each with the digest of its definition.</summary>
    public IReadOnlyDictionary<string, string> Tools { get; init; } = new Dictionary<string, string>();

    /// <summary>Id of the approver who published it last.</summary>
    public required string By { get; init; }

    /// <summary>That approver's work email.</summary>
    public required string Email { get; init; }

    /// <summary>Work emails of everybody who has published this version: they never decide on what its runs do.</summary>
    public required IReadOnlyList<string> Authors { get; init; }

    /// <summary>Of several versions the one that was published last runs.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Who has taken it back; null while it may run.</summary>
    public string? WithdrawnBy { get; init; }

    public DateTimeOffset? WithdrawnAt { get; init; }

    [JsonIgnore]
    public bool IsInForce => WithdrawnAt is null;

    [JsonIgnore]
    public string Title => $"{Playbook} {PlaybookVersion}";

    [JsonIgnore]
    public IReadOnlyDictionary<string, string> Keys => new Dictionary<string, string> { ["playbook"] = Playbook };

    /// <summary>As the audit log tells that it was published.</summary>
    /// <param name="before">The same version as it was published before; null when it was not.</param>
    public static Publication Told(JsonObject told, DateTimeOffset at, Publication? before)
    {
        var (playbook, version, email) = (told["playbook"]!.GetValue<string>(), told["version"]!.GetValue<string>(), told["email"]!.GetValue<string>());
        return new Publication
        {
            Id = IdOf(playbook, version),
            Version = before?.Version ?? 0,
            Playbook = playbook,
            PlaybookVersion = version,
            Sha256 = told["sha256"]!.GetValue<string>(),
            Callees = (told["callees"] as JsonObject ?? []).ToDictionary(callee => callee.Key, callee => callee.Value!.GetValue<string>()),
            Tools = (told["tools"] as JsonObject ?? []).ToDictionary(tool => tool.Key, tool => tool.Value!.GetValue<string>()),
            By = told["by"]!.GetValue<string>(),
            Email = email,
            Authors = [.. (before?.Authors ?? []).Append(email).Distinct(StringComparer.OrdinalIgnoreCase)],
            At = at,
        };
    }

    public static string IdOf(string playbook, string version) => $"{playbook}@{version}";
}
