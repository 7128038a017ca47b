using System.Text.Json.Nodes;
using Siit.Iam.Agent.Audit.Tlog;

namespace Siit.Iam.Agent.Audit;

/// <summary>
/// Checks a whole log, offline and without being its writer: every line, the tree over them, the signed checkpoint, every tile, the
/// succession of keys; and, with a checkpoint that somebody kept, that the log still begins with what was signed then.
/// </summary>
internal static class AuditVerifier
{
    /// <param name="kept">A checkpoint's file content, from elsewhere.</param>
    /// <param name="trusted">Keys known from elsewhere; none: those that stand beside the log, which whoever can write there can change.</param>
    /// <param name="archive">Where the entries lie that are not here; null: of those only the hashes are checked.</param>
    public static AuditVerification Verify(AuditFiles files, byte[]? kept = null, IReadOnlyList<NoteVerifier>? trusted = null, AuditArchive? archive = null)
    {
        AuditVerification Broken(string file, string what, long? line = null) => new(0, null, new AuditProblem(file, line, what));
        IReadOnlyList<NoteVerifier> keys;
        SignedCheckpoint signed;
        try
        {
            keys = AuditKeys.ReadVkeys(files.Vkeys);
        }
        catch (Exception e) when (e is TlogException or FileNotFoundException or DirectoryNotFoundException)
        {
            return Broken(files.Vkeys, e is TlogException ? e.Message : "the public keys of the log are missing");
        }

        if (trusted?.FirstOrDefault(key => !keys.Contains(key)) is { } unknown)
            return Broken(files.Vkeys, $"the log has never had the key {unknown}: it is another log, or its keys were swapped");
        try
        {
            signed = SignedCheckpoint.Open(File.ReadAllBytes(files.Checkpoint), keys[^1]);
        }
        catch (Exception e) when (e is TlogException or FileNotFoundException or DirectoryNotFoundException)
        {
            return Broken(files.Checkpoint, e is TlogException ? e.Message : "the signed checkpoint is missing");
        }

        SignedCheckpoint? earlier = null;
        if (kept is not null)
        {
            try
            {
                earlier = SignedCheckpoint.Open(kept, [.. trusted ?? keys]);
            }
            catch (TlogException e)
            {
                return Broken("the kept checkpoint", $"{e.Message}: it is of another log, or the log's keys were swapped");
            }
        }

        try
        {
            return new Walk(files, signed, earlier, keys, AuditLeaves.First(files), AuditLeaves.Count(files)).Run(archive);
        }
        catch (AuditDamagedException e)
        {
            return Broken(e.File, e.Problem, e.Line);
        }
    }

    private sealed class Walk(AuditFiles files, SignedCheckpoint signed, SignedCheckpoint? kept, IReadOnlyList<NoteVerifier> keys, long first, long archived)
    {
        private readonly TileEdge _edge = new();
        private readonly List<(string From, string To)> _rotations = [];
        private AuditProblem? _tile;

        // The line that comes next.
        private long Line => _edge.Size - first + 1;

        public AuditVerification Run(AuditArchive? archive)
        {
            if (!File.Exists(files.Log))
                return Broken(null, "the log itself is missing");
            if (archived > signed.Size)
                return new AuditVerification(0, null, new AuditProblem(files.Leaves, signed.Size + 1, $"{archived} entries are archived, {signed.Size} are signed"));
            return AtCheckpoints() ?? Archived(archive) ?? Lines() ?? new AuditVerification(_edge.Size, signed, null) { Archived = first, ArchiveRead = archive is not null, Rotations = _rotations };
        }

        /// <summary>The entries of which only hashes are here.</summary>
        private AuditVerification? Archived(AuditArchive? archive)
        {
            using var entries = archive?.Read(0, first).GetEnumerator();
            foreach (var leaf in AuditLeaves.Read(files, 0, first))
            {
                if (entries is not null && InArchive(entries, leaf) is { } missing)
                    return new AuditVerification(_edge.Size, null, missing);
                _edge.AppendHash(leaf, CheckTile);
                if (AtCheckpoints() is { } wrong)
                    return wrong;
            }

            return null;
        }

