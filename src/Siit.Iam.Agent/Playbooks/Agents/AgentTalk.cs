using Siit.Iam.Agent.Playbooks.Format;

namespace Siit.Iam.Agent.Playbooks.Agents;

/// <summary>What is known of an agent step from its entries alone. Pure: the same entries always lead to the same next thing.</summary>
internal sealed class AgentTalk
{
    private readonly List<ModelMessage> _messages;
    private readonly List<ModelToolCall> _open = [];

    public AgentTalk(IReadOnlyList<AgentEntry> entries)
    {
        Beginning = entries[0].Beginning ?? throw new InvalidOperationException($"The agent step {entries[0].Step} has no beginning.");
        Entries = entries;
        _messages = [new ModelMessage(ModelRole.System, Beginning.System), new ModelMessage(ModelRole.User, Beginning.User)];
        foreach (var entry in entries.Skip(1))
            Take(entry);
    }

    public AgentBeginning Beginning { get; }

    public IReadOnlyList<AgentEntry> Entries { get; }

    public IReadOnlyList<ModelMessage> Messages => _messages;

    /// <summary>Calls of the last turn that were not answered yet; the next turn may not be asked for before they are.</summary>
    public IReadOnlyList<ModelToolCall> OpenCalls => _open;

    public int Turns { get; private set; }

    public int ToolCalls { get; private set; }

    public int Tokens { get; private set; }

    public TimeSpan Took { get; private set; }

    /// <summary>The last turn answered and did not call.</summary>
    public ModelTurn? Answer { get; private set; }

    public AgentTrouble? Trouble { get; private set; }

    /// <summary>Answers that did not fit so far, the last one included when it does not.</summary>
    public int Misfits { get; private set; }

    /// <summary>What is wrong with <see cref="Answer"/>.</summary>
    public IReadOnlyList<string> Problems { get; private set; } = [];

    public System.Text.Json.Nodes.JsonObject? Value { get; private set; }

    /// <summary>Which budget is used up, as a sentence; null while there is some of each.</summary>
    public string? UsedUp(AgentBudget budget)
    {
        if (Turns >= budget.Turns)
            return $"It took its {budget.Turns} turns without a valid answer.";
        if (Tokens + Estimate() >= budget.Tokens)
            return $"Its {budget.Tokens} tokens do not suffice for another turn ({Tokens} are used).";
        return Took >= budget.Time ? $"It took longer than {budget.Time.TotalSeconds:0} s without a valid answer." : null;
    }

    /// <summary>Of the prompt as it stands, for servers that do not count and to know beforehand.</summary>
    public int Estimate() => _messages.Sum(message => message.Text.Length + (message.Calls ?? []).Sum(call => call.Arguments.Length + call.Name.Length)) / 4;

    private void Take(AgentEntry entry)
    {
        Took += entry.Took;
        Tokens += entry.Tokens;
        if (entry.Trouble is { } trouble)
        {
            Turns++;
            Trouble = trouble;
        }
        else if (entry.Turn is { } turn)
        {
            Turns++;
            Say(turn);
        }
        else if (entry.ToolAnswer is { } answer)
        {
            ToolCalls++;
            _open.RemoveAll(call => call.Id == answer.CallId);
            _messages.Add(new ModelMessage(ModelRole.Tool, answer.Text, CallId: answer.CallId));
        }
    }

    private void Say(ModelTurn turn)
    {
        _messages.Add(new ModelMessage(ModelRole.Assistant, turn.Text, turn.Calls));
        _open.AddRange(turn.Calls);
        if (turn.Calls.Count > 0)
            return;
        Answer = turn;
        (Value, Problems) = AgentAnswer.Read(turn, Beginning.Fields);
        if (Value is not null)
            return;
        Misfits++;
        _messages.Add(new ModelMessage(ModelRole.User, AgentPrompt.Again(Problems)));
    }
}
