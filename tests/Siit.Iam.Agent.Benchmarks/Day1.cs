using System.Text.Json.Nodes;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Playbooks.Runs;

namespace Siit.Iam.Agent.Benchmarks;

/// <summary>From a row that is complete on disk to a finished Day-1 run on four IdPs.</summary>
internal static class Day1
{
    private const int Company = 200;

    /// <param name="latency">Of each request, in ms.</param>
    /// <param name="people">One after the other; nobody else starts meanwhile.</param>
    /// <param name="every">Seconds: <c>hris:settle</c> and <c>hris:every</c>. 10 are the product's own.</param>
    public static async Task MeasureAsync(Report report, int latency, int people, int every)
    {
        await using var scene = await RunScene.StartAsync(Company, latency, approvers: 30, file => Settings(file, every));
        var server = await scene.ServeAsync();
        await scene.PublishAsync(OwnPlaybooks.DayOneCalled, OwnPlaybooks.Everywhere(scene.Idps.Names));
        var staff = Staff.Employed(Company).Select((email, place) => Staff.Employee(place, email)).ToList();
        scene.Leave(staff);
        await scene.TakenAsync();
        scene.Approvers.Begin(TimeSpan.FromMilliseconds(50));

        // The first one warms.
        var (left, requests) = (new List<DateTimeOffset>(), scene.Idps.Names.ToDictionary(name => name, _ => new List<double>()));
        for (var place = 0; place <= people; place++)
        {
            var before = await scene.Idps.RequestsAsync();
            staff.Add(Staff.Joiner(place, Staff.Today));
            left.Add(scene.Leave(staff));
            await EndedAsync(scene, place + 1);
            var after = await scene.Idps.RequestsAsync();
            foreach (var name in place == 0 ? [] : scene.Idps.Names)
                requests[name].Add(after[name] - before[name]);
        }

        await scene.Approvers.DisposeAsync();
        server.Dispose();
        await TellAsync(report, scene, left, latency, every);
        foreach (var (name, counts) in requests)
            report.Tell($"  requests at {name}, with what the copy reads meanwhile", "", counts);
        report.Tell("  of them all", "", [.. Enumerable.Range(0, people).Select(place => requests.Values.Sum(counts => counts[place]))]);
    }

    private static async Task TellAsync(Report report, RunScene scene, List<DateTimeOffset> left, int latency, int every)
    {
        var (runs, calls, news) = await scene.StoredAsync();
        var (whole, noticing, starting, agreeing, working) = (new List<double>(), new List<double>(), new List<double>(), new List<double>(), new List<double>());
        for (var place = 1; place < left.Count; place++)
        {
            var of = runs.Where(run => run.Subject == Staff.JoinerEmail(place)).ToList();
            var top = of.Single(run => run.Parent is null);
            if (of.Exists(run => run.State != RunState.Succeeded) || of.Count != 5)
                throw new InvalidOperationException($"Not every run has succeeded: {string.Join(' ', of.Select(run => $"{run.Title} {run.State} {run.Message}"))}");
            var told = news.First(one => one.WorkEmail == Staff.JoinerEmail(place)).At;
            var agreed = calls.Where(call => of.Exists(run => run.Id == call.Run)).Select(call => call.Approval).OfType<ApprovalPart>().Sum(part => (part.CompleteAt - part.AskedAt)!.Value.TotalSeconds);
            whole.Add((top.EndedAt - left[place])!.Value.TotalSeconds);
            noticing.Add((told - left[place]).TotalSeconds);
            starting.Add((top.StartedAt - told).TotalSeconds);
            agreeing.Add(agreed);
            working.Add((top.EndedAt - top.StartedAt)!.Value.TotalSeconds - agreed);
        }

        report.Tell($"from the row on disk to the finished run, four IdPs at {latency} ms", "s", whole);
        report.Tell($"  waiting: until the file is taken (settle {every} s, every {every} s)", "s", noticing);
        report.Tell("  waiting: from there until the run starts", "s", starting);
        report.Tell("  waiting: for 8 decisions, scripted at once (2 at each IdP)", "s", agreeing);
        report.Tell("  working: five runs, Day-1 at one IdP after the other", "s", working);
    }

    private static async Task EndedAsync(RunScene scene, int count)
    {
        while (true)
        {
            var runs = (await scene.Door.GetAsync("/runs?limit=1000", CancellationToken.None)).AsArray();
            if (runs.Count == count * 5 && runs.All(run => run!["ended_at"] is not null))
                return;
            await Task.Delay(200);
        }
    }

    private static JsonObject Settings(string file, int every) => new()
    {
        ["hris"] = new JsonObject
        {
            ["sources"] = new JsonObject { ["hr"] = new JsonObject { ["file"] = file } },
            ["settle"] = $"{every}s",
            ["every"] = $"{every}s",
        },
        ["gate"] = new JsonObject { ["approverBudget"] = 1000 },
    };
}
