using Siit.Iam.Agent.Audit;

namespace Siit.Iam.Agent.Tests.Audit;

public sealed class AuditReaderTests : IAsyncLifetime
{
    private readonly AuditFolder folder = new();

    private string Log => folder.Files.Log;

    public async ValueTask InitializeAsync() => await folder.WriteAsync(200);

    public ValueTask DisposeAsync()
    {
        folder.Dispose();
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(200)]
    [InlineData(1000)]
    public void Tail_Count_GivesTheLastOldestFirst(int count)
    {
        var tail = AuditReader.Tail(Log, count);

        Assert.Equal(Enumerable.Range(0, 200).TakeLast(count).Select(i => (long)i), tail.Select(e => e.Seq));
    }

    [Fact]
    public void Tail_HalfWrittenLine_IsLeftOut()
    {
        File.AppendAllText(Log, "{\"act");

        Assert.Equal(199, Assert.Single(AuditReader.Tail(Log, 1)).Seq);
    }

    [Fact]
    public void Tail_LineThatIsNoEntry_IsRefused()
    {
        File.AppendAllText(Log, "{}\n");

        Assert.Throws<AuditDamagedException>(() => AuditReader.Tail(Log, 1));
    }

    [Fact]
    public void ReadAll_LineMissing_GivesWhatIsBeforeItThenThrows()
    {
        File.WriteAllLines(Log, File.ReadAllLines(Log).Where((_, i) => i != 5));
        var read = new List<AuditEntry>();

        var damaged = Assert.Throws<AuditDamagedException>(() => read.AddRange(AuditReader.ReadAll(Log).Select(e => e)));

        Assert.Equal((6, 5), (damaged.Line, read.Count));
    }
}
