using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Tests.Support;
using Siit.Iam.Emulator.Common;

namespace Siit.Iam.Agent.Tests.Idps.Google;

/// <summary>Whole calls through the real gate: that each action's preview, traps and settling fit what this connector reads.</summary>
public sealed class GoogleGatedCallTests
{
    public static TheoryData<string, string, string> Actions => new()
    {
        { "suspend_user", """{"person":"ana@acme.example"}""", "user.suspend" },
        { "unsuspend_user", """{"person":"suspended@acme.example"}""", "user.unsuspend" },
        { "deactivate_user", """{"person":"ana@acme.example"}""", "user.archive" },
        { "update_user", """{"person":"ana@acme.example","title":"Lead","manager":"erin@acme.example"}""", "user.update" },
        { "reset_password", """{"person":"ana@acme.example","mode":"expire"}""", "user.expire_password" },
        { "reset_mfa", """{"person":"ana@acme.example"}""", "user.turn_off_2sv" },
        { "revoke_grants", """{"person":"ben@acme.example"}""", "user.revoke_token" },
        { "add_to_group", """{"person":"ana@acme.example","group":"$Engineering"}""", "group.add_member" },
        { "remove_from_group", """{"person":"ben@acme.example","group":"$Figma Editors"}""", "group.remove_member" },
        { "add_application", """{"person":"ivan@acme.example","application":"figma"}""", "group.add_member" },
        { "remove_application", """{"person":"ben@acme.example","application":"figma"}""", "group.remove_member" },
        { "create_user", """{"person":"zoe@acme.example","first_name":"Zoë","last_name":"O'Hara"}""", "user.create" },
    };

    [Theory]
    [MemberData(nameof(Actions))]
    public async Task Call_OfEachAction_HappensOnceIsConfirmedAndThenAlreadySo(string action, string input, string verb)
    {
        await using var google = await GoogleWorld.StartAsync();
        await using var world = await WorldAsync(google);
        var caller = await world.CallerAsync();

        var ended = await RunAsync(world, caller, action, Input(google, input));

        Assert.True(ended.State == CallState.Succeeded, $"{ended.State} {ended.Code} {ended.Message}");
        Assert.Equal("confirmed", ended.Outcome!.ReadBack);
        Assert.Equal(verb, Assert.Single(google.Google.Ledger.Effects).Verb);
        world.Time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(CallState.AlreadySo, (await world.CallAsync(caller, action, Input(google, input))).State);
        Assert.Single(google.Google.Ledger.Effects);
    }

    [Theory]
    [MemberData(nameof(Actions))]
    public async Task Call_AppliedButAnsweredWith500_IsSettledByReading(string action, string input, string verb)
    {
        await using var google = await GoogleWorld.StartAsync();
        await using var world = await WorldAsync(google);
        google.Google.Faults.Add(
            new Fault { Kind = FaultKind.AppliedThen500, Method = "PUT", Times = null },
            new Fault { Kind = FaultKind.AppliedThen500, Method = "DELETE", Times = null },
            new Fault { Kind = FaultKind.AppliedThen500, Method = "POST", Path = "/admin/", Times = null });

        var ended = await RunAsync(world, await world.CallerAsync(), action, Input(google, input));

        Assert.True(ended.State == CallState.Succeeded, $"{ended.State} {ended.Code} {ended.Message}");
        Assert.Equal("settled_by_reading", ended.Outcome!.ReadBack);
        Assert.Equal(verb, Assert.Single(google.Google.Ledger.Effects).Verb);
    }

    [Fact]
    public async Task ClearSessions_IsConfirmedByTheAuditLog()
    {
        await using var google = await GoogleWorld.StartAsync();
        await using var world = await WorldAsync(google);

        var ended = await RunAsync(world, await world.CallerAsync(), "clear_sessions", new JsonObject { ["person"] = "ana@acme.example" });

        Assert.Equal((CallState.Succeeded, "confirmed"), (ended.State, ended.Outcome!.ReadBack));
        Assert.Equal(1, google.Google.Ledger.Count("user.clear_sessions"));
    }

    [Fact]
    public async Task SuspendUser_ReadBackFromACopyThatLags_IsConfirmedAllTheSame()
    {
        await using var google = await GoogleWorld.StartAsync();
        await using var world = await WorldAsync(google);
        var caller = await world.CallerAsync();
        var approver = await world.ApproverAsync("dana@acme.example");
        var asked = await world.CallAsync(caller, "suspend_user", new JsonObject { ["person"] = "ana@acme.example" });
        google.Fault(FaultKind.StaleReads, "GET", times: 6);

        Assert.True((await world.DecideAsync(asked.Call!, approver)).Taken);

        Assert.Equal(CallState.Succeeded, (await world.EndAsync(asked.Call!)).State);
        Assert.Equal(1, google.Google.Ledger.Count("user.suspend"));
    }

    [Fact]
    public async Task CreateUser_OfAnAccountThatShowsUpLate_Succeeds()
    {
        await using var google = await GoogleWorld.StartAsync(new EmulatorOptions { TransitionTime = TimeSpan.FromSeconds(1) });
        await using var world = await WorldAsync(google);

        var ended = await RunAsync(world, await world.CallerAsync(), "create_user",
            new JsonObject { ["person"] = "zoe@acme.example", ["first_name"] = "Zoë", ["last_name"] = "O'Hara" });

        Assert.True(ended.State == CallState.Succeeded, $"{ended.State} {ended.Code} {ended.Message}");
        Assert.Equal(1, google.Google.Ledger.Count("user.create"));
    }

