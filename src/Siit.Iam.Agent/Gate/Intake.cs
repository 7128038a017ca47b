using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Gate;

/// <summary>Makes the record of a call that has just come in. Nothing is stored or decided yet.</summary>
internal sealed class Intake(Ids ids, TimeProvider time)
{
    private const int LongestKept = 1000;
    private const int LongestRequest = 64;

    public CallRecord Receive(ActionCall call)
    {
        var input = Known(ActionCatalog.Find(call.Action), call.Input);
        var requester = RequesterOf(call);
        return new CallRecord
        {
            Id = call.Step is { } step ? IdOf(step) : ids.New("call"),
            State = CallState.Received,
            Action = Cut(call.Action),
            ActionVersion = ActionCatalog.Find(call.Action)?.Version ?? 0,
            Input = input,
            Caller = call.Caller.Id,
            Operator = call.Caller.Operator,
            Starter = call.Caller.Starter,
            Requester = requester,
            Door = call.Door,
            // What can be no id is refused by the input check; as a key it could not even be stored.
            Request = Text(input, "request") is { Length: <= LongestRequest } request && HiddenText.First(request) is null ? request : null,
            Run = call.Step?.Run,
            StepPath = call.Step?.Path,
            Trigger = call.Step?.Trigger,
            Authors = call.Step?.Authors ?? [],
            Plan = call.Step?.Plan,
            Claim = call.Step?.Standing,
            ReceivedAt = time.GetUtcNow(),
            Fingerprint = call.Step is { } of
                ? $"{of.Run}{of.Path}"
                : Repeats.Fingerprint(call.Caller.Id, requester.Email, call.Action, input),
        };
    }

    /// <summary>A step of a run makes one call, ever: its id follows from where it stands, so a second one cannot be stored.</summary>
    public static string IdOf(RunStep step) => IdOf(step.Run, step.Path);

    /// <param name="path">Of a step of the run.</param>
    public static string IdOf(string run, string path) => "call_" + run + "_" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(path)))[..16];

    private static Requester RequesterOf(ActionCall call)
    {
        if (call.Step is { } step)
            return step.Requester;
        if (call.Caller.Person is { } person)
            return new Requester(person, Proved: true);
        return Text(call.Input, "requester") is { } claimed ? new Requester(Cut(claimed), Proved: false) : Requester.Unnamed;
    }

    /// <summary>
    /// The arguments of the action, cut. What is no argument is kept by name only: a model may have put a password there.
    /// </summary>
    private static JsonObject Known(ActionDefinition? action, JsonObject input)
    {
        var kept = new JsonObject();
        foreach (var (name, value) in input.Take(50))
        {
            if (action?.Input.Fields.Any(field => field.Name == name) == true)
                kept[name] = value is JsonValue text && text.TryGetValue<string>(out var s) ? Cut(s) : value is JsonValue ? value.DeepClone() : "(not kept)";
            else
                kept[Cut(name)] = "(not kept)";
        }

        return kept;
    }

    private static string? Text(JsonObject input, string name) =>
        input[name] is JsonValue value && value.TryGetValue<string>(out var text) && text.Length > 0 ? text : null;

    /// <summary>Lone surrogates cannot be written as canonical JSON; they become U+FFFD here and are refused by the input check.</summary>
    private static string Cut(string text)
    {
        var clean = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (clean.Length >= LongestKept)
                return clean.Append('…').ToString();
            clean.Append(rune.ToString());
        }

        return clean.ToString();
    }
}
