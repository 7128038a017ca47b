using System.Diagnostics;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Playbooks.Runs;

namespace Siit.Iam.Agent.Benchmarks;

/// <summary>So many onboardings and as many offboardings wait for their day and then run at once; every end state is looked at, at the IdPs.</summary>
internal static class MassRuns
{
    public static async Task MeasureAsync(Report report, int people, int latency, int approvers)
    {
        // About a third is left out: departments whose accounts come from elsewhere, and who has no account somewhere.
        var company = (people * 8 / 5) + 100;
        await using var scene = await RunScene.StartAsync(company, latency, approvers, file => Settings(file, people));
        var server = await scene.ServeAsync();
        await scene.PublishAsync(OwnPlaybooks.DayOne, OwnPlaybooks.Leaver);
        var everywhere = await EndStates.EverywhereAsync(scene.Idps);
        var leavers = Staff.Employed(company).Where(everywhere.Contains).Take(people).ToList();
        if (leavers.Count < people)
            throw new InvalidOperationException($"Only {leavers.Count} people of the company can leave everywhere.");
        var later = Staff.Today.AddDays(30);
        scene.Leave(Rows(leavers, 0, later, null));
        await scene.TakenAsync();
        var began = Stopwatch.GetTimestamp();
        scene.Leave(Rows(leavers, people, later, later));
        await WaitingAsync(scene, (people * 2 > 1000) ? 1000 : people * 2);
        report.Tell($"{people} onboardings and {people} offboardings planned, from the file on disk", "s", [Stopwatch.GetElapsedTime(began).TotalSeconds]);

        var (used, rest) = (server.ProcessorMilliseconds, Stopwatch.GetTimestamp());
        await Task.Delay(TimeSpan.FromSeconds(10));
        report.Tell("  while they wait: working set", "MB", [server.ResidentMegabytes]);
        report.Tell("  while they wait: share of one processor", "%", [(server.ProcessorMilliseconds - used) / Stopwatch.GetElapsedTime(rest).TotalMilliseconds * 100]);

        var (requests, beforeServer, beforeIdps) = (await scene.Idps.RequestsAsync(), server.ProcessorMilliseconds, scene.Idps.Process.ProcessorMilliseconds);
        began = Stopwatch.GetTimestamp();
        var left = scene.Leave(Rows(leavers, people, Staff.Today, Staff.Today.AddDays(-1)));
        scene.Approvers.Begin(TimeSpan.FromSeconds(5));
        var (most, mostOfIdps) = await RunningAsync(scene, server, began);
        var after = await scene.Idps.RequestsAsync();
        var processors = (server.ProcessorMilliseconds - beforeServer, scene.Idps.Process.ProcessorMilliseconds - beforeIdps);
        await scene.Approvers.DisposeAsync();
        server.Dispose();

        var (runs, calls, _) = await scene.StoredAsync();
        var ended = runs.Max(run => run.EndedAt ?? left);
        var seconds = (ended - left).TotalSeconds;
        var effects = calls.Where(call => call.Intent is not null).ToList();
        report.Tell("all of them at once: from the file on disk to the last run's end", "s", [seconds]);
        report.Tell("  from the first run's start to the last run's end", "s", [(ended - runs.Min(run => run.StartedAt)).TotalSeconds]);
        report.Tell("  from the first run's start to the last run's start", "s", [(runs.Max(run => run.StartedAt) - runs.Min(run => run.StartedAt)).TotalSeconds]);
        report.Tell($"  decisions of {approvers - 1} scripted approvers, each with a code", "", [scene.Approvers.Decisions]);
        report.Tell("  runs", "1/s", [runs.Count / seconds]);
        report.Tell($"  effects ({effects.Count})", "1/s", [effects.Count / seconds]);
        report.Tell("  requests at the IdPs", "1/s", [after.Sum(one => one.Value - requests[one.Key]) / seconds]);
        foreach (var (name, count) in after)
            report.Tell($"    at {name}", "", [count - requests[name]]);
        report.Tell("  working set of the server, most", "MB", [most]);
        report.Tell("  processor time of the server", "s", [processors.Item1 / 1000]);
        report.Tell("  processor time of the emulated IdPs, on the same cores", "s", [processors.Item2 / 1000]);
        report.Tell("  working set of the emulated IdPs, most", "MB", [mostOfIdps]);
        foreach (var group in runs.GroupBy(run => (run.Playbook, State: run.State.Word(), run.Code)).OrderBy(group => group.Key.ToString(), StringComparer.Ordinal))
            report.Tell($"  runs of {group.Key.Playbook}: {group.Key.State} {group.Key.Code}", "", [group.Count()]);
        foreach (var odd in runs.Where(run => run.State != RunState.Succeeded).Take(5))
            System.Console.Error.WriteLine($"{odd.Id} {odd.Playbook} {odd.Subject}: {odd.State} {odd.Code} {odd.Message}");
        foreach (var group in calls.GroupBy(call => (call.Action, State: call.State.Word(), call.Code)).OrderBy(group => group.Key.ToString(), StringComparer.Ordinal))
            report.Tell($"  calls of {group.Key.Action}: {group.Key.State} {group.Key.Code}", "", [group.Count()]);
        await EndStates.TellAsync(report, scene.Idps, leavers, people);
        var verified = AuditVerifier.Verify(new AuditFiles(scene.Data.Audit));
        report.Tell($"  audit entries, the log is {(verified.IsWhole ? "whole" : "NOT WHOLE")}", "", [verified.Entries]);
    }

