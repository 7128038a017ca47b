using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Tests.Playbooks.Runs;

/// <summary>
/// Kills the server, in process, at the n-th thing that it makes durable: a commit of the store or a sync of the audit log, either
/// just before or just after. From then on nothing reaches the disk any more, as if the process were gone.
/// </summary>
internal sealed class CrashPlan
{
    private readonly Lock _lock = new();
    private int _left;

    public bool Dead { get; private set; }

    /// <summary>Durable writes counted since the last arming.</summary>
    public int Seen { get; private set; }

    /// <param name="point">Even: before the write, odd: after it. Null never crashes.</param>
    public void Arm(int? point)
    {
        lock (_lock)
        {
            (Dead, Seen) = (false, 0);
            _left = point ?? int.MaxValue;
        }
    }

    public IStore Around(IStore store) => new CrashingStore(this, store);

    public IAuditFile Open(string path) => new CrashingFile(this, AuditFile.Open(path));

    private void Pass()
    {
        lock (_lock)
        {
            Seen++;
            if (Dead || _left-- <= 0)
            {
                Dead = true;
                throw new IOException("The process is gone.");
            }
        }
    }

    private sealed class CrashingStore(CrashPlan plan, IStore store) : StoreAround(store)
    {
        public override async ValueTask<CommitResult> CommitAsync(IReadOnlyList<Change> changes, CancellationToken cancellationToken = default)
        {
            plan.Pass();
            var result = await base.CommitAsync(changes, cancellationToken);
            plan.Pass();
            return result;
        }
    }

    private sealed class CrashingFile(CrashPlan plan, IAuditFile file) : IAuditFile
    {
        public long Length => file.Length;

        public void Append(ReadOnlySpan<byte> bytes)
        {
            plan.Pass();
            file.Append(bytes);
        }

        public void Sync()
        {
            file.Sync();
            plan.Pass();
        }

        public void Truncate(long length)
        {
            if (plan.Dead)
                throw new IOException("The process is gone.");
            file.Truncate(length);
        }

        public void Dispose() => file.Dispose();
    }
}
