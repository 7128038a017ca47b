using System.Text.Json.Nodes;
using Siit.Iam.Agent.Audit;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Gate.StandingApprovals;
using Siit.Iam.Agent.Playbooks.Publishing;
using Siit.Iam.Agent.Playbooks.Runs;
using Siit.Iam.Agent.Playbooks.Triggers;
using Siit.Iam.Agent.Requests;
using Siit.Iam.Agent.Tests.Playbooks.Runs;
using Siit.Iam.Agent.Tests.Support;
using Siit.Iam.Agent.Tests.ToolServers;
using Siit.Iam.Agent.ToolServers;

namespace Siit.Iam.Agent.Tests.Playbooks.Publishing;

public sealed class PublishingTests
{
    private const string Ben = "ben@acme.example";

    private static string Own(string id = "own", string version = "1.0.0", string steps = Clear, string trigger = "manual") => $$"""
        schema: playbook/v1
        id: {{id}}
        version: {{version}}
        title: A test
        owner: group:desk
        triggers:
          - {{trigger}}
        inputs:
          person: { type: Person }
        policy:
          tools: [clear_sessions, suspend_user, unsuspend_user]
          targets: { person: person == input.person }
          limits: { people: 1, writes: 3 }
        steps:
        {{steps}}
        """;

    private const string Clear = "  - id: clear\n    do: clear_sessions\n    with: { person: =input.person, connection: okta }";
    private const string Suspend = "  - id: agree\n    approve: { approvers: one, timeout: PT1H, summary: Suspend }\n  - id: suspend\n    do: suspend_user\n    with: { person: =input.person, connection: okta }\n  - id: back\n    do: unsuspend_user\n    with: { person: =input.person, connection: okta }";
    private const string CallOther = "  - id: other\n    call: { playbook: other, version: ^1 }\n    with: { person: =input.person }";

    private static JsonObject Person => new() { ["person"] = Ben };

    [Fact]
    public async Task Run_OfAFileThatNobodyHasPublished_IsNotStarted()
    {
        await using var world = await RunWorld.StartAsync(playbook: Own(), requirePublished: true);
        var caller = await world.Gate.CallerAsync();

        var refused = await world.RunAsync(caller, "own", Person);

        Assert.Equal((RunState.Refused, "not_published"), (refused.State, refused.Code));
        Assert.Contains("siit-iam playbooks publish FILE", refused.Message, StringComparison.Ordinal);
        Assert.Empty(world.Desk.List());
        Assert.Empty(await world.RunsAsync());

        await PublishAsync(world, "own.yaml");
        var started = await world.RunAsync(caller, "own", Person);
        Assert.True((await world.EndAsync(started.Run!)).State == RunState.Succeeded, started.Message);
        Assert.Equal("own", Assert.Single(world.Desk.List()).Id);
    }

    [Fact]
    public async Task Run_WhereEveryConnectionIsEmulated_NeedsNoPublication()
    {
        await using var world = await RunWorld.StartAsync(playbook: Own());

        Assert.False(world.Desk.RequiresPublished);
        Assert.Equal(RunState.Succeeded, (await world.EndAsync((await world.RunAsync(await world.Gate.CallerAsync(), "own", Person)).Run!)).State);
    }

    /// <summary>Whoever tries it there publishes a file from wherever it lies, and is told that it is published.</summary>
    [Fact]
    public async Task Run_WhereFilesRun_WhatIsPublishedFromElsewhereRunsAsWell()
    {
        await using var world = await RunWorld.StartAsync(playbook: Own());
        await File.WriteAllTextAsync(PathOf(world, "elsewhere.txt"), Own("elsewhere"));
        await PublishAsync(world, "elsewhere.txt");

        Assert.Equal(["elsewhere", "own"], world.Desk.List().Select(playbook => playbook.Id));
        Assert.Equal(["elsewhere", "own"], world.Desk.All().Select(playbook => playbook.Id));
        Assert.Equal(RunState.Succeeded, (await world.EndAsync((await world.RunAsync(await world.Gate.CallerAsync(), "elsewhere", Person)).Run!)).State);
        // What lies there is what runs, whatever was published of it.
        await PublishAsync(world, "own.yaml");
        await File.WriteAllTextAsync(PathOf(world, "own.yaml"), Own(version: "1.1.0"));
        Assert.Equal("1.1.0", world.Desk.List().Single(playbook => playbook.Id == "own").Version);
    }