    /// <summary>Refused before anybody is asked, each with its reason.</summary>
    public static TheoryData<string, string, string?, string> Refused => new()
    {
        { "reset_password", """{"person":"ana@acme.example","mode":"link"}""", null, "unsupported" },
        { "unlock_user", """{"person":"ana@acme.example"}""", null, "unsupported" },
        { "reset_mfa", """{"person":"rosa@acme.example"}""", null, "mfa_enforced" },
        { "reset_mfa", """{"person":"suspended@acme.example"}""", null, "suspended" },
        { "unsuspend_user", """{"person":"spammed@acme.example"}""", null, "suspended_by_google" },
        { "add_to_group", """{"person":"ben@acme.example","group":"$All Sales"}""", null, "group_not_changeable" },
        { "remove_application", """{"person":"omar@acme.example","application":"figma"}""", null, "application_from_group" },
        { "add_application", """{"person":"ivan@acme.example","application":"figma"}""", """{"group":"Figma Editors","role":"_GROUPS_ADMIN_ROLE"}""", "application_not_assignable" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task Call_IntoATrap_IsRefusedBeforeAnybodyIsAsked(string action, string input, string? arranged, string code)
    {
        await using var google = await GoogleWorld.StartAsync();
        if (arranged is not null) google.Arrange(arranged);
        await using var world = await WorldAsync(google);

        var answer = await world.CallAsync(await world.CallerAsync(), action, Input(google, input));

        Assert.Equal((CallState.Refused, code), (answer.State, answer.Code));
        Assert.Empty(google.Google.Ledger.Effects);
    }

    [Theory]
    [InlineData("dora@acme.example")]
    [InlineData("theo@acme.example")]
    [InlineData("hugo@acme.example")]
    [InlineData("svc-siit@acme.example")]
    public async Task SuspendUser_OfAnAdministratorOrOurself_IsRefused(string person)
    {
        await using var google = await GoogleWorld.StartAsync();
        await using var world = await WorldAsync(google);

        Assert.Equal(CallState.Refused, (await world.CallAsync(await world.CallerAsync(), "suspend_user", new JsonObject { ["person"] = person })).State);
        Assert.Empty(google.Google.Ledger.Effects);
    }

    [Fact]
    public async Task SuspendUser_RolesUnreadable_IsNotDone()
    {
        await using var google = await GoogleWorld.StartAsync();
        var blind = google.Connect(options => options with { Scopes = [.. options.Scopes.Where(scope => !scope.Contains("rolemanagement"))] });
        await using var world = await WorldAsync(google, blind);

        var answer = await world.CallAsync(await world.CallerAsync(), "suspend_user", new JsonObject { ["person"] = "ana@acme.example" });

        Assert.NotEqual(CallState.AwaitingApproval, answer.State);
        Assert.Empty(google.Google.Ledger.Effects);
    }

    [Theory]
    [InlineData("add_application")]
    [InlineData("remove_application")]
    public async Task Application_NoneMapped_IsUnsupportedWithTheNearestAlternative(string action)
    {
        await using var google = await GoogleWorld.StartAsync();
        await using var world = await WorldAsync(google, google.Connect(options => options with { Applications = [] }));

        var answer = await world.CallAsync(await world.CallerAsync(), action, new JsonObject { ["person"] = "ana@acme.example", ["application"] = "figma" });

        Assert.Equal((CallState.Refused, "unsupported"), (answer.State, answer.Code));
        Assert.Contains("'applications'", answer.Message);
        Assert.Contains("group", answer.Message);
    }

    private static JsonObject Input(GoogleWorld google, string json)
    {
        var input = JsonNode.Parse(json)!.AsObject();
        if ((string?)input["group"] is { } name) input["group"] = google.GroupId(name.TrimStart('$'));
        return input;
    }

    private static Task<GateWorld> WorldAsync(GoogleWorld google, IIdpConnection? connection = null) =>
        GateWorld.StartAsync(more: services => services.AddSingleton(new IdpConnections([connection ?? google.Connection])));

    /// <summary>Asks, has approved what needs it, and waits for the end.</summary>
    private static async Task<CallRecord> RunAsync(GateWorld world, CallerRecord caller, string action, JsonObject input)
    {
        ApproverRecord[] approvers = [await world.ApproverAsync("dana@acme.example", "desk"), await world.ApproverAsync("sami@acme.example", "security")];
        var asked = await world.CallAsync(caller, action, input);
        Assert.True(asked.Call is not null, $"{asked.State} {asked.Code} {asked.Message}");
        if (asked.State == CallState.AwaitingApproval)
        {
            Assert.True((await world.DecideAsync(asked.Call, approvers[0])).Taken);
            if (action == "deactivate_user") await world.DecideAsync(asked.Call, approvers[1]);
        }
        else
            Assert.True(asked.State.IsEnded(), $"{asked.State} {asked.Code} {asked.Message}");
        return await world.EndAsync(asked.Call);
    }
}
