using Siit.Iam.Agent.Idps;
using Siit.Iam.Emulator.Common;
using Siit.Iam.Emulator.Entra;

namespace Siit.Iam.Agent.Tests.Idps.Entra;

/// <summary>A tenant that lives while it is watched, over a bad line.</summary>
public sealed class EntraHistoryTests
{
    [Theory]
    [InlineData(1, 3)]
    [InlineData(2, 2)]
    [InlineData(3, 100)]
    public async Task Copy_KeptThroughARandomHistoryWithFaults_IsTheTenant(int seed, int pageSize)
    {
        await using var script = await EntraScript.StartAsync(emulator: new EmulatorOptions { PageSizeCap = pageSize, RequestsPerMinute = 1_000_000 });
        var copy = new EntraCopy(() => script.Connection);
        await copy.ImportAsync();
        var random = new Random(seed);

        var done = 0;
        for (var i = 0; i < 300; i++)
        {
            if (await ChangeAsync(script, random, i)) done++;
            if (random.Next(12) > 0) continue;
            Trouble(script.Entra.Faults, random);
            await TryLookAsync(copy);
        }

        script.Entra.Faults.Clear();
        // What a late replica hid in the last round shows in the next.
        await copy.LookAsync();
        await copy.LookAsync();

        Assert.True(done > 200, $"Only {done} changes were taken.");
        Assert.Equal("", copy.DifferencesFrom(script.Entra.State));
    }

    private static async Task TryLookAsync(EntraCopy copy)
    {
        for (var tries = 0; tries < 3; tries++)
        {
            try
            {
                await copy.LookAsync();
                return;
            }
            catch (IdpException)
            {
                // The position stays where the last whole page left it.
            }
        }
    }

    internal static void Trouble(FaultPlan faults, Random random)
    {
        faults.Clear();
        faults.Add(random.Next(7) switch
        {
            0 => new Fault { Kind = FaultKind.Status, Status = 503, Times = random.Next(1, 4), Path = "/delta$" },
            1 => new Fault { Kind = FaultKind.Status, Status = 500, Times = 1, Skip = random.Next(4) },
            2 => new Fault { Kind = FaultKind.TornPage, Times = 2, Skip = random.Next(6) },
            3 => new Fault { Kind = FaultKind.HostileLink, Times = 1, Path = "/delta$", Skip = random.Next(4) },
            4 => new Fault { Kind = FaultKind.StaleReads, Writes = random.Next(1, 6), Times = 1, Path = "/users$" },
            5 => new Fault { Kind = FaultKind.StaleReads, Writes = random.Next(1, 6), Times = 2, Path = "/delta$" },
            _ => new Fault { Kind = FaultKind.Throttle, ResetSeconds = 1, Times = 1, Skip = random.Next(3) },
        });
    }

    /// <summary>One change, as anybody makes them; some are refused, as of synced users.</summary>
    internal static async Task<bool> ChangeAsync(EntraScript script, Random random, int number)
    {
        var state = script.Entra.State;
        var (user, other) = (Any(state.Users.Values).Id, Any(state.Users.Values).Id);
        var groups = state.Groups.Values.ToList();
        var (group, nested) = (Any(groups), Any(groups).Id);
        var app = Any(state.Apps.Values.Where(found => found.Properties["tags"].GetArrayLength() > 0));
        return await (random.Next(20) switch
        {
            0 => Send("POST", "/users", $$$"""
                {"accountEnabled": true, "displayName": "New {{{number}}}", "mailNickname": "new{{{number}}}", "userPrincipalName": "new{{{number}}}@acme.example",
                 "passwordProfile": {"password": "Correct-Horse-{{{number}}}"}}
                """),
            1 => Send("PATCH", $"/users/{user}", $$"""{"department": "{{(random.Next(2) == 0 ? "Sales" : "Finance")}}", "displayName": "Name {{number}}"}"""),
            2 => Send("PATCH", $"/users/{user}", $$"""{"accountEnabled": {{(random.Next(2) == 0 ? "true" : "false")}}}"""),
            3 => Send("PATCH", $"/users/{user}", $$"""{"userPrincipalName": "renamed{{number}}@acme.example", "mail": "renamed{{number}}@acme.example"}"""),
            4 => Send("PUT", $"/users/{user}/manager/$ref", EntraScript.Reference(other)),
            5 => Send("DELETE", $"/users/{user}"),
            6 when state.Deleted.Count > 0 => Send("POST", $"/directory/deletedItems/{Any(state.Deleted.Keys)}/restore"),
            7 when state.Deleted.Count > 0 => Send("DELETE", $"/directory/deletedItems/{Any(state.Deleted.Keys)}"),
            8 => Send("POST", "/groups", $$"""{"displayName": "Group {{number}}", "mailEnabled": false, "mailNickname": "g{{number}}", "securityEnabled": true}"""),
            9 => Send("PATCH", $"/groups/{group.Id}", $$"""{"displayName": "Renamed {{number}}"}"""),
            10 when groups.Count > 12 => Send("DELETE", $"/groups/{group.Id}"),
            11 => Send("POST", $"/groups/{group.Id}/members/$ref", EntraScript.Reference(nested)),
            12 when group.Members.Count > 0 => Send("DELETE", $"/groups/{group.Id}/members/{Any(group.Members)}/$ref"),
            13 => Assign(random.Next(2) == 0 ? user : nested),
            14 when state.Assignments.Count > 0 => Any(state.Assignments.Values) is var held ? Send("DELETE", $"/servicePrincipals/{held.AppId}/appRoleAssignedTo/{held.Id}") : null!,
            15 => Send("POST", $"/groups/{group.Id}/owners/$ref", EntraScript.Reference(user)),
            16 when group.Owners.Count > 0 => Send("DELETE", $"/groups/{group.Id}/owners/{Any(group.Owners)}/$ref"),
            17 => Send("POST", $"/servicePrincipals/{app.Id}/owners/$ref", EntraScript.Reference(user)),
            _ => Send("POST", $"/groups/{group.Id}/members/$ref", EntraScript.Reference(user)),
        });

        Task<bool> Assign(string principal) => Send("POST", $"/servicePrincipals/{app.Id}/appRoleAssignedTo",
            $$"""{"principalId": "{{principal}}", "resourceId": "{{app.Id}}", "appRoleId": "{{(app.Roles.Count > 0 ? app.Roles[0].Id : Guid.Empty.ToString())}}"}""");

        async Task<bool> Send(string method, string path, string? body = null) => await script.SendAsync(method, path, body) is not null;

        T Any<T>(IEnumerable<T> all) => all.ToList() is var list ? list[random.Next(list.Count)] : default!;
    }
}
