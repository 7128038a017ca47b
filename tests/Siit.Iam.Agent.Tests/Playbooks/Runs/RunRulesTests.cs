using System.Text.Json.Nodes;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Playbooks.Runs;

namespace Siit.Iam.Agent.Tests.Playbooks.Runs;

public sealed class RunRulesTests
{
    private const string Ben = "ben@acme.example";

    private static string Own(string steps, string limits = "{ people: 1, writes: 5 }", string tail = "onFailure: stop") => $$"""
        schema: playbook/v1
        id: own
        version: 1.0.0
        title: A test
        owner: group:it-identity
        triggers:
          - manual
        inputs:
          person: { type: Person }
          connection: { type: string, max: 64 }
        policy:
          tools: [find_person, clear_sessions, remove_application, suspend_user]
          targets:
            person: person == input.person
          limits: {{limits}}
        steps:
        {{steps}}
        {{tail}}
        """;

    [Fact]
    public async Task Foreach_OverMoreItemsThanAllowed_BeginsNoneOfThem()
    {
        await using var world = await RunWorld.StartAsync(playbook: Own("""
              - id: found
                do: find_person
                with: { person: =input.person, connection: =input.connection }
              - id: one
                require: size(steps.found.accounts) == 1
              - id: agree
                approve: { approvers: one, timeout: PT1H, summary: "Take away" }
              - id: sessions
                do: clear_sessions
                with: { person: =input.person, connection: =input.connection }
                undo: none
                because: It is a test
              - id: remove
                foreach: { in: "steps.found.accounts[0].applications", as: app, max: 1, onError: continue }
                steps:
                  - id: unassign
                    do: remove_application
                    with: { person: =input.person, connection: =input.connection, application: =app.id }
                    undo: inverse
            """));
        var approver = await world.Gate.ApproverAsync("dana@acme.example");
        var started = await world.RunAsync(await world.Gate.CallerAsync(), "own", RunWorld.Person(Ben));

        var ended = await world.DriveAsync(started.Run!, approver);

        Assert.True((RunState.Failed, "too_many_items") == (ended.State, ended.Code), $"{ended.Message} {string.Join(' ', world.Desk.Check())}");
        Assert.Empty(world.Gate.Okta.Ledger.Of("app."));
    }

    /// <summary>A loop over the first page of a group would leave out everybody else, and succeed.</summary>
    [Theory]
    [InlineData("=2", false)]
    [InlineData("=100", true)]
    public async Task Foreach_OverOnePageOfALongerList_BeginsNoneOfThem(string limit, bool runs)
    {
        await using var world = await RunWorld.StartAsync(playbook: $$"""
            schema: playbook/v1
            id: own
            version: 1.0.0
            title: A test
            owner: group:it-identity
            triggers:
              - manual
            inputs:
              group: { type: string, max: 64 }
            policy:
              tools: [list_members, clear_sessions]
              targets: { person: "person.startsWith('okta:')" }
              limits: { people: 25, writes: 25 }
            steps:
              - id: read
                do: list_members
                with: { group: =input.group, connection: okta, limit: {{limit}} }
              - id: out
                foreach: { in: "steps.read.members", as: member, max: 25, onError: continue }
                steps:
                  - id: sessions
                    do: clear_sessions
                    with: { person: "okta:${member.id}", connection: okta }
                    undo: none
                    because: It is a test
            """);
        var group = world.Gate.Okta.State.Groups.Values.First(group => group.Members.Count is > 2 and < 25);

        var started = await world.RunAsync(await world.Gate.CallerAsync(), "own", new JsonObject { ["group"] = group.Id });
        Assert.True(started.Run is not null, $"{started.Message} {string.Join(' ', world.Desk.Check())}");
        var ended = await world.EndAsync(started.Run!);

        Assert.True((runs ? RunState.Succeeded : RunState.Failed, runs ? null : "too_many_items") == (ended.State, ended.Code), $"{ended.State} {ended.Message}");
        // Whoever is protected is left out, by the gate.
        Assert.InRange(world.Gate.Okta.Ledger.Effects.Count, runs ? 3 : 0, runs ? group.Members.Count : 0);
    }

