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
                ResultField.Text("connection"), ResultField.Text("id"), ResultField.FreeText("name"),
                ResultField.FreeText("description").OrAbsent(), ResultField.Text("not_changeable").OrAbsent(),
            ]),
        run: RunAsync);

    public sealed record Input : AsksList
    {
        [MaxLength(200)]
        public string? Name { get; init; }
    }

    private static async Task<JsonObject> RunAsync(Reading reading, Input input, CancellationToken cancellationToken)
    {
        if (reading.Whole?.FindGroups(input.Name, reading.InCopy, input.PageSize, input.Cursor) is { } known)
            return Answers.Page(reading, true, "groups", known, Told);
        var connection = OneConnection.Of(reading.Connections);
        var page = await connection.FindGroupsAsync(input.Name, input.PageSize, input.Cursor, cancellationToken);
        return Answers.Page(reading, false, "groups", page, group => Told(connection.Name, group));
    }

    private static JsonObject Told(GroupFacts facts)
    {
        var told = Told(facts.Connection, facts.Group);
        Answers.Add(told, "email", facts.Email);
        told["members"] = facts.Members;
        Answers.Add(told, "owners", facts.Owners, 5, owner => Answers.Text(owner));
        return told;
    }

    private static JsonObject Told(string connection, IdpGroup group)
    {
        var told = new JsonObject { ["connection"] = connection, ["id"] = Answers.Text(group.Id), ["name"] = Answers.Text(group.Name) };
        Answers.Add(told, "description", group.Description);
        Answers.Add(told, "not_changeable", group.NotChangeable);
        return told;
    }
}
