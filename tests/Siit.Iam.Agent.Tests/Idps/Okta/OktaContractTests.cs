using Siit.Iam.Agent.Idps.Okta;
using Siit.Iam.Agent.Idps.Resilience;
using Siit.Iam.Emulator.Okta;

namespace Siit.Iam.Agent.Tests.Idps.Okta;

/// <summary>Our connector and others' clients before Okta's own description.</summary>
public sealed class OktaContractTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(200)]
    public async Task EveryReadAndWrite_ThroughTheDescription_IsDone(int pageSize)
    {
        var options = new OktaOptions { Url = ContractProxies.At("CONTRACT_OKTA_URL"), Token = ContractProxies.Known(EmulatedOkta.SswsToken), PageSize = pageSize, MaxPages = 1000 };
        var okta = OktaSetup.Create("okta", options, ContractProxies.Patient, TimeProvider.System);
        await ContractProxies.ResetAsync(ContractProxies.Okta);

        await EveryCall.ReadAsync(okta, everybody: pageSize > 1);
        await EveryCall.WriteAsync(okta, "Support", "Figma", "sms");
    }

    [Fact]
    public async Task ServiceApp_SignedInDirectly_ReadsThroughTheDescription()
    {
        var options = new OktaOptions { Url = ContractProxies.Okta, ClientId = EmulatedOkta.ClientId, PrivateKey = ContractProxies.KeyFile("okta-private-key.pem") };
        var http = IdpHttp.Create(ContractProxies.Okta, OktaThrottling.Rules, ContractProxies.Patient, TimeProvider.System);
        using var app = new Siit.Iam.Agent.Idps.Okta.OktaServiceApp(options, http, TimeProvider.System);
        var okta = OktaSetup.Create("okta", options with { Url = ContractProxies.At("CONTRACT_OKTA_URL") }, app, ContractProxies.Patient, TimeProvider.System);
        await ContractProxies.ResetAsync(ContractProxies.Okta);

        await EveryCall.ReadAsync(okta, everybody: false);
    }

    [Fact]
    public async Task OthersRequests_ThroughTheDescription_Succeed()
    {
        var proxy = ContractProxies.At("CONTRACT_OKTA_URL");
        await ContractProxies.ResetAsync(ContractProxies.Okta);
        using var client = new OtherClient("Authorization", $"SSWS {EmulatedOkta.SswsToken}");
        using var stranger = new OtherClient("Authorization", "SSWS no-such-token");

        await client.SendAsync(proxy, Others);
        await stranger.SendAsync(proxy, OthersRequest.Refused(401, "/api/v1/users", "/api/v1/groups", "/api/v1/apps", "/api/v1/logs", "/api/v1/org"));
    }

    // Not among them: POST /apps/{appId}/users/{userId}. Its body is oneOf two schemas that every object meets, so none is right.
    private static OthersRequest[] Others =>
    [
        new("GET", "/api/v1/users?limit=5"),
        new("GET", "/api/v1/users?q=Ana&limit=5"),
        new("GET", "/api/v1/users?filter=status%20eq%20%22SUSPENDED%22"),
        new("GET", "/api/v1/users?search=profile.department%20eq%20%22Sales%22&sortBy=profile.login&limit=2"),
        new("GET", "/api/v1/users/ana@acme.example", Keep: "ana=id"),
        new("GET", "/api/v1/users/dora@acme.example", Keep: "dora=id"),
        new("GET", "/api/v1/users/rosa@acme.example", Keep: "rosa=id"),
        new("GET", "/api/v1/users/ben@acme.example", Keep: "ben=id"),
        new("GET", "/api/v1/users/me"),
        new("GET", "/api/v1/users/{ana}/groups"),
        new("GET", "/api/v1/users/{ana}/appLinks"),
        new("GET", "/api/v1/users/{ana}/factors", Keep: "factor=0/id"),
        new("GET", "/api/v1/users/{ana}/factors/{factor}"),
        new("GET", "/api/v1/users/{ana}/grants", Keep: "grant=0/id client=0/clientId"),
        new("GET", "/api/v1/users/{ana}/grants/{grant}"),
        new("GET", "/api/v1/users/{ana}/clients"),
        new("GET", "/api/v1/users/{ana}/clients/{client}/tokens"),
        new("GET", "/api/v1/users/{ana}/clients/{client}/grants"),
        new("GET", "/api/v1/users/{dora}/roles"),
        new("GET", "/api/v1/groups?limit=5"),
        new("GET", "/api/v1/groups?filter=type%20eq%20%22OKTA_GROUP%22&limit=3"),
        new("GET", "/api/v1/groups?q=Support&limit=1", Keep: "support=0/id"),
        new("GET", "/api/v1/groups/{support}"),
        new("GET", "/api/v1/groups/{support}/users?limit=2"),
        new("GET", "/api/v1/groups/{support}/apps"),
        new("GET", "/api/v1/groups/{support}/roles"),
        new("GET", "/api/v1/groups/rules", Keep: "rule=0/id"),
        new("GET", "/api/v1/groups/rules/{rule}"),
        new("GET", "/api/v1/apps?limit=3"),
        new("GET", "/api/v1/apps?filter=user.id%20eq%20%22{ana}%22"),
        new("GET", "/api/v1/apps?q=Figma", Keep: "figma=0/id"),
        new("GET", "/api/v1/apps/{figma}"),
        new("GET", "/api/v1/apps/{figma}/users?limit=2"),
        new("GET", "/api/v1/apps/{figma}/users/{ana}"),
        new("GET", "/api/v1/apps/{figma}/groups", Keep: "editors=0/id"),
        new("GET", "/api/v1/apps/{figma}/groups/{editors}"),
        new("GET", "/api/v1/logs?limit=10&sortOrder=DESCENDING"),
        new("GET", "/api/v1/logs?filter=eventType%20eq%20%22user.session.start%22&limit=3"),
        new("GET", "/api/v1/org"),
        new("GET", "/api/v1/iam/assignees/users"),
        new("POST", "/api/v1/groups", """{"profile":{"name":"Night Shift","description":"Works at night"}}""", "night=id"),
        new("PUT", "/api/v1/groups/{night}/users/{ben}"),
        new("DELETE", "/api/v1/groups/{night}/users/{ben}"),
        new("PUT", "/api/v1/apps/{figma}/groups/{night}", "{}"),
        new("DELETE", "/api/v1/apps/{figma}/groups/{night}"),
        new("DELETE", "/api/v1/groups/{night}"),
        new("POST", "/api/v1/apps/{figma}/users", """{"id":"{rosa}","scope":"USER"}"""),
        new("DELETE", "/api/v1/apps/{figma}/users/{rosa}"),
        new("POST", "/api/v1/eventHooks", """{"name":"Lifecycle","events":{"type":"EVENT_TYPE","items":["user.lifecycle.suspend"]},"channel":{"type":"HTTP","version":"1.0.0","config":{"uri":"https://hooks.acme.example/okta"}}}""", "hook=id"),
        new("GET", "/api/v1/eventHooks"),
        new("GET", "/api/v1/eventHooks/{hook}"),
        new("POST", "/api/v1/eventHooks/{hook}/lifecycle/deactivate"),
        new("POST", "/api/v1/eventHooks/{hook}/lifecycle/activate"),
        new("POST", "/api/v1/eventHooks/{hook}/lifecycle/deactivate"),
        new("DELETE", "/api/v1/eventHooks/{hook}"),
        new("POST", "/api/v1/users?activate=false", """{"profile":{"firstName":"Yara","lastName":"New","email":"yara@acme.example","login":"yara@acme.example"}}""", "yara=id"),
        new("PUT", "/api/v1/users/{yara}", """{"profile":{"firstName":"Yara","lastName":"Newer","email":"yara@acme.example","login":"yara@acme.example"}}"""),
        new("POST", "/api/v1/users/{yara}/lifecycle/activate?sendEmail=false"),
        new("POST", "/api/v1/users/{yara}/lifecycle/reactivate?sendEmail=false"),
        new("POST", "/api/v1/users/{yara}/lifecycle/deactivate"),
        new("DELETE", "/api/v1/users/{yara}"),
        new("POST", "/api/v1/users/{ben}/lifecycle/expire_password_with_temp_password"),
        new("DELETE", "/api/v1/users/{ana}/clients/{client}/tokens"),
        new("DELETE", "/api/v1/users/{ana}/grants/{grant}"),
        new("DELETE", "/api/v1/users/{ana}/factors/{factor}"),

        new("GET", "/api/v1/users/nobody@acme.example") { Status = 404 },
        new("GET", "/api/v1/users?search=nonsense") { Status = 400 },
        new("GET", "/api/v1/users?filter=nonsense") { Status = 400 },
        new("POST", "/api/v1/users/{rosa}/lifecycle/unsuspend") { Status = 400 },
        new("POST", "/api/v1/users/{rosa}/lifecycle/unlock") { Status = 403 },
        new("POST", "/api/v1/users/{dora}/lifecycle/suspend") { Status = 403 },
        new("POST", "/api/v1/users", """{"profile":{"firstName":"A","lastName":"B","email":"rosa@acme.example","login":"rosa@acme.example"}}""") { Status = 400 },
        new("DELETE", "/api/v1/users/{rosa}/factors/ufs00000000000000000") { Status = 404 },
        new("GET", "/api/v1/groups/00g00000000000000000") { Status = 404 },
        new("POST", "/api/v1/groups", """{"profile":{"name":"Sales"}}""") { Status = 400 },
        new("DELETE", "/api/v1/apps/{figma}/users/{rosa}") { Status = 404 },
        new("GET", "/api/v1/logs?filter=nonsense") { Status = 400 },
    ];
}
