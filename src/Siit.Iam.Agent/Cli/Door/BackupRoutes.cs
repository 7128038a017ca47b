using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Cli.Door;

/// <summary>A backup of store, copy of the directory and audit log together, made by the process that has them open.</summary>
internal sealed class BackupRoutes(Backup backup, DocumentFile people, AuditLog log, DataFolder folder) : IDoorRoutes
{
    public IEnumerable<DoorRoute> Routes => [DoorRoute.Post("/backup", CreateAsync)];

    private async Task<DoorAnswer> CreateAsync(DoorRequest request)
    {
        try
        {
            return DoorAnswer.Of(WireJson.Node(await backup.CreateAsync(request.Text("file"), [PeoplePart(), AuditPart()], request.Aborted)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or AuditUnavailableException)
        {
            return DoorAnswer.Refused("not_written", $"The backup was not made: {e.Message}");
        }
    }

    /// <summary>It belongs to the store: which events were told, and how far, is in it.</summary>
    private BackupPart PeoplePart() => new(Path.GetFileName(folder.People), AppendOnly: false, async (stream, cancellationToken) =>
    {
        await people.CopyToAsync(stream, cancellationToken);
        return new Dictionary<string, string>();
    });

    private BackupPart AuditPart()
    {
        var name = Path.GetRelativePath(folder.Path, new AuditFiles(folder.Audit).Log).Replace('\\', '/');
        return new BackupPart(name, AppendOnly: true, (stream, cancellationToken) => AuditBackup.CopyAsync(log, stream, cancellationToken));
    }
}
