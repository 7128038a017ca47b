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
        description: "Lists what an IdP logged, oldest first, of one account or all.",
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
        public required string Since { get; init; }

        [Description("Account id from find_person."), MaxLength(100)]
        public string? Account { get; init; }
    }

    private static async Task<JsonObject> RunAsync(IReadOnlyList<IIdpConnection> connections, Input input, CancellationToken cancellationToken)
    {
        if (!DateTimeOffset.TryParse(input.Since, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var since))
            throw new InputException("'since' must be a time such as 2026-01-31T09:00:00Z.");
        var connection = OneConnection.Of(connections);
        var page = await connection.ListEventsAsync(input.Account, since, input.PageSize, input.Cursor, cancellationToken);
        return Answers.Page("events", page.Items, page.Next, Told);
    }

    private static JsonObject Told(LoggedEvent logged)
    {
        var told = new JsonObject
        {
            ["time"] = Answers.Time(logged.Time),
            ["type"] = logged.Type,
            ["targets"] = Answers.List(logged.Targets, 5, target => new JsonObject { ["id"] = target.Id, ["name"] = Answers.Text(target.Name ?? "") }),
        };
        if (logged.Actor is { } actor)
            told["actor"] = Answers.Text(actor);
        if (!logged.Succeeded)
            told["succeeded"] = false;
        return told;
    }
}
