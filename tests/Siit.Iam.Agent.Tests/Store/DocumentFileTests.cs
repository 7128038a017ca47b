using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Tests.Store;

public sealed class DocumentFileTests
{
    /// <summary>Readers meet the first document of each shelf while it is written: so does every first import that somebody watches.</summary>
    [Fact]
    public async Task FirstDocuments_ReadWhileTheyAreWritten_FailNobody()
    {
        for (var round = 0; round < 10; round++)
        {
            var folder = new DataFolder(Directory.CreateTempSubdirectory("siit-shelves-").FullName);
            await using (var store = LiteDbStore.Open(folder, []))
            {
                var shelves = Enumerable.Range(0, 20).Select(n => new Shelf<string>($"shelf{n}")).ToList();
                await using var file = DocumentFile.Open(folder.People, store, [.. shelves.Select(shelf => shelf.Name)]);
                var written = false;
                var readers = Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
                {
                    while (!Volatile.Read(ref written))
                        shelves.ForEach(shelf => file.Get(shelf, "one"));
                })).ToList();
                foreach (var shelf in shelves)
                    await file.CommitAsync(new DocumentChanges().Put(shelf, "one", "text"));
                Volatile.Write(ref written, true);
                await Task.WhenAll(readers);

                Assert.All(shelves, shelf => Assert.Equal("text", file.Get(shelf, "one")));
            }

            Directory.Delete(folder.Path, recursive: true);
        }
    }

    [Fact]
    public async Task Shelf_ThatTheFileWasNotOpenedWith_IsADefect()
    {
        var folder = new DataFolder(Directory.CreateTempSubdirectory("siit-shelves-").FullName);
        await using (var store = LiteDbStore.Open(folder, []))
        await using (var file = DocumentFile.Open(folder.People, store, ["known"]))
        {
            Assert.Null(file.Get(new Shelf<string>("known"), "one"));
            Assert.Throws<InvalidOperationException>(() => file.Get(new Shelf<string>("unknown"), "one"));
        }

        Directory.Delete(folder.Path, recursive: true);
    }
}