    [Fact]
    public async Task Starter_RemovedMeanwhile_NothingMoreIsDone()
    {
        await using var world = await RunWorld.StartAsync(playbook: Plain);
        var approver = await world.Gate.ApproverAsync("dana@acme.example");
        var caller = await world.Gate.CallerAsync();
        var started = await world.StopsAsync((await world.RunAsync(caller, "suspend-plain", RunWorld.Person(Ben))).Run!);
        Assert.True((await world.Gate.Store.CommitAsync([Siit.Iam.Agent.Store.Change.Save(caller with { RemovedAt = world.Gate.Time.GetUtcNow() })])).Done);

        await world.Gate.DecideAsync(started.WaitsFor!, approver);
        var ended = await world.EndAsync(started.Run!);

        Assert.Equal((RunState.Failed, "caller_removed"), (ended.State, ended.Code));
        Assert.True(world.Gate.Okta.Ledger.Effects.Count <= 1);
    }

    [Fact]
    public async Task Playbook_ChangedMeanwhile_RunsAsItWasStarted()
    {
        await using var world = await RunWorld.StartAsync(playbook: Plain);
        var approver = await world.Gate.ApproverAsync("dana@acme.example");
        var started = await world.RunAsync(await world.Gate.CallerAsync(), "suspend-plain", RunWorld.Person(Ben));
        var path = world.Desk.List().Single().File.Path;
        await File.WriteAllTextAsync(path, "schema: nothing");

        Assert.Equal("unknown_playbook", (await world.RunAsync(await world.Gate.CallerAsync("b"), "suspend-plain", RunWorld.Person(Ben))).Code);
        Assert.Equal(RunState.Succeeded, (await world.DriveAsync(started.Run!, approver)).State);
    }

    [Fact]
    public async Task Guard_Decided_StaysDecidedAfterARestart()
    {
        await using var world = await RunWorld.StartAsync(playbook: Plain);
        var approver = await world.Gate.ApproverAsync("dana@acme.example");
        var started = await world.RunAsync(await world.Gate.CallerAsync(), "suspend-plain", RunWorld.Person(Ben));
        // What the guard has seen is not so any more; asked again, it would say no.
        Assert.Null(world.Gate.Okta.Arrange(new JsonObject { ["user"] = Ben, ["status"] = "LOCKED_OUT" }));
        Assert.Null(world.Gate.Okta.Arrange(new JsonObject { ["user"] = Ben, ["status"] = "ACTIVE" }));
        await world.Gate.StopServerAsync();
        await world.Gate.StartServerAsync();

        var ended = await world.DriveAsync(started.Run!, approver);

        Assert.Equal(RunState.Succeeded, ended.State);
        Assert.Single(world.Gate.Audit(), entry => entry.Run == started.Run && entry.Action == "find_person" && entry.Kind == Siit.Iam.Agent.Audit.AuditKinds.CallReceived);
    }

    [Fact]
    public async Task Store_RestoredFromBeforeTheEffects_RepeatsNone()
    {
        await using var world = await RunWorld.StartAsync(playbook: Plain);
        var approver = await world.Gate.ApproverAsync("dana@acme.example");
        var started = await world.RunAsync(await world.Gate.CallerAsync(), "suspend-plain", RunWorld.Person(Ben));
        await world.Gate.StopServerAsync();
        var older = Directory.CreateTempSubdirectory("siit-older-").FullName;
        foreach (var file in Directory.EnumerateFiles(world.Gate.Folder, "store*.db"))
            File.Copy(file, Path.Combine(older, Path.GetFileName(file)));
        await world.Gate.StartServerAsync();
        Assert.Equal(RunState.Succeeded, (await world.DriveAsync(started.Run!, approver)).State);
        await world.Gate.StopServerAsync();
        foreach (var file in Directory.EnumerateFiles(world.Gate.Folder, "store*.db"))
            File.Delete(file);
        foreach (var file in Directory.EnumerateFiles(older))
            File.Copy(file, Path.Combine(world.Gate.Folder, Path.GetFileName(file)));
        var effects = world.Gate.Okta.Ledger.Effects.Count;
        await world.Gate.StartServerAsync();

        var ended = await world.EndAsync(started.Run!);

        Assert.True(ended.State == RunState.Succeeded, ended.Message);
        Assert.Equal(effects, world.Gate.Okta.Ledger.Effects.Count);
    }

    private static string Plain => Own("""
          - id: found
            do: find_person
            with: { person: =input.person, connection: =input.connection }
          - id: active
            require: size(steps.found.accounts) == 1 && steps.found.accounts[0].status == 'active'
            message: "${input.person} is not active."
          - id: agree
            approve: { approvers: one, timeout: PT1H, summary: "Suspend ${input.person}" }
          - id: suspend
            do: suspend_user
            with: { person: =input.person, connection: =input.connection }
            undo: inverse
          - id: sessions
            do: clear_sessions
            with: { person: =input.person, connection: =input.connection }
            undo: none
            because: It is a test
        """).Replace("id: own", "id: suspend-plain", StringComparison.Ordinal);
}
