using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;

namespace Siit.Iam.Agent.Store;

/// <summary>Puts a backup in the place of what a data folder holds. Checks everything before it touches anything.</summary>
/// <param name="goesOn">
/// Of an append-only file here and the backup's: true when the one here goes on where the other ends (or is the same), false when it is
/// the beginning of the other, null when they contradict each other. Without it, by their bytes.
/// </param>
internal sealed class Restore(DataFolder folder, IReadOnlyList<IMigration> migrations, TimeProvider time, Func<string, string, bool?>? goesOn = null)
{
    /// <summary>
    /// What it replaces is kept in <c>.before-restore-{time}</c> in the data folder. An append-only file (the audit log)
    /// that goes on where the backup's ends is kept as it is, so that nothing done since is forgotten.
    /// </summary>
    /// <exception cref="StoreBusyException">A server is running.</exception>
    /// <exception cref="RestoreRefusedException">The backup is damaged, newer than this program, or contradicts the audit log. Nothing was changed.</exception>
    public RestoreResult Run(string backupFile)
    {
        using var ownership = StoreLock.Acquire(folder);
        var incoming = Path.Combine(folder.Path, ".restoring");
        DeleteIfThere(incoming);
        try
        {
            var manifest = Unpack(backupFile, incoming);
            CheckStore(incoming);
            var kept = manifest.Files.Where(f => f.AppendOnly && IsNewerHere(f, incoming)).Select(f => f.Name).ToList();
            // What belongs to a file that stays, stays with it.
            kept.AddRange(manifest.Files.Where(file => file.BelongsTo is { } other && kept.Contains(other)).Select(file => file.Name).ToList());
            var before = KeepWhatIsHere(manifest);
            Replace(manifest.Files.Select(f => f.Name).Except(kept), incoming);
            return new RestoreResult(manifest, before, kept);
        }
        finally
        {
            DeleteIfThere(incoming);
        }
    }

    private static BackupManifest Unpack(string backupFile, string incoming)
    {
        try
        {
            using var zip = ZipFile.OpenRead(backupFile);
            using var text = (zip.GetEntry(Backup.ManifestName) ?? throw new InvalidDataException("it has no manifest")).Open();
            var manifest = JsonSerializer.Deserialize<BackupManifest>(text, StoreJson.Options)!;
            foreach (var file in manifest.Files)
                Unpack(zip, file, incoming);
            return manifest;
        }
        catch (Exception e) when (e is InvalidDataException or JsonException or FileNotFoundException)
        {
            throw new RestoreRefusedException($"{backupFile} is not a whole backup: {e.Message}. Nothing was changed; use another one.", e);
        }
    }

