using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Siit.Iam.Emulator.Common;
using Siit.Iam.Emulator.Okta;

namespace Siit.Iam.Agent.Tests.Emulator.Okta;

/// <summary>The org as a whole: seed, state on disk, ledger, faults, control routes.</summary>
public sealed class EmulatedOktaTests
{
    [Fact]
    public async Task Seed_Same_GivesTheSameOrg_AnotherOneAnother()
    {
        await using var one = await EmulatedOkta.StartAsync(new EmulatorOptions { Seed = 5 });
        await using var same = await EmulatedOkta.StartAsync(new EmulatorOptions { Seed = 5 });
        await using var other = await EmulatedOkta.StartAsync(new EmulatorOptions { Seed = 6 });

        Assert.Equal(one.DescribeState().ToJsonString(), same.DescribeState().ToJsonString());
        Assert.NotEqual(one.DescribeState().ToJsonString(), other.DescribeState().ToJsonString());
        Assert.Equal(60, one.State.Users.Count);
    }

    [Fact]
    public async Task Restart_WithItsData_GoesOnWhereItWas()
    {
        var folder = Directory.CreateTempSubdirectory("siit-emulator-").FullName;
        var options = new EmulatorOptions { Data = folder };
        string state, key, id;
        await using (var org = await OktaOrg.StartAsync(options))
        {
            id = (string)(await CreateAsync(org, "zoe"))!;
            await org.SendAsync("POST", $"/api/v1/users/{org.Id("ana")}/lifecycle/suspend");
            (state, key) = (org.Okta.DescribeState().ToJsonString(), org.Okta.PrivateKeyPem);
        }

        await using (var again = await OktaOrg.StartAsync(options, super: false))
        {
            Assert.Equal(state, again.Okta.DescribeState().ToJsonString());
            Assert.Equal(key, again.Okta.PrivateKeyPem);
            Assert.Equal(["user.create", "user.suspend"], again.Okta.Ledger.Effects.Select(effect => effect.Verb));
            Assert.NotEqual(id, await CreateAsync(again, "yan"));
            Assert.Contains("user.lifecycle.suspend", again.Okta.State.Log.Select(entry => entry.EventType));
        }

        await using var fresh = await EmulatedOkta.StartAsync(options with { Fresh = true });
        Assert.Empty(fresh.Ledger.Effects);
        Assert.Equal("ACTIVE", fresh.User("ana@acme.example").Status);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Ledger_TellsWhatHappenedOnce_WithTheRequestsId()
    {
        await using var org = await OktaOrg.StartAsync();
        var path = $"/api/v1/groups/{org.Okta.Group("Support").Id}/users/{org.Id("ana")}";

        var first = await org.SendAsync("PUT", path);
        await org.SendAsync("PUT", path);

        var effect = Assert.Single(org.Okta.Ledger.Effects);
        Assert.Equal(("group.add_member", "svc-siit@acme.example", first.Headers["X-Okta-Request-Id"].Single()), (effect.Verb, effect.By, effect.RequestId));
        Assert.Equal([true, false], org.Okta.Requests.Requests.Where(request => request.Method == "PUT").Select(request => request.Changed));
    }

    public static TheoryData<string, int, bool> Faults => new()
    {
        // fault, status that the caller sees (0: none), whether it happened
        { """{"kind":"status","status":503}""", 503, false },
        { """{"kind":"throttle"}""", 429, false },
        { """{"kind":"applied_then_500"}""", 500, true },
        { """{"kind":"timeout_before"}""", 0, false },
        { """{"kind":"timeout_after_applying"}""", 0, true },
        { """{"kind":"slow","milliseconds":1}""", 200, true },
        { """{"kind":"status","method":"GET"}""", 200, true },
        { """{"kind":"status","skip":1}""", 200, true },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Fault_Planned_HitsOnceAndIsOver(string fault, int status, bool happened)
    {
        await using var org = await OktaOrg.StartAsync();
        Assert.Equal(200, (int)(await org.SendAsync("POST", "/_emulator/faults", JsonNode.Parse(fault))).Status);
        var path = $"/api/v1/users/{org.Id("ana")}/lifecycle/suspend";

        var failure = await Record.ExceptionAsync(async () => Assert.Equal(status, (int)(await org.SendAsync("POST", path)).Status));

        Assert.True(status == 0 ? failure is HttpRequestException : failure is null, failure?.ToString());
        Assert.Equal(happened ? 1 : 0, org.Okta.Ledger.Effects.Count);
    }

    [Fact]
    public async Task StaleReads_ShowThePast_AndWritesDoNot()
    {
        await using var org = await OktaOrg.StartAsync();
        var path = $"/api/v1/users/{org.Id("ana")}";
        org.Okta.Faults.Add(new Fault { Kind = FaultKind.StaleReads, Times = 1 });

        await org.SendAsync("POST", $"{path}/lifecycle/suspend");

        Assert.Equal("ACTIVE", (string?)(await org.GetAsync(path))["status"]);
        Assert.Equal("SUSPENDED", (string?)(await org.GetAsync(path))["status"]);
    }

    [Fact]
    public async Task Control_StateLedgerFaultsAndReset()
    {
        await using var org = await OktaOrg.StartAsync();
        using var http = new HttpClient { BaseAddress = org.Okta.BaseAddress };
        await org.SendAsync("POST", $"/api/v1/users/{org.Id("ana")}/lifecycle/suspend");

        Assert.Single((await http.GetFromJsonAsync<JsonArray>("/_emulator/ledger"))!);
        Assert.Equal(60, (await http.GetFromJsonAsync<JsonObject>("/_emulator/state"))!["users"]!.AsArray().Count);
        Assert.Equal(400, (int)(await http.PostAsJsonAsync("/_emulator/state", new { user = "nobody" })).StatusCode);
        Assert.Equal(400, (int)(await http.PostAsJsonAsync("/_emulator/faults", new { kind = "nonsense" })).StatusCode);
        Assert.Equal(204, (int)(await http.PostAsync("/_emulator/reset", null)).StatusCode);

        Assert.Empty(org.Okta.Ledger.Effects);
        Assert.Equal("ACTIVE", org.Status("ana"));
    }

    [Fact]
    public async Task BehindProxies_LinksNameTheProxy()
    {
        await using var org = await OktaOrg.StartAsync(new EmulatorOptions { BehindProxies = new Uri("http://127.0.0.1:7211") });

        Assert.StartsWith("http://127.0.0.1:7211/api/v1/users?", (await org.SendAsync("GET", "/api/v1/users?limit=1")).Link("next"), StringComparison.Ordinal);
    }

    private static async Task<string?> CreateAsync(OktaOrg org, string login) => (string?)(await org.SendAsync("POST", "/api/v1/users", new JsonObject
    {
        ["profile"] = new JsonObject { ["login"] = $"{login}@acme.example", ["email"] = $"{login}@acme.example", ["firstName"] = login, ["lastName"] = "O" },
    })).Body!["id"];
}
