using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Idps;

namespace Siit.Iam.Agent.Actions;

internal static class FindPerson
{
    /// <summary>Groups and applications told per account; the rest is counted.</summary>
    private const int Shown = 25;

    public static readonly ActionDefinition Definition = ActionDefinition.Reading<Input>(
        name: "find_person",
        title: "Find person",
        description: "Tells who a person is at every IdP: accounts, status, groups, applications, admin roles, MFA.",
        result: ResultShape.Of(
            ResultField.Text("person"),
            ResultField.List("accounts",
                [
                    .. Answers.AccountShape,
                    ResultField.Texts("roles", Shown),
                    ResultField.List("mfa", [ResultField.Text("id"), ResultField.Text("kind")], Shown),
                    ResultField.List("groups", [ResultField.Text("id"), ResultField.FreeText("name")], Shown),
                    ResultField.Number("group_count"),
                    ResultField.List("applications",
                        [ResultField.Text("id"), ResultField.FreeText("name"), ResultField.Bool("direct"), ResultField.FreeText("via_group").OrAbsent()],
                        Shown),
                    ResultField.Number("application_count"),
                    ResultField.Time("read_at"),
                ])),
        run: RunAsync);

    public sealed record Input : AsksConnections
    {
        [Description("Work email or login, exact."), MaxLength(320)]
        public required string Person { get; init; }
    }

    private static async Task<JsonObject> RunAsync(IReadOnlyList<IIdpConnection> connections, Input input, CancellationToken cancellationToken)
    {
        var perConnection = await Task.WhenAll(connections.Select(connection => AtAsync(connection, input.Person, cancellationToken)));
        return new JsonObject
        {
            ["person"] = input.Person,
            ["accounts"] = new JsonArray([.. perConnection.SelectMany(accounts => accounts)]),
        };
    }

    private static async Task<IEnumerable<JsonNode>> AtAsync(IIdpConnection connection, string person, CancellationToken cancellationToken)
    {
        var accounts = await connection.FindAccountsAsync(person, cancellationToken);
        const PictureParts parts = PictureParts.Groups | PictureParts.Applications | PictureParts.Roles | PictureParts.Factors;
        var pictures = await Task.WhenAll(accounts.Select(account => connection.GetPictureAsync(account.Id, parts, cancellationToken)));
        return pictures.Select(picture => Told(connection, picture));
    }

    private static JsonObject Told(IIdpConnection connection, AccountPicture picture)
    {
        var told = Answers.Account(connection, picture.Account);
        told["roles"] = Answers.List(picture.Roles!, Shown, role => role.Name);
        told["mfa"] = Answers.List(picture.Factors!, Shown, factor => new JsonObject { ["id"] = factor.Id, ["kind"] = factor.Kind });
        told["groups"] = Answers.List(picture.Groups!, Shown, group => new JsonObject { ["id"] = group.Id, ["name"] = Answers.Text(group.Name) });
        told["group_count"] = picture.Groups!.Count;
        told["applications"] = Answers.List(picture.Applications!, Shown, Told);
        told["application_count"] = picture.Applications!.Count;
        told["read_at"] = Answers.Time(picture.ReadAt);
        return told;
    }

    private static JsonObject Told(ApplicationAssignment assignment)
    {
        var told = new JsonObject { ["id"] = assignment.Id, ["name"] = Answers.Text(assignment.Name), ["direct"] = assignment.Direct };
        if (assignment.ViaGroupName is { } group)
            told["via_group"] = Answers.Text(group);
        return told;
    }
}
