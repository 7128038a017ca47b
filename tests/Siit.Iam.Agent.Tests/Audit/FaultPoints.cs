using Siit.Iam.Agent.Audit;

namespace Siit.Iam.Agent.Tests.Audit;

/// <summary>What goes wrong at one durable step of the log.</summary>
public enum Fault
{
    /// <summary>The process is gone before the step, and with it everything after.</summary>
    Kill,

    /// <summary>A part of the bytes is written, then the process is gone.</summary>
    ShortWriteAndKill,

    /// <summary>The disk reports an error, once.</summary>
    Eio,

    /// <summary>The disk has no room for this one step.</summary>
    Enospc,
}

/// <summary>Real files that count what is done to them, and fail at one step.</summary>
internal sealed class FaultPoints(Fault fault, int at)
{
    private bool _gone;

    /// <summary>Steps so far: everything that is written, synced or cut off, in any file of the log.</summary>
    public int Steps { get; private set; }

    public IAuditFile Open(string path)
    {
        lock (this)
            return _gone ? throw Gone() : new Watched(this, AuditFile.Open(path));
    }

    private static IOException Gone() => new("The process is gone.");

    /// <param name="part">Does a part of it; null for what cannot be done in part.</param>
    public void Step(Action step, Action? part = null)
    {
        lock (this)
        {
            if (_gone)
                throw Gone();
            if (Steps++ != at)
            {
                step();
                return;
            }

            switch (fault)
            {
                case Fault.Kill or Fault.ShortWriteAndKill:
                    if (fault == Fault.ShortWriteAndKill)
                        part?.Invoke();
                    _gone = true;
                    throw Gone();
                // Only a write can find no room; at other steps it is an error.
                case Fault.Enospc when part is not null:
                    part();
                    throw new IOException("No space left on device", 28);
                default:
                    throw new IOException("Input/output error", 5);
            }
        }
    }

    private sealed class Watched(FaultPoints points, IAuditFile file) : IAuditFile
    {
        public long Length => file.Length;

        public void Append(ReadOnlySpan<byte> bytes)
        {
            var whole = bytes.ToArray();
            points.Step(() => file.Append(whole), () => file.Append(whole.AsSpan(0, whole.Length / 2)));
        }

        public void Sync() => points.Step(file.Sync);

        public void Truncate(long length) => points.Step(() => file.Truncate(length));

        public void Dispose() => file.Dispose();
    }
}
