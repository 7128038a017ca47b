using System.CommandLine;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;

namespace Siit.Iam.Agent.Cli;

/// <summary><c>people conflicts|join|split|settle|decisions|undo|fields</c>.</summary>
internal static class PersonsVerbs
{
    public static IEnumerable<Command> All(Verbs verbs) => [Conflicts(verbs), Join(verbs), Split(verbs), Settle(verbs), Decisions(verbs), Undo(verbs), Fields(verbs)];

    private static Command Conflicts(Verbs verbs) => verbs.Create("conflicts", "List what is not certain about who is who. No action runs on these people.", async (invocation, cancellationToken) =>
    {
        var answer = await invocation.Server.GetAsync("/people/conflicts", cancellationToken);
        return invocation.Answer(answer, answer.AsArray().Count == 0 ? ["No conflicts."] : answer.AsArray().SelectMany(conflict => ConflictLines(conflict!)));
    });

    private static Command Join(Verbs verbs)
    {
        var accounts = new Argument<string[]>("accounts") { Description = "Two or more accounts as connection:id; a record of the HRIS as hris:id.", Arity = new ArgumentArity(2, 20) };
        var code = new CodeOptions();
        return verbs.Create("join", "Say that accounts are one person's; needs an approver's one-time code.", (invocation, cancellationToken) =>
            DecideAsync(invocation, "/people/join", new JsonObject { ["accounts"] = Lists.Of(invocation.Get(accounts)) }, code, cancellationToken), [accounts, .. code.Both]);
    }

    private static Command Split(Verbs verbs)
    {
        var account = new Argument<string>("account") { Description = "The account as connection:id." };
        var from = new Option<string>("--from") { Description = "The work email that it has nothing to do with.", Required = true, HelpName = "EMAIL" };
        var code = new CodeOptions();
        return verbs.Create("split", "Say that an account is not of the person of an address; needs an approver's one-time code.", (invocation, cancellationToken) =>
            DecideAsync(invocation, "/people/split", new JsonObject { ["account"] = invocation.Get(account), ["from"] = invocation.Get(from) }, code, cancellationToken), [account, from, .. code.Both]);
    }

    private static Command Settle(Verbs verbs)
    {
        var id = new Argument<string>("conflict") { Description = "The conflict's id." };
        var same = new Option<bool>("--same") { Description = "All its accounts are one person's." };
        var apart = Lists.Option("--apart", "These of its accounts are somebody else's.");
        var code = new CodeOptions();
        return verbs.Create("settle", "Settle a conflict; needs an approver's one-time code.", (invocation, cancellationToken) =>
        {
            var leaving = Lists.Of(invocation.Get(apart));
            if (invocation.Get(same) == leaving.Count > 0)
                throw new CliException(ExitCodes.Usage, "usage", "Say exactly one of --same and --apart ACCOUNT.");
            return DecideAsync(invocation, $"/people/conflicts/{Uri.EscapeDataString(invocation.Get(id))}/settle", new JsonObject { ["apart"] = leaving }, code, cancellationToken);
        }, [id, same, apart, .. code.Both]);
    }

    private static Command Decisions(Verbs verbs) => verbs.Create("decisions", "List what was settled about who is who.", async (invocation, cancellationToken) =>
    {
        var answer = await invocation.Server.GetAsync("/people/decisions", cancellationToken);
        return invocation.Answer(answer, answer.AsArray().Count == 0 ? ["Nothing was settled yet."] : Table.Lines(
            ["decided", "what", "accounts", "from", "by", "taken back", "decision"],
            answer.AsArray().Select(decision => (IReadOnlyList<string?>)
            [
                Lists.Moment(decision!["at"]), Lists.Text(decision["kind"]), Lists.Text(decision["accounts"]), Lists.Text(decision["from"]), Lists.Text(decision["by"]),
                Lists.Moment(decision["taken_back_at"]), Lists.Text(decision["id"]),
            ])));
    });

