using System.Text.Json.Nodes;
using Siit.Iam.Agent.Gate.Standing;

namespace Siit.Iam.Agent.Gate;

/// <summary>Somebody whom a call concerns, and who therefore never decides on it.</summary>
internal sealed record Party(string Code, string Message, PersonIdentity Who);

/// <summary>Everybody whom a call concerns. Compared by person, not by account.</summary>
internal sealed class Parties(Identities identities)
{
    public async Task<IReadOnlyList<Party>> OfAsync(CallRecord call, CancellationToken cancellationToken)
    {
        var parties = new List<Party>();
        await AddAsync("is_requester", "The person at whose wish a call is made never decides on it.", [call.Requester.Email], []);
        await AddAsync("is_requester", "Whoever wrote the service request never decides on what is done for it.", [call.RequestAuthor], []);
        await AddAsync("is_operator", "The person answerable for the caller never decides on its calls.", [call.Operator], []);
        foreach (var (account, addresses) in Targets(call))
            await AddAsync("is_target", "The person whom a call changes never decides on it.", addresses, [account]);
        await AddAsync("is_author", "Whoever wrote or published a playbook never decides on what its runs do.", [.. call.Authors], []);
        return parties;

        async Task AddAsync(string code, string message, IReadOnlyList<string?> addresses, IReadOnlyList<string?> accounts)
        {
            var who = await identities.OfAsync(addresses, accounts, cancellationToken);
            if (who.Addresses.Count + who.Keys.Count > 0)
                parties.Add(new Party(code, message, who));
        }
    }

    /// <summary>Accounts with the addresses that they are called by; of a plan, those of all its calls.</summary>
    private static IEnumerable<(string? Account, IReadOnlyList<string?> Addresses)> Targets(CallRecord call)
    {
        // create_user has no account yet, but it has a person.
        if (call.Target is { } target)
            yield return (Key(call.Connection, target.AccountId), [target.Email, target.Login, Person(call.Input)]);
        else if (Person(call.Input) is { } person)
            yield return (null, [person]);
        foreach (var entry in (call.Input["entries"] as JsonArray ?? []).OfType<JsonObject>())
            yield return (Key(Text(entry["connection"]), Text(entry["account"])), [Text(entry["login"]), Text(entry["email"]), entry["input"] is JsonObject input ? Person(input) : null]);
    }

    private static string? Person(JsonObject input) => Text(input["person"]);

    private static string? Key(string? connection, string? account) => connection is not null && account is { Length: > 0 } ? $"{connection}:{account}" : null;

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
}

/// <summary>Who may never decide on a call. Pure.</summary>
internal static class Separation
{
    /// <param name="approver">As registered now.</param>
    /// <param name="who">The same, as a person.</param>
    /// <param name="seated">Those who hold a seat already.</param>
    public static Refusal? Excludes(ApproverRecord approver, PersonIdentity who, IReadOnlyList<Party> parties, IReadOnlyList<PersonIdentity> seated)
    {
        if (!approver.IsActive)
            return new Refusal("not_an_approver", $"{approver.Email} is no approver any more.");
        if (parties.FirstOrDefault(party => party.Who.IsSame(who)) is { } party)
            return new Refusal(party.Code, party.Message);
        return seated.Any(other => other.IsSame(who))
            ? new Refusal("decided_already", "One person takes one seat; this person has decided already.")
            : null;
    }
}