    /// <summary>The lock comes by git like the playbooks, and may come after the server.</summary>
    [Fact]
    public async Task Tool_LockedAfterTheStart_WhatWasPublishedWithItRunsAgain()
    {
        await using var host = await ToolServerHost.StartAsync();
        var settings = host.Settings();
        await using var world = await RunWorld.StartAsync(
            playbook: Own(steps: "  - id: tell\n    do: chat.post_message\n    with: { channel: it, text: Hello }").Replace("tools: [clear_sessions, suspend_user, unsuspend_user]", "tools: [chat.post_message]", StringComparison.Ordinal),
            others: new Dictionary<string, string> { [ToolLock.FileName] = (await ToolServerHost.LockAsync(settings)).Written() }, requirePublished: true, toolServers: settings);
        await PublishAsync(world, "own.yaml");
        File.Move(PathOf(world, ToolLock.FileName), PathOf(world, "away"));
        await world.Gate.StopServerAsync();
        await world.Gate.StartServerAsync();
        var caller = await world.Gate.CallerAsync();

        var without = await world.RunAsync(caller, "own", Person);
        File.Move(PathOf(world, "away"), PathOf(world, ToolLock.FileName));
        var again = await world.RunAsync(caller, "own", Person);

        Assert.True(without.Run is null && without.State == RunState.Refused, without.Message);
        Assert.True(again.Run is not null, again.Message);
        Assert.Equal(RunState.Succeeded, (await world.EndAsync(again.Run)).State);
        Assert.Single(host.Chat.Calls);
        // And not longer than it is locked.
        File.Delete(PathOf(world, ToolLock.FileName));
        Assert.Null((await world.RunAsync(caller, "own", Person)).Run);
    }

    [Fact]
    public async Task File_ChangedAfterPublishing_ThePublishedContentGoesOnRunning()
    {
        await using var world = await RunWorld.StartAsync(playbook: Own(), requirePublished: true);
        await PublishAsync(world, "own.yaml");
        var published = world.Desk.StandingOf("own").Sha256;
        Assert.Equal("published", world.Desk.StandingOf("own").State);

        await File.WriteAllTextAsync(PathOf(world, "own.yaml"), Own(version: "1.1.0", steps: Suspend));

        Assert.Equal(("changed since published", "1.0.0", "1.1.0"), (world.Desk.StandingOf("own").State, world.Desk.StandingOf("own").PublishedVersion, world.Desk.StandingOf("own").FileVersion));
        var run = await world.EndAsync((await world.RunAsync(await world.Gate.CallerAsync(), "own", Person)).Run!);
        Assert.Equal((RunState.Succeeded, "own 1.0.0"), (run.State, run.Playbook));
        Assert.Equal(published, Assert.Single(await world.RunsAsync()).Sha256);

        // A file that is gone runs on, too.
        File.Delete(PathOf(world, "own.yaml"));
        Assert.Equal(RunState.Succeeded, (await world.EndAsync((await world.RunAsync(await world.Gate.CallerAsync("other"), "own", Person)).Run!)).State);
    }

    [Fact]
    public async Task Publish_SameVersionWithOtherContent_IsRefused()
    {
        await using var world = await RunWorld.StartAsync(playbook: Own(), requirePublished: true);
        await PublishAsync(world, "own.yaml");
        Assert.Equal("already_published", (await TryPublishAsync(world, "own.yaml")).Code);
        await File.WriteAllTextAsync(PathOf(world, "own.yaml"), Own(steps: Suspend));

        var refused = await TryPublishAsync(world, "own.yaml");

        Assert.Equal("version_taken", refused.Code);
        Assert.Contains("raise 'version'", refused.Message, StringComparison.Ordinal);
        Assert.Equal(1, world.Gate.Audit().Count(entry => entry.Kind == AuditKinds.PlaybookPublished));

        await File.WriteAllTextAsync(PathOf(world, "own.yaml"), Own(version: "1.0.1", steps: Suspend));
        await PublishAsync(world, "own.yaml", "egon@acme.example");
        Assert.Equal("1.0.1", world.Desk.StandingOf("own").PublishedVersion);
    }

    [Fact]
    public async Task Publish_SomethingElseThanWasShown_IsRefused()
    {
        await using var world = await RunWorld.StartAsync(playbook: Own(), requirePublished: true);
        var by = await world.Gate.ApproverAsync("dana@acme.example");

        var (_, refusal) = await world.Gate.Get<PublishDesk>().PublishAsync("own.yaml", Own(), new string('0', 64), by, CancellationToken.None);

        Assert.Equal("changed_meanwhile", refusal!.Code);
        Assert.DoesNotContain(world.Gate.Audit(), entry => entry.Kind == AuditKinds.PlaybookPublished);
    }

