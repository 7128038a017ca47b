using System.Text.Json.Nodes;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Playbooks.Runs;
using Siit.Iam.Agent.Tests.Support;

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

    private static string Review(string approve, string loop = "onError: continue") => $$"""
        schema: playbook/v1
        id: own
        version: 1.0.0
        title: A review of a group
        owner: group:it-identity
        triggers:
          - manual
        inputs:
          first: { type: Person }
          second: { type: Person }
        policy:
          tools: [clear_sessions]
          targets: { person: "person in [input.first, input.second]" }
          limits: { people: 5, writes: 5 }
        steps:
          - id: each
            foreach: { in: "[input.first, input.second]", as: one, max: 5, {{loop}} }
            steps:
              - id: agree
                approve: { approvers: one, timeout: PT1H, summary: "Sign out ${one}" }
        {{approve}}
              - id: out
                do: clear_sessions
                with: { person: =one, connection: okta }
                undo: none
                because: It is a test
        """;

    /// <summary>What is not agreed to for one says nothing of the others: a review with one no is a review.</summary>
    [Theory]
    [InlineData("        else: skip", "onError: stop", "no", "succeeded")]
    [InlineData("        else: skip", "onError: stop", "silence", "succeeded")]
    [InlineData("", "onError: continue", "no", "failed")]
    [InlineData("", "onError: stop", "no", "refused")]
    public async Task Approve_ForEachOfSeveral_ANoIsForThatOne(string approve, string loop, string first, string end)
    {
        await using var world = await RunWorld.StartAsync(playbook: Review(approve, loop));
        var approver = await world.Gate.ApproverAsync("dana@acme.example");
        var started = await world.RunAsync(await world.Gate.CallerAsync(), "own", new JsonObject { ["first"] = Ben, ["second"] = "ana@acme.example" });
        Assert.True(started.Run is not null, $"{started.Message} {string.Join(' ', world.Desk.Check())}");

        var asked = await world.StopsAsync(started.Run!);
        if (first == "no")
            Assert.True((await world.Gate.DecideAsync(asked.WaitsFor!, approver, approve: false)).Taken);
        else
            world.Gate.Time.Advance(TimeSpan.FromMinutes(61));
        await Eventually.Is(() => world.GetAsync(started.Run!), now => now.WaitsFor != asked.WaitsFor);
        var ended = await world.DriveAsync(started.Run!, approver);

        Assert.True(end == ended.State.Word(), $"{ended.State} {ended.Message}\n{string.Join('\n', ended.Steps)}");
        Assert.Equal(end == "refused" ? 0 : 1, world.Gate.Okta.Ledger.Effects.Count);
        if (end != "refused")
            Assert.Contains(world.Gate.Okta.State.Users.Values.Single(user => user.Login == "ana@acme.example").Id, string.Join(' ', world.Gate.Okta.Ledger.Effects[0].Objects), StringComparison.Ordinal);
    }

    /// <summary>Nobody is asked for what the playbook's own targets do not allow.</summary>
    [Fact]
    public async Task Approve_OfSomebodyWhoIsNoTarget_AsksNobody()
    {
        await using var world = await RunWorld.StartAsync(playbook: Own("""
              - id: agree
                approve: { approvers: one, timeout: PT1H, summary: "Sign out" }
              - id: out
                do: clear_sessions
                with: { person: ana@acme.example, connection: =input.connection }
                undo: none
                because: It is a test
            """));
        await world.Gate.ApproverAsync("dana@acme.example");

        var ended = await world.StopsAsync((await world.RunAsync(await world.Gate.CallerAsync(), "own", RunWorld.Person(Ben))).Run!);

        Assert.True((RunState.Failed, "not_a_target") == (ended.State, ended.Code), $"{ended.State} {ended.Message}");
        Assert.DoesNotContain(world.Gate.Audit(), entry => entry.Action == Plans.ActionName);
    }

    /// <summary>What comes after the account is made is not refused because it is not there yet: the card says that it is asked for by itself.</summary>
    [Fact]
    public async Task Approve_OfAnAccountThatIsMadeFirst_LeavesWhatFollowsToItsOwnGate()
    {
        await using var world = await RunWorld.StartAsync(playbook: """
            schema: playbook/v1
            id: own
            version: 1.0.0
            title: Somebody new
            owner: group:it-identity
            triggers:
              - manual
            inputs:
              person: { type: Person }
              group: { type: string, max: 64 }
            policy:
              tools: [create_user, add_to_group]
              targets: { person: person == input.person }
              limits: { people: 1, writes: 2 }
            steps:
              - id: agree
                approve: { approvers: one, timeout: PT1H, summary: "Let ${input.person} in" }
              - id: create
                do: create_user
                with: { person: =input.person, connection: okta, first_name: Nina, last_name: New }
                undo: none
                because: It is a test
              - id: join
                do: add_to_group
                with: { person: =input.person, connection: okta, group: =input.group }
                undo: none
                because: It is a test
            """);
        var approver = await world.Gate.ApproverAsync("dana@acme.example");
        var group = world.Gate.Okta.State.Groups.Values.First(group => group.Name == "Figma Editors");

        var started = await world.RunAsync(await world.Gate.CallerAsync(), "own", new JsonObject { ["person"] = "nina.new@acme.example", ["group"] = group.Id });
        Assert.True(started.Run is not null, $"{started.Message} {string.Join(' ', world.Desk.Check())}");
        var asked = await world.StopsAsync(started.Run!);
        Assert.True(asked.State == RunState.Waiting, asked.Message);
        var card = (await world.Gate.Store.GetAsync<CallRecord>(asked.WaitsFor!))!.Card!;
        var ended = await world.DriveAsync(started.Run!, approver);

        Assert.Contains(card.Warnings, line => line.StartsWith("ASKED FOR BY ITSELF: /join add_to_group: ", StringComparison.Ordinal));
        Assert.True(ended.State == RunState.Succeeded, $"{ended.State} {ended.Message}");
        Assert.Equal(["user.create", "group.add_member"], world.Gate.Okta.Ledger.Effects.Select(effect => effect.Verb).Where(verb => verb is "user.create" or "group.add_member"));
    }

    /// <summary>A plan is good for a day. What comes later and takes nothing back is asked for again: the first card says so, and the second says why.</summary>
    [Fact]
    public async Task Approve_OfWhatComesMuchLater_SaysThatItIsAskedForAgain()
    {
        await using var world = await RunWorld.StartAsync(playbook: Own("""
              - id: agree
                approve: { approvers: one, timeout: PT1H, summary: "Away for a while" }
              - id: stop
                do: suspend_user
                with: { person: =input.person, connection: =input.connection }
              - id: away
                wait: { for: days(30) }
              - id: back
                do: unsuspend_user
                with: { person: =input.person, connection: =input.connection }
            """).Replace("suspend_user]", "suspend_user, unsuspend_user]", StringComparison.Ordinal));
        var approver = await world.Gate.ApproverAsync("dana@acme.example");
        var started = await world.RunAsync(await world.Gate.CallerAsync(), "own", RunWorld.Person(Ben));
        Assert.True(started.Run is not null, $"{started.Message} {string.Join(' ', world.Desk.Check())}");

        var first = await world.StopsAsync(started.Run!);
        var plan = (await world.Gate.Store.GetAsync<CallRecord>(first.WaitsFor!))!.Card!;
        await world.Gate.DecideAsync(first.WaitsFor!, approver);
        await Eventually.Is(() => world.GetAsync(started.Run!), now => now is { State: RunState.Waiting, WaitsFor: null });
        world.Gate.Time.Advance(TimeSpan.FromDays(31));
        var second = await world.StopsAsync(started.Run!);

        Assert.Contains("This approval is good for 24 hours. What comes later is asked for again then: /back.", plan.Consequences);
        Assert.True(second.State == RunState.Waiting, second.Message);
        Assert.Contains((await world.Gate.Store.GetAsync<CallRecord>(second.WaitsFor!))!.Card!.Drift!, line => line.Contains("a plan is good for 24 hours", StringComparison.Ordinal));
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
