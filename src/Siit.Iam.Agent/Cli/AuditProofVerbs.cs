using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Audit.Tlog;

namespace Siit.Iam.Agent.Cli;

/// <summary><c>audit checkpoint|receipt|check-receipt</c>: what one gives to somebody who does not trust this server.</summary>
internal static class AuditProofVerbs
{
    public static Command Checkpoint(Verbs verbs)
    {
        var target = new Option<string?>("--out") { Description = "Write it there instead of printing it.", HelpName = "FILE" };
        return verbs.Create("checkpoint", "Print the newest signed checkpoint; keep it elsewhere and later verify the log against it.", (invocation, _) =>
        {
            var signed = AuditVerbs.Read(invocation, files => Open(files, files.Checkpoint));
            if (invocation.Get(target) is { } file)
                Write(file, signed.Bytes());
            var document = new JsonObject
            {
                ["origin"] = signed.Checkpoint.Origin,
                ["size"] = signed.Size,
                ["root"] = Convert.ToHexStringLower(signed.Checkpoint.Root),
                ["signed_by"] = new JsonArray([.. signed.Note.Signatures.Select(signature => (JsonNode)signature.Name)]),
                ["note"] = signed.Note.ToString(),
            };
            return Task.FromResult(invocation.Answer(document, invocation.Get(target) is { } written
                ? [$"Written: {written} ({signed.Size} entries). Later: siit-iam audit verify --checkpoint {written}"]
                : signed.Note.ToString().TrimEnd('\n').Split('\n')));
        }, target);
    }

    public static Command Receipt(Verbs verbs)
    {
        var what = new Argument<string>("call-or-entry") { Description = "A call's id (all its entries), or an entry's number." };
        var folder = new Option<string?>("--out") { Description = "The folder to write into; this one when left out.", HelpName = "DIR" };
        var archive = AuditArchiveVerbs.Option();
        return verbs.Create("receipt", "Write a proof for each entry of a call, which anybody can verify offline (c2sp.org/tlog-proof).", (invocation, _) =>
        {
            var (asked, into) = (invocation.Get(what), Path.GetFullPath(invocation.Get(folder) ?? "."));
            var archived = AuditArchiveVerbs.Open(invocation.Get(archive));
            var receipts = AuditVerbs.Read(invocation, files => Places(files, asked, archived).Select(place => (Place: place, Proof: Prove(files, place, archived))).ToList());
            if (receipts.Count == 0)
                throw new CliException(ExitCodes.Refused, "not_found", $"The audit log has no entry of {asked}.");
            var written = new List<string>();
            foreach (var (place, proof) in receipts)
            {
                var file = Path.Combine(into, $"{(asked.All(char.IsAsciiDigit) ? "entry" : asked)}-{place}{TlogProof.FileExtension}");
                Write(file, Encoding.UTF8.GetBytes(proof.ToString()));
                written.Add(file);
            }

            var vkey = AuditVerbs.Read(invocation, files => AuditKeys.ReadVkeys(files.Vkeys)[^1]);
            return Task.FromResult(invocation.Answer(
                new JsonObject { ["files"] = WireJson.Array(written, file => file), ["key"] = vkey.ToString() },
                [.. written.Select(file => $"Written: {file}"), $"Anybody can check it: siit-iam audit check-receipt FILE --key {vkey}"]));
        }, what, folder, archive);
    }

