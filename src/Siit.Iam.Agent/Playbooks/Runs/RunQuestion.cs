using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Siit.Iam.Agent.Playbooks.Expressions;
using Siit.Iam.Agent.Playbooks.Format;
using Siit.Iam.Agent.Playbooks.Triggers;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Playbooks.Runs;

/// <summary>A question that a run asks people. The first answer of one of them counts.</summary>
[Stored("run_questions", "run", "open")]
internal sealed record RunQuestion : IRecord
{
    public required string Id { get; init; }

    public long Version { get; init; }

    public required string Run { get; init; }

    /// <summary>Of the step that asks.</summary>
    public required string Path { get; init; }

    /// <summary>Work emails, lower case.</summary>
    public required IReadOnlyList<string> Of { get; init; }

    public required string Text { get; init; }

    /// <summary>JSON Schema of the answer.</summary>
    public required JsonObject Fields { get; init; }

    public required DateTimeOffset Until { get; init; }

    public JsonObject? Answer { get; init; }

    public string? AnsweredBy { get; init; }

    public DateTimeOffset? AnsweredAt { get; init; }

    [JsonIgnore]
    public IReadOnlyDictionary<string, string> Keys
    {
        get
        {
            var keys = new Dictionary<string, string> { ["run"] = Run };
            if (Answer is null)
                keys["open"] = "yes";
            return keys;
        }
    }

    /// <param name="asked">Whom, what and until when, as it was decided.</param>
    public static RunQuestion Make(RunRecord run, AskStep step, string path, JsonNode asked) => new()
    {
        Id = $"{run.Id}_{TriggerKey.SeriesOf(run.Id, path, "question")[..16]}",
        Run = run.Id,
        Path = path,
        Of = [.. asked["of"]!.AsArray().Select(who => who!.GetValue<string>())],
        Text = asked["text"]!.GetValue<string>(),
        Fields = step.Answers.Schema(new Dictionary<string, IReadOnlyList<string>>()),
        Until = CelTime.Timestamp(asked["until"]!.GetValue<string>())!.Value,
    };
}
