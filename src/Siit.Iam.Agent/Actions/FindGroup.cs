using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Idps;

namespace Siit.Iam.Agent.Actions;

internal static class FindGroup
{
    public static readonly ActionDefinition Definition = ActionDefinition.Reading<Input>(
        name: "find_group",
        title: "Find group",
        description: "Lists groups whose name begins with a text, with their ids.",
        result: Answers.PageShape("groups",
            [
                ResultField.Text("id"), ResultField.FreeText("name"),
                ResultField.FreeText("description").OrAbsent(), ResultField.Text("not_changeable").OrAbsent(),
            ]),
        run: RunAsync);

    public sealed record Input : AsksList
    {
        [MaxLength(200)]
        public string? Name { get; init; }
    }

    private static async Task<JsonObject> RunAsync(IReadOnlyList<IIdpConnection> connections, Input input, CancellationToken cancellationToken)
    {
        var connection = OneConnection.Of(connections);
        var page = await connection.FindGroupsAsync(input.Name, input.PageSize, input.Cursor, cancellationToken);
        return Answers.Page("groups", page.Items, page.Next, Told);
    }

    private static JsonObject Told(IdpGroup group)
    {
        var told = new JsonObject { ["id"] = group.Id, ["name"] = Answers.Text(group.Name) };
        if (group.Description is { Length: > 0 } description)
            told["description"] = Answers.Text(description);
        if (group.NotChangeable is { } why)
            told["not_changeable"] = why;
        return told;
    }
}
