using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Siit.Iam.Agent.Audit.Tlog;

namespace Siit.Iam.Agent.Audit;

/// <summary>The keys that sign a log's checkpoints: the private one of now, and the public ones of all times.</summary>
internal sealed class AuditKeys
{
    private readonly AuditFiles _files;
    private readonly Func<string, IAuditFile> _open;

    private AuditKeys(AuditFiles files, Func<string, IAuditFile> open, NoteSigner signer, IReadOnlyList<NoteVerifier> all) =>
        (_files, _open, Signer, All) = (files, open, signer, all);

    public NoteSigner Signer { get; private set; }

    /// <summary>Oldest first; the last one is <see cref="Signer"/>'s.</summary>
    public IReadOnlyList<NoteVerifier> All { get; private set; }

    /// <summary>The key to come, while the present one is being replaced.</summary>
    public NoteSigner? Next { get; private set; }

    public string Origin => Signer.Verifier.Name;

    /// <summary>A new log's first key.</summary>
    /// <param name="origin">Null: one that no other log has.</param>
    public static AuditKeys Create(AuditFiles files, Func<string, IAuditFile> open, string? origin)
    {
        var signer = NoteSigner.Create(string.IsNullOrEmpty(origin) ? NewOrigin() : origin);
        AuditFiles.Replace(open, files.Key, Encoding.UTF8.GetBytes(signer.Export() + "\n"));
        AuditFiles.Replace(open, files.Vkeys, Encoding.UTF8.GetBytes($"{signer.Verifier}\n"));
        return new AuditKeys(files, open, signer, [signer.Verifier]);
    }

    /// <summary>The keys of an existing log.</summary>
    /// <exception cref="AuditUnavailableException">The private key is missing, or is not this log's.</exception>
    public static AuditKeys Load(AuditFiles files, Func<string, IAuditFile> open)
    {
        if (!File.Exists(files.Key))
            throw Refused($"The key that signs the audit log is missing: there is no {files.Key}. Put your copy of it back. If it is lost for good: siit-iam audit rotate-key --lost");
        try
        {
            var signer = NoteSigner.Parse(File.ReadAllText(files.Key));
            var all = File.Exists(files.Vkeys) ? ReadVkeys(files.Vkeys) : [signer.Verifier];
            // A first start that was killed between the two files.
            if (!File.Exists(files.Vkeys))
                AuditFiles.Replace(open, files.Vkeys, Encoding.UTF8.GetBytes($"{signer.Verifier}\n"));
            var keys = new AuditKeys(files, open, signer, all) { Next = File.Exists(files.NextKey) ? NoteSigner.Parse(File.ReadAllText(files.NextKey)) : null };
            // Killed at the very end of a rotation: only the last step is missing.
            if (keys.Next?.Verifier == all[^1])
                keys.EndRotation();
            return all[^1] == keys.Signer.Verifier ? keys : throw NotThisLogs(files, all[^1]);
        }
        catch (TlogException wrong)
        {
            throw Refused($"{files.Key} or {files.Vkeys} is not what siit-iam wrote there: {wrong.Message}. Put your copy back. If the key is lost for good: siit-iam audit rotate-key --lost");
        }
    }

    /// <summary>The public keys that stand beside a log, oldest first.</summary>
    /// <exception cref="TlogException">A line is not a vkey, or there is none.</exception>
    public static IReadOnlyList<NoteVerifier> ReadVkeys(string path)
    {
        var all = File.ReadLines(path).Where(line => line.Length > 0).Select(NoteVerifier.Parse).ToList();
        return all.Count > 0 ? all : throw new TlogException("it holds no key");
    }

    public static AuditUnavailableException NotThisLogs(AuditFiles files, NoteVerifier expected) => Refused(
        $"{files.Key} is not the key that has signed this audit log ({expected}). Put the right one back; if it is lost for good: siit-iam audit rotate-key --lost");

    /// <summary>
    /// Makes the key that replaces the present one. Opening the log then writes the entry that says so and a checkpoint that both keys
    /// have signed, so that whoever trusts the old one sees it hand over; killed on the way, the next opening does it.
    /// </summary>
    public void BeginRotation()
    {
        if (Next is null)
            AuditFiles.Replace(_open, _files.NextKey, Encoding.UTF8.GetBytes(NoteSigner.Create(Origin).Export() + "\n"));
        Next = NoteSigner.Parse(File.ReadAllText(_files.NextKey));
    }

    /// <summary>Last, when entry and checkpoint are durable.</summary>
    public void EndRotation()
    {
        Add(Next!);
        File.Move(_files.NextKey, _files.Key, overwrite: true);
        (Signer, Next) = (Next!, null);
    }

    /// <summary>A new key for a log whose private key is lost. Opening the log then writes the entry that says so.</summary>
    public static void ReplaceLost(AuditFiles files, Func<string, IAuditFile> open, IReadOnlyList<NoteVerifier> all)
    {
        var next = NoteSigner.Create(all[^1].Name);
        var keys = new AuditKeys(files, open, next, all);
        AuditFiles.Replace(open, files.Key, Encoding.UTF8.GetBytes(next.Export() + "\n"));
        keys.Add(next);
    }

    private void Add(NoteSigner next)
    {
        if (!All.Contains(next.Verifier))
            All = [.. All, next.Verifier];
        AuditFiles.Replace(_open, _files.Vkeys, Encoding.UTF8.GetBytes(string.Concat(All.Select(key => $"{key}\n"))));
    }

    private static string NewOrigin()
    {
        var machine = new string([.. Environment.MachineName.ToLowerInvariant().Where(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.')]);
        return string.Create(CultureInfo.InvariantCulture, $"{(machine.Length > 0 ? machine : "siit-iam")}/audit/{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6))}");
    }

    private static AuditUnavailableException Refused(string message) => new(message, nothingKept: true);
}
