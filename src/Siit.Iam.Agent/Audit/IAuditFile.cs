using Microsoft.Win32.SafeHandles;

namespace Siit.Iam.Agent.Audit;

/// <summary>The few things the log asks of a file; a seam, because a full or failing disk cannot be had on demand.</summary>
internal interface IAuditFile : IDisposable
{
    long Length { get; }

    /// <summary>Writes at the end. May have written a part when it throws.</summary>
    void Append(ReadOnlySpan<byte> bytes);

    /// <summary>Returns when everything written is on the disk.</summary>
    void Sync();

    /// <summary>Cuts the file off.</summary>
    void Truncate(long length);
}

/// <summary>The real file.</summary>
internal sealed class AuditFile : IAuditFile
{
    private readonly FileStream stream;

    private AuditFile(FileStream stream) => this.stream = stream;

    public long Length => RandomAccess.GetLength(Handle);

    private SafeFileHandle Handle => stream.SafeFileHandle;

    /// <summary>Opens or creates it with mode 0600; others may read it meanwhile (<c>audit verify</c> needs no server).</summary>
    public static AuditFile Open(string path)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = FileShare.Read,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new AuditFile(new FileStream(path, options));
    }

    /// <summary>True for "no space left on device" and "quota exceeded": nothing is broken, there is only no room.</summary>
    public static bool IsFull(Exception e)
    {
        // On Unix HResult is errno: ENOSPC, EDQUOT on Linux and on macOS. On Windows: ERROR_DISK_FULL, ERROR_HANDLE_DISK_FULL.
        int[] codes = OperatingSystem.IsWindows() ? [unchecked((int)0x80070070), unchecked((int)0x80070027)]
            : OperatingSystem.IsMacOS() ? [28, 69]
            : [28, 122];
        return e is IOException && codes.Contains(e.HResult);
    }

    public void Append(ReadOnlySpan<byte> bytes) => RandomAccess.Write(Handle, bytes, Length);

    public void Sync() => RandomAccess.FlushToDisk(Handle);

    public void Truncate(long length) => RandomAccess.SetLength(Handle, length);

    public void Dispose() => stream.Dispose();
}
