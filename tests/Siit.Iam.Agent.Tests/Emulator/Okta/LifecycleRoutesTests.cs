using System.Text.Json.Nodes;
using Siit.Iam.Agent.Tests.Support;
using Siit.Iam.Emulator.Common;

namespace Siit.Iam.Agent.Tests.Emulator.Okta;

public sealed class LifecycleRoutesTests
{
    private static readonly string[] People = ["staged", "provisioned", "ana", "recovery", "expired", "locked", "suspended", "gone"];

    /// <summary>operation, where it leads, from whom, what the others are refused with.</summary>
    public static TheoryData<string, string, string[], string> Transitions => new()
    {
        { "suspend", "SUSPENDED", ["ana"], "400 E0000001" },
        { "unsuspend", "ACTIVE", ["suspended"], "400 E0000001" },
        { "unlock", "ACTIVE", ["locked"], "403 E0000038" },
        { "activate", "PROVISIONED", ["staged", "gone"], "403 E0000016" },
        { "reactivate", "PROVISIONED", ["provisioned", "recovery"], "403 E0000038" },
        { "deactivate", "DEPROVISIONED", ["staged", "provisioned", "ana", "recovery", "expired", "locked", "suspended"], "403 E0000038" },
        { "reset_password?sendEmail=true", "RECOVERY", ["ana", "recovery", "expired", "locked", "provisioned"], "403 E0000038" },
        { "expire_password", "PASSWORD_EXPIRED", ["ana", "recovery", "expired", "locked", "provisioned"], "403 E0000038" },
        { "expire_password_with_temp_password", "PASSWORD_EXPIRED", ["ana", "recovery", "expired", "locked", "provisioned"], "403 E0000038" },
    };

    [Theory]
    [MemberData(nameof(Transitions))]
    public async Task Operation_FromEachStatus_GoesThereOrIsRefused(string operation, string to, string[] from, string refusal)
    {
        await using var org = await OktaOrg.StartAsync();
        foreach (var person in People)
        {
            var (before, effects) = (org.Status(person), org.Okta.Ledger.Effects.Count);

            var answer = await org.SendAsync("POST", $"/api/v1/users/{org.Id(person)}/lifecycle/{operation}");

            var (now, happened) = (org.Status(person), org.Okta.Ledger.Effects.Count - effects);
            if (from.Contains(person)) Assert.Equal((person, 200, to, 1), (person, (int)answer.Status, now, happened));
            else Assert.Equal((person, refusal, before, 0), (person, $"{(int)answer.Status} {answer.Code}", now, happened));
        }
    }

    [Fact]
    public async Task ResetPassword_WithoutSendEmail_IsRefused()
    {
        await using var org = await OktaOrg.StartAsync();

        var answer = await org.SendAsync("POST", $"/api/v1/users/{org.Id("ana")}/lifecycle/reset_password");

        Assert.Equal((400, "E0000028"), ((int)answer.Status, answer.Code));
    }

    [Fact]
    public async Task Delete_FirstDeactivatesThenErases()
    {
        await using var org = await OktaOrg.StartAsync();
        var id = org.Id("ana");

        Assert.Equal(204, (int)(await org.SendAsync("DELETE", $"/api/v1/users/{id}")).Status);
        Assert.Equal("DEPROVISIONED", org.Status("ana"));
        Assert.Equal(204, (int)(await org.SendAsync("DELETE", $"/api/v1/users/{id}")).Status);

        Assert.Equal((404, "E0000007"), await CodeAsync(org, "GET", $"/api/v1/users/{id}"));
        Assert.Equal(["user.deactivate", "user.delete"], org.Okta.Ledger.Effects.Select(effect => effect.Verb));
        Assert.DoesNotContain(id, org.Okta.Group("Sales").Members.Keys);
    }

