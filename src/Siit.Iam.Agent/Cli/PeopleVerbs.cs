using System.CommandLine;
using System.Text.Json.Nodes;

namespace Siit.Iam.Agent.Cli;

/// <summary><c>people</c>: looking them up, and settling who is who (<see cref="PersonsVerbs"/>).</summary>
internal static class PeopleVerbs
{
    public static Command Create(Verbs verbs) => Verbs.Group("people", "Who there is.", [Find(verbs), Show(verbs), .. PersonsVerbs.All(verbs)]);

    private static Command Show(Verbs verbs)
    {
        var person = new Argument<string>("email") { Description = "Work email, login, alias, former address or id (connection:id)." };
        return verbs.Create("show", "Show one person with everything that is known.", (invocation, cancellationToken) => LookAsync(invocation, invocation.Get(person), cancellationToken), person);
    }

    private static Command Find(Verbs verbs)
    {
        var text = new Argument<string[]>("text") { Description = "A name or its beginning, or anything that show takes.", Arity = ArgumentArity.OneOrMore };
        return verbs.Create("find", "Find people by name: one, or some to choose from.", (invocation, cancellationToken) => LookAsync(invocation, string.Join(' ', invocation.Get(text)), cancellationToken), text);
    }

    private static async Task<int> LookAsync(Invocation invocation, string person, CancellationToken cancellationToken)
    {
        var answer = await invocation.Server.GetAsync(OperatorsClient.Path("/people", ("person", person)), cancellationToken);
        var found = answer["work_email"] is not null || answer["accounts"]!.AsArray().Count > 0 || answer["gone"] is not null;
        return invocation.Answer(answer, PersonPage.Lines(answer), found ? ExitCodes.Done : ExitCodes.Refused);
    }
}

/// <summary>What find_person answers, as a page for people.</summary>
internal static class PersonPage
{
    public static IEnumerable<string> Lines(JsonNode answer) =>
    [
        .. Message(answer),
        .. Who(answer),
        .. Items(answer, "accounts").SelectMany(Account),
        .. Items(answer, "gone").SelectMany(Gone),
        .. Choices(answer),
        .. Events(answer),
        .. Items(answer, "sources").Select(Source),
    ];

    private static IEnumerable<string> Message(JsonNode answer)
    {
        if (answer["message"] is { } message)
            yield return $"{message}";
    }

    private static IEnumerable<string> Who(JsonNode answer)
    {
        if (answer["name"] is not { } name)
            yield break;
        yield return $"{name}{(answer["work_email"] is { } email ? $", {email}" : "")}";
        foreach (var (field, key) in new[] { ("title", "title"), ("department", "department"), ("location", "location"), ("employment", "employment"), ("begins", "start_date"), ("last day", "end_date"), ("differs", "differs") })
        {
            if (answer[key] is { } value)
                yield return Field(field, value);
        }

        if (answer["manager"] is { } manager)
            yield return $"  {"manager",-13} {(answer["manager_name"] is { } who ? $"{who}, " : "")}{manager}";
        foreach (var conflict in Items(answer, "conflicts"))
            yield return Field("IN DOUBT", conflict);
        yield return "";
    }

    private static IEnumerable<string> Account(JsonNode account)
    {
        yield return $"{account["name"]}: {account["connection"]}, {account["status"]} ({account["vendor_status"]}){(account["kind"] is { } kind ? $", {kind} account" : "")}";
        yield return Field("login", account["login"]);
        foreach (var (name, key) in new[] { ("email", "email"), ("aliases", "aliases"), ("title", "title"), ("department", "department"), ("manager", "manager"), ("managed by", "managed_by") })
        {
            if (account[key] is { } value)
                yield return Field(name, value);
        }

        yield return Field("mfa", account["has_mfa"] is { } mfa ? (mfa.GetValue<bool>() ? "yes" : "NO") : "not known");
        yield return Field("admin roles", account["roles"]);
        yield return Counted("groups", account["group_count"], Items(account, "groups").Select(group => $"{group["name"]}{(group["via_group"] is { } via ? $" (through {via})" : "")}"));
        yield return Counted("applications", account["application_count"], Items(account, "applications").Select(application =>
            $"{application["name"]} ({(application["direct"]!.GetValue<bool>() ? "direct" : $"through {application["via_group"] ?? "a group"}")})"));
        yield return Field("id", $"{account["connection"]}:{account["id"]}");
        yield return "";
    }

    private static IEnumerable<string> Gone(JsonNode account)
    {
        yield return $"{account["name"]}: {account["connection"]}, GONE since {Lists.Moment(account["gone_at"])}, login {account["login"]}, id {account["connection"]}:{account["id"]}";
        yield return "";
    }

    private static IEnumerable<string> Choices(JsonNode answer)
    {
        var choices = Items(answer, "choices").ToList();
        if (choices.Count == 0)
            yield break;
        foreach (var line in Table.Lines(
            ["person", "name", "email", "department", "title", "status", "connections"],
            choices.Select(choice => (IReadOnlyList<string?>)
            [
                Lists.Text(choice["person"]), Lists.Text(choice["name"]), Lists.Text(choice["email"]), Lists.Text(choice["department"]), Lists.Text(choice["title"]),
                Lists.Text(choice["status"]), Lists.Text(choice["connections"]),
            ])))
        {
            yield return line;
        }

        if (answer["choice_count"]!.GetValue<int>() is var count && count > choices.Count)
            yield return $"and {count - choices.Count} more";
    }

    private static IEnumerable<string> Events(JsonNode answer) => answer["events"] is JsonArray events ? [.. EventsVerb.Rows(events), ""] : [];

    private static string Source(JsonNode source) => source["as_of"] is { } time
        ? $"{source["connection"]}: as of {Lists.Moment(time)}"
        : $"{source["connection"]}: not in the copy; siit-iam sync status shows why";

    private static IEnumerable<JsonNode> Items(JsonNode answer, string name) => (answer[name] as JsonArray ?? []).OfType<JsonNode>();

    private static string Counted(string name, JsonNode? count, IEnumerable<string> items)
    {
        var shown = items.ToList();
        var more = (count?.GetValue<int>() ?? 0) - shown.Count;
        return Field(name, shown.Count == 0 ? "-" : string.Join(", ", shown) + (more > 0 ? $", and {more} more" : ""));
    }

    private static string Field(string name, JsonNode? value) => $"  {name,-13} {Lists.Text(value)}";
}
