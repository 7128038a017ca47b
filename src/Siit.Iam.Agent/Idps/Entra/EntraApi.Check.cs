using Microsoft.Kiota.Abstractions;

namespace Siit.Iam.Agent.Idps.Entra;

/// <summary>Looks: reads of which only success and headers count.</summary>
internal sealed partial class EntraApi
{
    private static readonly string[] OnlyId = ["id"];

    /// <summary>What tokens that are asked for anew say: the permissions of both credentials, and the principal that changes.</summary>
    public async Task<EntraClaims> GrantAsync(CancellationToken ct)
    {
        var reads = await credentials.Reads.GrantAsync(ct);
        if (ReferenceEquals(credentials.Reads, credentials.Changes)) return reads;
        var changes = await credentials.Changes.GrantAsync(ct);
        return changes with { Permissions = reads.Permissions is null || changes.Permissions is null ? null : [.. reads.Permissions.Union(changes.Permissions, StringComparer.Ordinal)] };
    }

    /// <summary>The shortest read that takes this permission.</summary>
    public async Task<EntraReceipt> LookAsync(string permission, CancellationToken ct)
    {
        var receipt = new EntraReceipt();
        await SendAsync(With(Look(permission), receipt), ct);
        return receipt;
    }

    private RequestInformation Look(string permission) => permission switch
    {
        "Application.Read.All" => graph.ServicePrincipals.ToGetRequestInformation(r => (r.QueryParameters.Select, r.QueryParameters.Top) = (OnlyId, 1)),
        "AuditLog.Read.All" => graph.AuditLogs.DirectoryAudits.ToGetRequestInformation(r => r.QueryParameters.Top = 1),
        "GroupMember.Read.All" => graph.Groups.ToGetRequestInformation(r => (r.QueryParameters.Select, r.QueryParameters.Top) = (OnlyId, 1)),
        "Organization.Read.All" => graph.Organization.ToGetRequestInformation(r => r.QueryParameters.Select = OnlyId),
        "RoleEligibilitySchedule.Read.Directory" => graph.RoleManagement.Directory.RoleEligibilitySchedules.ToGetRequestInformation(r => r.QueryParameters.Top = 1),
        "RoleManagement.Read.Directory" => graph.RoleManagement.Directory.RoleAssignments.ToGetRequestInformation(r => r.QueryParameters.Top = 1),
        "User.Read.All" => graph.Users.ToGetRequestInformation(r => (r.QueryParameters.Select, r.QueryParameters.Top) = (OnlyId, 1)),
        _ => throw new ArgumentOutOfRangeException(nameof(permission), permission, null),
    };
}
