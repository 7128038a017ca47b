using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace Siit.Iam.Agent.People.Hris;

/// <summary>
/// Notices that a complete new file lies there: size and time have not changed for a while, they are the same after it was read,
/// and when <c>people.csv.sha256</c> lies beside it, it is the hash of what was read. What else shows a cut file is
/// <see cref="PeopleCsv"/>'s and <see cref="HrisBook"/>'s.
/// </summary>
internal sealed class HrisFiles(HrisOptions options, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, Seen> _seen = new();
    private readonly ConcurrentDictionary<string, string> _troubles = new();

    /// <summary>Why the file that lies there is not taken; null when it is, or has not been looked at yet.</summary>
    public string? TroubleOf(string source) => _troubles.GetValueOrDefault(source);

    public void Tell(string source, string? trouble)
    {
        if (trouble is null)
            _troubles.TryRemove(source, out _);
        else
            _troubles[source] = trouble;
    }

    /// <summary>What lies there when it is complete as far as a look from outside can tell; null when it is not, or nothing does.</summary>
    public async Task<ReadFile?> ReadAsync(HrisSource source, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var look = Look(source.File!);
        if (look is null)
        {
            Tell(source.Name, $"There is no file {source.File}, or it cannot be read.");
            return null;
        }

        if (!_seen.TryGetValue(source.Name, out var seen) || seen.Look != look)
        {
            seen = new Seen(look, now);
            _seen[source.Name] = seen;
        }

        if (now - seen.Since < options.Settle)
            return null;
        if (look.Bytes > options.MaxFileBytes)
        {
            Tell(source.Name, $"{source.File} is larger than hris:maxFileBytes ({options.MaxFileBytes:N0}).");
            return null;
        }

        var content = await File.ReadAllBytesAsync(source.File!, cancellationToken);
        var digest = Convert.ToHexStringLower(SHA256.HashData(content));
        if (content.Length != look.Bytes || Look(source.File!) != look)
            return null;
        if (await HashBesideAsync(source.File!, cancellationToken) is { } hash && !hash.Equals(digest, StringComparison.OrdinalIgnoreCase))
        {
            Tell(source.Name, $"{source.File} is not the file whose hash stands in {source.File}.sha256; it is looked at again.");
            return null;
        }

        return new ReadFile(content, digest);
    }

    private static FileLook? Look(string path)
    {
        var file = new FileInfo(path);
        return file.Exists ? new FileLook(file.Length, file.LastWriteTimeUtc) : null;
    }

    /// <summary>As <c>sha256sum</c> writes it: the hash is the first word.</summary>
    private static async Task<string?> HashBesideAsync(string path, CancellationToken cancellationToken) => File.Exists(path + ".sha256")
        ? (await File.ReadAllTextAsync(path + ".sha256", Encoding.UTF8, cancellationToken)).Split([' ', '\t', '\r', '\n'], 2)[0]
        : null;

    private sealed record FileLook(long Bytes, DateTime Written);

    private sealed record Seen(FileLook Look, DateTimeOffset Since);
}

/// <param name="Digest">Lower hex SHA-256.</param>
internal sealed record ReadFile(byte[] Content, string Digest);
