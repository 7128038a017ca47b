using Siit.Iam.Agent.Playbooks.Checks.Tenant;

namespace Siit.Iam.Agent.Playbooks.Checks;

/// <summary>What a check of playbooks tells.</summary>
/// <param name="Findings">In the order of files and lines.</param>
/// <param name="Playbooks">Of each that can be read: what a run can reach, and whom it asks.</param>
internal sealed record CheckReport(IReadOnlyList<Finding> Findings, IReadOnlyList<BoundReport> Playbooks)
{
    public bool HasErrors => Findings.Any(finding => finding.Severity == Severity.Error);

    /// <param name="tenant">Null: only what the files tell.</param>
    public static CheckReport Of(PlaybookFolder folder, TenantKnown? tenant) => new(
        [.. folder.Findings, .. tenant is null ? [] : folder.Playbooks.SelectMany(playbook => TenantCheck.Check(playbook, tenant))],
        [.. folder.Playbooks.Select(playbook => BoundReport.Of(playbook, folder.Find))]);

    /// <summary>Of one file, beside others that it may call.</summary>
    public static CheckReport Of(PlaybookReading reading, PlaybookFolder others, TenantKnown? tenant)
    {
        if (reading.Playbook is not { } playbook)
            return new CheckReport(reading.Findings, []);
        var known = others.Playbooks.ToDictionary(other => other.Id);
        known[playbook.Id] = playbook;
        return new CheckReport(
            [.. reading.Findings, .. CallsCheck.Check(known).Where(finding => finding.File == playbook.File.Path), .. tenant is null ? [] : TenantCheck.Check(playbook, tenant)],
            [BoundReport.Of(playbook, id => known.GetValueOrDefault(id))]);
    }
}
