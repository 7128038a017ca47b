using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Idps.Resilience;
using Siit.Iam.Agent.People.Copy;
using Siit.Iam.Agent.People.Events;
using Siit.Iam.Agent.People.Persons;
using Siit.Iam.Agent.People.Reads;
using Siit.Iam.Agent.People.Sync;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Benchmarks;

/// <summary>What an import costs ourselves, the requests left out: storing, comparing, indexing; and finding people meanwhile.</summary>
internal static class Storing
{
    public static async Task MeasureAsync(Report report, int people, int groups, int memberships)
    {
        var folder = new DataFolder(Directory.CreateTempSubdirectory("siit-store-").FullName);
        await using (var store = LiteDbStore.Open(folder, []))
        await using (var file = DocumentFile.Open(folder.People, store, CopyShelves.Names))
        using (var copy = new DirectoryCopy(file, ["okta"]))
        using (var events = new EventBook(copy, new Nothing(), TimeProvider.System))
        {
            copy.Load();
            var source = new MadeUpDirectory(people, groups, memberships);
            var importer = new Importer(copy, events, new SyncOptions(), TimeProvider.System, new Askers());
            var applying = 0L;
            var (found, answered) = (new List<double>(), new List<double>());
            await using var log = AuditLog.Open(new AuditOptions { Folder = Path.Combine(folder.Path, "audit") }, TimeProvider.System, NullLogger.Instance);
            var answer = Answering(copy, events, new DecisionBook(store, log, new Ids(TimeProvider.System), TimeProvider.System));
            foreach (var what in new[] { "first import", "second import, everything compared", "import narrowed to what changed" })
            {
                using var stop = new CancellationTokenSource();
                var finding = Task.WhenAll(Task.Run(() => Find(copy, people, found, stop.Token)), Task.Run(() => FindPersonAsync(answer, people, answered, stop.Token)));
                var (began, used) = (Stopwatch.GetTimestamp(), Process.GetCurrentProcess().TotalProcessorTime);
                await importer.RunAsync("okta", source, !what.Contains("narrowed"), (run, _) => { if (run.Stage == ImportStage.Applying && applying == 0) applying = Stopwatch.GetTimestamp(); }, CancellationToken.None);
                report.Tell($"{what} of {people} people, {groups} groups, {memberships} memberships each", "s", [Stopwatch.GetElapsedTime(began).TotalSeconds]);
                if (applying > 0)
                    report.Tell($"{what}: applying", "s", [Stopwatch.GetElapsedTime(applying).TotalSeconds]);
                report.Tell($"{what}: processor time", "s", [(Process.GetCurrentProcess().TotalProcessorTime - used).TotalSeconds]);
                await stop.CancelAsync();
                await finding;
                applying = 0;
                Tell(report, $"{what}: finding somebody by work email meanwhile", found);
                Tell(report, $"{what}: the whole answer of find_person meanwhile", answered);
            }

            using var enough = new CancellationTokenSource(TimeSpan.FromSeconds(5));
            await FindPersonAsync(answer, people, answered, enough.Token);
            report.Tell("the whole answer of find_person when nothing is imported", "ms", answered);
            report.Tell("working set", "MB", [Environment.WorkingSet / 1024.0 / 1024.0]);
            report.Tell("file", "MB", [new FileInfo(folder.People).Length / 1024.0 / 1024.0]);
        }

        var reading = Stopwatch.GetTimestamp();
        await using (var store = LiteDbStore.Open(folder, []))
        await using (var file = DocumentFile.Open(folder.People, store, CopyShelves.Names))
        using (var copy = new DirectoryCopy(file, ["okta"]))
        {
            copy.Load();
            report.Tell("reading the index after a start", "s", [Stopwatch.GetElapsedTime(reading).TotalSeconds]);
        }

        Directory.Delete(folder.Path, recursive: true);
    }

    /// <summary>The first hundred are told by themselves: a server that has just started compiles what it runs for the first time.</summary>
    private static void Tell(Report report, string what, List<double> took)
    {
        if (took.Count > 200)
        {
            report.Tell($"{what}, the first 100", "ms", [.. took.Take(100)]);
            took.RemoveRange(0, 100);
        }

        report.Tell(what, "ms", took);
        report.Tell($"{what}, p99", "ms", [took.Order().ElementAt(took.Count * 99 / 100)]);
        took.Clear();
    }

    /// <summary>What the copy does for find_person, from the text to the facts.</summary>
    private static Func<string, Task<bool>> Answering(DirectoryCopy copy, EventBook events, DecisionBook decisions)
    {
        var (hris, options) = (new NoHrisRecords(), new PersonOptions());
        var persons = new PersonLookup(copy, decisions, hris, options, TimeProvider.System);
        var search = new PersonSearch(copy, new PersonJoin(copy, persons));
        var reading = new PersonReading(new AccountReading(copy, new IdpConnections([])), new KnownEvents(events, search, hris), new Managers(persons, copy, options), options);
        return async email => (await search.FindAsync(email, ["okta"], CancellationToken.None)) is { How: PersonHit.Exact, Persons: [var one] }
            && (await reading.OfAsync(one.Person, ["okta"], CancellationToken.None)).Accounts.Count == 1;
    }

    private static async Task FindPersonAsync(Func<string, Task<bool>> answer, int people, List<double> took, CancellationToken cancellationToken)
    {
        var random = new Random(2);
        while (!cancellationToken.IsCancellationRequested)
        {
            var began = Stopwatch.GetTimestamp();
            if (await answer(MadeUpDirectory.Email(random.Next(people))))
                took.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            cancellationToken.WaitHandle.WaitOne(2);
        }
    }

    private static void Find(DirectoryCopy copy, int people, List<double> found, CancellationToken cancellationToken)
    {
        var random = new Random(1);
        while (!cancellationToken.IsCancellationRequested)
        {
            var began = Stopwatch.GetTimestamp();
            foreach (var (key, _) in copy.At(MadeUpDirectory.Email(random.Next(people))))
            {
                _ = copy.Entry(key.Connection, key.Id);
                _ = copy.Read(copies => copies[key.Connection].ParentsOf(TieKind.Member, key.Id).ToList());
            }

            found.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            cancellationToken.WaitHandle.WaitOne(2);
        }
    }

    private sealed class Nothing : IOwnEffects
    {
        public Task<IReadOnlyList<OwnEffect>> OnAsync(string connection, IReadOnlyCollection<string> accounts, DateTimeOffset since, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<OwnEffect>>([]);
    }
}