    private static IEnumerable<(string, People.Hris.HrisFacts)> Rows(List<string> leavers, int joiners, DateOnly start, DateOnly? end) =>
        [.. leavers.Select((email, place) => Staff.Employee(place, email, end)), .. Enumerable.Range(0, joiners).Select(place => Staff.Joiner(place, start))];

    private static async Task WaitingAsync(RunScene scene, int planned)
    {
        for (var last = ""; ; await Task.Delay(500))
        {
            var now = await scene.Door.GetAsync("/playbooks/planned?limit=1000", CancellationToken.None);
            // More than one page are known by standing still.
            if (now.AsArray().Count >= planned && now.ToJsonString() == last)
                return;
            last = now.ToJsonString();
        }
    }

    private static async Task<(double Server, double Idps)> RunningAsync(RunScene scene, Child server, long began)
    {
        var (most, idps, idle, told) = (0.0, 0.0, 0, 0);
        while (idle < 3)
        {
            (most, idps) = (Math.Max(most, server.ResidentMegabytes), Math.Max(idps, scene.Idps.Process.ResidentMegabytes));
            var open = 0;
            foreach (var path in new[] { "/playbooks/planned?limit=1", "/runs?state=running&limit=1", "/runs?state=waiting&limit=1" })
                open += (await scene.Door.GetAsync(path, CancellationToken.None)).AsArray().Count;
            idle = open == 0 ? idle + 1 : 0;
            if (Stopwatch.GetElapsedTime(began).TotalSeconds / 30 > told)
            {
                told++;
                var requests = await scene.Idps.RequestsAsync();
                System.Console.Error.WriteLine(
                    $"{Stopwatch.GetElapsedTime(began).TotalSeconds:0} s: {requests.Values.Sum()} requests, server {server.ProcessorMilliseconds / 1000:0} s and {server.ResidentMegabytes:0} MB, IdPs {scene.Idps.Process.ProcessorMilliseconds / 1000:0} s, "
                    + string.Join(", ", (await Task.WhenAll(new[] { "running", "waiting", "succeeded" }.Select(async state => $"{state} {(await scene.Door.GetAsync($"/runs?state={state}&limit=1000", CancellationToken.None)).AsArray().Count}")))));
            }

            await Task.Delay(500);
        }

        return (most, idps);
    }

    /// <summary>The limits of a day on which so many begin and leave, as somebody has set them who expects that.</summary>
    private static JsonObject Settings(string file, int people)
    {
        var leavers = new JsonObject
        {
            ["id"] = "SA-LEAVER",
            ["actions"] = new JsonArray("suspend_user", "remove_application"),
            ["triggers"] = new JsonArray("hris"),
            ["playbooks"] = new JsonArray("offboard-leaver"),
            ["maxPeople"] = 1,
            ["maxPerDay"] = people + 100,
            ["owner"] = "security",
            ["expires"] = TimeProvider.System.GetUtcNow().AddDays(30).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'"),
        };
        return new JsonObject
        {
            ["hris"] = new JsonObject { ["sources"] = new JsonObject { ["hr"] = new JsonObject { ["file"] = file } }, ["leaversPerDay"] = 10_000, ["settle"] = "1s", ["every"] = "1s" },
            ["gate"] = new JsonObject
            {
                ["callsPerMinute"] = 1_000_000,
                ["approverBudget"] = 1000,
                ["standingApprovals"] = new JsonArray(leavers),
                ["budgets"] = new JsonArray(
                    new JsonObject { ["actions"] = "*", ["per"] = "caller", ["max"] = people * 50, ["window"] = "1h" },
                    new JsonObject { ["actions"] = "high", ["per"] = "tenant", ["max"] = people * 5, ["window"] = "1h" }),
            },
        };
    }
}
