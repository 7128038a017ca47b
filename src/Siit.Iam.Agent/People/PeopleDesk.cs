using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Idps;

namespace Siit.Iam.Agent.People;

/// <summary>What an operator asks of the copy: the answers that agents get, of every connection.</summary>
internal sealed class PeopleDesk(IKnownDirectory directory, IdpConnections connections)
{
    /// <summary>As find_person answers; null when there is no copy of any connection yet.</summary>
    public async Task<JsonObject?> FindAsync(string person, CancellationToken cancellationToken)
    {
        var reading = Reading();
        return reading.InCopy.Count == 0 ? null : FindPerson.Told(reading, person, await directory.FindPersonAsync(person, reading.InCopy, cancellationToken));
    }

    /// <summary>As list_events answers; null when the cursor is of another question.</summary>
    /// <exception cref="InputException">The question cannot be answered as it is.</exception>
    public async Task<JsonObject?> EventsAsync(EventQuestion question, string? connection, CancellationToken cancellationToken)
    {
        var reading = Reading(connection);
        return await directory.ListEventsAsync(question, reading.InCopy, cancellationToken) is { } page ? Answers.Page(reading, true, "events", page, ListEvents.Told) : null;
    }

    private Reading Reading(string? connection = null) => connection is null
        ? new Reading(connections.All, directory)
        : connections.Find(connection) is { } found
            ? new Reading([found], directory)
            : throw new InputException($"There is no connection '{HiddenText.Shown(connection, 60)}': {string.Join(", ", connections.All.Select(known => known.Name))}.");
}
