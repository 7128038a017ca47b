using System.Security.Cryptography;
using System.Text;

namespace Siit.Iam.Agent.Playbooks.Format;

/// <summary>A playbook as it lies on disk; a run is pinned to its hash.</summary>
/// <param name="Path">As given; only for people.</param>
/// <param name="Sha256">Of the file's bytes, lower hex.</param>
internal sealed record PlaybookFile(string Path, string Text, string Sha256)
{
    public static PlaybookFile Load(string path) => Of(path, File.ReadAllBytes(path));

    public static PlaybookFile Of(string path, string text) => Of(path, Encoding.UTF8.GetBytes(text));

    // Bytes that are not UTF-8 become U+FFFD, which the reader refuses.
    private static PlaybookFile Of(string path, byte[] bytes) =>
        new(path, Encoding.UTF8.GetString(bytes), Convert.ToHexStringLower(SHA256.HashData(bytes)));
}
