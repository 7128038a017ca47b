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
        description: "Tells who a person is at every IdP: accounts, status, groups, applications, admin roles, MFA, recent events.",
        // What a step of a playbook gets: from the IdPs, never from the copy, which tells more.
        result: ResultShape.Of(
            ResultField.Text("person"),
            ResultField.List("accounts",
                [
                    .. Answers.AccountShape,
                    ResultField.Texts("roles", Shown),
                    ResultField.List("mfa", [ResultField.Text("id"), ResultField.Text("kind")], Shown),
                    ResultField.Bool("has_mfa"),
                    ResultField.List("groups", [ResultField.Text("id"), ResultField.FreeText("name")], Shown),
                    ResultField.Number("group_count"),
                    ResultField.List("applications",
                        [ResultField.Text("id"), ResultField.FreeText("name"), ResultField.Bool("direct"), ResultField.FreeText("via_group").OrAbsent()],
                        Shown),
                    ResultField.Number("application_count"),
                    ResultField.Time("read_at"),
                ]),
            Answers.SourcesShape),
        run: RunAsync);

    public sealed record Input : AsksConnections
    {
        [Description("Work email, login, alias, id or name."), MaxLength(320)]
        public required string Person { get; init; }
    }

    private static async Task<JsonObject> RunAsync(Reading reading, Input input, CancellationToken cancellationToken)
    {
        var searched = reading.InCopy.Count == 0 ? null : await reading.Known!.FindPersonAsync(input.Person, reading.InCopy, cancellationToken);
        // The copy may know a person by a name that an IdP does not find.
        List<string> emails = [.. (searched?.Person?.Accounts ?? []).Select(facts => facts.Account.Email).OfType<string>().Distinct(StringComparer.OrdinalIgnoreCase)];
        var asked = emails.Count > 0 ? emails : [input.Person];
        var fresh = await Task.WhenAll(reading.NotInCopy.Select(connection => AtAsync(connection, asked, cancellationToken)));
        var accounts = fresh.SelectMany(pictures => pictures).ToList();

        if (searched is null)
            return Told(reading, input.Person, null, accounts);
        // Whom an IdP knows by exactly this text is not "nobody".
        return Told(reading, input.Person, searched.Person is null && accounts.Count > 0 ? null : searched, accounts);
    }

    /// <summary>The answer of the copy alone.</summary>
    public static JsonObject Told(Reading reading, string person, PersonSearched searched) => Told(reading, person, searched, []);

    private static JsonObject Told(Reading reading, string person, PersonSearched? searched, List<JsonNode> fresh)
    {
        var known = searched?.Person;
        var told = new JsonObject { ["person"] = Answers.Text(person) };
        if (known is not null)
            Add(told, known.Who);
        told["accounts"] = new JsonArray([.. (known?.Accounts ?? []).Select(facts => Told(reading, facts)), .. fresh]);
        Answers.Add(told, "gone", known?.Gone ?? [], Shown, facts => ToldGone(reading, facts));
        if (searched is { Choices.Count: > 0 })
        {
            told["choices"] = Answers.List(searched.Choices, 10, Told);
            told["choice_count"] = searched.ChoiceCount;
        }

        Answers.Add(told, "events", known?.Events ?? [], 5, ListEvents.Told);
        told["sources"] = Answers.Sources(reading);
        if (searched?.Message is { } message)
            told["message"] = message;
        return told;
    }

    private static void Add(JsonObject told, WhoFacts who)
    {
        told["name"] = LookAlikes.InName(who.Name ?? "");
        if (who.Email is { Length: > 0 } email)
            told["work_email"] = LookAlikes.InAddress(email);
        Answers.Add(told, "title", who.Title);
        Answers.Add(told, "department", who.Department);
        Answers.Add(told, "location", who.Location);
        Answers.Add(told, "manager", who.Manager);
        Answers.Add(told, "manager_name", who.ManagerName);
        Answers.Add(told, "employment", who.Employment);
        Answers.Add(told, "start_date", who.Start);
        Answers.Add(told, "end_date", who.End);
        Answers.Add(told, "differs", who.Differs, Shown, field => Answers.Text(field));
        Answers.Add(told, "conflicts", who.Conflicts, 5, conflict => HiddenText.Shown(conflict, 1000));
    }

    private static JsonObject Told(Reading reading, AccountFacts facts)
    {
        var told = Answers.Account(Connection(reading, facts), facts.Account);
        told.Remove("manager");
        Answers.Add(told, "manager", facts.Manager ?? facts.Account.Manager);
        if (facts.Kind != AccountKind.Person)
            told["kind"] = facts.Kind.ToString().ToLowerInvariant();
        Answers.Add(told, "aliases", facts.Aliases, Shown, alias => Answers.Text(alias));
        told["roles"] = Answers.List(facts.Roles, Shown, Told);
        if (facts.HasMfa is { } mfa)
            told["has_mfa"] = mfa;
        return Lists(told, facts.Groups, facts.Applications);
    }

    private static JsonNode Told(AdminRole role) => Answers.Text(role.ViaGroup is null ? role.Name : $"{role.Name} (through group {role.ViaGroup})");

    private static JsonObject ToldGone(Reading reading, AccountFacts facts)
    {
        var told = Answers.Account(Connection(reading, facts), facts.Account);
        told["gone_at"] = Answers.Time(facts.GoneAt!.Value);
        return told;
    }

    private static JsonObject Told(PersonChoice choice)
    {
        var told = new JsonObject { ["person"] = HiddenText.Shown(choice.Person, 400), ["name"] = LookAlikes.InName(choice.Name) };
        if (choice.Email is { Length: > 0 } email)
            told["email"] = LookAlikes.InAddress(email);
        Answers.Add(told, "department", choice.Department);
        Answers.Add(told, "title", choice.Title);
        told["status"] = choice.Status;
        told["connections"] = Answers.List(choice.Connections, Shown, connection => connection);
        return told;
    }

    private static IIdpConnection Connection(Reading reading, AccountFacts facts) => reading.Connections.First(connection => connection.Name == facts.Connection);

    private static async Task<IEnumerable<JsonNode>> AtAsync(IIdpConnection connection, IReadOnlyList<string> asked, CancellationToken cancellationToken)
    {
        const PictureParts parts = PictureParts.Groups | PictureParts.Applications | PictureParts.Roles | PictureParts.Factors;
        var named = asked.Where(person => person.StartsWith(connection.Name + ":", StringComparison.Ordinal)).Select(person => person[(connection.Name.Length + 1)..]).ToList();
        var found = await Task.WhenAll((named.Count > 0 ? [] : asked).Select(person => connection.FindAccountsAsync(person, cancellationToken)));
        var pictures = await Task.WhenAll(found.SelectMany(accounts => accounts).Select(account => account.Id).Concat(named).Distinct()
            .Select(id => connection.GetPictureAsync(id, parts, cancellationToken)));
        return pictures.Select(picture => Told(connection, picture));
    }

    private static JsonObject Told(IIdpConnection connection, AccountPicture picture)
    {
        var told = Answers.Account(connection, picture.Account);
        told["roles"] = Answers.List(picture.Roles!, Shown, role => Answers.Text(role.Name));
        told["mfa"] = Answers.List(picture.Factors!, Shown, factor => new JsonObject { ["id"] = Answers.Text(factor.Id), ["kind"] = factor.Kind });
        told["has_mfa"] = picture.Factors!.Count > 0;
        told["read_at"] = Answers.Time(picture.ReadAt);
        return Lists(told, picture.Groups!, picture.Applications!);
    }

    private static JsonObject Lists(JsonObject told, IReadOnlyList<GroupMembership> groups, IReadOnlyList<ApplicationAssignment> applications)
    {
        told["groups"] = Answers.List(groups, Shown, Told);
        told["group_count"] = groups.Count;
        told["applications"] = Answers.List(applications, Shown, Told);
        told["application_count"] = applications.Count;
        return told;
    }

    private static JsonObject Told(GroupMembership group)
    {
        var told = new JsonObject { ["id"] = Answers.Text(group.Id), ["name"] = Answers.Text(group.Name) };
        Answers.Add(told, "via_group", group.Via);
        return told;
    }

    private static JsonObject Told(ApplicationAssignment assignment)
    {
        var told = new JsonObject { ["id"] = Answers.Text(assignment.Id), ["name"] = Answers.Text(assignment.Name), ["direct"] = assignment.Direct };
        Answers.Add(told, "via_group", assignment.ViaGroupName);
        return told;
    }
}