    [Fact]
    public async Task Deactivate_TakesApplicationsSessionsAndGrants_KeepsGroups()
    {
        await using var org = await OktaOrg.StartAsync();
        var id = org.Id("ana");

        await org.SendAsync("POST", $"/api/v1/users/{id}/lifecycle/deactivate");

        var user = org.Okta.User(id);
        Assert.Equal((0, 0, 0, 0), (user.Sessions.Count, user.Grants.Count, user.Tokens.Count, user.Factors.Count));
        Assert.Empty((await org.GetAsync($"/api/v1/apps?filter=user.id+eq+\"{id}\"")).AsArray());
        Assert.Contains("application.user_membership.remove", org.Okta.State.Log.Select(entry => entry.EventType));
    }

    [Fact]
    public async Task Suspend_KeepsGroupsAndApplications()
    {
        await using var org = await OktaOrg.StartAsync();
        var id = org.Id("ana");
        var before = (await org.GetAsync($"/api/v1/apps?filter=user.id+eq+\"{id}\"")).AsArray().Count;

        await org.SendAsync("POST", $"/api/v1/users/{id}/lifecycle/suspend");

        Assert.Equal(before, (await org.GetAsync($"/api/v1/apps?filter=user.id+eq+\"{id}\"")).AsArray().Count);
        Assert.Contains(id, org.Okta.Group("Sales").Members.Keys);
    }

    [Fact]
    public async Task Transition_ThatTakesTime_RefusesChangesUntilItsEnd()
    {
        var time = new ManualTime();
        await using var org = await OktaOrg.StartAsync(new EmulatorOptions { TimeProvider = time, TransitionTime = TimeSpan.FromMinutes(1) });
        var path = $"/api/v1/users/{org.Id("ana")}";

        await org.SendAsync("POST", $"{path}/lifecycle/deactivate");
        Assert.Equal(("ACTIVE", "DEPROVISIONED"), await StatusAsync(org, path));
        Assert.Equal((409, "E0000112"), await CodeAsync(org, "POST", $"{path}/lifecycle/suspend"));
        time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(("DEPROVISIONED", null), await StatusAsync(org, path));
    }

    [Fact]
    public async Task Administrator_IsChangedOnlyByASuperAdministrator()
    {
        await using var org = await OktaOrg.StartAsync(super: false);
        var theo = org.Id("theo");
        var group = org.Okta.Group("Okta Super Admins").Id;

        Assert.Equal((403, "E0000006"), await CodeAsync(org, "POST", $"/api/v1/users/{org.Id("hugo")}/lifecycle/suspend"));
        Assert.Equal((403, "E0000006"), await CodeAsync(org, "DELETE", $"/api/v1/users/{theo}/sessions"));
        Assert.Equal((403, "E0000006"), await CodeAsync(org, "PUT", $"/api/v1/groups/{group}/users/{org.Id("ana")}"));
        Assert.Empty(org.Okta.Ledger.Effects);
    }

    [Fact]
    public async Task RemoveFactor_OfOktaVerify_TakesTheWholeApp()
    {
        await using var org = await OktaOrg.StartAsync();
        var push = org.Okta.User("ana@acme.example").Factors.Single(factor => factor.FactorType == "push");

        await org.SendAsync("DELETE", $"/api/v1/users/{org.Id("ana")}/factors/{push.Id}");

        Assert.Equal(["sms"], org.Okta.User("ana@acme.example").Factors.Select(factor => factor.FactorType));
        Assert.Equal((404, "E0000007"), await CodeAsync(org, "DELETE", $"/api/v1/users/{org.Id("ana")}/factors/{push.Id}"));
    }

    private static async Task<(int, string?)> CodeAsync(OktaOrg org, string method, string path)
    {
        var answer = await org.SendAsync(method, path);
        return ((int)answer.Status, answer.Code);
    }

    private static async Task<(string?, string?)> StatusAsync(OktaOrg org, string path)
    {
        var user = await org.GetAsync(path);
        return ((string?)user["status"], (string?)user["transitioningToStatus"]);
    }
}
