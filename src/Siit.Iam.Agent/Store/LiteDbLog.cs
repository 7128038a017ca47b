using System.Reflection;
using LiteDB;
using LiteDB.Engine;
using Microsoft.Win32.SafeHandles;

namespace Siit.Iam.Agent.Store;

/// <summary>
/// Makes sure of a commit. LiteDB 5.0.20 hands its pages to a queue: an error of the disk there stops the queue, and Commit returns as
/// if all were well; and the thread of a queue that has just begun may still be writing. Neither can be asked for by its own methods.
/// </summary>
internal sealed class LiteDbLog : IDisposable
{
    private const BindingFlags Private = BindingFlags.Instance | BindingFlags.NonPublic;
    private static readonly FieldInfo EngineOf = Field(typeof(LiteDatabase), "_engine");
    private static readonly FieldInfo DiskOf = Field(typeof(LiteEngine), "_disk");
    private static readonly FieldInfo StateOf = Field(typeof(LiteEngine), "_state");
    private static readonly FieldInfo IsClosedOf = StateOf.FieldType.GetField("Disposed") ?? throw Another("EngineState.Disposed");
    private static readonly FieldInfo QueueOf = Field(DiskOf.FieldType, "_queue");
    private static readonly PropertyInfo IsMade = QueueOf.FieldType.GetProperty("IsValueCreated")!;
    private static readonly PropertyInfo Made = QueueOf.FieldType.GetProperty("Value")!;
    private static readonly FieldInfo IsEmptyOf = Field(Made.PropertyType, "_queueIsEmpty");
    private static readonly FieldInfo ErrorOf = Field(Made.PropertyType, "_exception");

    private readonly object _lazyQueue;
    private readonly object _state;
    private readonly string _path;
    private object? _queue;
    private SafeFileHandle? _file;

    /// <param name="path">Of the database; its log lies beside it.</param>
    public LiteDbLog(LiteDatabase database, string path)
    {
        _path = PathOf(path);
        var engine = EngineOf.GetValue(database);
        _state = StateOf.GetValue(engine) ?? throw Another("a state");
        var disk = DiskOf.GetValue(engine) ?? throw Another("a disk");
        _lazyQueue = QueueOf.GetValue(disk) ?? throw Another("a queue");
    }

    /// <summary>Where LiteDB keeps the log of a file.</summary>
    public static string PathOf(string path) => Path.ChangeExtension(path, null) + "-log" + Path.GetExtension(path);

    /// <summary>Returns when what was committed is on the disk.</summary>
    /// <exception cref="IOException">It is not, or nobody can tell.</exception>
    public void AwaitWritten()
    {
        if (_queue is null)
        {
            if (IsMade.GetValue(_lazyQueue) is not true)
                return;
            _queue = Made.GetValue(_lazyQueue)!;
        }

        // After an error nobody tells that the queue is empty; one in its first page even waits for itself for ever.
        for (var isEmpty = (ManualResetEventSlim)IsEmptyOf.GetValue(_queue)!; !isEmpty.Wait(TimeSpan.FromMilliseconds(20));)
            ThrowIfFailed();
        ThrowIfFailed();
        // The queue is empty a moment before it has synced its last page.
        if (_file is null && File.Exists(_path))
            _file = File.OpenHandle(_path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        if (_file is not null)
            RandomAccess.FlushToDisk(_file);
        ThrowIfFailed();
    }

    public void Dispose() => _file?.Dispose();

    private void ThrowIfFailed()
    {
        if (ErrorOf.GetValue(_queue) is Exception error)
            throw new IOException($"A commit could not be written ({error.Message}).", error);
        if (IsClosedOf.GetValue(_state) is true)
            throw new IOException("A commit could not be written: the file has closed itself.");
    }

    private static FieldInfo Field(Type type, string name) => type.GetField(name, Private) ?? throw Another($"{type.Name}.{name}");

    private static InvalidOperationException Another(string what) =>
        new($"This LiteDB has no {what}: whether its commits are durable has to be looked at before it can be used.");
}
