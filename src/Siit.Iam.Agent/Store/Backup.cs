using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;

namespace Siit.Iam.Agent.Store;

/// <summary>Something else that goes into a backup beside the store, such as the audit log.</summary>
/// <param name="Name">Its file, relative to the data folder, with '/'.</param>
/// <param name="AppendOnly">True: a file in the folder that begins with the backup's content is newer, and restoring keeps it.</param>
/// <param name="WriteAsync">Writes its content and returns facts for the manifest, e.g. <c>entries</c> and <c>head</c>.</param>
internal sealed record BackupPart(
    string Name, bool AppendOnly, Func<Stream, CancellationToken, Task<IReadOnlyDictionary<string, string>>> WriteAsync)
{
    /// <inheritdoc cref="BackupFile.BelongsTo"/>
    public string? BelongsTo { get; init; }
}

/// <summary>What a backup holds; <c>manifest.json</c> in the zip.</summary>
internal sealed record BackupManifest
{
    public required DateTimeOffset Time { get; init; }

    public required int SchemaVersion { get; init; }

    public required IReadOnlyList<BackupFile> Files { get; init; }
}

/// <summary>One file of a backup.</summary>
internal sealed record BackupFile
{
    public required string Name { get; init; }

    public required bool AppendOnly { get; init; }

    /// <summary>Another file, with which it comes and stays; null for a file of its own.</summary>
    public string? BelongsTo { get; init; }

    /// <summary>Lower hex.</summary>
    public required string Sha256 { get; init; }

    public required IReadOnlyDictionary<string, string> Facts { get; init; }
}

/// <summary>Makes a backup from inside the serving process: one zip with the store, the parts and a manifest.</summary>
internal sealed class Backup(LiteDbStore store, DataFolder folder, TimeProvider time)
{
    internal const string ManifestName = "manifest.json";

    /// <summary>
    /// Writes the zip. Parts are copied after the store: an audit log that knows more than the store is settled at start,
    /// the other way round it would have forgotten.
    /// </summary>
    /// <exception cref="IOException">The target exists already, or cannot be written.</exception>
    public async Task<BackupManifest> CreateAsync(string targetFile, IReadOnlyList<BackupPart> parts, CancellationToken cancellationToken = default)
    {
        if (File.Exists(targetFile))
            throw new IOException($"{targetFile} exists already; choose another name.");
        // Under another name until it is whole, so that a half written one is never taken for a backup.
        var unfinished = targetFile + ".unfinished";
        try
        {
            var manifest = await WriteAsync(unfinished, parts, cancellationToken);
            File.Move(unfinished, targetFile);
            return manifest;
        }
        finally
        {
            File.Delete(unfinished);
        }
    }

    private async Task<BackupManifest> WriteAsync(string path, IReadOnlyList<BackupPart> parts, CancellationToken cancellationToken)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.ReadWrite };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        await using var file = new FileStream(path, options);
        BackupManifest manifest;
        using (var zip = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
        {
            var files = new List<BackupFile>();
            foreach (var part in parts.Prepend(StorePart()))
                files.Add(await AddAsync(zip, part, cancellationToken));
            manifest = new BackupManifest { Time = time.GetUtcNow(), SchemaVersion = store.SchemaVersion, Files = files };
            await using var text = zip.CreateEntry(ManifestName).Open();
            await JsonSerializer.SerializeAsync(text, manifest, StoreJson.Options, cancellationToken);
        }

        file.Flush(flushToDisk: true);
        return manifest;
    }

    private BackupPart StorePart() => new(Path.GetFileName(folder.Store), AppendOnly: false, async (stream, cancellationToken) =>
    {
        await store.CopyToAsync(stream, cancellationToken);
        return new Dictionary<string, string>();
    });

    private static async Task<BackupFile> AddAsync(ZipArchive zip, BackupPart part, CancellationToken cancellationToken)
    {
        await using var entry = zip.CreateEntry(part.Name, CompressionLevel.Fastest).Open();
        using var sha = SHA256.Create();
        await using var hashing = new CryptoStream(entry, sha, CryptoStreamMode.Write);
        var facts = await part.WriteAsync(hashing, cancellationToken);
        await hashing.FlushFinalBlockAsync(cancellationToken);
        return new BackupFile { Name = part.Name, AppendOnly = part.AppendOnly, BelongsTo = part.BelongsTo, Sha256 = Convert.ToHexStringLower(sha.Hash!), Facts = facts };
    }
}
