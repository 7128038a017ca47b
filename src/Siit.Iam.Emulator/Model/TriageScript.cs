using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Siit.Iam.Emulator.Model;

/// <summary>
/// What a sensible model does with a service request, so that triage can be tried without a key: looks the person up when it may,
/// then proposes one action by the words of the request, in the fields that the step asks for.
/// </summary>
internal static partial class TriageScript
{
    // The first that fits; the most specific words first.
    private static readonly (string[] Words, string Action, string Why)[] Rules =
    [
        (["lost my phone", "lost phone", "new phone", "phone was stolen", "stolen phone", "broken phone", "phone broke", "authenticator", "second factor", "mfa", "2fa"],
            "reset_mfa", "The person cannot use the second factor any more."),
        (["locked out", "account is locked", "locked"], "unlock_user", "The account is locked."),
        (["forgot my password", "password"], "reset_password", "The person cannot sign in with the password."),
        (["signed in elsewhere", "sign me out", "left my laptop", "sessions"], "clear_sessions", "Sessions may be open where they should not be."),
    ];

    public static ModelReply Answer(ModelRequest request)
    {
        if (request.Tools.Contains("find_person") && request.ToolResults.Count == 0 && Email().Match(request.UserText) is { Success: true } person)
            return ModelReply.Calling("find_person", new JsonObject { ["person"] = person.Value });

        var text = Told(request).ToLowerInvariant();
        var (words, action, why) = Rules.FirstOrDefault(rule => rule.Words.Any(word => text.Contains(word, StringComparison.Ordinal)));
        if (request.OutputProperties is not { } properties)
            return ModelReply.Json(new JsonObject { ["action"] = action ?? "none", ["why"] = why ?? "No action fits." });

        var answer = new JsonObject();
        foreach (var (name, schema) in properties)
            answer[name] = Field(schema!.AsObject(), action, why ?? "Nothing in the request calls for one of these actions.", words is not null);
        return ModelReply.Json(answer);
    }

    /// <summary>What people wrote; the rest of the prompt names the very actions to choose from.</summary>
    private static string Told(ModelRequest request)
    {
        var written = Untrusted().Matches(request.UserText).Select(data => data.Groups[1].Value).ToList();
        return written.Count > 0 ? string.Join('\n', written) : request.UserText;
    }

    private static JsonNode Field(JsonObject schema, string? action, string why, bool sure) => schema["enum"] is JsonArray words
        ? Word([.. words.Select(word => word!.GetValue<string>())], action, sure)
        : schema["type"]?.GetValue<string>() switch
        {
            "boolean" => sure,
            "integer" => schema["minimum"]?.GetValue<int>() ?? 0,
            _ => why,
        };

    private static string Word(IReadOnlyList<string> words, string? action, bool sure)
    {
        if (action is not null && words.Contains(action))
            return action;
        return words.FirstOrDefault(word => word == "none") ?? (sure ? words[0] : words[^1]);
    }

    [GeneratedRegex(@"<<<DATA [^\n]*untrusted[^\n]*\n(.*?)\nDATA \w+>>>", RegexOptions.Singleline | RegexOptions.CultureInvariant)]
    private static partial Regex Untrusted();

    [GeneratedRegex(@"[a-z0-9._%+-]+@[a-z0-9.-]+\.[a-z]{2,}", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Email();
}