    private static void Unpack(ZipArchive zip, BackupFile file, string incoming)
    {
        var target = Path.GetFullPath(Path.Combine(incoming, file.Name));
        if (!target.StartsWith(incoming + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            throw new InvalidDataException($"'{file.Name}' points outside of the data folder");
        var entry = zip.GetEntry(file.Name) ?? throw new InvalidDataException($"'{file.Name}' is missing");
        CreatePrivate(Path.GetDirectoryName(target)!);
        using (var from = entry.Open())
        using (var to = CreateFile(target))
        {
            from.CopyTo(to);
            to.Flush(flushToDisk: true);
        }

        using var content = File.OpenRead(target);
        if (Convert.ToHexStringLower(SHA256.HashData(content)) != file.Sha256)
            throw new InvalidDataException($"'{file.Name}' is not what was backed up");
    }

    private void CheckStore(string incoming)
    {
        try
        {
            using var database = LiteDbRecords.OpenFile(Path.Combine(incoming, Path.GetFileName(folder.Store)));
            LiteDbSchema.CheckNotNewer(LiteDbSchema.Read(database) ?? 0, LiteDbSchema.Known(migrations));
        }
        catch (Exception e)
        {
            throw new RestoreRefusedException($"The backup's store cannot be used: {e.Message} Nothing was changed.", e);
        }

        // The check has opened it, and LiteDB leaves its log beside.
        File.Delete(Path.Combine(incoming, Path.GetFileName(folder.StoreLog)));
    }

    private bool IsNewerHere(BackupFile file, string incoming)
    {
        var here = Path.Combine(folder.Path, file.Name);
        if (!File.Exists(here))
            return false;
        return (goesOn ?? GoesOn)(here, Path.Combine(incoming, file.Name)) ?? throw new RestoreRefusedException(
            $"{here} and the backup's {file.Name} contradict each other: one does not go on where the other ends. "
            + "Nothing was changed. If the backup is of another server, restore it into an empty folder.");
    }

    private static bool? GoesOn(string here, string incoming)
    {
        using var ours = File.OpenRead(here);
        using var theirs = File.OpenRead(incoming);
        return SameUpTo(Math.Min(ours.Length, theirs.Length), ours, theirs) ? ours.Length >= theirs.Length : null;
    }

    private static bool SameUpTo(long length, FileStream ours, FileStream theirs)
    {
        var (a, b) = (new byte[64 * 1024], new byte[64 * 1024]);
        while (length > 0)
        {
            var piece = (int)Math.Min(a.Length, length);
            ours.ReadExactly(a, 0, piece);
            theirs.ReadExactly(b, 0, piece);
            if (!a.AsSpan(0, piece).SequenceEqual(b.AsSpan(0, piece)))
                return false;
            length -= piece;
        }

        return true;
    }

    private string KeepWhatIsHere(BackupManifest manifest)
    {
        var name = ".before-restore-" + time.GetUtcNow().UtcDateTime.ToString("yyyyMMdd-HHmmss-fff", CultureInfo.InvariantCulture);
        var before = Path.Combine(folder.Path, name);
        CreatePrivate(before);
        // A copy of the directory that is newer than the store does not go with it: without one in the backup it is read anew.
        foreach (var file in manifest.Files.Select(f => f.Name).Union(Beside().Select(file => Path.GetFileName(file))))
        {
            var here = Path.Combine(folder.Path, file);
            if (!File.Exists(here))
                continue;
            var copy = Path.Combine(before, file);
            CreatePrivate(Path.GetDirectoryName(copy)!);
            File.Copy(here, copy);
        }

        return before;
    }

    private void Replace(IEnumerable<string> files, string incoming)
    {
        // From here until the end the folder is half old, half new; the server does not start on it, another restore does.
        using (var marker = CreateFile(folder.RestoreMarker))
            marker.Flush(flushToDisk: true);
        // The old files' logs would be played onto the new ones.
        foreach (var file in Beside())
            File.Delete(file);
        foreach (var file in files)
        {
            var here = Path.Combine(folder.Path, file);
            CreatePrivate(Path.GetDirectoryName(here)!);
            File.Move(Path.Combine(incoming, file), here, overwrite: true);
        }

        File.Delete(folder.RestoreMarker);
    }

    /// <summary>Files that go when another store comes.</summary>
    private IEnumerable<string> Beside() => [folder.StoreLog, folder.People, folder.PeopleLog];

    private static FileStream CreateFile(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new FileStream(path, options);
    }

    private static void CreatePrivate(string path) => new DataFolder(path).Create();

    private static void DeleteIfThere(string path)
    {
        if (Directory.Exists(path))
            Directory.Delete(path, recursive: true);
    }
}

/// <param name="Manifest">What was restored.</param>
/// <param name="Before">The folder that keeps what was replaced.</param>
/// <param name="Kept">Append-only files that were newer here and were left alone.</param>
internal sealed record RestoreResult(BackupManifest Manifest, string Before, IReadOnlyList<string> Kept);

/// <summary>The backup was not restored and nothing was changed; the message says why.</summary>
internal sealed class RestoreRefusedException(string message, Exception? inner = null) : Exception(message, inner);
