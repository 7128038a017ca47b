using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Siit.Iam.Agent.Gate;
using Siit.Iam.Agent.Idps;
using Siit.Iam.Agent.Tests.Support;
using Siit.Iam.Emulator.Common;

namespace Siit.Iam.Agent.Tests.Idps.Entra;

/// <summary>Whether the gate's own work (already so, traps, reading back) fits what this connector reads.</summary>
public sealed class EntraGateTests
{
    public static TheoryData<string, string, string?, string> Fresh => new()
    {
        { "suspend_user", "ben", null, "user.suspend" },
        { "unsuspend_user", "suspended", null, "user.unsuspend" },
        { "update_user", "ben", """{"title": "Staff Engineer"}""", "user.update" },
        { "deactivate_user", "ben", null, "user.delete" },
        { "reset_password", "ben", """{"mode": "expire"}""", "user.expire_password" },
        { "reset_mfa", "ben", null, "user.remove_factor" },
        { "add_to_group", "ben", """{"group": "Sales"}""", "group.add_member" },
        { "remove_from_group", "ben", """{"group": "Engineering"}""", "group.remove_member" },
        { "add_application", "ben", """{"application": "Workday"}""", "app.add_user" },
        { "remove_application", "ben", """{"application": "AWS"}""", "app.remove_user" },
        { "clear_sessions", "ben", null, "user.clear_sessions" },
        { "revoke_grants", "ben", null, "user.revoke_grants" },
        { "create_user", "joe", """{"first_name": "Joe", "last_name": "Hara"}""", "user.create" },
    };

    [Theory]
    [MemberData(nameof(Fresh))]
    public async Task Action_Fresh_SucceedsAndIsReadBack_AndAgainIsAlreadySo(string action, string who, string? more, string effect)
    {
        await using var entra = await EntraWorld.StartAsync();
        await using var gate = await GateAsync(entra);

        var ended = await RunAsync(entra, gate, action, who, more);
        Assert.Equal((CallState.Succeeded, "confirmed"), (ended.State, ended.Outcome?.ReadBack));
        var effects = entra.Entra.Ledger.Count(effect);
        Assert.InRange(effects, 1, 2);
        gate.Time.Advance(TimeSpan.FromMinutes(11));
        var again = await RunAsync(entra, gate, action, who, more);

        // Sessions can be cleared as often as one likes.
        Assert.Equal(action == "clear_sessions" ? CallState.Succeeded : CallState.AlreadySo, again.State);
        if (action != "clear_sessions") Assert.Equal(effects, entra.Entra.Ledger.Count(effect));
    }

    [Theory]
    [MemberData(nameof(Fresh))]
    public async Task Action_AppliedButAnsweredWith500_IsSettledByReading(string action, string who, string? more, string effect)
    {
        await using var entra = await EntraWorld.StartAsync();
        await using var gate = await GateAsync(entra);
        foreach (var method in new[] { "PATCH", "POST", "DELETE" })
            entra.Entra.Faults.Add(new Fault { Kind = FaultKind.AppliedThen500, Method = method, Path = "/v1.0/" });

        var ended = await RunAsync(entra, gate, action, who, more);

        // Of several factors one is gone and one is left: that no reading can call done.
        var partly = action == "reset_mfa";
        Assert.Equal(partly ? CallState.Unknown : CallState.Succeeded, ended.State);
        Assert.Equal(1, entra.Entra.Ledger.Count(effect));
    }

    public static TheoryData<string, string, string?, string> Refused => new()
    {
        { "suspend_user", "dora", null, "administrator" },
        { "suspend_user", "theo", null, "administrator" },
        { "reset_mfa", "nina", null, "administrator" },
        { "suspend_user", "greta", null, "mastered_elsewhere" },
        { "add_to_group", "ben", """{"group": "Entra Admins"}""", "privileged_group" },
        { "add_to_group", "ben", """{"group": "All Sales"}""", "group_dynamic" },
        { "remove_application", "ana", """{"application": "Figma"}""", "application_from_group" },
        { "reset_password", "ben", """{"mode": "link"}""", "unsupported" },
        { "unlock_user", "ben", null, "unsupported" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task Action_ThatCannotBe_IsRefusedBeforeAnybodyIsAsked(string action, string who, string? more, string code)
    {
        await using var entra = await EntraWorld.StartAsync();
        await using var gate = await GateAsync(entra);

        var answer = await gate.CallAsync(await gate.CallerAsync(), action, Input(entra, who, more));

        Assert.Equal((CallState.Refused, code), (answer.State, answer.Code));
        Assert.Empty(entra.Entra.Ledger.Effects);
    }

    private static Task<GateWorld> GateAsync(EntraWorld entra) =>
        GateWorld.StartAsync(more: services => services.AddSingleton(new IdpConnections([entra.Connection])));

    private static async Task<CallRecord> RunAsync(EntraWorld entra, GateWorld gate, string action, string who, string? more)
    {
        var caller = await gate.Store.GetAsync<CallerRecord>("agent") ?? await gate.CallerAsync();
        var asked = await gate.CallAsync(caller, action, Input(entra, who, more));
        foreach (var (email, group) in new[] { ("dana@acme.example", "desk"), ("eve@acme.example", "security") })
        {
            if ((await gate.Calls.FindAsync(asked.Call!, CancellationToken.None))?.State != CallState.AwaitingApproval) break;
            var approver = await gate.Store.GetAsync<ApproverRecord>("ap_" + email) ?? await gate.ApproverAsync(email, group);
            await gate.DecideAsync(asked.Call!, approver);
        }

        return await Eventually.Is(
            async () => (await gate.Calls.FindAsync(asked.Call!, CancellationToken.None))!, found => found.State.IsEnded() || found.State == CallState.Unknown);
    }

    private static JsonObject Input(EntraWorld entra, string who, string? more)
    {
        var input = JsonNode.Parse(more ?? "{}")!.AsObject();
        input["person"] = $"{who}@acme.example";
        if (input["group"] is { } group) input["group"] = entra.Entra.Group(group.GetValue<string>()).Id;
        if (input["application"] is { } application) input["application"] = entra.Entra.App(application.GetValue<string>()).Id;
        return input;
    }
}