        private AuditProblem? InArchive(IEnumerator<ArchivedLine> entries, byte[] leaf)
        {
            try
            {
                entries.MoveNext();
            }
            catch (TlogException e)
            {
                return new AuditProblem("the archive", null, e.Message);
            }

            var (file, line, bytes) = (entries.Current.File, entries.Current.Number, entries.Current.Line);
            if (!Merkle.Leaf(bytes).AsSpan().SequenceEqual(leaf))
                return new AuditProblem(file, line, "it is not the entry that was archived, whose hash stands in the log");
            NoteRotation(bytes);
            return AuditLine.Problem(bytes, _edge.Size) is { } problem ? new AuditProblem(file, line, problem) : null;
        }

        private AuditVerification? Lines()
        {
            using var lines = new AuditLines(files.Log);
            // Of an archive that was interrupted: entries that are still here as well.
            using var both = AuditLeaves.Read(files, first, archived).GetEnumerator();
            while (lines.Next(out var line))
            {
                if (AuditLine.Problem(line, _edge.Size) is { } problem)
                    return Broken(Line, problem);
                NoteRotation(line);
                var leaf = _edge.Append(line, CheckTile);
                if (both.MoveNext() && !leaf.AsSpan().SequenceEqual(both.Current))
                    return Broken(Line - 1, $"it is not what its hash in {files.Leaves} says");
                if (AtCheckpoints() is { } wrong)
                    return wrong;
            }

            if (lines.TornBytes > 0)
                return Broken(Line, $"its end is missing ({lines.TornBytes} bytes without a newline)");
            if (_edge.Size < signed.Size)
                return Broken(Line, $"entries are missing: {signed.Size} were signed, {_edge.Size} are here");
            if (kept?.Size > _edge.Size)
                return Broken(Line, $"entries are missing: the kept checkpoint has {kept.Size}, {_edge.Size} are here; the end was cut off or the log rolled back");
            return _tile is { } tile ? new AuditVerification(_edge.Size, signed, tile) : Keys();
        }

        private AuditVerification? AtCheckpoints()
        {
            if (_edge.Size == kept?.Size && !_edge.Root().AsSpan().SequenceEqual(kept.Checkpoint.Root))
                return Broken(null, $"its first {kept.Size} entries are not those of the kept checkpoint: the log was written anew or forked");
            if (_edge.Size != signed.Size)
                return null;
            if (!_edge.Root().AsSpan().SequenceEqual(signed.Checkpoint.Root))
            {
                var (file, line) = AuditRecovery.FirstDifference(files, signed.Size, first);
                return new AuditVerification(Math.Max(0, (file == files.Log ? first : 0) + line - 1), null, new AuditProblem(file, line, "it is not what was written and signed"));
            }

            foreach (var tile in _edge.Partials())
            {
                CheckTile(tile);
                CheckEarlier(tile);
            }

            return null;
        }

        // Tiles beyond the checkpoint are not signed yet; whoever writes them may be at it.
        private void CheckTile(TileFile tile)
        {
            if (_tile is not null || _edge.Size > signed.Size)
                return;
            // A running server replaces a partial tile by the full one, which begins as it does.
            var path = Path.Combine(files.Prefix, tile.Path);
            var cut = path.LastIndexOf(".p/", StringComparison.Ordinal);
            var found = Read(path);
            var longer = found is null && cut >= path.Length - ".p/255".Length ? Read(path[..cut]) : null;
            if (found is null && longer is null)
                Wrong(path, "is missing");
            else if (found is not null ? !found.AsSpan().SequenceEqual(tile.Content) : !longer.AsSpan().StartsWith(tile.Content))
                Wrong(path, "is not what the entries give");
        }

