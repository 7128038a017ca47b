using Siit.Iam.Agent.Idps.JumpCloud;
using Siit.Iam.Emulator.JumpCloud;

namespace Siit.Iam.Agent.Tests.Idps.JumpCloud;

/// <summary>Our connector and others' clients before JumpCloud's own descriptions.</summary>
public sealed class JumpCloudContractTests
{
    private const string Nobody = "0123456789abcdef01234567";

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    public async Task EveryReadAndWrite_ThroughTheDescription_IsDone(int pageSize)
    {
        var options = JumpCloudOptions.At(ContractProxies.JumpCloud) with
        {
            V1 = ContractProxies.At("CONTRACT_JUMPCLOUD_V1_URL"),
            V2 = ContractProxies.At("CONTRACT_JUMPCLOUD_V2_URL"),
            Insights = ContractProxies.At("CONTRACT_JUMPCLOUD_INSIGHTS_URL"),
            ClientId = EmulatedJumpCloud.ClientId,
            ClientSecret = ContractProxies.Known(EmulatedJumpCloud.ClientSecret),
            PageSize = pageSize,
            MaxPages = 1000,
        };
        var jumpCloud = JumpCloudSetup.Create("jumpcloud", options, ContractProxies.Patient, TimeProvider.System);
        await ContractProxies.ResetAsync(ContractProxies.JumpCloud);

        await EveryCall.ReadAsync(jumpCloud, everybody: pageSize > 1);
        await EveryCall.WriteAsync(jumpCloud, "Support", "Figma", "push");
    }

    [Fact]
    public async Task OthersRequests_ThroughTheDescription_Succeed()
    {
        var (v1, v2, insights) = (ContractProxies.At("CONTRACT_JUMPCLOUD_V1_URL"), ContractProxies.At("CONTRACT_JUMPCLOUD_V2_URL"), ContractProxies.At("CONTRACT_JUMPCLOUD_INSIGHTS_URL"));
        await ContractProxies.ResetAsync(ContractProxies.JumpCloud);
        using var client = new OtherClient("x-api-key", EmulatedJumpCloud.ApiKey);
        using var stranger = new OtherClient("x-api-key", "no-such-key");

        await client.SendAsync(v1, OthersOfTheFirst);
        await stranger.SendAsync(v1, OthersRequest.Refused(401, "/systemusers", "/applications", "/organizations"));
        await stranger.SendAsync(v2, OthersRequest.Refused(401, "/usergroups", "/roles"));
        await client.SendAsync(v2, OthersOfTheSecond);
        await client.SendAsync(insights, OthersOfInsights);
    }

    private static OthersRequest[] OthersOfTheFirst =>
    [
        new("GET", "/systemusers?limit=5&skip=5&sort=username"),
        new("GET", "/systemusers?filter=department:$eq:Sales&fields=username email"),
        new("GET", "/systemusers?filter=email:$eq:ben@acme.example", Keep: "ben=results/0/_id"),
        new("POST", "/search/systemusers", """{"filter":{"or":[{"username":"ana"}]}}""", "ana=results/0/_id"),
        new("POST", "/search/systemusers", """{"searchFilter":{"searchTerm":"lee","fields":["username","email"]},"fields":"username email"}"""),
        new("GET", "/systemusers/{ana}"),
        new("GET", "/systemusers/{ana}/totpinfo"),
        new("POST", "/systemusers", """{"username":"yara","email":"yara@acme.example","firstname":"Yara","lastname":"New","state":"STAGED"}""", "yara=_id"),
        new("POST", "/systemusers/{yara}/state/activate", "{}"),
        new("POST", "/systemusers/{ben}/mfa/enforce", """{"enable_user_portal_multifactor":true}"""),
        new("POST", "/systemusers/{ben}/reactivate"),
        new("DELETE", "/systemusers/{yara}"),
        new("GET", "/applications?limit=3", Keep: "application=results/0/_id"),
        new("GET", "/applications/{application}"),
        new("GET", "/organizations", Keep: "organization=results/0/_id"),
        new("GET", "/organizations/{organization}"),

        new("GET", $"/systemusers/{Nobody}") { Status = 404 },
        new("POST", "/systemusers", """{"username":"ana","email":"other@acme.example"}""") { Status = 400 },
        new("POST", "/systemusers/{ana}/state/activate", "{}") { Status = 409 },
        new("POST", $"/systemusers/{Nobody}/unlock") { Status = 404 },
        new("GET", $"/applications/{Nobody}") { Status = 404 },
        new("GET", $"/organizations/{Nobody}") { Status = 404 },
    ];

