using System.Globalization;
using Microsoft.Graph.Models;

namespace Siit.Iam.Agent.Idps.Entra;

/// <summary>The audit log as a hint: which lists without a delta query have to be read again. It may be closed to us; then a sweep finds it.</summary>
internal sealed partial class EntraConnection
{
    /// <summary>How late an entry may appear.</summary>
    private static readonly TimeSpan AuditLag = TimeSpan.FromMinutes(15);

    /// <summary>One page of the log for each round. Trouble with it keeps nobody from hearing the rest: it is asked again from the same place.</summary>
    private async Task<(IReadOnlyList<DirectoryRead> Reads, EntraAuditMark Next)> AuditsAsync(EntraAuditMark mark, CancellationToken cancellationToken)
    {
        EntraPage<DirectoryAudit> page;
        try
        {
            var filter = $"activityDateTime ge {mark.From.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture)}";
            page = await PageAsync(ReadAudits, (api, token) => api.ReadAuditsAsync(filter, options.PageSize, token, cancellationToken), mark.Next, cancellationToken);
        }
        catch (IdpException e) when (e.Trouble != IdpTrouble.BadCredentials)
        {
            return ([], mark with { Next = null });
        }

        var heeded = page.Items.Where(audit => audit.Id is not null && !mark.Seen.Contains(audit.Id)).Select(audit => (audit.Id, Reads: ReadsAfter(audit).ToList()))
            .Where(one => one.Reads.Count > 0).ToList();
        var seen = mark.Seen.Concat(heeded.Select(one => one.Id!)).ToList();
        if (page.Next is not null) return (Reads(), mark with { Next = page.Next, Seen = seen });

        // The window moves only when the log was read to its end; what may come again is remembered.
        var from = time.GetUtcNow() - AuditLag;
        return (Reads(), new EntraAuditMark(from > mark.From ? from : mark.From, null, [.. seen.TakeLast(MostSeen)]));

        IReadOnlyList<DirectoryRead> Reads() => [.. heeded.SelectMany(one => one.Reads).Distinct()];
    }

    /// <summary>Entries remembered. One that was forgotten and comes again costs a read that was not needed.</summary>
    private const int MostSeen = 200;

    private static IEnumerable<DirectoryRead> ReadsAfter(DirectoryAudit audit)
    {
        var activity = audit.ActivityDisplayName ?? "";
        if (audit.Category == "RoleManagement")
            yield return new DirectoryRead(DirectoryList.Roles, Roles);
        if (activity.Contains("app role assignment", StringComparison.OrdinalIgnoreCase))
            foreach (var id in Targets(audit, "ServicePrincipal")) yield return new DirectoryRead(DirectoryList.Part, Assigned, id);
        // What the account owned comes back with it, and that nobody says.
        if (activity == "Restore user")
        {
            yield return new DirectoryRead(DirectoryList.Groups, GroupsAlone);
            yield return new DirectoryRead(DirectoryList.Applications, ApplicationsAlone);
        }
        if (!activity.Contains("owner", StringComparison.OrdinalIgnoreCase)) yield break;
        foreach (var id in Targets(audit, "Group")) yield return new DirectoryRead(DirectoryList.Part, GroupOwners, id);
        foreach (var id in Targets(audit, "ServicePrincipal")) yield return new DirectoryRead(DirectoryList.Part, ApplicationOwners, id);
    }

    private static IEnumerable<string> Targets(DirectoryAudit audit, string type) =>
        (audit.TargetResources ?? []).Where(target => target.Type == type && EntraIds.Objects.Accepts(target.Id)).Select(target => target.Id!);
}
