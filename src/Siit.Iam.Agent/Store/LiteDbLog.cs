using System.Reflection;
using LiteDB;
using LiteDB.Engine;

namespace Siit.Iam.Agent.Store;

/// <summary>
/// Makes sure of a commit. LiteDB 5.0.20 hands its pages to a queue: an error of the disk there stops the queue, and Commit returns as
/// if all were well; and what it has handed over may still be being written. Neither can be asked for by its own methods.
/// </summary>
internal sealed class LiteDbLog
{
    private const BindingFlags Private = BindingFlags.Instance | BindingFlags.NonPublic;
    private static readonly FieldInfo EngineOf = Field(typeof(LiteDatabase), "_engine");
    private static readonly FieldInfo DiskOf = Field(typeof(LiteEngine), "_disk");
    private static readonly FieldInfo StateOf = Field(typeof(LiteEngine), "_state");
    private static readonly FieldInfo IsClosedOf = StateOf.FieldType.GetField("Disposed") ?? throw Another("EngineState.Disposed");
    private static readonly FieldInfo QueueOf = Field(DiskOf.FieldType, "_queue");
    private static readonly PropertyInfo Made = QueueOf.FieldType.GetProperty("Value")!;
    private static readonly FieldInfo IsEmptyOf = Field(Made.PropertyType, "_queueIsEmpty");
    private static readonly FieldInfo StreamOf = Field(Made.PropertyType, "_stream");
    private static readonly FieldInfo ErrorOf = Field(Made.PropertyType, "_exception");

    private readonly object _queue;
    private readonly object _state;

    /// <summary>Before anything is committed: from here on LiteDB writes through a <see cref="CommitBarrier"/>.</summary>
    public LiteDbLog(LiteDatabase database)
    {
        var engine = EngineOf.GetValue(database);
        _state = StateOf.GetValue(engine) ?? throw Another("a state");
        var disk = DiskOf.GetValue(engine) ?? throw Another("a disk");
        _queue = Made.GetValue(QueueOf.GetValue(disk) ?? throw Another("a queue"))!;
        StreamOf.SetValue(_queue, new CommitBarrier((Stream)StreamOf.GetValue(_queue)!));
    }

    /// <summary>Where LiteDB keeps the log of a file.</summary>
    public static string PathOf(string path) => Path.ChangeExtension(path, null) + "-log" + Path.GetExtension(path);

    /// <summary>Returns when what was committed is on the disk.</summary>
    /// <exception cref="IOException">It is not, or nobody can tell.</exception>
    public void AwaitWritten()
    {
        // After an error nobody tells that the queue is empty; one in its first page even waits for itself for ever.
        for (var isEmpty = (ManualResetEventSlim)IsEmptyOf.GetValue(_queue)!; !isEmpty.Wait(TimeSpan.FromMilliseconds(20));)
            ThrowIfFailed();
        ThrowIfFailed();
    }

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
