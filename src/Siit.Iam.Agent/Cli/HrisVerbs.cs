using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Siit.Iam.Agent.Cli;

/// <summary><c>hris status|people|events|held [confirm|drop]</c>.</summary>
internal static class HrisVerbs
{
    public static Command Create(Verbs verbs) => Verbs.Group(
        "hris", "What the HRIS say about people, and what of it waits for a person.", Status(verbs), People(verbs), Events(verbs), Held(verbs));

    private static Command Status(Verbs verbs) => verbs.Create("status", "Show each HRIS: when it was last read, how many people, what could not be taken.", async (invocation, cancellationToken) =>
    {
        var answer = await invocation.Server.GetAsync("/hris", cancellationToken);
        return invocation.Answer(answer, answer.AsArray().Count == 0 ? ["No HRIS is configured (section hris of the settings)."] : Told(answer.AsArray()));
    });

    private static Command People(Verbs verbs)
    {
        var person = new Argument<string?>("person") { Description = "A work email, or an id such as hr:E1001; everybody when left out.", Arity = ArgumentArity.ZeroOrOne };
        var limit = new Option<int>("--limit") { Description = "At most so many.", DefaultValueFactory = _ => 50 };
        var after = new Option<string?>("--after") { Description = "Go on after this id." };
        return verbs.Create("people", "List people as the HRIS know them, those without any account included.", async (invocation, cancellationToken) =>
        {
            var path = OperatorsClient.Path("/hris/people", ("person", invocation.Maybe(person)), ("limit", $"{invocation.Get(limit)}"), ("after", invocation.Get(after)));
            var answer = await invocation.Server.GetAsync(path, cancellationToken);
            return invocation.Answer(answer, answer.AsArray().Count == 0 ? ["Nobody."] : Table.Lines(
                ["id", "work email", "name", "department", "title", "manager", "start", "end", "state"],
                answer.AsArray().Select(known => (IReadOnlyList<string?>)
                [
                    Lists.Text(known!["id"]), Fact(known, "work_email"), Name(known), Fact(known, "department"), Fact(known, "title"),
                    Fact(known, "manager"), Fact(known, "start"), Fact(known, "end"), State(known),
                ])));
        }, person, limit, after);
    }

    private static Command Events(Verbs verbs)
    {
        var limit = new Option<int>("--limit") { Description = "At most so many.", DefaultValueFactory = _ => 50 };
        var after = new Option<string?>("--after") { Description = "Only what came after this event, oldest first; the latest are shown first when left out." };
        return verbs.Create("events", "List what has happened: hired, dates, department, title, manager, left.", async (invocation, cancellationToken) =>
        {
            var answer = await invocation.Server.GetAsync(OperatorsClient.Path("/hris/events", ("limit", $"{invocation.Get(limit)}"), ("after", invocation.Get(after))), cancellationToken);
            return invocation.Answer(answer, answer.AsArray().Count == 0 ? ["No events."] : Table.Lines(
                ["event", "at", "what", "person", "work email", "before", "after"],
                answer.AsArray().Select(told => (IReadOnlyList<string?>)
                [
                    $"{long.Parse(told!["id"]!.GetValue<string>(), CultureInfo.InvariantCulture)}", Lists.Moment(told["at"]), Lists.Text(told["kind"]), Lists.Text(told["person"]),
                    Lists.Text(told["work_email"]), Lists.Text(told["before"]), Lists.Text(told["after"]),
                ])));
        }, limit, after);
    }

    private static Command Held(Verbs verbs)
    {
        var held = verbs.Create("held", "List what waits for a person: more leavers than the limit, or a file with fewer people.", async (invocation, cancellationToken) =>
        {
            var answer = await invocation.Server.GetAsync("/hris/held", cancellationToken);
            return invocation.Answer(answer, answer.AsArray().Count == 0 ? ["Nothing waits."] : answer.AsArray().SelectMany(batch => Batch(batch!)));
        });
        held.Add(Decide(verbs, "confirm", "Let a held batch through; needs an approver's one-time code.", confirm: true));
        held.Add(Decide(verbs, "drop", "Refuse a held batch: what was in force stays until the HRIS says something else; needs an approver's one-time code.", confirm: false));
        return held;
    }

