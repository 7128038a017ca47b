using System.Text.Json.Nodes;
using Siit.Iam.Agent.Playbooks.Agents;
using Siit.Iam.Agent.Playbooks.Expressions;
using Siit.Iam.Agent.Playbooks.Format;

namespace Siit.Iam.Agent.Playbooks.Rehearsals;

/// <summary>What was decided in one walk, in order. Repeats what it was told to, then takes the first of what there is.</summary>
/// <param name="script">Which option at each decision, as far as it goes.</param>
/// <param name="isOpen">False: the first option always, and nothing is remembered as a way that could be walked.</param>
/// <param name="numbers">Beside which another number may be decided otherwise; null: none.</param>
internal sealed class RehearsalChoices(RehearsalWords words, IReadOnlyList<int> script, bool isOpen, RehearsalNumbers? numbers = null)
{
    private readonly RehearsalNumbers _numbers = numbers ?? RehearsalNumbers.None;
    private readonly List<(string Told, int Taken, int Options)> _made = [];
    private readonly SortedDictionary<string, string> _sampled = new(StringComparer.Ordinal);

    /// <summary>As <c>agree: yes</c>.</summary>
    public IReadOnlyList<string> Told => [.. _made.Select(made => made.Told)];

    /// <summary>Answers of which not every value is a way: the values that are, by the step and the field, as <c>sure: 0, 79, 80, 81, 100</c>.</summary>
    public IReadOnlyDictionary<string, string> Sampled => _sampled;

    /// <summary>The next way after this one; null when all were walked.</summary>
    public IReadOnlyList<int>? Next()
    {
        for (var at = _made.Count - 1; at >= 0; at--)
        {
            if (_made[at].Taken + 1 < _made[at].Options)
                return [.. _made.Take(at).Select(made => made.Taken), _made[at].Taken + 1];
        }

        return null;
    }

    public string Approval(string step) =>
        Take(step, (words.Approvals.GetValueOrDefault(step) ?? words.Approval) is { } said ? [said] : [RehearsalWords.Yes, RehearsalWords.No, RehearsalWords.Silence]);

    public bool Wakes(string step) => words.Wakes.Contains(step) || (isOpen && Take(step, ["waits", "woken"]) == "woken");

    /// <summary>Null: nobody answers.</summary>
    /// <param name="schema">JSON Schema of the answer: flat.</param>
    /// <param name="anyRun">It is not known which run asks: what is said for the step of a called playbook counts, too.</param>
    public JsonObject? Answer(string step, JsonObject schema, bool canBeSilent, bool anyRun = false)
    {
        if ((words.Answers.GetValueOrDefault(step) ?? (anyRun ? words.Answers.FirstOrDefault(one => one.Key.EndsWith($"/{step}", StringComparison.Ordinal)).Value : null)) is { } given)
        {
            Take(step, [given.Count == 0 ? RehearsalWords.Silence : given.ToJsonString()]);
            return given.Count == 0 ? null : given.DeepClone().AsObject();
        }

        var answer = new JsonObject();
        foreach (var (name, field) in schema["properties"]!.AsObject())
        {
            var (options, all) = Options(field!);
            List<string> told = [.. options.Select(option => $"{name}={option.ToJsonString().Trim('"')}")];
            if (!all)
                _sampled[$"{step}.{name}"] = string.Join(", ", options.Select(option => option.ToJsonString()));
            var taken = Take(step, [.. told, .. canBeSilent && answer.Count == 0 ? [RehearsalWords.Silence] : Array.Empty<string>()]);
            if (taken == RehearsalWords.Silence)
                return null;
            answer[name] = options[told.IndexOf(taken)];
        }

        return answer;
    }

    /// <returns>And whether these are all there are.</returns>
    private (List<JsonNode> Options, bool All) Options(JsonNode field)
    {
        if (field["enum"] is JsonArray known)
            return ([.. known.Select(word => word!.DeepClone())], true);
        return field["type"]!.GetValue<string>() switch
        {
            "boolean" => ([JsonValue.Create(true), JsonValue.Create(false)], true),
            "integer" => Whole(field["minimum"]?.GetValue<long>(), field["maximum"]?.GetValue<long>()),
            "number" => ([.. _numbers.Around().DefaultIfEmpty(1.0).Select(number => (JsonNode)JsonValue.Create(number))], false),
            "array" => ([new JsonArray()], false),
            _ => ([JsonValue.Create("rehearsed")], false),
        };
    }

    private (List<JsonNode> Options, bool All) Whole(long? min, long? max)
    {
        var tried = new long?[] { min, max }.OfType<long>().Concat(_numbers.Around(min, max)).DefaultIfEmpty(1).Distinct().ToList();
        var all = min is { } least && max is { } most && (decimal)most - least + 1 <= tried.Count;
        return ([.. tried.Order().Select(number => (JsonNode)JsonValue.Create(number))], all);
    }

    private string Take(string step, IReadOnlyList<string> options)
    {
        var taken = isOpen && _made.Count < script.Count ? script[_made.Count] : 0;
        _made.Add(($"{step}: {options[taken]}", taken, isOpen ? options.Count : 1));
        return options[taken];
    }
}

/// <summary>Says in a model's place what the rehearsal was given for the step. Which step asks is known by the fields that it asks for.</summary>
internal sealed class RehearsedModel(RehearsalChoices choices, IEnumerable<Step> steps) : IModel
{
    private readonly List<AgentStep> _asked = [];

    public string Name => "rehearsal";

    /// <summary>Steps that it was asked for, each once: what a model would do itself there is not known, and was not walked.</summary>
    public IReadOnlyList<AgentStep> Asked => _asked;

    public Task<ModelTurn> NextAsync(ModelPrompt prompt, CancellationToken cancellationToken)
    {
        var asked = prompt.AnswerSchema["properties"]!.AsObject().Select(field => field.Key).ToHashSet(StringComparer.Ordinal);
        var alike = steps.OfType<AgentStep>().Where(step => asked.SetEquals(step.Output.Fields.Select(field => field.Name))).ToList();
        var step = alike.Count == 1 ? alike[0] : alike.Find(step => Goal(step) is { } goal && prompt.Messages.Any(message => message.Text.Contains(goal, StringComparison.Ordinal))) ?? alike[0];
        if (!_asked.Contains(step))
            _asked.Add(step);
        // Nobody answers: something that fits no step.
        var answer = choices.Answer(step.Id, prompt.AnswerSchema, canBeSilent: true, anyRun: true)?.ToJsonString() ?? "no answer";
        return Task.FromResult(new ModelTurn { Text = answer, Tokens = 1 });
    }

    private static string? Goal(AgentStep step)
    {
        try
        {
            return step.Goal.Render(Scope.Empty);
        }
        catch (ExpressionException)
        {
            // It says something of the run.
            return null;
        }
    }
}
