using System.Text.Json.Nodes;
using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Idps;

namespace Siit.Iam.Agent.People;

/// <summary>What an operator asks of the copy: the answers that agents get, of every connection.</summary>
internal sealed class PeopleDesk(IKnownDirectory directory, IdpConnections connections)
{
    /// <summary>As find_person answers; null when there is no copy of any connection yet.</summary>
    public JsonObject? Find(string person)
    {
        var reading = Reading();
        return reading.InCopy.Count == 0 ? null : FindPerson.Told(reading, person, directory.FindPerson(person, reading.InCopy));
    }

    /// <summary>As list_events answers; null when the cursor is of another question.</summary>
    /// <exception cref="InputException">The question cannot be answered as it is.</exception>
    public JsonObject? Events(EventQuestion question, string? connection)
    {
        var reading = Reading(connection);
        return directory.ListEvents(question, reading.InCopy) is { } page ? Answers.Page(reading, true, "events", page, ListEvents.Told) : null;
    }

    private Reading Reading(string? connection = null) => connection is null
        ? new Reading(connections.All, directory)
        : connections.Find(connection) is { } found
            ? new Reading([found], directory)
            : throw new InputException($"There is no connection '{HiddenText.Shown(connection, 60)}': {string.Join(", ", connections.All.Select(known => known.Name))}.");
}