    public static Command CheckReceipt(Verbs verbs)
    {
        var file = new Argument<string>("file") { Description = "A receipt." };
        var keys = AuditVerbs.KeyOption("The log's public key, from its operator ('siit-iam audit key').");
        keys.Required = true;
        var witnesses = new Option<string[]>("--witness") { Description = "Public keys of witnesses that must have cosigned.", HelpName = "VKEY", AllowMultipleArgumentsPerToken = true };
        var entry = new Option<string?>("--entry") { Description = "The entry's bytes, when they do not stand in the receipt.", HelpName = "FILE" };
        return verbs.Create("check-receipt", "Check a receipt offline: that its entry stands in the log that the key has signed.", (invocation, _) =>
        {
            var (text, demanded) = (AuditVerbs.ReadFile(invocation.Get(file), File.ReadAllText), AuditVerbs.KeysOf(invocation.Get(witnesses)));
            try
            {
                var proof = TlogProof.Parse(text);
                var bytes = (invocation.Get(entry) is { } given ? AuditVerbs.ReadFile(given, File.ReadAllBytes) : proof.Extra)
                    ?? throw new TlogException("it does not hold its entry; give it with --entry");
                var (checkpoint, signedBy) = proof.Verify(bytes, [.. AuditVerbs.KeysOf(invocation.Get(keys)), .. demanded]);
                if (demanded.FirstOrDefault(witness => !signedBy.Contains(witness)) is { } missing)
                    throw new TlogException($"{missing.Name} has not cosigned it");
                var document = new JsonObject
                {
                    ["valid"] = true,
                    ["index"] = proof.Index,
                    ["origin"] = checkpoint.Checkpoint.Origin,
                    ["size"] = checkpoint.Size,
                    ["signed_by"] = new JsonArray([.. signedBy.Select(key => (JsonNode)key.Name)]),
                    ["entry"] = TryParse(bytes),
                };
                return Task.FromResult(invocation.Answer(document,
                [
                    $"Valid: entry {proof.Index} of {checkpoint.Checkpoint.Origin} (signed at {checkpoint.Size} entries by {string.Join(", ", signedBy.Select(key => key.Name))}):",
                    Encoding.UTF8.GetString(bytes),
                ]));
            }
            catch (TlogException wrong)
            {
                throw new CliException(ExitCodes.Refused, "receipt_wrong", $"NOT VALID: {wrong.Message}.");
            }
        }, file, keys, witnesses, entry);
    }

    internal static void Write(string file, ReadOnlySpan<byte> content)
    {
        try
        {
            File.WriteAllBytes(file, content);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCodes.Refused, "not_written", $"{file} cannot be written: {e.Message}");
        }
    }

    private static IEnumerable<long> Places(AuditFiles files, string asked, AuditArchive? archive) => long.TryParse(asked, NumberStyles.None, CultureInfo.InvariantCulture, out var place)
        ? [place]
        : AuditReader.ReadAll(files, archive).Where(entry => entry.Call == asked).Select(entry => entry.Seq);

    private static TlogProof Prove(AuditFiles files, long place, AuditArchive? archive)
    {
        // One that witnesses have cosigned is worth more, when it has the entry.
        var signed = File.Exists(files.Witnessed) && Open(files, files.Witnessed) is { } witnessed && witnessed.Size > place ? witnessed : Open(files, files.Checkpoint);
        if (place >= signed.Size)
            throw new CliException(ExitCodes.Refused, "not_signed_yet", $"Entry {place} is not under a signed checkpoint ({signed.Size} entries). If it was just written, try again in a second.");
        var tree = new TileTree(files.Prefix, signed.Size);
        var isArchived = place < AuditLeaves.First(files);
        if (isArchived && archive is null)
            throw new CliException(ExitCodes.Refused, "archived", $"Entry {place} lies in the archive; name its folder with --archive FOLDER.");
        var entry = (isArchived ? archive!.Read(place, place + 1).First().Line : tree.Entry(place)) ?? throw new TlogException($"the bundle with entry {place} is missing");
        var proof = MerkleProofs.Inclusion(tree.Hash, place, signed.Size);
        return MerkleProofs.VerifyInclusion(place, signed.Size, Merkle.Leaf(entry), proof, signed.Checkpoint.Root)
            ? new TlogProof(place, entry, proof, signed.Note.ToString())
            : throw new TlogException("the tiles do not lead to the signed root");
    }

    private static SignedCheckpoint Open(AuditFiles files, string path) => SignedCheckpoint.Open(File.ReadAllBytes(path), [.. AuditKeys.ReadVkeys(files.Vkeys)]);

    private static JsonNode? TryParse(byte[] entry)
    {
        try
        {
            return CanonicalJson.Parse(entry);
        }
        catch (FormatException)
        {
            return Convert.ToBase64String(entry);
        }
    }
}
