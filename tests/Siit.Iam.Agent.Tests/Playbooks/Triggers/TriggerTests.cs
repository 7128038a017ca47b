using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.People.Hris;
using Siit.Iam.Agent.Playbooks.Runs;
using Siit.Iam.Agent.Playbooks.Triggers;
using Siit.Iam.Agent.Requests;
using Siit.Iam.Agent.Store;
using Siit.Iam.Agent.Tests.Playbooks.Runs;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.Playbooks.Triggers;

public sealed class TriggerTests
{
    private const string Ben = "ben@acme.example";

    private static string Own(string trigger, string inputs = "employee: { type: Employee }", string steps = "", string tail = "") => $$"""
        schema: playbook/v1
        id: own
        version: 1.0.0
        title: A test
        owner: group:it-identity
        triggers:
          - {{trigger}}
        inputs:
          {{inputs}}
        policy:
          tools: [find_person]
          limits: { people: 0, writes: 0 }
        {{tail}}
        steps:
          - id: seen
            do: find_person
            with: { person: ben@acme.example, connection: okta }
        {{steps}}
        """;

    private static string Waiting => "  - id: long\n    wait: { for: days(30) }\n";

    [Fact]
    public async Task HrisDate_Comes_StartsOnceAtItsTimeInThePersonsZone()
    {
        await using var world = await RunWorld.StartAsync(playbook: Own("{ hris: { date: end, at: \"17:00\", zone: person, catchUp: P7D }, bind: { employee: =employee } }"));
        Assert.DoesNotContain(world.Desk.Check(), finding => finding.Severity == Siit.Iam.Agent.Playbooks.Checks.Severity.Error);
        await world.TriggersAsync();
        var last = world.Today.AddDays(20);
        await world.EmployAsync("E1", Facts(end: last, location: "New York"));
        // Whom the HRIS tells about for the first time is no news: the whole look finds them.
        world.Gate.Time.Advance(TimeSpan.FromMinutes(20));
        await world.TriggersAsync();

        var planned = Assert.Single(await world.Desk.PlannedAsync(10, CancellationToken.None));
        Assert.Equal(ZonedTimes.At(last, new TimeOnly(17, 0), TimeZoneInfo.FindSystemTimeZoneById("America/New_York")), planned.Due);
        Assert.Empty(await world.RunsAsync());
        world.Gate.Time.Advance(planned.Due - world.Gate.Time.GetUtcNow() + TimeSpan.FromSeconds(1));
        await world.TriggersAsync();
        await world.TriggersAsync();

        var run = Assert.Single(await world.RunsAsync());
        Assert.Equal((Ben, "trigger:hris", "group:it-identity"), (run.Subject, run.Starter.Caller, run.Starter.Operator));
        Assert.Equal(RunState.Succeeded, (await world.EndAsync(run.Id)).State);
        Assert.Empty(await world.Desk.PlannedAsync(10, CancellationToken.None));
        var told = Assert.Single(world.Gate.Audit(), entry => entry.Kind == AuditKinds.RunStarted);
        Assert.Equal("hr:E1", told.Data!["subject"]!.GetValue<string>());
    }

    /// <summary>Nobody waits a quarter of an hour for what the first file says, and what it says of long ago starts nothing.</summary>
    [Fact]
    public async Task HrisDate_InTheVeryFirstFile_IsPlannedAtTheNextLookAndStartsOnce()
    {
        await using var world = await RunWorld.StartAsync(playbook: Own("{ hris: { date: end, at: \"17:00\", catchUp: P7D }, bind: { employee: =employee } }"));
        await world.TriggersAsync();
        var last = world.Today.AddDays(3);
        await TakeFileAsync(world, $"employee_id,work_email,end_date\nE1,{Ben},{last:yyyy-MM-dd}\nE2,ana@acme.example,{world.Today.AddDays(-30):yyyy-MM-dd}\nE3,dana@acme.example,\n");
        await world.TriggersAsync();

        var planned = Assert.Single(await world.Desk.PlannedAsync(10, CancellationToken.None));
        Assert.Equal(("hr:E1", ZonedTimes.At(last, new TimeOnly(17, 0), TimeZoneInfo.Utc)), (planned.Subject, planned.Due));
        await world.TriggersAsync();
        world.Gate.Time.Advance(planned.Due - world.Gate.Time.GetUtcNow() + TimeSpan.FromSeconds(1));
        await world.TriggersAsync();
        await world.TriggersAsync();

        Assert.Equal(Ben, Assert.Single(await world.RunsAsync()).Subject);
        Assert.Empty(await world.Desk.PlannedAsync(10, CancellationToken.None));
        Assert.DoesNotContain(world.Gate.Audit(), entry => entry.Kind == AuditKinds.RunNotStarted);
    }

