using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;

namespace Siit.Iam.Agent.Cli;

/// <summary><c>call ACTION --input key=value</c>: as a registered caller, through the same gate as everybody.</summary>
internal static class CallVerb
{
    public const string TokenVariable = "SIIT_IAM_TOKEN";

    public static Command Create(Verbs verbs)
    {
        var action = new Argument<string>("action") { Description = "The action, such as find_person; siit-iam actions shows all." };
        var input = new Option<string[]>("--input", "-i") { Description = "Arguments of the action.", HelpName = "KEY=VALUE", AllowMultipleArgumentsPerToken = true };
        return verbs.Create("call", $"Use an action as the caller whose token is in {TokenVariable}.", async (invocation, cancellationToken) =>
        {
            var token = Token(invocation);
            var body = new JsonObject { ["action"] = invocation.Get(action), ["input"] = Input(invocation.Get(action), invocation.Get(input) ?? []) };
            var answer = await invocation.Server.PostAsync("/call", body, cancellationToken, token);
            return invocation.Answer(answer, Told(answer), answer["is_error"]!.GetValue<bool>() ? ExitCodes.Refused : ExitCodes.Done);
        }, action, input);
    }

    public static string Token(Invocation invocation) => invocation.Surroundings.Variable(TokenVariable) is { Length: > 0 } token
        ? token
        : throw new CliException(ExitCodes.Usage, "usage", $"{TokenVariable} is not set. Put the token of a registered caller in it: siit-iam callers add");

    public static (string Name, string Value) Pair(string pair) => pair.Split('=', 2) is [{ Length: > 0 } name, var value]
        ? (name, value)
        : throw new CliException(ExitCodes.Usage, "usage", $"--input must be KEY=VALUE; '{HiddenText.Shown(pair, 60)}' is not.");

    /// <summary>JSON, or the text itself when it is none.</summary>
    public static JsonNode? Parsed(string value)
    {
        try
        {
            return JsonNode.Parse(value);
        }
        catch (JsonException)
        {
            return value;
        }
    }

    /// <summary>Typed as the action's own shape says; what does not fit goes on as text and is refused with the reason.</summary>
    public static JsonObject Input(string action, string[] pairs)
    {
        var fields = ActionCatalog.Find(action)?.Input.Schema["properties"] as JsonObject;
        var input = new JsonObject();
        foreach (var pair in pairs)
        {
            var (name, value) = Pair(pair);
            if (input.ContainsKey(name))
                throw new CliException(ExitCodes.Usage, "usage", $"--input {HiddenText.Shown(name, 60)} is given twice.");
            input[name] = (fields?[name]?["type"]?.GetValue<string>()) switch
            {
                "boolean" when bool.TryParse(value, out var flag) => flag,
                "integer" when int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) => number,
                "object" => Parsed(value),
                _ => value,
            };
        }

        return input;
    }

    private static IEnumerable<string> Told(JsonNode answer)
    {
        yield return $"{Lists.Text(answer["state"])}{(answer["code"] is { } code ? $" ({code})" : "")}{(Lists.Text(answer["message"]) is { Length: > 0 } message ? $": {message}" : "")}";
        foreach (var line in answer["preview"] as JsonArray ?? [])
            yield return $"  {line}";
        if (answer["call"] is { } call)
            yield return $"Call {call}";
        if (answer["data"] is { } data)
        {
            foreach (var line in data.ToJsonString(WireJson.Indented).Split('\n'))
                yield return line;
        }
    }
}
