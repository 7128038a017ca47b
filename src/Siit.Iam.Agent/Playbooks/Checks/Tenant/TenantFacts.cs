using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Gate.Rules;
using Siit.Iam.Agent.Gate.Standing;
using Siit.Iam.Agent.Gate.ToolCalls;
using Siit.Iam.Agent.People;
using Siit.Iam.Agent.People.Copy;
using Siit.Iam.Agent.Playbooks.Format;

namespace Siit.Iam.Agent.Playbooks.Checks.Tenant;

/// <summary>Gathers what the check of a playbook against this organisation looks at. Asks no IdP: the copy of the directory is enough.</summary>
internal sealed class TenantFacts(ConnectionDesk connections, DirectoryCopy copy, ApproverRegistry approvers, IStanding standing, GateOptions gate, ToolGuard guard, TimeProvider time)
{
    /// <param name="playbooks">Those that are looked at.</param>
    public async Task<TenantKnown> NowAsync(IEnumerable<Playbook> playbooks, CancellationToken cancellationToken)
    {
        var enrolled = (await approvers.ListAsync(cancellationToken)).Where(approver => approver.IsActive).ToList();
        var owners = new Dictionary<OwnedThing, KnownOwners>();
        foreach (var thing in playbooks.SelectMany(OwnedThing.In).Select(asked => asked.Thing).Distinct())
        {
            if (NameOf(thing) is { } name)
                owners[thing] = Known(await standing.OwnersOfAsync(thing.Connection, thing.IsApplication, thing.Id, name, cancellationToken), enrolled);
        }

        return Now(enrolled, owners);
    }

    private static KnownOwners Known(StandingFound found, List<ApproverRecord> enrolled)
    {
        var ids = enrolled.Where(approver => approver.Account is { } account && found.Holders.Contains(account)).Select(approver => approver.Id).ToList();
        return new KnownOwners(ids, ids.Count > 0 ? null : found.Why ?? $"its owner ({string.Join(", ", found.Holders)}) is no approver: siit-iam approvers add --account, or link");
    }

    /// <summary>Null when it is not there, which is told elsewhere.</summary>
    private string? NameOf(OwnedThing thing) => Read(thing.Connection, part => thing.IsApplication
        ? part.Applications.GetValueOrDefault(thing.Id) is { GoneAt: null } application ? application.Found.Application.Name : null
        : part.Group(thing.Id) is { GoneAt: null } group ? group.Found.Group.Name : null);

    private TenantKnown Now(List<ApproverRecord> enrolled, IReadOnlyDictionary<OwnedThing, KnownOwners> owners) => new()
    {
        Owners = owners,
        Connections = [.. connections.List().Select(connection => new KnownConnection(connection.Name, connection.Idp, action => connections.Supports(connection.Name, action))
        {
            Groups = new(() => Read<IReadOnlyList<KnownThing>>(connection.Name, part => [.. part.Groups.Where(group => group.GoneAt is null).Select(group => new KnownThing(group.Found.Group.Id, group.Found.Group.Name))])),
            Applications = new(() => Read<IReadOnlyList<KnownThing>>(connection.Name, part =>
                [.. part.Applications.Values.Where(application => application.GoneAt is null).Select(application => new KnownThing(application.Found.Application.Id, application.Found.Application.Name))])),
        })],
        Approvers = [.. enrolled.Select(approver => new SeatTaker(approver.Id, approver.Groups))],
        Gate = gate,
        Now = time.GetUtcNow(),
        ToolProblem = tool => guard.LastSeen(tool)?.Message,
    };

    /// <summary>Null also while the copy does not know the connection yet.</summary>
    private T? Read<T>(string connection, Func<ConnectionCopy, T?> read) where T : class =>
        copy.IsLoaded && copy.Imported().Contains(connection) ? copy.Read(parts => read(parts[connection])) : null;
}