    private static Command Undo(Verbs verbs)
    {
        var id = new Argument<string>("decision") { Description = "The decision's id." };
        var code = new CodeOptions();
        return verbs.Create("undo", "Take back what was settled; needs an approver's one-time code.", (invocation, cancellationToken) =>
            DecideAsync(invocation, $"/people/decisions/{Uri.EscapeDataString(invocation.Get(id))}/undo", [], code, cancellationToken), [id, .. code.Both]);
    }

    private static Command Fields(Verbs verbs)
    {
        var person = new Argument<string>("email") { Description = "A work email; without it the rules are shown.", Arity = ArgumentArity.ZeroOrOne, DefaultValueFactory = _ => "" };
        return verbs.Create("fields", "Show which source each field comes from; for a person, each value and what the other sources say.", async (invocation, cancellationToken) =>
        {
            var answer = await invocation.Server.GetAsync(OperatorsClient.Path("/people/fields", ("email", invocation.Get(person) is { Length: > 0 } named ? named : null)), cancellationToken);
            return invocation.Answer(answer, answer["people"] is JsonArray people ? PeopleLines(people) : RuleLines(answer["rules"]!.AsArray()));
        }, person);
    }

    private static async Task<int> DecideAsync(Invocation invocation, string path, JsonObject body, CodeOptions code, CancellationToken cancellationToken)
    {
        code.AddTo(body, invocation);
        var answer = await invocation.Server.PostAsync(path, body, cancellationToken);
        return invocation.Answer(answer, [HiddenText.Shown(Lists.Text(answer["message"]), 4000)]);
    }

    private static IEnumerable<string> ConflictLines(JsonNode conflict) =>
    [
        $"{conflict["id"]}  {conflict["kind"]}",
        $"  {HiddenText.Shown(Lists.Text(conflict["why"]), 2000)}",
        .. conflict["settles"]!.AsArray().Select(command => $"  {HiddenText.Shown(Lists.Text(command), 2000)}"),
    ];

    private static IEnumerable<string> RuleLines(JsonArray rules) => Table.Lines(
        ["field", "sources, the first that says something wins", "attributes named by the settings"],
        rules.Select(rule => (IReadOnlyList<string?>)
        [
            Lists.Text(rule!["field"]), Lists.Text(rule["sources"]),
            rule["attributes"] is JsonObject { Count: > 0 } named ? string.Join(", ", named.Select(attribute => $"{attribute.Key}: {attribute.Value}")) : "-",
        ]));

    private static IEnumerable<string> PeopleLines(JsonArray people)
    {
        if (people.Count == 0)
            yield return "Nobody is known by this address.";
        if (people.Count > 1)
            yield return $"{people.Count} people have this address.";
        foreach (var person in people)
        {
            yield return $"{HiddenText.Shown(Lists.Text(person!["email"]))}  {HiddenText.Shown(Lists.Text(person["id"]))}  accounts: {HiddenText.Shown(Lists.Text(person["accounts"]), 1000)}";
            if (person["gone"] is JsonArray { Count: > 0 } gone)
                yield return $"gone: {HiddenText.Shown(Lists.Text(gone), 1000)}";
            foreach (var line in Table.Lines(["field", "value", "from", "the others say"], person["fields"]!.AsArray().Select(Cells)))
                yield return line;
            if (person["managers"] is JsonArray { Count: > 0 } managers)
                yield return $"managers: {HiddenText.Shown(string.Join(" > ", managers.Select(manager => Lists.Text(manager))), 1000)}";
            if (person["manager_problem"] is { } problem)
                yield return HiddenText.Shown(Lists.Text(problem), 500);
            foreach (var line in person["conflicts"]!.AsArray().SelectMany(conflict => ConflictLines(conflict!)))
                yield return line;
        }
    }

    private static IReadOnlyList<string?> Cells(JsonNode? field) =>
    [
        Lists.Text(field!["field"]), Lists.Text(field["value"]), Lists.Text(field["from"]),
        field["others"]!.AsArray() is { Count: > 0 } others
            ? string.Join("; ", others.Select(other => $"{other!["source"]}: {(other["differs"]!.GetValue<bool>() ? $"{other["value"]} (differs)" : "the same")}"))
            : "-",
    ];
}
