using System.Security.Cryptography;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Secrets;

/// <summary>A key that seals, and the name by which a sealed text says which one it was.</summary>
internal sealed class SealingKey(byte[] key)
{
    /// <summary>Derived from the key, so that two keys never share it by accident; tells nothing about it.</summary>
    public string Id { get; } = Convert.ToHexStringLower(SHA256.HashData([.. "siit-iam/key-id/1"u8, .. key]))[..8];

    public byte[] Key => key;
}

/// <summary>
/// The keys in <c>data.key</c>: 32 bytes each, one behind the other, the last one in force. A key is added by appending it, so a crash
/// leaves the keys of before, whole; a piece of a key at the end is what such a crash left, and is cut off.
/// </summary>
internal sealed class KeyRing(DataFolder folder)
{
    private const int KeyBytes = 32;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly Lock _gate = new();
    private IReadOnlyList<SealingKey>? _keys;

    /// <summary>The key in force; made when there is none.</summary>
    /// <exception cref="StoreUnavailableException">The file is not what was written there.</exception>
    public SealingKey InForce
    {
        get
        {
            lock (_gate)
                return (_keys ??= File.Exists(folder.Key) ? Read() : [Append()])[^1];
        }
    }

    /// <summary>All of them, oldest first. Empty when there is no file: none is made to open with, it would hide that the right one is missing.</summary>
    public IReadOnlyList<SealingKey> All
    {
        get
        {
            lock (_gate)
                return _keys ?? (File.Exists(folder.Key) ? _keys = Read() : []);
        }
    }

    /// <summary>From when it returns everything is sealed with a new key; the others still open.</summary>
    public void Add()
    {
        lock (_gate)
        {
            var before = _keys ?? (File.Exists(folder.Key) ? Read() : []);
            _keys = [.. before, Append()];
        }
    }

    /// <summary>Only the key in force stays. For when nothing is left that another one sealed.</summary>
    public void DropOthers()
    {
        lock (_gate)
        {
            var inForce = InForce;
            var unfinished = folder.Key + ".unfinished";
            File.Delete(unfinished);
            Write(unfinished, FileMode.CreateNew, inForce.Key);
            // When the power goes before this is durable, the former file is there again, and its keys are.
            File.Move(unfinished, folder.Key, overwrite: true);
            _keys = [inForce];
        }
    }

    private List<SealingKey> Read()
    {
        var bytes = File.ReadAllBytes(folder.Key);
        if (bytes.Length < KeyBytes)
            throw new StoreUnavailableException($"{folder.Key} is not the key that siit-iam wrote there. Put the right one back; without it approvers have to be enrolled anew.");
        return [.. bytes.Chunk(KeyBytes).Where(piece => piece.Length == KeyBytes).Select(piece => new SealingKey(piece))];
    }

    private SealingKey Append()
    {
        var made = RandomNumberGenerator.GetBytes(KeyBytes);
        Write(folder.Key, FileMode.OpenOrCreate, made);
        return new SealingKey(made);
    }

    private static void Write(string path, FileMode mode, byte[] key)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnerOnly;
        using var file = new FileStream(path, options);
        file.SetLength(file.Length / KeyBytes * KeyBytes);
        file.Seek(0, SeekOrigin.End);
        file.Write(key);
        file.Flush(flushToDisk: true);
    }
}
