using System.Text.Json.Nodes;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Tests.Support;
using Siit.Iam.Emulator.Common;
using Siit.Iam.Emulator.Entra;

namespace Siit.Iam.Agent.Tests.Idps.Entra;

/// <summary>What is told between two imports.</summary>
public sealed class EntraDirectoryChangesTests
{
    [Fact]
    public async Task Look_NothingChanged_IsFourRequests()
    {
        await using var world = await EntraWorld.StartAsync();
        var copy = await ImportedAsync(world);
        var before = world.Entra.Requests.Requests.Count;

        await copy.LookAsync();

        Assert.Equal(4, world.Entra.Requests.Requests.Count - before);
        Assert.True(copy.Looks is [{ Accounts: [], Groups: [], Ties: [], Reads: [], More: false, Lost: false }]);
    }

    [Fact]
    public async Task Look_OneMembershipChanged_IsToldWithoutAnyOtherRead()
    {
        await using var world = await EntraWorld.StartAsync();
        var copy = await ImportedAsync(world);
        world.Arrange("""{"group": "Sales", "remove": "ana@acme.example"}""");
        world.Arrange("""{"group": "Sales", "add": "ben@acme.example"}""");
        var before = world.Entra.Requests.Requests.Count;

        await copy.LookAsync();

        Assert.Equal(4, world.Entra.Requests.Requests.Count - before);
        var sales = world.Entra.Group("Sales").Id;
        Assert.Equal(
            new TieChange[] { new(TieKind.Member, sales, world.Id("ana"), false), new(TieKind.Member, sales, world.Id("ben"), true) }.ToHashSet(),
            copy.Looks[0].Ties.ToHashSet());
        Assert.Equal("", copy.DifferencesFrom(world.Entra.State));
    }

    public static TheoryData<string> Stories =>
    [
        """{"user": "ben@acme.example", "properties": {"department": "Sales"}}""",
        """{"user": "ben@acme.example", "properties": {"userPrincipalName": "ben.okafor@acme.example", "mail": "ben.okafor@acme.example"}}""",
        """{"user": "ben@acme.example", "properties": {"accountEnabled": false}}""",
        """{"user": "ben@acme.example", "delete": true}""",
        """{"user": "ben@acme.example", "erase": true}""",
        """{"user": "ben@acme.example", "manager": "mona@acme.example"}""",
        """{"group": "Sales", "properties": {"displayName": "Revenue"}}""",
        """{"group": "VPN Users", "add": "Contractors"}""",
        """{"app": "Figma", "properties": {"displayName": "Figma Enterprise"}}""",
        """{"app": "Figma", "properties": {"tags": []}}""",
        """{"app": "Microsoft Graph", "properties": {"tags": ["WindowsAzureActiveDirectoryIntegratedApp"]}}""",
    ];

