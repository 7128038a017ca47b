using Siit.Iam.Agent.Actions;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.People.Sync;

namespace Siit.Iam.Agent.People;

/// <param name="Idp">Such as <c>okta</c>.</param>
internal sealed record ConnectionLine(string Name, string Idp, string Tenant);

/// <summary>What a look at one connection found, for people; see <see cref="ConnectionCheck"/>.</summary>
internal sealed record ConnectionReport
{
    public required string Name { get; init; }

    public required string Idp { get; init; }

    public required string Tenant { get; init; }

    /// <summary>It answers, we are signed in, and nothing must be mended.</summary>
    public required bool Works { get; init; }

    public string? SignedInAs { get; init; }

    public IReadOnlyList<string>? Scopes { get; init; }

    public IReadOnlyList<string>? Roles { get; init; }

    public double? ClockAheadSeconds { get; init; }

    /// <summary>The vendor's quotas, as far as it states them.</summary>
    public IReadOnlyList<QuotaLine> Quotas { get; init; } = [];

    public IReadOnlyList<ActionLine> Actions { get; init; } = [];

    /// <summary>The parts of the copy of the directory; empty when none is kept, or nothing could be looked at.</summary>
    public IReadOnlyList<CopyLine> Copy { get; init; } = [];

    public IReadOnlyList<string> Problems { get; init; } = [];

    public IReadOnlyList<string> Advice { get; init; } = [];
}

/// <param name="Name">What it counts, in the vendor's words.</param>
internal sealed record QuotaLine(string Name, int? Limit, int? Remaining, DateTimeOffset? ResetsAt);

/// <param name="Access">yes, no, unclear. A yes with something missing: not in every way that the action has.</param>
internal sealed record ActionLine(string Action, string Access, IReadOnlyList<string> Missing, string? Why);

/// <param name="Access">yes, no, unclear.</param>
internal sealed record CopyLine(string Part, string Access, IReadOnlyList<string> Missing);

/// <summary>Looking at the configured connections without changing anything at an IdP.</summary>
internal sealed class ConnectionDesk(IdpConnections connections, SyncOptions sync)
{
    public IReadOnlyList<ConnectionLine> List() =>
        [.. connections.All.Select(connection => new ConnectionLine(connection.Name, connection.Idp.Id(), connection.Tenant.ToString()))];

    /// <summary>Some connection leads to a real tenant, not to an emulated one on this machine.</summary>
    public bool AnyReal => connections.All.Any(connection => !connection.Tenant.IsLoopback);

    /// <summary>Whether the IdP of a connection can do an action at all; false for a connection that there is not.</summary>
    public bool Supports(string connection, ActionDefinition action) => connections.Find(connection) is { } found && action.IsSupportedBy(found);

    public async Task<IReadOnlyList<ConnectionReport>> CheckAsync(CancellationToken cancellationToken) =>
        await Task.WhenAll(connections.All.Select(connection => CheckAsync(connection, cancellationToken)));

    private async Task<ConnectionReport> CheckAsync(IIdpConnection connection, CancellationToken cancellationToken)
    {
        var report = new ConnectionReport { Name = connection.Name, Idp = connection.Idp.Id(), Tenant = connection.Tenant.ToString(), Works = false };
        if (connection is not ICheckConnection looking)
            return report with { Problems = [$"{connection.Idp.Title()} cannot be checked by this version."] };
        var check = await looking.CheckAsync(cancellationToken);
        var copy = sync.Enabled ? check.Copy : [];
        IReadOnlyList<string> problems = [.. check.Problems, .. Stopping(copy)];
        return report with
        {
            Works = check.Reachable && check.SignedInAs is not null && problems.Count == 0,
            SignedInAs = check.SignedInAs,
            Scopes = check.Scopes,
            Roles = check.Roles,
            ClockAheadSeconds = check.ClockSkew?.TotalSeconds,
            Quotas = [.. check.Quotas.Select(quota => new QuotaLine(quota.Name, quota.Limit, quota.Remaining, quota.ResetsAt))],
            Actions = [.. check.Actions.Select(action => new ActionLine(action.Action, action.Access.ToString().ToLowerInvariant(), action.Missing, action.Why))],
            Copy = [.. copy.Select(part => new CopyLine(part.Part, part.Access.ToString().ToLowerInvariant(), part.Missing))],
            Problems = problems,
            Advice = [.. check.Advice, .. copy.Where(part => part is { Access: Access.No, Without: not null }).Select(part => $"The copy of the directory is kept without {Told(part)}: {part.Without}.")],
        };
    }

    private static IEnumerable<string> Stopping(IReadOnlyList<CopyAccess> copy)
    {
        if (copy.Where(part => part is { Access: Access.No, Without: null }).Select(Told).ToList() is { Count: > 0 } closed)
            yield return $"The copy of the directory cannot be imported: the credential may not read {string.Join(", ", closed)}. Grant what the setup guide names for the copy.";
    }

    private static string Told(CopyAccess part) => $"{part.Part} ({string.Join(", ", part.Missing)})";
}
