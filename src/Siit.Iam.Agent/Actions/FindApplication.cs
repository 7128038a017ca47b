using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Idps;

namespace Siit.Iam.Agent.Actions;

internal static class FindApplication
{
    public static readonly ActionDefinition Definition = ActionDefinition.Reading<Input>(
        name: "find_application",
        title: "Find application",
        description: "Lists applications whose name begins with a text, with their ids.",
        result: Answers.PageShape("applications",
            [ResultField.Text("connection"), ResultField.Text("id"), ResultField.FreeText("name"), ResultField.Bool("active")]),
        run: RunAsync);

    public sealed record Input : AsksList
    {
        [MaxLength(200)]
        public string? Name { get; init; }
    }

    private static async Task<JsonObject> RunAsync(Reading reading, Input input, CancellationToken cancellationToken)
    {
        if (reading.Whole?.FindApplications(input.Name, reading.InCopy, input.PageSize, input.Cursor) is { } known)
            return Answers.Page(reading, true, "applications", known, Told);
        var connection = OneConnection.Of(reading.Connections);
        var page = await connection.FindApplicationsAsync(input.Name, input.PageSize, input.Cursor, cancellationToken);
        return Answers.Page(reading, false, "applications", page, application => Told(connection.Name, application));
    }

    private static JsonObject Told(ApplicationFacts facts)
    {
        var told = Told(facts.Connection, facts.Application);
        told["users"] = facts.Users;
        Answers.Add(told, "given_by", facts.Groups, 5, group => Answers.Text(group));
        Answers.Add(told, "owners", facts.Owners, 5, owner => Answers.Text(owner));
        return told;
    }

    private static JsonObject Told(string connection, IdpApplication application) => new()
    {
        ["connection"] = connection,
        ["id"] = Answers.Text(application.Id),
        ["name"] = Answers.Text(application.Name),
        ["active"] = application.Active,
    };
}
