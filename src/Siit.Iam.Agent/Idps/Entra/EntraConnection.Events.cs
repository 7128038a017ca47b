using System.Globalization;
using Microsoft.Graph.Models;

namespace Siit.Iam.Agent.Idps.Entra;

internal sealed partial class EntraConnection
{
    private static readonly EntraRequest ReadAudits = new("read the audit log", "AuditLog.Read.All");

    /// <summary>Directory audits, oldest first. They lag by minutes, so a later call has to begin a little before the last event it saw.</summary>
    public Task<Page<LoggedEvent>> ListEventsAsync(
        string? accountId, DateTimeOffset since, int limit, string? cursor, CancellationToken cancellationToken)
    {
        var from = $"activityDateTime ge {since.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture)}";
        var filter = accountId is null ? from : $"{from} and targetResources/any(t:{EntraFilter.Equal("t/id", Id(accountId, "an account"))})";
        return CursorPageAsync(ReadAudits, $"audits\n{filter}", cursor,
            (api, token) => api.ReadAuditsAsync(filter, Limit(limit), token, cancellationToken), audits => audits.Select(ToEvent), cancellationToken);
    }

    private static LoggedEvent ToEvent(DirectoryAudit audit) => new()
    {
        Id = audit.Id!,
        Time = audit.ActivityDateTime ?? default,
        Type = audit.ActivityDisplayName ?? "",
        Actor = audit.InitiatedBy?.User?.UserPrincipalName ?? audit.InitiatedBy?.User?.Id ?? audit.InitiatedBy?.App?.DisplayName ?? audit.InitiatedBy?.App?.AppId,
        Targets = [.. (audit.TargetResources ?? []).Where(target => target.Id is not null)
            .Select(target => new EventTarget(target.Id!, target.Type ?? "", target.DisplayName ?? target.UserPrincipalName))],
        Succeeded = audit.Result is null or OperationResult.Success,
    };
}