    private static OthersRequest[] OthersOfTheSecond =>
    [
        new("GET", "/usergroups?limit=3&sort=name"),
        new("GET", "/usergroups?filter=name:eq:Support", Keep: "support=0/id"),
        new("GET", "/usergroups/{support}"),
        new("GET", "/usergroups/{support}/members?limit=2"),
        new("GET", "/usergroups/{support}/membership"),
        new("GET", "/usergroups/{support}/applications"),
        new("GET", "/usergroups/{support}/associations?targets=application"),
        new("POST", "/usergroups", """{"name":"Night Shift"}""", "night=id"),
        new("POST", "/usergroups/{night}/members", """{"op":"add","type":"user","id":"{ben}"}"""),
        new("POST", "/usergroups/{night}/members", """{"op":"remove","type":"user","id":"{ben}"}"""),
        new("POST", "/usergroups/{night}/associations", """{"op":"add","type":"application","id":"{application}"}"""),
        new("POST", "/usergroups/{night}/associations", """{"op":"remove","type":"application","id":"{application}"}"""),
        new("DELETE", "/usergroups/{night}"),
        new("GET", "/users/{ana}/memberof"),
        new("GET", "/users/{ana}/applications"),
        new("GET", "/users/{ana}/associations?targets=application"),
        new("GET", "/users/{ana}/pushendpoints", Keep: "push=0/id"),
        new("GET", "/users/{ana}/pushendpoints/{push}"),
        new("GET", "/applications/{application}/users"),
        new("GET", "/applications/{application}/usergroups"),
        new("GET", "/roles", Keep: "role=results/0/id"),
        new("GET", "/roles/{role}"),

        new("GET", $"/usergroups/{Nobody}") { Status = 404 },
        new("GET", "/usergroups?filter=name:eq:Sales", Keep: "sales=0/id"),
        new("GET", "/usergroups?filter=name:eq:All%20Sales", Keep: "automated=0/id"),
        new("POST", "/usergroups", """{"name":"Sales"}""") { Status = 409 },
        new("POST", "/usergroups/{sales}/members", """{"op":"add","type":"user","id":"{ana}"}""") { Status = 409 },
        new("POST", "/usergroups/{sales}/members", """{"op":"remove","type":"user","id":"{ben}"}""") { Status = 404 },
        new("POST", "/usergroups/{automated}/members", """{"op":"add","type":"user","id":"{ben}"}""") { Status = 400 },
        new("GET", $"/users/{Nobody}/memberof") { Status = 404 },
        new("POST", "/users/{ben}/associations", $$"""{"op":"remove","type":"application","id":"{{Nobody}}"}""") { Status = 404 },
        new("GET", $"/applications/{Nobody}/users") { Status = 404 },
        new("GET", $"/roles/{Nobody}") { Status = 404 },
    ];

    private static OthersRequest[] OthersOfInsights =>
    [
        new("POST", "/events", """{"service":["all"],"start_time":"{since}","limit":5}"""),
        new("POST", "/events", """{"service":["directory"],"start_time":"{since}","sort":"DESC","search_term":{"and":{"event_type":"user_create"}}}"""),
        new("POST", "/events/count", """{"service":["all"],"start_time":"{since}"}"""),
    ];
}
