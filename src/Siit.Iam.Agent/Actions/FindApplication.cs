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
            [ResultField.Text("id"), ResultField.FreeText("name"), ResultField.Bool("active")]),
        run: RunAsync);

    public sealed record Input : AsksList
    {
        [MaxLength(200)]
        public string? Name { get; init; }
    }

    private static async Task<JsonObject> RunAsync(IReadOnlyList<IIdpConnection> connections, Input input, CancellationToken cancellationToken)
    {
        var connection = OneConnection.Of(connections);
        var page = await connection.FindApplicationsAsync(input.Name, input.PageSize, input.Cursor, cancellationToken);
        return Answers.Page("applications", page.Items, page.Next, application => new JsonObject
        {
            ["id"] = application.Id,
            ["name"] = Answers.Text(application.Name),
            ["active"] = application.Active,
        });
    }
}
