using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Idps;

namespace Siit.Iam.Agent.Actions;

internal static class ListMembers
{
    public static readonly ActionDefinition Definition = ActionDefinition.Reading<Input>(
        name: "list_members",
        title: "List members",
        description: "Lists the people in a group.",
        result: Answers.PageShape("members",
            [ResultField.Text("id"), ResultField.FreeText("login"), ResultField.FreeText("name"), ResultField.Words<AccountStatus>("status")]),
        run: RunAsync);

    public sealed record Input : AsksList
    {
        [MaxLength(100)]
        public required string Group { get; init; }
    }

    private static async Task<JsonObject> RunAsync(IReadOnlyList<IIdpConnection> connections, Input input, CancellationToken cancellationToken)
    {
        var connection = OneConnection.Of(connections);
        var page = await connection.ListMembersAsync(input.Group, input.PageSize, input.Cursor, cancellationToken);
        return Answers.Page("members", page.Items, page.Next, account => new JsonObject
        {
            ["id"] = account.Id,
            ["login"] = Answers.Text(account.Login),
            ["name"] = Answers.Text(account.Name),
            ["status"] = Answers.Word(account.Status),
        });
    }
}
