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

    /// <summary>They are read a few at once: at each border between two readings none is left out and none comes twice.</summary>
    [Theory]
    [InlineData(true, 15)]
    [InlineData(true, 16)]
    [InlineData(true, 17)]
    [InlineData(true, 48)]
    [InlineData(false, 1000)]
    [InlineData(false, 2001)]
    public async Task All_MoreThanAreReadAtOnce_AreEachToldOnceInOrder(bool packed, int count)
    {
        var folder = new DataFolder(Directory.CreateTempSubdirectory("siit-shelves-").FullName);
        await using (var store = LiteDbStore.Open(folder, []))
        await using (var file = DocumentFile.Open(folder.People, store, ["shelf"]))
        {
            var shelf = new Shelf<string>("shelf", packed);
            var changes = new DocumentChanges().Put(shelf, "b/other", "no");
            foreach (var number in Enumerable.Range(0, count))
                changes.Put(shelf, $"a/{number:D5}", $"{number}");
            await file.CommitAsync(changes);

            Assert.Equal(Enumerable.Range(0, count).Select(number => $"{number}"), file.All(shelf, "a/").Select(document => document.Value));
        }

        Directory.Delete(folder.Path, recursive: true);
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

    [Fact]
    public async Task HeldShelf_AfterEveryCommit_IsWhatTheFileHas()
    {
        var shelf = new Shelf<Dictionary<string, string>>("held", Packed: true);
        var folder = new DataFolder(Directory.CreateTempSubdirectory("siit-shelves-").FullName);
        await using (var store = LiteDbStore.Open(folder, []))
        {
            await using (var file = DocumentFile.Open(folder.People, store, [shelf.Name]))
            {
                await file.CommitAsync(new DocumentChanges().Put(shelf, "a/before", Of("x", "1")).Put(shelf, "a/gone", Of("x", "2")));
                file.Hold(shelf);
                await file.CommitAsync(new DocumentChanges().Put(shelf, "a/before", Of("x", "3")).Put(shelf, "a/new", Of("y", "4")).Delete(shelf, "a/gone").Put(shelf, "b/other", Of("z", "5")));
                file.Committing = () => throw new IOException("The disk is full.");
                await Assert.ThrowsAsync<StoreUnavailableException>(() => file.CommitAsync(new DocumentChanges().Put(shelf, "a/new", Of("y", "lost"))));
                Assert.Throws<StoreUnavailableException>(() => file.Get(shelf, "a/new"));
            }

            await using (var file = DocumentFile.Open(folder.People, store, [shelf.Name]))
            {
                var inFile = file.All(shelf, "a/").Select(Text).ToList();
                file.Hold(shelf);

                Assert.Equal(["a/before x=3", "a/new y=4"], inFile);
                Assert.Equal(inFile, file.All(shelf, "a/").Select(Text));
                Assert.Equal("3", file.Part(shelf, "a/before", "x"));
                Assert.Null(file.Part(shelf, "a/before", "y"));
                Assert.Null(file.Get(shelf, "a/gone"));
                await file.CommitAsync(new DocumentChanges().Put(shelf, "a/before", Of("x", "6")).Delete(shelf, "a/new"));
                Assert.Equal(["a/before x=6"], file.All(shelf, "a/").Select(Text));
                Assert.Equal("6", file.Get(shelf, "a/before")!["x"]);
            }
        }

        Directory.Delete(folder.Path, recursive: true);

        static Dictionary<string, string> Of(string key, string value) => new() { [key] = value };

        static string Text(KeyValuePair<string, Dictionary<string, string>> found) => $"{found.Key} {string.Join(' ', found.Value.Select(pair => $"{pair.Key}={pair.Value}"))}";
    }
}