    [Fact]
    public async Task Publish_FileWithErrors_IsRefusedWithEachOfThem()
    {
        await using var world = await RunWorld.StartAsync(playbook: Own().Replace("do: clear_sessions", "do: clear_session", StringComparison.Ordinal), requirePublished: true);

        var refused = await TryPublishAsync(world, "own.yaml");

        Assert.Equal("playbook_has_errors", refused.Code);
        Assert.Contains("own.yaml:16:9: error PB010", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Publish_WhereOnlyThePublisherCouldApprove_IsRefused()
    {
        await using var world = await RunWorld.StartAsync(playbook: Own(steps: Suspend), requirePublished: true);

        var refused = await TryPublishAsync(world, "own.yaml");
        Assert.Equal("nobody_could_approve", refused.Code);

        await world.Gate.ApproverAsync("egon@acme.example", "security");
        Assert.Null((await TryPublishAsync(world, "own.yaml")).Code);
    }

    [Fact]
    public async Task Approve_ByWhoeverPublishedIt_IsRefused()
    {
        await using var world = await RunWorld.StartAsync(playbook: Own(steps: Suspend), requirePublished: true);
        var egon = await world.Gate.ApproverAsync("egon@acme.example", "security");
        var dana = await PublishAsync(world, "own.yaml");
        var run = await world.RunAsync(await world.Gate.CallerAsync(), "own", Person);
        var waiting = await world.StopsAsync(run.Run!);

        Assert.Equal("is_author", (await world.Gate.DecideAsync(waiting.WaitsFor!, dana)).Code);
        Assert.Equal(RunState.Succeeded, (await world.DriveAsync(run.Run!, egon)).State);
        Assert.Equal([dana.Email], (await world.Gate.Calls.FindAsync(waiting.WaitsFor!, CancellationToken.None))!.Authors);
    }

    [Fact]
    public async Task Unpublish_NoRunStartsAnyMore_WhatHasBegunGoesOn()
    {
        await using var world = await RunWorld.StartAsync(playbook: Own(steps: Suspend), requirePublished: true);
        var egon = await world.Gate.ApproverAsync("egon@acme.example", "security");
        var dana = await PublishAsync(world, "own.yaml");
        var caller = await world.Gate.CallerAsync();
        var run = (await world.RunAsync(caller, "own", Person)).Run!;
        await world.StopsAsync(run);

        var (withdrawn, _) = await world.Gate.Get<PublishDesk>().UnpublishAsync("own", dana, CancellationToken.None);

        Assert.Equal(["own 1.0.0"], withdrawn);
        Assert.Equal("not_published", (await world.RunAsync(caller, "own", Person)).Code);
        Assert.Equal(RunState.Succeeded, (await world.DriveAsync(run, egon)).State);
        Assert.Equal(dana.Email, world.Gate.Audit().Single(entry => entry.Kind == AuditKinds.PlaybookUnpublished).Data!["email"]!.GetValue<string>());

        // The name of the version stays taken, and whoever published it before stays its author.
        await PublishAsync(world, "own.yaml", "frank@acme.example");
        Assert.Equal([dana.Email, "frank@acme.example"], world.Gate.Get<PublishedBook>().Current("own")!.Authors);
    }

    [Fact]
    public async Task Call_OfAPublishedPlaybook_RunsWhatWasPublishedWithIt()
    {
        await using var world = await RunWorld.StartAsync(playbook: Own(steps: CallOther), others: new Dictionary<string, string> { ["other.yaml"] = Own("other") }, requirePublished: true);
        Assert.Equal("callee_not_published", (await TryPublishAsync(world, "own.yaml")).Code);
        await PublishAsync(world, "other.yaml");
        await PublishAsync(world, "own.yaml", "egon@acme.example");
        var sha256 = world.Desk.StandingOf("other").Sha256!;

        // Another version of the called one is published since: what was read together runs together.
        await File.WriteAllTextAsync(PathOf(world, "other.yaml"), Own("other", "1.1.0", "  - id: no\n    require: input.person == 'nobody@acme.example'"));
        await PublishAsync(world, "other.yaml", "frank@acme.example");
        var caller = await world.Gate.CallerAsync();
        var run = await world.EndAsync((await world.RunAsync(caller, "own", Person)).Run!);

        Assert.True(run.State == RunState.Succeeded, run.Message);
        var child = Assert.Single(await world.RunsAsync("other"));
        Assert.Equal((sha256, "1.0.0"), (child.Sha256, child.PlaybookVersion));
        Assert.Equal(["dana@acme.example", "egon@acme.example"], child.Authors.Order());

        await world.Gate.Get<PublishDesk>().UnpublishAsync("other", await world.Gate.ApproverAsync("gina@acme.example"), CancellationToken.None);
        var refused = await world.RunAsync(caller, "own", Person);
        Assert.Equal("not_published", refused.Code);
        Assert.Contains("calls 'other'", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Trigger_OfAFileThatNobodyHasPublished_StartsNothing()
    {
        await using var world = await RunWorld.StartAsync(
            playbook: Own(trigger: "schedule: { cron: \"*/5 * * * *\" }\n    bind: { person: ben@acme.example }"), requirePublished: true);
        await world.TriggersAsync();
        Assert.Empty(await world.Desk.PlannedAsync(10, CancellationToken.None));

        await PublishAsync(world, "own.yaml");
        await world.TriggersAsync();
        Assert.Single(await world.Desk.PlannedAsync(10, CancellationToken.None));
        world.Gate.Time.Advance(TimeSpan.FromMinutes(6));
        await world.TriggersAsync();

        Assert.True(Assert.Single(await world.RunsAsync()).Published);
    }

    /// <summary>What is handed in starts what is published, whatever its file says by now.</summary>
    [Fact]
    public async Task Request_OfAFormWhoseFileHasChanged_TellsWhatThePublishedVersionHasStarted()
    {
        await using var world = await RunWorld.StartAsync(playbook: Own(trigger: "request: { form: own }\n    bind: { person: =request.requester }"), requirePublished: true);
        await PublishAsync(world, "own.yaml");
        await File.WriteAllTextAsync(PathOf(world, "own.yaml"), Own(version: "1.1.0"));
        var (request, problems) = await world.Gate.Get<RequestDesk>().SubmitAsync("REQ-1", Ben, "please", CancellationToken.None, "own", []);
        Assert.True(request is not null, string.Join(' ', problems));
        await world.TriggersAsync();

        var started = Assert.Single(await world.Gate.Get<RequestStarts>().OfAsync(request, CancellationToken.None));

        Assert.Equal("own 1.0.0", started.Playbook);
        Assert.NotNull(started.Run);
    }

    [Fact]
    public async Task Standing_NamedByTheFile_CoversRunsOfWhatIsPublishedOnly()
    {
        var options = new GateOptions
        {
            ReadBackPatience = TimeSpan.FromMilliseconds(500),
            SettlePatience = TimeSpan.FromSeconds(2),
            StandingApprovals =
            [
                new StandingApproval
                {
                    Id = "SA-1", Actions = ["suspend_user"], Triggers = ["manual"], Playbooks = ["own"], MaxPeople = 1, MaxPerDay = 5, Owner = "desk",
                    Expires = new DateTimeOffset(2100, 1, 1, 0, 0, 0, TimeSpan.Zero),
                },
            ],
        };
        var own = Own(steps: "  - id: suspend\n    do: suspend_user\n    with: { person: =input.person, connection: okta }").Replace("  limits:", "  standing: SA-1\n  limits:", StringComparison.Ordinal);
        await using var world = await RunWorld.StartAsync(playbook: own, options: options);
        await world.Gate.ApproverAsync("egon@acme.example");
        var caller = await world.Gate.CallerAsync();

        // Anybody who can write into the folder could have written it.
        var asked = await world.StopsAsync((await world.RunAsync(caller, "own", Person)).Run!);
        Assert.Equal(CallState.AwaitingApproval, (await world.Gate.Calls.FindAsync(asked.WaitsFor!, CancellationToken.None))!.State);

        await PublishAsync(world, "own.yaml");
        var covered = await world.EndAsync((await world.RunAsync(caller, "own", new JsonObject { ["person"] = "paul@acme.example" })).Run!);
        Assert.True(covered.State == RunState.Succeeded, covered.Message);
        Assert.Contains(covered.Steps, step => step.Contains("Approved by standing approval SA-1.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Store_RestoredFromBeforeAVersionWasWithdrawn_DoesNotPublishItAgain()
    {
        await using var world = await RunWorld.StartAsync(playbook: Own(), requirePublished: true);
        var dana = await PublishAsync(world, "own.yaml");
        var copy = await CopyAsync(world.Gate);
        await world.Gate.Get<PublishDesk>().UnpublishAsync("own", dana, CancellationToken.None);

        await PutBackAsync(world.Gate, copy);

        Assert.Equal("not_published", (await world.RunAsync(await world.Gate.CallerAsync(), "own", Person)).Code);
    }

    [Fact]
    public async Task Store_RestoredFromBeforeAVersionWasPublished_RunsNoOlderOneInItsPlace()
    {
        await using var world = await RunWorld.StartAsync(playbook: Own(), requirePublished: true);
        await PublishAsync(world, "own.yaml");
        var copy = await CopyAsync(world.Gate);
        await File.WriteAllTextAsync(PathOf(world, "own.yaml"), Own(version: "1.1.0"));
        world.Gate.Time.Advance(TimeSpan.FromSeconds(1));
        await PublishAsync(world, "own.yaml", "egon@acme.example");

        await PutBackAsync(world.Gate, copy);

        Assert.Equal(("content is missing", "1.1.0"), (world.Desk.StandingOf("own").State, world.Desk.StandingOf("own").PublishedVersion));
        Assert.Equal("not_published", (await world.RunAsync(await world.Gate.CallerAsync(), "own", Person)).Code);
        await PublishAsync(world, "own.yaml", "frank@acme.example");
        Assert.Equal("published", world.Desk.StandingOf("own").State);
        Assert.Equal(["egon@acme.example", "frank@acme.example"], world.Gate.Get<PublishedBook>().Current("own")!.Authors);
    }

    [Fact]
    public async Task Start_WithSeveralThingsInTheWay_TellsAllOfThem()
    {
        await using var world = await RunWorld.StartAsync(playbook: Own(steps: Suspend), requirePublished: true);
        await world.Gate.ApproverAsync("egon@acme.example", "security");
        await PublishAsync(world, "own.yaml");
        await world.Gate.Get<StopSwitches>().StopAsync("action:suspend_user", "incident", "uid:1", CancellationToken.None);

        var refused = await world.RunAsync(await world.Gate.CallerAsync(actions: ["clear_sessions", "unsuspend_user"]), "own", new JsonObject { ["persn"] = Ben }, requester: "nobody");

        Assert.Equal("invalid_input", refused.Code);
        foreach (var said in new[] { "'persn' is not an input", "'person' is missing.", "'requester' must be a work email.", "may not use suspend_user", "The action 'suspend_user' was stopped" })
            Assert.Contains(said, refused.Message, StringComparison.Ordinal);
    }

    private static string PathOf(RunWorld world, string file) => Path.Combine(world.PlaybookFolder, file);

    /// <summary>Publishes a file as an approver who is enrolled for it when he is not yet.</summary>
    private static async Task<ApproverRecord> PublishAsync(RunWorld world, string file, string by = "dana@acme.example")
    {
        var (code, message, approver) = await TryPublishAsync(world, file, by);
        Assert.True(code is null, message);
        return approver;
    }

    private static async Task<(string? Code, string Message, ApproverRecord By)> TryPublishAsync(RunWorld world, string file, string by = "dana@acme.example")
    {
        var desk = world.Gate.Get<PublishDesk>();
        var approver = await world.Gate.Get<ApproverRegistry>().FindAsync(by, CancellationToken.None) ?? await world.Gate.ApproverAsync(by);
        var text = await File.ReadAllTextAsync(PathOf(world, file));
        var (draft, refusal) = await desk.LookAsync(PathOf(world, file), text, CancellationToken.None);
        if (draft is not null)
            (_, refusal) = await desk.PublishAsync(PathOf(world, file), text, draft.Sha256, approver, CancellationToken.None);
        return (refusal?.Code, refusal?.Message ?? "", approver);
    }

    private static async Task<byte[]> CopyAsync(GateWorld world)
    {
        await world.StopServerAsync();
        var copy = await File.ReadAllBytesAsync(Path.Combine(world.Folder, "store.db"));
        await world.StartServerAsync();
        return copy;
    }

    private static async Task PutBackAsync(GateWorld world, byte[] copy)
    {
        await world.StopServerAsync();
        await File.WriteAllBytesAsync(Path.Combine(world.Folder, "store.db"), copy);
        File.Delete(Path.Combine(world.Folder, "store-log.db"));
        await world.StartServerAsync();
    }
}
