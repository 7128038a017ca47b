using System.Text.Json.Nodes;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.People.Hris;
using Siit.Iam.Agent.Playbooks.Runs;
using Siit.Iam.Agent.Requests;
using Siit.Iam.Agent.Tests.Support;

namespace Siit.Iam.Agent.Tests.Playbooks.Runs;

/// <summary>The product's own playbooks, started by what starts them, before emulated IdPs.</summary>
public sealed class ProductTests
{
    private const string Ben = "ben@acme.example";
    private const string New = "nina.new@acme.example";

    [Fact]
    public async Task Day1_HrisTellsOfSomebodyNew_AccountGroupAndApplicationAreThere()
    {
        await using var world = await RunWorld.StartAsync();
        var approver = await world.Gate.ApproverAsync("dana@acme.example");
        await world.TriggersAsync();

        await world.EmployAsync("E900", Nina(world) with { Department = "Engineering" });
        await world.TriggersAsync();
        var run = Assert.Single(await world.RunsAsync());
        var ended = await world.DriveAsync(run.Id, approver);

        Assert.True(ended.State == RunState.Succeeded, Told(ended));
        Assert.Equal(("day1-provisioning", New), (run.Playbook, run.Subject));
        // Approval rules may look at what started the run.
        Assert.All(await world.Gate.Store.FindAsync<CallRecord>("run", run.Id, 100), call => Assert.Equal("hris", call.Trigger));
        var nina = world.Gate.Okta.User(New);
        Assert.Contains(world.Gate.Okta.State.Groups.Values, group => group.Name == "Engineering" && group.Members.ContainsKey(nina.Id));
        Assert.Contains(world.Gate.Okta.State.Apps.Values, app => app.Label == "AWS" && app.Users.ContainsKey(nina.Id));
        Assert.Equal(1, world.Gate.Okta.Ledger.Count("user.create"));
        Assert.Contains("laptop", Assert.Single(await world.Gate.Store.ListAsync<RequestRecord>()).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("entra")]
    [InlineData("google")]
    [InlineData("jumpcloud")]
    public async Task Day1_OtherIdps_CreatesAndTellsWhatIsMissing(string idp)
    {
        await using var company = await EmulatedCompany.StartAsync(null, idp);
        await using var world = await RunWorld.StartAsync(company: company);
        var approver = await world.Gate.ApproverAsync("dana@acme.example");
        await world.EmployAsync("E900", Nina(world) with { Department = "Engineering" });

        var started = await world.RunAsync(await world.Gate.CallerAsync(), "day1-provisioning", new JsonObject { ["employee"] = New, ["connection"] = idp });
        var ended = await world.DriveAsync(started.Run!, approver);

        Assert.True(ended.State == RunState.Succeeded, Told(ended));
        Assert.Equal(1, ended.Outputs!["groups"]!.GetValue<int>());
    }

    [Fact]
    public async Task Day1_ApplicationCannotBeGiven_TakesBackWhatWasDone()
    {
        await using var world = await RunWorld.StartAsync();
        var approver = await world.Gate.ApproverAsync("dana@acme.example");
        await world.EmployAsync("E900", Nina(world) with { Department = "Engineering" });
        var started = await world.RunAsync(await world.Gate.CallerAsync(), "day1-provisioning", new JsonObject { ["employee"] = "hr:E900" });
        var first = await world.StopsAsync(started.Run!);
        await world.Gate.DecideAsync(first.WaitsFor!, approver);
        var second = await Eventually.Is(() => world.GetAsync(started.Run!), answer => answer.WaitsFor is not null && answer.WaitsFor != first.WaitsFor);

        Assert.True((await world.Gate.Approvals.DecideAsync(second.WaitsFor!, approver, false, (await world.Gate.Calls.FindAsync(second.WaitsFor!, CancellationToken.None))!.Approval!.Digest, "no", CancellationToken.None)).Taken);
        var ended = await world.EndAsync(started.Run!);

        // A no to the access is no failure: the account that was agreed to stays.
        Assert.Equal(RunState.Refused, ended.State);
        Assert.NotNull(world.Gate.Okta.User(New));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task GroupMembership_Requested_EndsByItselfOrWhenTakenByHand(bool byHand)
    {
        await using var company = await EmulatedCompany.StartAsync(null, "okta");
        await using var world = await RunWorld.StartAsync(company: company, synced: byHand);
        var approver = await world.Gate.ApproverAsync("dana@acme.example");
        if (byHand)
            await world.SyncAsync();
        var (_, problems) = await world.Gate.Get<RequestDesk>().SubmitAsync(
            "REQ-9", Ben, "Please", CancellationToken.None, "group-membership", new JsonObject { ["group"] = "HR", ["days"] = 7, ["reason"] = "covering for Hana" });
        Assert.Empty(problems);
        await world.TriggersAsync();
        var run = Assert.Single(await world.RunsAsync());

        var asked = await world.StopsAsync(run.Id);
        Assert.True(asked.WaitsFor is not null, Told(asked));
        await world.Gate.DecideAsync(asked.WaitsFor!, approver);
        await Eventually.Is(() => world.GetAsync(run.Id), answer => answer.Message.Contains("waits until", StringComparison.Ordinal));
        Assert.True(IsIn(world, "HR"));

        if (byHand)
        {
            await world.SyncAsync();
            Assert.Null(world.Gate.Okta.Arrange(new JsonObject { ["group"] = "HR", ["remove"] = Ben }));
            await world.SyncAsync();
            world.Gate.Time.Advance(TimeSpan.FromMinutes(20));
            await world.SyncAsync();
        }
        else
        {
            world.Gate.Time.Advance(TimeSpan.FromDays(7.1));
            await world.Gate.Get<RunKeeper>().SweepAsync(waiting: false, CancellationToken.None);
        }

        var ended = await world.EndAsync(run.Id);
        Assert.True(ended.State == RunState.Succeeded, Told(ended));
        Assert.False(IsIn(world, "HR"));
        Assert.Equal(byHand ? 0 : 1, world.Gate.Okta.Ledger.Count("group.remove_member"));
    }

    [Fact]
    public async Task AppAccess_TermOver_IsTakenAgainAsWasAgreedToWithTheGrant()
    {
        await using var world = await RunWorld.StartAsync();
        var approver = await world.Gate.ApproverAsync("dana@acme.example");
        var started = await world.RunAsync(await world.Gate.CallerAsync(), "app-access-request", new JsonObject { ["person"] = Ben, ["application"] = "Workday", ["days"] = 3, ["reason"] = "notes" });

        await world.Gate.DecideAsync((await world.StopsAsync(started.Run!)).WaitsFor!, approver);
        await Eventually.Is(() => world.GetAsync(started.Run!), answer => answer.Message.Contains("waits until", StringComparison.Ordinal));
        Assert.True(Has(world, "Workday"));
        world.Gate.Time.Advance(TimeSpan.FromDays(3.1));
        await world.Gate.Get<RunKeeper>().SweepAsync(waiting: false, CancellationToken.None);
        var ended = await world.EndAsync(started.Run!);

        Assert.True(ended.State == RunState.Succeeded, Told(ended));
        Assert.False(Has(world, "Workday"));
        Assert.Single(await world.Gate.Store.FindAsync<CallRecord>("run", started.Run!, 100), call => call.Approval is not null);
    }

    [Fact]
    public async Task DepartmentChange_HrisTells_OnlyTheDifferenceIsMade()
    {
        await using var world = await RunWorld.StartAsync();
        var approver = await world.Gate.ApproverAsync("dana@acme.example");
        var person = world.Gate.Okta.State.Users.Values.First(user => user.Status == "ACTIVE" && user.Roles.IsEmpty && world.Gate.Okta.State.Groups.Values.Any(group => group.Name == "Support" && group.Members.ContainsKey(user.Id)));
        await world.TriggersAsync();
        var facts = new HrisFacts { WorkEmail = person.Login, FirstName = "A", LastName = "B", Department = "Support" };
        await world.EmployAsync("E1", facts);
        await world.EmployAsync("E1", facts with { Department = "Engineering" });
        await world.TriggersAsync();
        var run = Assert.Single(await world.RunsAsync());

        var ended = await world.DriveAsync(run.Id, approver);

        Assert.True(ended.State == RunState.Succeeded, Told(ended));
        var groups = world.Gate.Okta.State.Groups.Values.Where(group => group.Members.ContainsKey(person.Id)).Select(group => group.Name).ToList();
        Assert.Contains("Engineering", groups);
        Assert.DoesNotContain("Support", groups);
    }

    [Theory]
    [InlineData("okta")]
    [InlineData("entra")]
    [InlineData("google")]
    [InlineData("jumpcloud")]
    public async Task OffboardLeaver_LastDayComes_EveryAccountIsClosed(string idp)
    {
        await using var company = await EmulatedCompany.StartAsync(null, idp);
        await using var world = await RunWorld.StartAsync(company: company);
        var approver = await world.Gate.ApproverAsync("dana@acme.example");
        await world.TriggersAsync();
        await world.EmployAsync("E2", new HrisFacts { WorkEmail = Ben, FirstName = "Ben", LastName = "Berg", End = world.Today.AddDays(1) });
        world.Gate.Time.Advance(TimeSpan.FromMinutes(20));
        await world.TriggersAsync();
        Assert.Contains(await world.Desk.PlannedAsync(10, CancellationToken.None), planned => planned.Playbook == "offboard-leaver");
        world.Gate.Time.Advance(TimeSpan.FromDays(2.5));
        await world.TriggersAsync();
        var run = Assert.Single(await world.RunsAsync("offboard-leaver"));

        var ended = await world.DriveAsync(run.Id, approver);

        Assert.True(ended.State == RunState.Succeeded && ended.Outputs!["closed"]!.GetValue<int>() == 1, Told(ended));
    }

    [Fact]
    public async Task Compromised_ReportNobodyLooksAt_IsContainedAndStaysSoInSilence()
    {
        await using var world = await RunWorld.StartAsync();
        var approver = await world.Gate.ApproverAsync("dana@acme.example", "security");
        var waiting = await world.RunAsync(await world.Gate.CallerAsync(), "group-membership-request", new JsonObject { ["person"] = Ben, ["group"] = "HR", ["reason"] = "x" });
        var (_, problems) = await world.Gate.Get<RequestDesk>().SubmitAsync("REQ-1", Ben, "I typed my password somewhere", CancellationToken.None, "report-phishing", []);
        Assert.Empty(problems);
        await world.TriggersAsync();
        Assert.Empty(await world.RunsAsync("compromised-account"));

        world.Gate.Time.Advance(TimeSpan.FromMinutes(16));
        await world.TriggersAsync();
        var run = Assert.Single(await world.RunsAsync("compromised-account")).Id;
        Assert.Equal(RunState.Cancelled, (await world.EndAsync(waiting.Run!)).State);
        await world.Gate.DecideAsync((await world.StopsAsync(run)).WaitsFor!, approver);
        var question = (await Eventually.Is(async () => await world.Desk.QuestionsAsync(10, CancellationToken.None), questions => questions.Count == 1))[0];
        Assert.Equal(["dana@acme.example"], question.Of);
        Assert.Equal("SUSPENDED", world.Gate.Okta.User(Ben).Status);
        world.Gate.Time.Advance(TimeSpan.FromHours(4.1));
        await world.Gate.Get<RunKeeper>().SweepAsync(waiting: false, CancellationToken.None);

        var ended = await world.EndAsync(run);
        Assert.True(ended.State == RunState.Succeeded && ended.Outputs!["contained"]!.GetValue<int>() == 1, Told(ended));
        Assert.Equal("SUSPENDED", world.Gate.Okta.User(Ben).Status);
        Assert.Contains(await world.Gate.Store.ListAsync<RequestRecord>(), request => request.Text.Contains("stay suspended", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Compromised_NobodyIsInTheGroup_StaysSuspendedAtOnce()
    {
        await using var world = await RunWorld.StartAsync();
        var approver = await world.Gate.ApproverAsync("dana@acme.example");
        var started = await world.RunAsync(await world.Gate.CallerAsync(), "compromised-account", new JsonObject { ["person"] = Ben, ["evidence"] = "x" });
        await world.Gate.DecideAsync((await world.StopsAsync(started.Run!)).WaitsFor!, approver);

        var ended = await world.EndAsync(started.Run!);

        Assert.True(ended.Steps.Any(step => step.Contains("nobody is there to be asked", StringComparison.Ordinal)), Told(ended));
        Assert.Empty(await world.Desk.QuestionsAsync(10, CancellationToken.None));
    }

    [Fact]
    public async Task Compromised_OfficerGivesBack_AccountIsActiveAgain()
    {
        await using var world = await RunWorld.StartAsync();
        var approver = await world.Gate.ApproverAsync("dana@acme.example", "security");
        var started = await world.RunAsync(await world.Gate.CallerAsync(), "compromised-account", new JsonObject { ["person"] = Ben, ["evidence"] = "x" });
        await world.Gate.DecideAsync((await world.StopsAsync(started.Run!)).WaitsFor!, approver);
        var question = (await Eventually.Is(async () => await world.Desk.QuestionsAsync(10, CancellationToken.None), questions => questions.Count == 1))[0];

        Assert.Null(await world.Desk.AnswerAsync(question.Id, "dana@acme.example", new JsonObject { ["accounts"] = "give_back" }, CancellationToken.None));
        var ended = await world.DriveAsync(started.Run!, approver);

        Assert.True(ended.State == RunState.Succeeded, Told(ended));
        Assert.Equal("ACTIVE", world.Gate.Okta.User(Ben).Status);
    }

    [Theory]
    [InlineData("suspend", "user.suspend")]
    [InlineData("clear_sessions", "user.clear_sessions")]
    [InlineData("add_to_group", "group.add_member")]
    public async Task SidePanel_OneClick_DoesThatOnly(string action, string effect)
    {
        await using var world = await RunWorld.StartAsync();
        var approver = await world.Gate.ApproverAsync("dana@acme.example");
        var inputs = new JsonObject { ["person"] = Ben, ["action"] = action };
        if (action == "add_to_group")
            inputs["group"] = world.Gate.Okta.State.Groups.Values.Single(group => group.Name == "HR").Id;

        var ended = await world.DriveAsync((await world.RunAsync(await world.Gate.CallerAsync(), "side-panel-actions", inputs)).Run!, approver);

        Assert.True(ended.State == RunState.Succeeded, Told(ended));
        Assert.Equal([effect], world.Gate.Okta.Ledger.Effects.Select(done => done.Verb));
    }

    [Theory]
    [InlineData("ends")]
    [InlineData("goes_on")]
    public async Task ContractorExpiry_TwoWeeksBefore_AsksTheManager(string contract)
    {
        await using var world = await RunWorld.StartAsync();
        await world.TriggersAsync();
        var facts = new HrisFacts { WorkEmail = Ben, FirstName = "Ben", LastName = "Berg", EmploymentType = "contractor", Manager = "dana@acme.example", End = world.Today.AddDays(13) };
        await world.EmployAsync("E2", facts);
        world.Gate.Time.Advance(TimeSpan.FromMinutes(20));
        await world.TriggersAsync();
        var run = Assert.Single(await world.RunsAsync("contractor-expiry"));
        var question = (await Eventually.Is(async () => await world.Desk.QuestionsAsync(10, CancellationToken.None), questions => questions.Count == 1))[0];
        Assert.Null(await world.Desk.AnswerAsync(question.Id, "dana@acme.example", new JsonObject { ["contract"] = contract }, CancellationToken.None));
        if (contract == "ends")
        {
            Assert.Equal("ends", (await world.EndAsync(run.Id)).Outputs!["contract"]!.GetValue<string>());
            Assert.Empty(await world.Gate.Store.ListAsync<RequestRecord>());
            return;
        }

        await Eventually.Is(() => world.GetAsync(run.Id), answer => answer.Message.Contains("waits until", StringComparison.Ordinal));
        Assert.Contains("Extend", Assert.Single(await world.Gate.Store.ListAsync<RequestRecord>()).Text, StringComparison.Ordinal);
        await world.EmployAsync("E2", facts with { End = world.Today.AddDays(200) });
        await world.TriggersAsync();
        Assert.Equal(RunState.Cancelled, (await world.EndAsync(run.Id)).State);
        Assert.Contains(await world.Desk.PlannedAsync(10, CancellationToken.None), planned => planned.Playbook == "contractor-expiry");
    }

    private static HrisFacts Nina(RunWorld world) => new() { WorkEmail = New, FirstName = "Nina", LastName = "New", Start = world.Today.AddDays(2), Department = "Support" };

    private static bool IsIn(RunWorld world, string group) =>
        world.Gate.Okta.State.Groups.Values.Any(found => found.Name == group && found.Members.ContainsKey(world.Gate.Okta.User(Ben).Id));

    private static bool Has(RunWorld world, string application) =>
        world.Gate.Okta.State.Apps.Values.Any(found => found.Label == application && found.Users.ContainsKey(world.Gate.Okta.User(Ben).Id));

    private static string Told(RunAnswer answer) => $"{answer.State} {answer.Message}\n{string.Join('\n', answer.Steps)}";
}
