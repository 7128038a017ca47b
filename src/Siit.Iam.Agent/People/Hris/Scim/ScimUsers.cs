using System.Text.Json.Nodes;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.People.Hris.Scim;

/// <param name="Created">False: it was there already.</param>
internal sealed record ScimWritten(HrisPerson Person, bool Created);

/// <summary>The users of one HRIS, as it pushes and asks for them.</summary>
internal sealed class ScimUsers(HrisBook book, IStore store, Ids ids, TimeProvider time)
{
    public const int MostPerPage = 200;

    public async Task<HrisPerson> GetAsync(string source, string key, CancellationToken cancellationToken) =>
        HrisText.KeyProblem(key) is null && await store.GetAsync<HrisPerson>(HrisPerson.IdOf(source, key), cancellationToken) is { RemovedAt: null, Feed: HrisFeed.Scim } person
            ? person
            : throw ScimException.NotFound("There is no user with that id.");

    /// <summary>A new user, or one that the HRIS had deleted and knows by the same external id.</summary>
    public async Task<ScimWritten> CreateAsync(string source, JsonObject resource, CancellationToken cancellationToken)
    {
        var created = true;
        var person = await book.PushAsync(source, async inTurn =>
        {
            var said = ScimUser.Read(resource, null, source, ids.New("hris"));
            var before = await FreeAsync(said, null, inTurn);
            if (before is not null)
                (said, created) = (said with { Id = before.Id, Key = before.Key, ReadAt = before.ReadAt }, false);
            return (before, said);
        }, cancellationToken);
        return new ScimWritten(person!, created);
    }

    /// <param name="change">From the resource as it is to the resource as it shall be; may change the one that it is given.</param>
    /// <param name="version">The ETag that the client has seen; null when it does not care.</param>
    public async Task<HrisPerson> ChangeAsync(string source, string key, string? version, Func<JsonObject, JsonObject> change, CancellationToken cancellationToken)
    {
        var person = await book.PushAsync(source, async inTurn =>
        {
            var before = await GetAsync(source, key, inTurn);
            CheckVersion(before, version);
            var said = ScimUser.Read(change(ScimUser.Write(before, "")), before, source, key);
            await FreeAsync(said, before, inTurn);
            return (before, said);
        }, cancellationToken);
        return person!;
    }

    /// <summary>The HRIS deletes its record. That alone does not mean that the person has left; it is marked and shown.</summary>
    public Task RemoveAsync(string source, string key, string? version, CancellationToken cancellationToken) => book.PushAsync(source, async inTurn =>
    {
        var before = await GetAsync(source, key, inTurn);
        CheckVersion(before, version);
        return (before, before with { Facts = before.Said, RemovedAt = time.GetUtcNow() });
    }, cancellationToken);

    /// <param name="startIndex">From 1.</param>
    public async Task<(int Total, IReadOnlyList<HrisPerson> Found)> ListAsync(
        string source, ScimComparison? filter, int startIndex, int count, CancellationToken cancellationToken)
    {
        if (filter is not null && await FilteredAsync(source, filter, cancellationToken) is { } few)
            return (few.Count, [.. few.Skip(startIndex - 1).Take(count)]);
        bool? active = filter is null ? null : ActiveOf(filter);
        var (total, found) = (0, new List<HrisPerson>());
        await foreach (var person in HrisPerson.AllAsync(store, source, cancellationToken))
        {
            var asked = person.RemovedAt is null && (active is null || active == (person.Said.Status != EmploymentStatus.Left));
            if (asked && ++total >= startIndex && found.Count < count)
                found.Add(person);
        }

        return (total, found);
    }

    /// <summary>Whoever a filter can name at once; null when everybody has to be looked at.</summary>
    private async Task<IReadOnlyList<HrisPerson>?> FilteredAsync(string source, ScimComparison filter, CancellationToken cancellationToken)
    {
        var text = filter.Value.TryGetValue<string>(out var given) ? given.Trim() : null;
        switch (filter.Attribute.ToLowerInvariant())
        {
            case "username" when text is not null:
                return HrisText.ReferenceProblem(text) is null ? await FindAsync("user_name", HrisPerson.UserNameKey(source, text), cancellationToken) : [];
            case "externalid" when text is not null:
                return HrisText.KeyProblem(text) is null ? await FindAsync("external_id", $"{source}:{text}", cancellationToken) : [];
            case "id" when text is not null:
                return HrisText.KeyProblem(text) is null && await store.GetAsync<HrisPerson>(HrisPerson.IdOf(source, text), cancellationToken) is { RemovedAt: null } one ? [one] : [];
            case "emails" or "emails.value" when text is not null:
                return HrisText.ReferenceProblem(text) is null
                    ? [.. (await FindAsync("email", HrisText.Address(text), cancellationToken)).Where(person => person.Source == source)]
                    : [];
            case "active":
                return null;
            default:
                throw ScimException.BadFilter("Users are found by userName, externalId, id, emails.value or active.");
        }
    }

    private static bool ActiveOf(ScimComparison filter) => filter.Value.TryGetValue<bool>(out var flag) ? flag
        : filter.Value.TryGetValue<string>(out var text) && bool.TryParse(text, out flag) ? flag
        : throw ScimException.BadFilter("'active' is compared with true or false.");

    /// <summary>Whoever the HRIS had deleted under the same external id; nothing when nobody was.</summary>
    /// <exception cref="ScimException">Somebody else has the name or the id.</exception>
    private async Task<HrisPerson?> FreeAsync(HrisPerson said, HrisPerson? before, CancellationToken cancellationToken)
    {
        var sameName = await FindAsync("user_name", HrisPerson.UserNameKey(said.Source, said.UserName!), cancellationToken);
        if (sameName.Any(person => person.Id != before?.Id))
            throw Taken("userName");
        if (said.ExternalId is null)
            return null;
        var same = await store.FindAsync<HrisPerson>("external_id", $"{said.Source}:{said.ExternalId}", cancellationToken: cancellationToken);
        return same.Any(person => person.Id != before?.Id && person.RemovedAt is null)
            ? throw Taken("externalId")
            : same.LastOrDefault(person => person.Id != before?.Id);
    }

    private async Task<IReadOnlyList<HrisPerson>> FindAsync(string key, string value, CancellationToken cancellationToken) =>
        [.. (await store.FindAsync<HrisPerson>(key, value, cancellationToken: cancellationToken)).Where(person => person.RemovedAt is null)];

    private static void CheckVersion(HrisPerson person, string? version)
    {
        if (version is not null && version != "*" && version != ScimUser.VersionOf(person))
            throw new ScimException(StatusCodes.Status412PreconditionFailed, null, "The user was changed meanwhile; read it again.");
    }

    private static ScimException Taken(string what) => new(StatusCodes.Status409Conflict, "uniqueness", $"Another user has this {what}.");
}
