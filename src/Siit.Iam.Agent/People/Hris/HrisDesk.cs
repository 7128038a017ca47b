using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.People.Hris;

/// <summary>Where one HRIS stands, for people.</summary>
/// <param name="File">Path of its file; null when it pushes.</param>
/// <param name="State">Null before it has told anything.</param>
/// <param name="Trouble">Why the file that lies there now is not taken.</param>
internal sealed record HrisStatus(string Name, HrisFeed Feed, string? File, HrisSourceRecord? State, int WaitingBatches, string? Trouble);

/// <summary>Reading what the HRIS say.</summary>
internal sealed class HrisDesk(IStore store, HrisOptions options, HrisFiles files)
{
    /// <param name="id"><see cref="HrisPerson.Id"/>.</param>
    public ValueTask<HrisPerson?> FindAsync(string id, CancellationToken cancellationToken) => store.GetAsync<HrisPerson>(id, cancellationToken);

    /// <summary>
    /// Everybody with exactly this work email, in id order: several, when several HRIS know the person or an address was given to
    /// somebody else. Who to believe is not decided here.
    /// </summary>
    public ValueTask<IReadOnlyList<HrisPerson>> ByEmailAsync(string email, CancellationToken cancellationToken) =>
        FindAsync("email", HrisText.Address(email), cancellationToken);

    /// <summary>Whose manager is this person, whether the HRIS wrote the manager's key, the HRIS's own id or the work email.</summary>
    public async Task<IReadOnlyList<HrisPerson>> ByManagerAsync(HrisPerson manager, CancellationToken cancellationToken)
    {
        var found = new Dictionary<string, HrisPerson>(StringComparer.Ordinal);
        foreach (var name in new[] { manager.Key, manager.ExternalId, manager.EmployeeNumber, manager.Facts.WorkEmail }.OfType<string>().Distinct())
        {
            foreach (var person in await FindAsync("manager", HrisPerson.ManagerKey(manager.Source, name), cancellationToken))
                found[person.Id] = person;
        }

        return [.. found.Values.OrderBy(person => person.Id, StringComparer.Ordinal)];
    }

    /// <summary>Everybody, in id order, those included who have left or were removed.</summary>
    public ValueTask<IReadOnlyList<HrisPerson>> ListAsync(int limit, string? after, CancellationToken cancellationToken) =>
        store.ListAsync<HrisPerson>(limit, after, cancellationToken: cancellationToken);

    /// <summary>What has happened since, oldest first. Remember the last one's id and ask again with it.</summary>
    public ValueTask<IReadOnlyList<HrisEvent>> EventsAfterAsync(string? after, int limit, CancellationToken cancellationToken) =>
        store.ListAsync<HrisEvent>(limit, after, cancellationToken: cancellationToken);

    /// <summary>The latest, newest first.</summary>
    public ValueTask<IReadOnlyList<HrisEvent>> LatestEventsAsync(int limit, CancellationToken cancellationToken) =>
        store.ListAsync<HrisEvent>(limit, newestFirst: true, cancellationToken: cancellationToken);

    /// <summary>What waits for a person.</summary>
    public ValueTask<IReadOnlyList<HeldBatch>> HeldAsync(CancellationToken cancellationToken) =>
        store.FindAsync<HeldBatch>("state", "waiting", 1000, cancellationToken: cancellationToken);

    /// <summary>Who waits in a batch, the first thousand.</summary>
    public ValueTask<IReadOnlyList<HrisPerson>> HeldPeopleAsync(string batch, CancellationToken cancellationToken) => FindAsync("held", batch, cancellationToken);

    public async Task<IReadOnlyList<HrisStatus>> StatusAsync(CancellationToken cancellationToken)
    {
        var waiting = await HeldAsync(cancellationToken);
        var found = new List<HrisStatus>();
        foreach (var source in options.Sources)
        {
            found.Add(new HrisStatus(
                source.Name, source.Feed, source.File, await store.GetAsync<HrisSourceRecord>(source.Name, cancellationToken),
                waiting.Count(batch => batch.Source == source.Name), files.TroubleOf(source.Name)));
        }

        return found;
    }

    private ValueTask<IReadOnlyList<HrisPerson>> FindAsync(string key, string value, CancellationToken cancellationToken) =>
        store.FindAsync<HrisPerson>(key, value, 1000, cancellationToken: cancellationToken);
}
