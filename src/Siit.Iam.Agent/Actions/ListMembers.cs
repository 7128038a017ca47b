using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Idps;

namespace Siit.Iam.Agent.Actions;

internal static class ListMembers
{
    private const int GroupsShown = 25;

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

    private static async Task<JsonObject> RunAsync(Reading reading, Input input, CancellationToken cancellationToken)
    {
        var connection = OneConnection.Of(reading.Connections);
        // A group that the copy does not know may be younger than it.
        if (reading.Whole?.ListMembers(input.Group, connection.Name, input.PageSize, input.Cursor) is { } known)
        {
            var told = Answers.Page(reading, true, "members", known.Page, member => Told(member.Id, member.Login, member.Name, member.Status));
            told["member_count"] = known.Count;
            Answers.Add(told, "groups", known.Groups, GroupsShown, group => new JsonObject { ["id"] = Answers.Text(group.Id), ["name"] = Answers.Text(group.Name) });
            return told;
        }

        var page = await connection.ListMembersAsync(input.Group, input.PageSize, input.Cursor, cancellationToken);
        return Answers.Page(reading, false, "members", page, account => Told(account.Id, account.Login, account.Name, account.Status));
    }

    private static JsonObject Told(string id, string login, string name, AccountStatus status) => new()
    {
        ["id"] = Answers.Text(id),
        ["login"] = Answers.Text(login),
        ["name"] = Answers.Text(name),
        ["status"] = Answers.Word(status),
    };
}
