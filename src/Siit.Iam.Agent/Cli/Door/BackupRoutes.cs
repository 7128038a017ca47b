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
            return DoorAnswer.Of(WireJson.Node(await backup.CreateAsync(request.Text("file"), [PeoplePart(), AuditPart(), .. ArchivedPart()], request.Aborted)));
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

    private BackupPart AuditPart() => new(NameOf(new AuditFiles(folder.Audit).Log), AppendOnly: true, (stream, cancellationToken) => AuditBackup.CopyAsync(log, stream, cancellationToken));

    /// <summary>The hashes of archived entries, when there are any; they change only while no server runs.</summary>
    private IEnumerable<BackupPart> ArchivedPart()
    {
        var files = new AuditFiles(folder.Audit);
        if (log.First == 0)
            yield break;
        yield return new BackupPart(NameOf(files.Leaves), AppendOnly: false, async (stream, cancellationToken) =>
        {
            await using var leaves = File.OpenRead(files.Leaves);
            await leaves.CopyToAsync(stream, cancellationToken);
            return new Dictionary<string, string>();
        })
        {
            BelongsTo = NameOf(files.Log),
        };
    }

    private string NameOf(string path) => Path.GetRelativePath(folder.Path, path).Replace('\\', '/');
}