    private static Command Decide(Verbs verbs, string name, string description, bool confirm)
    {
        var batch = new Argument<string>("batch") { Description = "The batch's id, from siit-iam hris held." };
        var code = new CodeOptions();
        return verbs.Create(name, description, async (invocation, cancellationToken) =>
        {
            var body = new JsonObject { ["confirm"] = confirm };
            code.AddTo(body, invocation);
            var answer = await invocation.Server.PostAsync($"/hris/held/{Uri.EscapeDataString(invocation.Get(batch))}", body, cancellationToken);
            return invocation.Answer(answer, [$"{answer["batch"]}: {answer["state"]}"]);
        }, [batch, .. code.Both]);
    }

    private static IEnumerable<string> Told(JsonArray sources)
    {
        foreach (var line in Table.Lines(
            ["hris", "by", "last told", "people", "employed", "missing", "bad rows", "leavers today", "held"],
            sources.Select(source => (IReadOnlyList<string?>)
            [
                Lists.Text(source!["name"]), Lists.Text(source["feed"]), Lists.Moment(source["state"]?["last_at"]), Lists.Text(source["state"]?["people"]),
                Lists.Text(source["state"]?["employed"]), Lists.Text(source["state"]?["missing"]), Lists.Text(source["state"]?["bad_rows"]),
                Lists.Text(source["state"]?["leavers_today"]), Lists.Text(source["waiting_batches"]),
            ])))
        {
            yield return line;
        }

        foreach (var source in sources)
        {
            if (source!["trouble"] is { } trouble)
                yield return $"{source["name"]}: the file that lies there is not taken. {trouble}";
            foreach (var problem in source["state"]?["problems"]?.AsArray() ?? [])
                yield return $"{source["name"]}: {problem}";
        }
    }

    private static IEnumerable<string> Batch(JsonNode batch)
    {
        var what = batch["kind"]!.GetValue<string>() == "leavers"
            ? $"{batch["count"]} of {batch["employed"]} employed people would newly end or return"
            : $"{batch["count"]} of {batch["employed"]} employed people have no row in a new file";
        yield return $"{batch["id"]}  {Lists.Moment(batch["at"])}  {batch["source"]}: {what}; {batch["limit"]} a day go through by themselves.";
        // A file that is held as a whole names nobody.
        foreach (var line in batch["people"]!.AsArray().Count == 0 ? [] : Table.Lines(
            ["  person", "work email", "name", "would end", "would be", "ends", "is"],
            batch["people"]!.AsArray().Select(person => (IReadOnlyList<string?>)
            [
                $"  {person!["id"]}", Fact(person, "work_email"), Name(person), Lists.Text(person["held"]!["leaving"]!["end"]), Lists.Text(person["held"]!["leaving"]!["status"]),
                Fact(person, "end"), Fact(person, "status"),
            ])))
        {
            yield return line;
        }

        yield return $"  siit-iam hris held confirm {batch["id"]}";
        yield return $"  siit-iam hris held drop {batch["id"]}";
    }

    private static string Fact(JsonNode person, string name) => Lists.Text(person["facts"]![name]);

    private static string Name(JsonNode person) => string.Join(' ', new[] { person["facts"]!["first_name"], person["facts"]!["last_name"] }.OfType<JsonNode>().Select(part => part.ToString()));

    private static string State(JsonNode person) =>
        person["removed_at"] is not null ? "removed"
        : person["has_left"]?.GetValue<bool>() == true ? "left"
        : person["held"] is not null ? "held"
        : person["missing_since"] is not null ? "missing"
        : Fact(person, "status");
}
