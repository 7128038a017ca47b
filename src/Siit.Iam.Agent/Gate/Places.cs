using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.People;

namespace Siit.Iam.Agent.Gate;

/// <summary>Where a change acts: the one connection and account that it means, or why it goes nowhere.</summary>
/// <param name="Connection">Also when it is refused there; null when none was found.</param>
/// <param name="AccountId">Null for an action that creates the account.</param>
internal sealed record Place(IIdpConnection? Connection, string? AccountId, IReadOnlyList<Refusal> Refusals);

/// <summary>Finds where a call acts, for the executor. Never "the first of several", and nothing is judged yet.</summary>
internal sealed class Places(IdpConnections connections, StopSwitches stops)
{
    public IIdpConnection? Named(string name) => connections.Find(name);

    public async Task<Place> OfAsync(CallerRecord caller, Requester requester, ActionDefinition action, TargetsPerson input, CancellationToken cancellationToken)
    {
        var (connection, refusal) = One(caller, input);
        if (connection is null)
            return new Place(null, null, [refusal!]);
        if (Refusals(caller, requester, action, connection) is { Count: > 0 } refusals)
            return new Place(connection, null, refusals);
        if (Unsupported(action, connection, input) is { } unsupported)
            return new Place(connection, null, [unsupported]);
        if (action.Write!.CreatesAccount)
            return new Place(connection, null, []);
        var found = await PersonFinder.FindAsync(connection, input.Person, cancellationToken);
        return found.Account is { } account ? new Place(connection, account.Id, []) : new Place(connection, null, [new Refusal(found.Code!, found.Message!)]);
    }

    public List<Refusal> Refusals(CallerRecord caller, Requester requester, ActionDefinition action, IIdpConnection connection)
    {
        List<Refusal> refusals = [.. SandboxRules.CheckCaller(caller, action, requester)];
        if (!caller.MayUse(connection.Name))
            refusals.Add(new Refusal("connection_not_allowed", $"Caller '{caller.Id}' may not use the connection '{connection.Name}'. Its operator ({caller.Operator}) can have that changed."));
        if (stops.Find(action.Name, connection.Name) is { } stop)
            refusals.Add(stop);
        return refusals;
    }

    /// <summary>The connections a read may look at: the one it names, or all that the caller may use.</summary>
    public (IReadOnlyList<IIdpConnection>, Refusal?) All(CallerRecord caller, ActionInput input)
    {
        var allowed = connections.All.Where(connection => caller.MayUse(connection.Name)).ToList();
        if (input.Connection is null)
            return allowed.Count > 0 ? (allowed, null) : ([], NoConnection(caller, allowed));
        return allowed.FirstOrDefault(connection => connection.Name == input.Connection) is { } named ? ([named], null) : ([], NoConnection(caller, allowed));
    }

    /// <summary>The one connection a change acts on.</summary>
    private (IIdpConnection?, Refusal?) One(CallerRecord caller, TargetsPerson input)
    {
        var allowed = connections.All.Where(connection => caller.MayUse(connection.Name)).ToList();
        var inPerson = PersonFinder.ConnectionOf(input.Person, connections.All.Select(connection => connection.Name));
        if (inPerson is not null && input.Connection is not null && inPerson != input.Connection)
            return (null, new Refusal("invalid_input", $"'person' names the connection '{inPerson}' and 'connection' names '{input.Connection}'."));
        if ((inPerson ?? input.Connection) is { } name)
            return allowed.FirstOrDefault(connection => connection.Name == name) is { } named ? (named, null) : (null, NoConnection(caller, allowed));
        return allowed.Count == 1 ? (allowed[0], null) : (null, NoConnection(caller, allowed));
    }

    private static Refusal? Unsupported(ActionDefinition action, IIdpConnection connection, TargetsPerson input)
    {
        if (!action.IsSupportedBy(connection))
            return new Refusal("unsupported", $"{connection.Idp.Title()} has no way to do {action.Name}. {connection.CannotBecause(action.Name)} 'siit-iam actions' shows what each IdP can.");
        return action.Write!.Unsupported(connection, input) is { } why ? new Refusal("unsupported", why) : null;
    }

    private static Refusal NoConnection(CallerRecord caller, List<IIdpConnection> allowed) => allowed.Count == 0
        ? new Refusal("connection_not_allowed", $"Caller '{caller.Id}' may use no connection that is configured.")
        : new Refusal("which_connection", $"Say which connection is meant: {string.Join(", ", allowed.Select(connection => connection.Name))}.");
}