    private static async Task TakeFileAsync(RunWorld world, string csv)
    {
        var bytes = Encoding.UTF8.GetBytes(csv);
        Assert.True((await world.Gate.Get<HrisBook>().TakeFileAsync("hr", Convert.ToHexStringLower(SHA256.HashData(bytes)), PeopleCsv.Read(bytes, world.Today), CancellationToken.None)).Taken);
    }

    [Fact]
    public async Task HrisDate_Moves_EndsTheWaitingRunAndPlansAnew()
    {
        await using var world = await RunWorld.StartAsync(playbook: Own("{ hris: { date: end, offset: -P5D, catchUp: P7D }, bind: { employee: =employee } }", steps: Waiting));
        await world.TriggersAsync();
        await world.EmployAsync("E1", Facts(end: world.Today.AddDays(5)));
        world.Gate.Time.Advance(TimeSpan.FromMinutes(20));
        await world.TriggersAsync();
        var first = Assert.Single(await world.RunsAsync());
        await Eventually.Is(() => world.GetAsync(first.Id), run => run.State == RunState.Waiting);

        await world.EmployAsync("E1", Facts(end: world.Today.AddDays(60)));
        await world.TriggersAsync();

        Assert.Equal(RunState.Cancelled, (await world.EndAsync(first.Id)).State);
        var planned = Assert.Single(await world.Desk.PlannedAsync(10, CancellationToken.None));
        Assert.Equal(HrisText.Date(world.Today.AddDays(60)), planned.Occurrence);

        // Back again: its run was ended for the move, so that the day counts anew.
        await world.EmployAsync("E1", Facts(end: world.Today.AddDays(5)));
        await world.TriggersAsync();
        Assert.Equal(2, (await world.RunsAsync()).Count);
        Assert.Empty(await world.Desk.PlannedAsync(10, CancellationToken.None));

        // Taken back altogether.
        await world.EmployAsync("E1", Facts());
        await world.TriggersAsync();
        Assert.Equal(RunState.Cancelled, (await world.EndAsync((await world.RunsAsync())[1].Id)).State);
    }

    [Fact]
    public async Task HrisDate_ServerWasDownForTooLong_IsToldAndNotStarted()
    {
        await using var world = await RunWorld.StartAsync(playbook: Own("{ hris: { date: probation_end, catchUp: P2D }, bind: { employee: =employee } }"));
        await world.TriggersAsync();
        await world.EmployAsync("E1", Facts() with { ProbationEnd = world.Today.AddDays(2) });
        await world.EmployAsync("E2", Facts("ana@acme.example") with { ProbationEnd = world.Today.AddDays(4) });
        // No event tells a probation's end: the whole look finds it.
        world.Gate.Time.Advance(TimeSpan.FromMinutes(20));
        await world.TriggersAsync();
        Assert.Equal(2, (await world.Desk.PlannedAsync(10, CancellationToken.None)).Count);

        world.Gate.Time.Advance(TimeSpan.FromDays(4.5));
        await world.TriggersAsync();

        Assert.Equal("ana@acme.example", Assert.Single(await world.RunsAsync()).Subject);
        var missed = Assert.Single(world.Gate.Audit(), entry => entry.Kind == AuditKinds.RunNotStarted);
        Assert.Equal(("too_late", "hr:E1"), (missed.Data!["code"]!.GetValue<string>(), missed.Data["subject"]!.GetValue<string>()));
    }

    [Fact]
    public async Task HrisEvent_WhereAndBind_StartsThoseItIsAbout()
    {
        await using var world = await RunWorld.StartAsync(playbook: Own(
            "{ hris: { event: department_changed }, where: \"has(event.after) && event.after == 'Sales'\", bind: { employee: =employee, before: \"=has(event.before) ? event.before : 'none'\" } }",
            "employee: { type: Employee }\n  before: { type: string, trust: untrusted }",
            "  - id: named\n    let: =input.before\n",
            "outputs:\n  before: =steps.named.value"));
        await world.TriggersAsync();
        await world.EmployAsync("E1", Facts() with { Department = "Support" });
        await world.EmployAsync("E2", Facts("ana@acme.example") with { Department = "Support" });
        await world.TriggersAsync();
        await world.EmployAsync("E1", Facts() with { Department = "Sales" });
        await world.EmployAsync("E2", Facts("ana@acme.example") with { Department = "Legal" });
        await world.TriggersAsync();

        var run = Assert.Single(await world.RunsAsync());
        Assert.Equal(Ben, run.Subject);
        Assert.Equal("Support", (await world.EndAsync(run.Id)).Outputs!["before"]!.GetValue<string>());
    }

