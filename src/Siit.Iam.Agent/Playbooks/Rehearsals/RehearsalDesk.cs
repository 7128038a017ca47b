using System.Text.Json.Nodes;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Playbooks.Checks;
using Siit.Iam.Agent.Playbooks.Format;

namespace Siit.Iam.Agent.Playbooks.Rehearsals;

/// <summary>What doors may rehearse: a playbook by its id, or a draft that lies nowhere yet.</summary>
internal sealed class RehearsalDesk(Rehearsals rehearsals, PlaybookShelf shelf, PlaybookDesk desk)
{
    /// <param name="playbook">Its id.</param>
    /// <param name="wish">Makes the wish from the playbook that was found.</param>
    public async Task<(RehearsalAnswer? Answer, Refusal? Refusal)> RehearseAsync(string playbook, Func<Playbook, RehearsalWish> wish, CancellationToken cancellationToken) =>
        shelf.Now.Find(playbook) is { } found ? await RehearseAsync(wish(found), cancellationToken) : (null, desk.Unknown(playbook));

    /// <param name="file">The draft's name, for findings.</param>
    /// <param name="text">Its content.</param>
    /// <param name="wish">Makes the wish from the draft when nothing is wrong with it.</param>
    /// <param name="beside">What lies beside it, and it may call.</param>
    /// <returns>Findings instead of an answer when it does not pass the checks.</returns>
    public async Task<(RehearsalAnswer? Answer, Refusal? Refusal, IReadOnlyList<Finding> Findings)> RehearseDraftAsync(
        string file, string text, Func<Playbook, RehearsalWish> wish, CancellationToken cancellationToken, IReadOnlyList<PlaybookFile>? beside = null)
    {
        var reading = PlaybookReader.Read(PlaybookFile.Of(file, text), shelf.Tools);
        if (reading.Playbook is not { } draft)
            return (null, null, reading.Findings);
        var (answer, refusal) = await RehearseAsync(wish(draft) with { Beside = shelf.Read(beside ?? []) }, cancellationToken);
        return (answer, refusal, []);
    }

    private async Task<(RehearsalAnswer?, Refusal?)> RehearseAsync(RehearsalWish wish, CancellationToken cancellationToken)
    {
        var steps = RehearsedSteps.Of(wish.Playbook, shelf.With(wish.Beside).Now.Find);
        var wrong = wish.Words.Approvals.Keys.Select(steps.ProblemOfApproval).Concat(wish.Words.Answers.Keys.Select(steps.ProblemOfAnswer)).Concat(wish.Words.Wakes.Select(steps.ProblemOfWake))
            .FirstOrDefault(problem => problem is not null);
        if (wrong is var (message, hint))
            return (null, new Refusal("invalid_input", $"{message} {hint}"));
        try
        {
            return await rehearsals.RehearseAsync(wish, cancellationToken);
        }
        catch (RehearsalException given)
        {
            return (null, new Refusal("invalid_input", given.Message));
        }
    }

    /// <summary>Whoever rehearses without being a registered caller: it may do what the playbook allows itself.</summary>
    public static CallerRecord CallerOf(Playbook playbook, string @operator, TimeProvider time) => new()
    {
        Id = "rehearsal",
        Operator = @operator,
        Actions = [.. playbook.Policy.ToolNames],
        Connections = playbook.Policy.Connections ?? ["*"],
        ActsFor = ["*"],
        TokenHash = "",
        AddedAt = time.GetUtcNow(),
    };

    /// <summary>Words as doors take them: <c>yes</c>, <c>no</c>, <c>timeout</c>, or one of them for a step; answers as objects by step.</summary>
    /// <returns>What is wrong in the place of the words.</returns>
    public static (RehearsalWords? Words, string? Problem) Words(IEnumerable<string> approvals, JsonObject answers, IEnumerable<string> wakes)
    {
        var words = new RehearsalWords { Wakes = wakes.ToHashSet(StringComparer.Ordinal) };
        var (steps, given) = (new Dictionary<string, string>(StringComparer.Ordinal), new Dictionary<string, JsonObject>(StringComparer.Ordinal));
        foreach (var approval in approvals)
        {
            var (step, word) = approval.Split('=', 2) is [var left, var right] ? (left, right) : (null, approval);
            if (word is not (RehearsalWords.Yes or RehearsalWords.No or RehearsalWords.Silence))
                return (null, $"'{Report.Shown(word)}' is no decision: {RehearsalWords.Yes}, {RehearsalWords.No} or {RehearsalWords.Silence}, for one step STEP={RehearsalWords.Yes}.");
            if (step is null)
                words = words with { Approval = word };
            else
                steps[step] = word;
        }

        foreach (var (step, answer) in answers)
        {
            if (answer is JsonObject fields)
                given[step] = fields.DeepClone().AsObject();
            else if (answer is JsonValue value && value.TryGetValue<string>(out var text) && text == RehearsalWords.Silence)
                given[step] = [];
            else
                return (null, $"The answer of '{Report.Shown(step)}' must be an object of its fields, or {RehearsalWords.Silence}.");
        }

        return (words with { Approvals = steps, Answers = given }, null);
    }
}
