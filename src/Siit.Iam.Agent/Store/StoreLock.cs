using System.Globalization;

namespace Siit.Iam.Agent.Store;

/// <summary>
/// Being the one process that may open a data folder. LiteDB itself does not notice a second one on Linux, and two
/// destroy the file. The operating system frees the lock when the process dies, however it dies.
/// </summary>
internal sealed class StoreLock : IDisposable
{
    private readonly FileStream stream;

    private StoreLock(FileStream stream) => this.stream = stream;

    /// <exception cref="StoreBusyException">Another process, or another part of this one, holds it.</exception>
    public static StoreLock Acquire(DataFolder folder)
    {
        folder.Create();
        try
        {
            var held = new StoreLock(new FileStream(folder.Lock, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            File.WriteAllText(folder.Pid, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
            return held;
        }
        catch (IOException)
        {
            throw new StoreBusyException(
                $"{folder} is opened by another siit-iam serve (pid {Holder(folder)}). Stop that one first, or choose another folder with --data.");
        }
    }

    public void Dispose() => stream.Dispose();

    private static string Holder(DataFolder folder)
    {
        try
        {
            return File.ReadAllText(folder.Pid).Trim();
        }
        catch (IOException)
        {
            return "unknown";
        }
    }
}