    /// <summary>Killed at each thing that the look makes durable: each event has started one run in the end.</summary>
    [Fact]
    public async Task HrisEvents_KilledBetweenReadingAndStarting_StartOneRunEach()
    {
        for (var point = 0; ; point++)
        {
            await using var world = await RunWorld.StartAsync(playbook: Own("{ hris: { event: hired }, bind: { employee: =employee } }"));
            await world.TriggersAsync();
            await world.EmployAsync("E1", Facts() with { Start = world.Today.AddDays(1) });
            await world.EmployAsync("E2", Facts("ana@acme.example") with { Start = world.Today.AddDays(2) });

            world.Crash.Arm(point);
            await world.TriggersAsync();
            var crashed = world.Crash.Dead;
            if (crashed)
            {
                await world.Gate.KillServerAsync();
                world.Crash.Arm(null);
                await world.Gate.StartServerAsync();
                await world.TriggersAsync();
            }

            world.Crash.Arm(null);
            Assert.Equal(["ana@acme.example", Ben], (await world.RunsAsync()).Select(run => run.Subject).Order());
            if (!crashed || point > 30)
            {
                Assert.True(point > 4, $"Only {point} points.");
                return;
            }
        }
    }

    [Fact]
    public async Task IdpEvent_MemberAddedElsewhere_StartsAndOwnEffectsDoNotGoRound()
    {
        await using var company = await EmulatedCompany.StartAsync(null, "okta");
        await using var world = await RunWorld.StartAsync(company: company, synced: true, playbook: """
            schema: playbook/v1
            id: own
            version: 1.0.0
            title: In and out again
            owner: group:it-identity
            triggers:
              - idp: { event: membership.added, connection: okta }
                where: has(event.email)
                bind: { person: =event.email, group: =event.object }
              - idp: { event: membership.removed, connection: okta }
                where: has(event.email)
                bind: { person: =event.email, group: =event.object }
            inputs:
              person: { type: Person }
              group: { type: string, max: 100 }
            policy:
              tools: [add_to_group, remove_from_group]
              targets: { person: person == input.person }
              limits: { people: 1, writes: 2 }
            steps:
              - id: leave
                do: remove_from_group
                with: { person: =input.person, group: =input.group, connection: okta }
              - id: join
                do: add_to_group
                with: { person: =input.person, group: =input.group, connection: okta }
            """);
        Assert.Empty(world.Desk.Check());
        await world.SyncAsync();
        var group = world.Gate.Okta.State.Groups.Values.First(found => found.Type == "OKTA_GROUP" && !found.Members.ContainsKey(world.Gate.Okta.User(Ben).Id) && found.Roles.IsEmpty);
        Assert.Null(world.Gate.Okta.Arrange(new JsonObject { ["group"] = group.Name, ["add"] = Ben }));
        await world.SyncAsync();
        world.Gate.Time.Advance(TimeSpan.FromMinutes(20));
        await world.SyncAsync();

        var run = Assert.Single(await world.RunsAsync());
        var ended = await world.EndAsync(run.Id);
        Assert.True(ended.State == RunState.Succeeded, ended.Message);
        await world.SyncAsync();
        world.Gate.Time.Advance(TimeSpan.FromMinutes(20));
        await world.SyncAsync();

        Assert.Single(await world.RunsAsync());
        Assert.Equal((1, 1), (world.Gate.Okta.Ledger.Count("group.add_member"), world.Gate.Okta.Ledger.Count("group.remove_member")));
    }

    [Fact]
    public async Task Schedule_Comes_StartsEachTimeOnceAndSkipsWhatIsPast()
    {
        await using var world = await RunWorld.StartAsync(playbook: Own("{ schedule: { cron: \"0 7 * * *\", zone: Europe/Paris, catchUp: PT2H } }", "days: { type: int, default: 1 }"));
        await world.TriggersAsync();
        var first = Assert.Single(await world.Desk.PlannedAsync(10, CancellationToken.None)).Due;
        world.Gate.Time.Advance(first - world.Gate.Time.GetUtcNow() + TimeSpan.FromMinutes(1));
        await world.TriggersAsync();
        await world.TriggersAsync();
        Assert.Single(await world.RunsAsync());

        world.Gate.Time.Advance(TimeSpan.FromDays(3) + TimeSpan.FromHours(4));
        await world.TriggersAsync();

        Assert.Single(await world.RunsAsync());
        Assert.Single(world.Gate.Audit(), entry => entry.Kind == AuditKinds.RunNotStarted);
        Assert.True(Assert.Single(await world.Desk.PlannedAsync(10, CancellationToken.None)).Due > world.Gate.Time.GetUtcNow());
    }

