using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Playbooks.Checks;
using Siit.Iam.Agent.Playbooks.Expressions;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.Playbooks.Checks;

/// <summary>What the check takes for granted about the answers of reads is what they really answer.</summary>
public sealed class StepOutputsTests
{
    [Fact]
    public async Task Of_EachRead_IsWhatItAnswers()
    {
        await using var world = await GateWorld.StartAsync();
        var caller = await world.CallerAsync();
        var seen = new HashSet<string>();

        // Few, because the emulated Okta throttles as the real one does.
        foreach (var person in new[] { "ben@acme.example", "suspended@acme.example" })
            await AnswersAsync("find_person", new JsonObject { ["person"] = person });
        var groups = await AnswersAsync("find_group", new JsonObject { ["limit"] = 100 });
        await AnswersAsync("find_group", new JsonObject { ["limit"] = 1 });
        await AnswersAsync("find_application", new JsonObject { ["limit"] = 3 });
        foreach (var group in groups["groups"]!.AsArray().Take(2))
            await AnswersAsync("list_members", new JsonObject { ["group"] = group!["id"]!.GetValue<string>(), ["limit"] = 2 });
        await AnswersAsync("list_events", new JsonObject { ["since"] = world.Time.GetUtcNow().AddDays(-30).ToString("O", CultureInfo.InvariantCulture), ["limit"] = 100 });

        // A field that never came would not have been compared; these need a moment that the company has not.
        string[] rare = ["find_person.accounts.managed_by", "list_events.events.succeeded", "list_events.next_cursor", .. ActionCatalog.All.Where(action => action.IsRead).Select(action => $"{action.Name}.sources.as_of")];
        var declared = ActionCatalog.All.Where(action => action.IsRead).SelectMany(action => Names(action.Name, action.Result!.Fields));
        Assert.Equal([], declared.Where(name => !seen.Contains(name)).Except(rare));

        async Task<JsonObject> AnswersAsync(string action, JsonObject input)
        {
            var answer = await world.CallAsync(caller, action, input).WaitAsync(TimeSpan.FromSeconds(20));
            Assert.True(answer.State == CallState.Succeeded, answer.Message);
            var definition = ActionCatalog.Find(action)!;
            Compare(action, answer.Data!, definition.Result!.Fields, seen);
            CelValues.FromJson(answer.Data!["count"] is null ? answer.Data!["accounts"] : answer.Data!["count"], answer.Data!["count"] is null ? StepOutputs.Of(definition).Find("accounts")!.Type : CelType.Int, action);
            return answer.Data!;
        }
    }

    private static IEnumerable<string> Names(string within, IReadOnlyList<ResultField> fields) =>
        fields.SelectMany(field => Names($"{within}.{field.Name}", field.Item).Prepend($"{within}.{field.Name}"));

    private static void Compare(string where, JsonObject answer, IReadOnlyList<ResultField> fields, HashSet<string> seen)
    {
        foreach (var (name, _) in answer)
            Assert.True(fields.Any(field => field.Name == name), $"{where}.{name} is answered and not declared.");
        foreach (var field in fields)
        {
            var path = $"{where}.{field.Name}";
            if (answer[field.Name] is not { } value)
            {
                Assert.True(field.Optional, $"{path} is declared and not answered.");
                continue;
            }

            seen.Add(path);
            var fits = field.Kind switch
            {
                ResultKind.Number => value.GetValueKind() == JsonValueKind.Number,
                ResultKind.Bool => value.GetValueKind() is JsonValueKind.True or JsonValueKind.False,
                ResultKind.Time => DateTimeOffset.TryParse(value.GetValue<string>(), CultureInfo.InvariantCulture, out _) && CelTime.Timestamp(value.GetValue<string>()) is not null,
                ResultKind.Words => field.AllowedWords.Contains(value.GetValue<string>()),
                ResultKind.Texts => value.AsArray().All(item => item!.GetValueKind() == JsonValueKind.String),
                ResultKind.List => true,
                _ => value.GetValueKind() == JsonValueKind.String,
            };
            Assert.True(fits, $"{path} is {value.ToJsonString()}, not {field.Kind}.");
            if (value is JsonArray list)
                Assert.True(field.MaxItems is null || list.Count <= field.MaxItems, $"{path} has more items than declared.");
            if (field.Kind == ResultKind.List)
            {
                foreach (var item in value.AsArray())
                    Compare(path, item!.AsObject(), field.Item, seen);
            }
        }
    }
}
