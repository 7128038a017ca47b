using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Gate.Rules;
using Siit.Iam.Agent.Gate.ToolCalls;
using Siit.Iam.Agent.People;
using Siit.Iam.Agent.People.Copy;

namespace Siit.Iam.Agent.Playbooks.Checks.Tenant;

/// <summary>Gathers what the check of a playbook against this organisation looks at. Asks no IdP: the copy of the directory is enough.</summary>
internal sealed class TenantFacts(ConnectionDesk connections, DirectoryCopy copy, ApproverRegistry approvers, GateOptions gate, ToolGuard guard, TimeProvider time)
{
    public async Task<TenantKnown> NowAsync(CancellationToken cancellationToken) => new()
    {
        Connections = [.. connections.List().Select(connection => new KnownConnection(connection.Name, connection.Idp, action => connections.Supports(connection.Name, action))
        {
            Groups = new(() => Read(connection.Name, part => [.. part.Groups.Where(group => group.GoneAt is null).Select(group => new KnownThing(group.Found.Group.Id, group.Found.Group.Name))])),
            Applications = new(() => Read(connection.Name, part =>
                [.. part.Applications.Values.Where(application => application.GoneAt is null).Select(application => new KnownThing(application.Found.Application.Id, application.Found.Application.Name))])),
        })],
        Approvers = [.. (await approvers.ListAsync(cancellationToken)).Where(approver => approver.IsActive).Select(approver => new SeatTaker(approver.Id, approver.Groups))],
        Gate = gate,
        Now = time.GetUtcNow(),
        ToolProblem = tool => guard.LastSeen(tool)?.Message,
    };

    private IReadOnlyList<KnownThing>? Read(string connection, Func<ConnectionCopy, IReadOnlyList<KnownThing>> read) =>
        copy.IsLoaded && copy.Imported().Contains(connection) ? copy.Read(parts => read(parts[connection])) : null;
}