    [Fact]
    public async Task Request_Submitted_StartsWithItsFieldsAndItsForm()
    {
        await using var world = await RunWorld.StartAsync(playbook: Own(
            "{ request: { form: app-access }, bind: { person: =request.requester } }",
            "person: { type: Person }\n  days: { type: int, min: 1, max: 90 }\n  why: { type: string, trust: untrusted, optional: true }"));
        var requests = world.Gate.Get<RequestDesk>();

        var (_, wrong) = await requests.SubmitAsync(null, Ben, "Please", CancellationToken.None, "app-access", new JsonObject { ["days"] = 900, ["person"] = "ana@acme.example" });
        Assert.Equal(2, wrong.Count);
        Assert.NotEmpty((await requests.SubmitAsync(null, Ben, "Please", CancellationToken.None, "no-such-form", [])).Problems);
        var (request, problems) = await requests.SubmitAsync("REQ-1", Ben, "Please", CancellationToken.None, "app-access", new JsonObject { ["days"] = 9 });
        Assert.Empty(problems);
        await world.TriggersAsync();
        await world.TriggersAsync();

        var run = Assert.Single(await world.RunsAsync());
        Assert.Equal((request!.Id, Ben, 9), (run.Request, run.Inputs["person"]!.GetValue<string>(), run.Inputs["days"]!.GetValue<int>()));
        Assert.Equal("not_manual", (await world.RunAsync(await world.Gate.CallerAsync(), "own", [])).Code);
    }

    [Fact]
    public async Task Overdue_NothingBegunForARequest_StartsAfterItsTime()
    {
        await using var world = await RunWorld.StartAsync(playbook: Own("{ overdue: { after: PT15M }, bind: { person: =request.requester } }", "person: { type: Person }"));
        var requests = world.Gate.Get<RequestDesk>();
        await requests.SubmitAsync("REQ-1", Ben, "Somebody has my password", CancellationToken.None);
        await requests.SubmitAsync("REQ-2", Ben, "Nothing urgent", CancellationToken.None);
        await requests.SubmitAsync("REQ-3", Ben, "Never mind", CancellationToken.None);
        await requests.NoteAsync("n1", "REQ-2", "Somebody looks at it.", null, CancellationToken.None);
        Assert.Null(await world.Gate.Get<RequestWork>().MoveAsync("REQ-3", RequestState.Done, null, "nina@acme.example", CancellationToken.None));
        await world.TriggersAsync();
        Assert.Empty(await world.RunsAsync());

        world.Gate.Time.Advance(TimeSpan.FromMinutes(16));
        await world.TriggersAsync();

        Assert.Equal("REQ-1", Assert.Single(await world.RunsAsync()).Request);
    }

    [Fact]
    public async Task Trigger_InputsDoNotFit_IsToldOnceAndNotTriedAgain()
    {
        await using var world = await RunWorld.StartAsync(playbook: Own(
            "{ hris: { event: title_changed }, bind: { employee: =employee, title: \"=has(employee.title) ? employee.title : ''\" } }",
            "employee: { type: Employee }\n  title: { type: string, max: 5, trust: untrusted }"));
        await world.TriggersAsync();
        await world.EmployAsync("E1", Facts() with { Title = "Clerk" });
        await world.EmployAsync("E1", Facts() with { Title = "A much longer title" });
        await world.TriggersAsync();
        await world.TriggersAsync();

        Assert.Empty(await world.RunsAsync());
        Assert.Equal("invalid_input", Assert.Single(world.Gate.Audit(), entry => entry.Kind == AuditKinds.RunNotStarted).Data!["code"]!.GetValue<string>());
        Assert.Contains("has 19 characters", Assert.Single(await world.Gate.Store.ListAsync<TriggerKey>()).Why, StringComparison.Ordinal);
    }

    private static HrisFacts Facts(string email = Ben, DateOnly? end = null, string? location = null) => new()
    {
        WorkEmail = email,
        FirstName = "Ben",
        LastName = "Berg",
        End = end,
        Location = location,
    };
}
