namespace Siit.Iam.Emulator.Common;

/// <summary>
/// What an emulated IdP keeps across a restart, where it was told a folder: read at the start, written with every change; a large
/// company's a little later.
/// </summary>
internal sealed class StateKeeper<T> : IAsyncDisposable
{
    private static readonly TimeSpan Later = TimeSpan.FromSeconds(5);

    private readonly StateFile<T>? file;
    private readonly LaterWrite? later;
    private readonly Func<Kept<T>> take;

    /// <param name="take">What there is now, taken as one piece.</param>
    /// <param name="writtenAtOnce">A company of so many people is written with every change.</param>
    public StateKeeper(EmulatorOptions options, string name, Func<Kept<T>> take, int writtenAtOnce = 2_000)
    {
        this.take = take;
        if (options.Data is null) return;
        Directory.CreateDirectory(options.Data);
        file = new(Path.Combine(options.Data, name + ".json"));
        if (options.Fresh) file.Delete();
        if (options.People > writtenAtOnce) later = new(() => file.Write(take()), Later);
    }

    public Kept<T>? Read() => file?.Read();

    public void Save()
    {
        if (later is not null) later.Mark();
        else file?.Write(take());
    }

    public ValueTask DisposeAsync() => later?.DisposeAsync() ?? ValueTask.CompletedTask;
}
