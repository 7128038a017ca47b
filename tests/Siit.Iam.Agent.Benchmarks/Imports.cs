using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Siit.Iam.Agent.Cli;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Idps.Resilience;
using Siit.Iam.Agent.People.Sync;
using Siit.Iam.Agent.Store;

namespace Siit.Iam.Agent.Benchmarks;

/// <summary>The whole server imports emulated IdPs, which run in a process of their own: seconds, requests, memory, and finding people meanwhile.</summary>
internal static class Imports
{
    /// <param name="people">Of each IdP.</param>
    /// <param name="latency">Of each request, in ms.</param>
    public static async Task MeasureAsync(Report report, int people, int groups, int memberships, int latency, IReadOnlyList<string> names)
    {
        var parent = Directory.CreateTempSubdirectory("siit-import-").FullName;
        var data = new DataFolder(Path.Combine(parent, "data")).Create();
        using var idps = await EmulatedIdpsChild.StartAsync(data.Path, people, groups, memberships, latency, limited: true, givesWay: true);
        var logins = idps.Logins;
        var port = Child.FreePort();
        await File.WriteAllTextAsync(Path.Combine(data.Path, ServerSettings.FileName), Settings(idps, port, names).ToJsonString());
        var what = $"{string.Join(" + ", names)}: {people} people, {groups} groups, {memberships} memberships, {latency} ms";

        foreach (var name in names)
            await FetchAsync(report, data, name);
        var fetched = await idps.RequestsAsync();
        using var server = Child.Agent(new Dictionary<string, string>(), "serve", "--data", data.Path);
        var answers = await server.AnswersAsync(port);
        var door = new OperatorsClient(data);
        var most = 0.0;
        var (found, lives, spelt) = (new List<double>(), new List<double>(), new List<double>());
        using var http = new HttpClient(OperatorsClient.Handler(data)) { BaseAddress = new Uri("http://operators") };
        using var probe = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        var random = new Random(1);
        var (done, usable) = (false, false);
        var finding = Task.Run(FindAlwaysAsync);
        var lines = await WaitAsync(door, all => all.All(line => line["imported_at"] is not null && line["doing"]!.GetValue<string>() == "idle"));
        report.Tell($"first import, {what}", "s", [(server.Since.TotalMilliseconds - answers) / 1000]);
        var imported = await idps.RequestsAsync();
        foreach (var line in lines)
            report.Tell($"  {line["connection"]}: {line["accounts"]} accounts, {line["groups"]} groups, {line["memberships"]} memberships, requests", "", [imported[$"{line["connection"]}"] - fetched[$"{line["connection"]}"]]);
        report.Tell("  working set of the server, most", "MB", [most]);
        report.Tell("  processor time of the server", "s", [server.ProcessorMilliseconds / 1000]);
        await StoppedAsync();
        report.Tell("  file", "MB", [(new FileInfo(data.People).Length + Log(data)) / 1024.0 / 1024.0]);
        if (found.Count > 0)
            TellFound("  finding somebody meanwhile, once one is imported");
        if (spelt.Count > 0)
            report.Tell("  looking for somebody who is not imported yet", "ms", spelt);
        found.Clear();
        lives.Clear();
        spelt.Clear();

        foreach (var (again, full) in new[] { ("second import, nothing changed", false), ("second import, everything read again", true) })
        {
            var before = await idps.RequestsAsync();
            var began = Stopwatch.GetTimestamp();
            var tickets = (await door.PostAsync("/sync", new JsonObject { ["full"] = full }, CancellationToken.None)).AsArray();
            finding = Task.Run(FindAlwaysAsync);
            foreach (var ticket in tickets)
            {
                while (!(await door.GetAsync($"/sync/tickets/{ticket!["id"]}", CancellationToken.None))["done"]!.GetValue<bool>())
                    await Task.Delay(25);
            }

            report.Tell(again, "s", [Stopwatch.GetElapsedTime(began).TotalSeconds]);
            await StoppedAsync();
            if (found.Count >= 10)
                TellFound("  finding somebody by work email meanwhile");
            found.Clear();
            lives.Clear();
            var after = await idps.RequestsAsync();
            foreach (var name in names)
                report.Tell($"  {name}: requests", "", [after[name] - before[name]]);
        }

        report.Tell("  working set of the server, at rest", "MB", [server.ResidentMegabytes]);
        server.Dispose();
        Directory.Delete(parent, recursive: true);

        // One in a hundred of a few hundred is chance; the share above the limit is not.
        void TellFound(string how)
        {
            report.Compare(how, "ms", found, "saying that it lives", lives);
            report.Tell($"  of {found.Count} answers above 5 ms", "%", [100.0 * found.Count(milliseconds => milliseconds > 5) / found.Count]);
        }

        async Task<List<JsonNode>> WaitAsync(OperatorsClient asked, Func<List<JsonNode>, bool> until)
        {
            while (true)
            {
                most = Math.Max(most, server.ResidentMegabytes);
                List<JsonNode> all = [.. (await asked.GetAsync("/sync", CancellationToken.None)).AsArray().Select(line => line!)];
                if (until(all))
                    return all;
                usable |= all.Exists(line => line["usable"]!.GetValue<bool>());
                await Task.Delay(25);
            }
        }

        // From the first connection on that can be answered from, as somebody who asks again and again.
        async Task FindAlwaysAsync()
        {
            while (!Volatile.Read(ref done))
            {
                if (Volatile.Read(ref usable))
                    await FindAsync();
                await Task.Delay(5);
            }
        }

        async Task StoppedAsync()
        {
            Volatile.Write(ref done, true);
            await finding;
            done = false;
        }

        // The whole answer, over a connection that stays open, as an agent of the desk gets it.
        async Task FindAsync()
        {
            var person = logins[random.Next(logins.Count)];
            var (milliseconds, answer) = await TimedAsync(http, OperatorsClient.Path("/people", ("person", person)));
            if (!answer.Contains("work_email", StringComparison.Ordinal))
            {
                // Not imported yet: then everybody who is spelt nearly so is looked for, which is another question.
                spelt.Add(milliseconds);
                return;
            }

            found.Add(milliseconds);
            lives.Add((await TimedAsync(probe, "/healthz")).Milliseconds);
        }

        async Task<(double Milliseconds, string Answer)> TimedAsync(HttpClient client, string path)
        {
            var began = Stopwatch.GetTimestamp();
            using var answer = await client.GetAsync(new Uri(path, UriKind.Relative));
            var text = await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync();
            return (Stopwatch.GetElapsedTime(began).TotalMilliseconds, text);
        }
    }