        // Partial tiles of earlier checkpoints stand beside the present one, which begins as they do; longer ones are not signed yet.
        private void CheckEarlier(TileFile tile)
        {
            var folder = Path.GetDirectoryName(Path.Combine(files.Prefix, tile.Path))!;
            foreach (var path in _tile is null && Directory.Exists(folder) ? Directory.GetFiles(folder) : [])
            {
                if (!path.EndsWith(".new", StringComparison.Ordinal) && Read(path) is { } earlier && earlier.Length <= tile.Content.Length && !tile.Content.AsSpan().StartsWith(earlier))
                    Wrong(path, "is not what the entries give");
            }
        }

        private static byte[]? Read(string path)
        {
            try
            {
                return File.ReadAllBytes(path);
            }
            catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
            {
                return null;
            }
        }

        private void Wrong(string path, string what) => _tile = new AuditProblem(
            path, null, $"it {what}; the log itself is whole, and starting the server with the folder {files.Prefix}{Path.DirectorySeparatorChar}tile moved away writes it anew");

        private void NoteRotation(ReadOnlySpan<byte> line)
        {
            if (line.IndexOf("\"log.key_rotated\""u8) >= 0 && AuditLine.TryRead(line) is { Kind: AuditKinds.LogKeyRotated, Data: JsonObject data })
                NoteRotation(data);
            // The entries that said so before lie in an archive; this one says what they said.
            if (line.IndexOf("\"log.archived\""u8) >= 0 && AuditLine.TryRead(line) is { Kind: AuditKinds.LogArchived, Data: JsonObject archive } && archive["keys"] is JsonArray rotations)
            {
                foreach (var rotation in rotations.OfType<JsonObject>())
                    NoteRotation(rotation);
            }
        }

        private void NoteRotation(JsonObject data) => _rotations.Add(((string?)data["from"] ?? "", (string?)data["to"] ?? ""));

        /// <summary>Each key but the first was announced in the log.</summary>
        private AuditVerification? Keys()
        {
            for (var i = 1; i < keys.Count; i++)
            {
                if (!_rotations.Contains((keys[i - 1].ToString(), keys[i].ToString())))
                    return new AuditVerification(_edge.Size, signed, new AuditProblem(files.Vkeys, i + 1, $"no entry of the log says that {keys[i]} follows"));
            }

            return null;
        }

        private AuditVerification Broken(long? line, string what) => new(line is null ? _edge.Size : Math.Max(0, first + line.Value - 1), null, new AuditProblem(files.Log, line, what));
    }
}

/// <summary>Result of <see cref="AuditVerifier.Verify"/>.</summary>
/// <param name="Entries">How many are in order, from the first.</param>
/// <param name="Checkpoint">What the log itself has signed last; keep it elsewhere to notice a cut-off end later. Null when something is wrong with it.</param>
/// <param name="Problem">The first thing wrong; null when the log is whole.</param>
internal sealed record AuditVerification(long Entries, SignedCheckpoint? Checkpoint, AuditProblem? Problem)
{
    /// <summary>The log is whole.</summary>
    public bool IsWhole => Problem is null;

    /// <summary>How many entries, from the first, lie in an archive; the hashes of these are here.</summary>
    public long Archived { get; init; }

    /// <summary>The archived entries themselves were read and are those of the hashes.</summary>
    public bool ArchiveRead { get; init; }

    /// <summary>Which key followed which, as the log says.</summary>
    public IReadOnlyList<(string From, string To)> Rotations { get; init; } = [];

    /// <summary>Entries that no signed checkpoint covers yet.</summary>
    public long Unsigned => Checkpoint is null ? 0 : Math.Max(0, Entries - Checkpoint.Size);
}

/// <param name="File">Where.</param>
/// <param name="Line">From 1; null when it is not one line's.</param>
/// <param name="What">Ends the sentence "line 7: ...".</param>
internal sealed record AuditProblem(string File, long? Line, string What);
