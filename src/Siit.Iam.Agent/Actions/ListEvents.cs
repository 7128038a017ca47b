using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Idps;

namespace Siit.Iam.Agent.Actions;

internal static class ListEvents
{
    public static readonly ActionDefinition Definition = ActionDefinition.Reading<Input>(
        name: "list_events",
        title: "List events",
        description: "Lists what happened to accounts, oldest first since a time, else the latest, of one person or all.",
        result: Answers.PageShape("events",
            [
                ResultField.Time("time"), ResultField.Text("type"),
                ResultField.List("targets", [ResultField.Text("id"), ResultField.FreeText("name")], 5),
                ResultField.FreeText("actor").OrAbsent(), ResultField.Bool("succeeded").OrAbsent(),
            ]),
        run: RunAsync);

    public sealed record Input : AsksList
    {
        [Description("RFC 3339 time."), MaxLength(40)]
        public string? Since { get; init; }

        [MaxLength(320)]
        public string? Person { get; init; }

        [Description("Account id."), MaxLength(100)]
        public string? Account { get; init; }

        [Description("Such as account.suspended, membership.added."), MaxLength(40)]
        public string? Kind { get; init; }
    }

    private static async Task<JsonObject> RunAsync(Reading reading, Input input, CancellationToken cancellationToken)
    {
        DateTimeOffset? since = input.Since is null ? null
            : DateTimeOffset.TryParse(input.Since, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time
            : throw new InputException("'since' must be a time such as 2026-01-31T09:00:00Z.");
        var question = new EventQuestion(since, input.Person, input.Account, Kind(input.Kind), input.PageSize, input.Cursor, Hris: input.Connection is null);
        if (reading.Whole is { } copy && await copy.ListEventsAsync(question, reading.InCopy, cancellationToken) is { } known)
            return Answers.Page(reading, true, "events", known, Told);

        var connection = OneConnection.Of(reading.Connections);
        if (since is null)
            throw new InputException($"'since' is missing: the IdP's log of {connection.Name} is read from a time on.");
        if (input.Kind is not null)
            throw new InputException($"'kind' cannot be asked of the IdP's log of {connection.Name}, only of the copy; leave it out.");
        var account = input.Account ?? (input.Person is null ? null : await AccountAsync(connection, input.Person, cancellationToken));
        var page = await connection.ListEventsAsync(account, since.Value, input.PageSize, input.Cursor, cancellationToken);
        return Answers.Page(reading, false, "events", page, Told);
    }

    public static JsonObject Told(EventFacts happened)
    {
        var told = new JsonObject
        {
            ["id"] = happened.Id,
            ["time"] = Answers.Time(happened.Time),
            ["kind"] = happened.Kind,
            ["connection"] = happened.Connection,
            ["account"] = Answers.Text(happened.Account),
        };
        Answers.Add(told, "login", happened.Login);
        Answers.Add(told, "object", happened.Object);
        Answers.Add(told, "fields", happened.Fields, 20, field => Answers.Text(field));
        Answers.Add(told, "actor", happened.Actor);
        // Ours are told from foreign ones by it.
        Answers.Add(told, "call", happened.Call);
        if (happened.NetChange)
            told["net_change"] = true;
        return told;
    }

    /// <exception cref="InputException">There is no such kind.</exception>
    public static LifecycleKind? Kind(string? word) => word is null ? null
        : Enum.GetValues<LifecycleKind>().Where(kind => Answers.Word(kind) == word).Select(kind => (LifecycleKind?)kind).FirstOrDefault()
            ?? throw new InputException($"'kind' must be one of {string.Join(", ", Enum.GetValues<LifecycleKind>().Select(Answers.Word))}.");

    private static async Task<string> AccountAsync(IIdpConnection connection, string person, CancellationToken cancellationToken) =>
        await connection.FindAccountsAsync(person, cancellationToken) is [var only]
            ? only.Id
            : throw new InputException($"'person' is not exactly one account at {connection.Name}; say which as account.");

    private static JsonObject Told(LoggedEvent logged)
    {
        var told = new JsonObject
        {
            ["time"] = Answers.Time(logged.Time),
            ["type"] = Answers.Text(logged.Type),
            ["targets"] = Answers.List(logged.Targets, 5, target => new JsonObject { ["id"] = Answers.Text(target.Id), ["name"] = Answers.Text(target.Name ?? "") }),
        };
        if (logged.Actor is { } actor)
            told["actor"] = Answers.Text(actor);
        if (!logged.Succeeded)
            told["succeeded"] = false;
        return told;
    }
}