    /// <summary>The limit: the same pages fetched and parsed by the same connector, and nothing done with them.</summary>
    private static async Task FetchAsync(Report report, DataFolder data, string name)
    {
        using var services = new ServiceCollection().AddIdps().BuildServiceProvider();
        var settings = ServerSettings.Read(data, null, new Dictionary<string, string>());
        var source = (IDirectorySource)ConnectionSettings.Create(settings, services).Find(name)!;
        var began = Stopwatch.GetTimestamp();
        var (open, pages) = (Channel.CreateUnbounded<DirectoryRead>(), 0);
        var left = 0;
        foreach (var read in source.ReadsFor(null).Reads)
            Open(read);
        await Task.WhenAll(Enumerable.Range(0, new SyncOptions().Readers).Select(_ => Task.Run(async () =>
        {
            using var bulk = AmbientUrgency.Of(Urgency.Bulk);
            await foreach (var read in open.Reader.ReadAllAsync())
            {
                var page = await source.ReadAsync(read, CancellationToken.None);
                Interlocked.Increment(ref pages);
                foreach (var next in page.Next.Concat(page.Details.Select(detail => detail.Read)))
                    Open(next);
                if (Interlocked.Decrement(ref left) == 0)
                    open.Writer.Complete();
            }
        })));
        report.Tell($"the limit: {name}'s {pages} pages fetched and parsed, nothing stored", "s", [Stopwatch.GetElapsedTime(began).TotalSeconds]);

        void Open(DirectoryRead read)
        {
            Interlocked.Increment(ref left);
            open.Writer.TryWrite(read);
        }
    }

    private static long Log(DataFolder data) => File.Exists(data.People.Replace(".db", "-log.db", StringComparison.Ordinal)) ? new FileInfo(data.People.Replace(".db", "-log.db", StringComparison.Ordinal)).Length : 0;

    private static JsonObject Settings(EmulatedIdpsChild idps, int port, IReadOnlyList<string> names)
    {
        var connections = idps.Connections.DeepClone().AsObject();
        foreach (var name in connections.Select(connection => connection.Key).Except(names).ToList())
            connections.Remove(name);
        return new JsonObject { ["listen"] = $"127.0.0.1:{port}", ["connections"] = connections };
    }
}