    [Theory]
    [MemberData(nameof(Stories))]
    public async Task Look_AfterAChange_BringsTheCopyToIt(string change)
    {
        await using var world = await EntraWorld.StartAsync(pageSize: 3, new EmulatorOptions { PageSizeCap = 3 });
        var copy = await ImportedAsync(world);
        world.Arrange(change);

        await copy.LookAsync();

        Assert.Equal("", copy.DifferencesFrom(world.Entra.State));
        Assert.Equal(
            world.Entra.State.Apps.Values.Where(app => app.Properties["tags"].GetArrayLength() > 0).Select(app => app.Name).Order(StringComparer.Ordinal),
            copy.Applications.Values.Select(app => app.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Look_ManyMembersOfOneGroup_AreTakenFromAllPages()
    {
        await using var world = await EntraWorld.StartAsync(pageSize: 999, new EmulatorOptions { PageSizeCap = 4 });
        var copy = await ImportedAsync(world);
        foreach (var user in world.Entra.State.Users.Values) world.Arrange($$"""{"group": "Board", "add": "{{user.Login}}"}""");

        await copy.LookAsync();

        Assert.True(copy.Looks.Count > 10);
        Assert.Equal("", copy.DifferencesFrom(world.Entra.State));
    }

    [Fact]
    public async Task Look_AssignmentsOwnersAndRoles_AreReadAgainWhenTheAuditLogSaysSo()
    {
        await using var graph = await EntraScript.StartAsync();
        var copy = new EntraCopy(() => graph.Connection);
        await copy.ImportAsync();
        var (app, sales, ben) = (graph.Entra.App("Contoso ERP"), graph.Entra.Group("Sales"), graph.Entra.User("ben@acme.example").Id);
        await graph.SendAsync("POST", $"/servicePrincipals/{app.Id}/appRoleAssignedTo", $$"""{"principalId": "{{ben}}", "resourceId": "{{app.Id}}", "appRoleId": "{{app.Roles[0].Id}}"}""");
        await graph.SendAsync("POST", $"/groups/{sales.Id}/owners/$ref", EntraScript.Reference(ben));
        await graph.SendAsync("POST", $"/servicePrincipals/{app.Id}/owners/$ref", EntraScript.Reference(ben));

        await copy.LookAsync();

        Assert.Equal("", copy.DifferencesFrom(graph.Entra.State));
        Assert.Equal(3, copy.Looks[0].Reads.Count);
        // Once more in the next round, in case that the read came too early; then never again, though the log still shows them.
        await copy.LookAsync();
        Assert.Equal(3, copy.Looks[0].Reads.Count);
        await copy.LookAsync();
        Assert.Empty(copy.Looks[0].Reads);
    }

    [Fact]
    public async Task Look_AuditLogClosedOrBroken_TellsTheRest()
    {
        await using var world = await EntraWorld.StartAsync();
        var copy = await ImportedAsync(world);
        world.Entra.Faults.Add(new Fault { Kind = FaultKind.Status, Status = 500, Path = "/auditLogs/", Times = null });
        world.Arrange("""{"group": "Sales", "remove": "ana@acme.example"}""");

        await copy.LookAsync();

        Assert.Equal("", copy.DifferencesFrom(world.Entra.State));
    }

    [Fact]
    public async Task Look_ReadFromALateReplica_IsSetRightInTheNextRound()
    {
        await using var world = await EntraWorld.StartAsync();
        var copy = await ImportedAsync(world);
        world.Arrange("""{"user": "ben@acme.example", "properties": {"displayName": "Benjamin"}}""");
        world.Entra.Faults.Add(new Fault { Kind = FaultKind.StaleReads, Writes = 1, Path = "/users$" });

        await copy.LookAsync();
        Assert.NotEqual("", copy.DifferencesFrom(world.Entra.State));
        await copy.LookAsync();

        Assert.Equal("", copy.DifferencesFrom(world.Entra.State));
    }

    [Fact]
    public async Task Look_DeltaFromALateReplica_LosesNothing()
    {
        await using var world = await EntraWorld.StartAsync();
        var copy = await ImportedAsync(world);
        world.Arrange("""{"group": "Sales", "remove": "ana@acme.example"}""");
        await copy.LookAsync();
        world.Entra.Faults.Add(new Fault { Kind = FaultKind.StaleReads, Writes = 2, Path = "/delta$", Times = 3 });
        world.Arrange("""{"group": "Sales", "add": "ben@acme.example"}""");

        await copy.LookAsync();
        await copy.LookAsync();

        Assert.Equal("", copy.DifferencesFrom(world.Entra.State));
    }

    [Fact]
    public async Task Look_AfterMoreThanAWeek_IsLostAndBeginsAnew()
    {
        var time = new ManualTime();
        await using var world = await EntraWorld.StartAsync(emulator: new EmulatorOptions { TimeProvider = time });
        var copy = await ImportedAsync(world);
        time.Advance(TimeSpan.FromDays(7) + TimeSpan.FromMinutes(1));

        await copy.LookAsync();
        Assert.True(copy.Looks is [{ Lost: true, More: false }]);
        world.Arrange("""{"group": "Sales", "remove": "ana@acme.example"}""");
        await copy.LookAsync();

        Assert.True(copy.Looks is [{ Lost: false, Ties.Count: 1 }]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a position of another version")]
    [InlineData("{}")]
    public async Task Look_FromWhatIsNoPosition_IsLost(string position)
    {
        await using var world = await EntraWorld.StartAsync();

        Assert.True((await world.Connection.ReadChangesAsync(position, new EntraCopy(() => world.Connection), EntraWorld.Token)).Lost);
    }

    [Fact]
    public async Task Look_OtherFieldsAreSetMeanwhile_IsLost()
    {
        await using var world = await EntraWorld.StartAsync();
        var position = await world.Connection.GetPositionAsync(EntraWorld.Token);
        var other = EntraWorld.Connect(world.Options with { Fields = new Dictionary<string, string> { ["location"] = "officeLocation" } });

        Assert.True((await other.ReadChangesAsync(position, new EntraCopy(() => other), EntraWorld.Token)).Lost);
    }

    [Fact]
    public async Task Look_EmulatorResetMeanwhile_IsLost()
    {
        await using var world = await EntraWorld.StartAsync();
        var copy = await ImportedAsync(world);
        world.Entra.Reset();

        await copy.LookAsync();

        Assert.True(copy.Looks[0].Lost);
    }

    [Fact]
    public async Task Look_AfterARestartOfTheTenant_GoesOnWhereItWas()
    {
        var data = Directory.CreateTempSubdirectory("siit-entra-").FullName;
        try
        {
            string position;
            await using (var first = await EntraWorld.StartAsync(emulator: new EmulatorOptions { Data = data }))
            {
                position = await first.Connection.GetPositionAsync(EntraWorld.Token);
                first.Arrange("""{"group": "Sales", "remove": "ana@acme.example"}""");
            }

            await using var second = await EntraWorld.StartAsync(emulator: new EmulatorOptions { Data = data });
            var page = await second.Connection.ReadChangesAsync(position, new EntraCopy(() => second.Connection), EntraWorld.Token);

            Assert.Equal([new TieChange(TieKind.Member, second.Entra.Group("Sales").Id, second.Id("ana"), false)], page.Ties);
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    [Fact]
    public async Task Look_LinkToElsewhere_IsRefusedAndThePositionStays()
    {
        await using var world = await EntraWorld.StartAsync();
        var copy = await ImportedAsync(world);
        world.Arrange("""{"group": "Sales", "remove": "ana@acme.example"}""");
        world.Entra.Faults.Add(new Fault { Kind = FaultKind.HostileLink, Path = "/groups/delta$" });

        Assert.Equal(IdpTrouble.Rejected, (await Assert.ThrowsAsync<IdpException>(copy.LookAsync)).Trouble);
        await copy.LookAsync();

        Assert.Equal("", copy.DifferencesFrom(world.Entra.State));
    }

    [Fact]
    public async Task Position_HasTokensAndNoLinks()
    {
        await using var world = await EntraWorld.StartAsync();

        Assert.DoesNotContain("http", await world.Connection.GetPositionAsync(EntraWorld.Token), StringComparison.OrdinalIgnoreCase);
    }

    private static async Task<EntraCopy> ImportedAsync(EntraWorld world)
    {
        var copy = new EntraCopy(() => world.Connection);
        await copy.ImportAsync();
        return copy;
    }
}
