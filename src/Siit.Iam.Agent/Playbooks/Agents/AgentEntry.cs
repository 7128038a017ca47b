using System.Text.Json.Serialization;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Playbooks.Agents;

/// <summary>
/// One thing that happened in an agent step, saved before the next: what the model was told at the start, one of its turns, one
/// answered call. A step that was interrupted goes on after the last of them and asks nothing twice that was answered.
/// </summary>
[Stored("agent_entries", "step")]
internal sealed record AgentEntry : IRecord
{
    /// <summary>The step's key and the number: a second one of the same number cannot be stored.</summary>
    public required string Id { get; init; }

    public long Version { get; init; }

    /// <summary>Digest of run and path.</summary>
    public required string Step { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>The first entry of a step.</summary>
    public AgentBeginning? Beginning { get; init; }

    public ModelTurn? Turn { get; init; }

    /// <summary>Why a turn brought nothing; null when it did.</summary>
    public AgentTrouble? Trouble { get; init; }

    public AgentToolAnswer? ToolAnswer { get; init; }

    /// <summary>How long it took; time in which the server was down does not count.</summary>
    public TimeSpan Took { get; init; }

    /// <summary>As reported, or estimated from the lengths when the server does not report.</summary>
    public int Tokens { get; init; }

    [JsonIgnore]
    public IReadOnlyDictionary<string, string> Keys => new Dictionary<string, string> { ["step"] = Step };
}

/// <summary>What was computed once for the whole step.</summary>
/// <param name="Mark">The random word of the data marks.</param>
internal sealed record AgentBeginning(string System, string User, string Mark, IReadOnlyList<AnswerField> Fields);

internal sealed record AgentToolAnswer(string CallId, string Text);

internal sealed record AgentTrouble(string Code, string Message);
