using Siit.Iam.Agent.Idps.Google;
using Siit.Iam.Agent.Idps.Resilience;
using Siit.Iam.Emulator.Google;

namespace Siit.Iam.Agent.Tests.Idps.Google;

/// <summary>Our connector and others' clients before Google's own descriptions. The groups of Cloud Identity have none there.</summary>
public sealed class GoogleContractTests
{
    private const string Admin = "/admin/directory/v1";
    private const string Activity = "/admin/reports/v1/activity/users";

    [Theory]
    [InlineData(1)]
    [InlineData(200)]
    public async Task EveryReadAndWrite_ThroughTheDescription_IsDone(int pageSize)
    {
        var options = Options() with { PageSize = pageSize };
        await ContractProxies.ResetAsync(ContractProxies.Google);
        var figma = (await Connect(options).FindGroupsAsync("Figma Editors", 1, null, TestContext.Current.CancellationToken)).Items.Single();
        var google = Connect(options with { Applications = [new("figma", "Figma", figma.Id)] });

        await EveryCall.ReadAsync(google, everybody: pageSize > 1);
        await EveryCall.WriteAsync(google, "Support", "Figma", factor: null);
    }

    [Fact]
    public async Task OthersRequests_ThroughTheDescription_Succeed()
    {
        var reports = ContractProxies.At("CONTRACT_GOOGLE_REPORTS_URL");
        var options = Options() with { Scopes = Scopes };
        await ContractProxies.ResetAsync(ContractProxies.Google);
        using var account = new Siit.Iam.Agent.Idps.Google.GoogleServiceAccount(options, IdpHttp.Create(options.TokenUrl, GoogleThrottling.Rules, ContractProxies.Patient, TimeProvider.System), TimeProvider.System);
        using var client = new OtherClient("Authorization", (await account.GetAsync(null, TestContext.Current.CancellationToken)).ToString());

        await client.SendAsync(options.Url, OthersOfDirectory);
        await client.SendAsync(reports, OthersOfReports);
    }

    private static readonly IReadOnlyList<string> Scopes =
    [
        .. new[] { "group", "orgunit.readonly", "rolemanagement.readonly", "user", "user.security" }.Select(scope => $"https://www.googleapis.com/auth/admin.directory.{scope}"),
        "https://www.googleapis.com/auth/admin.reports.audit.readonly",
    ];

    private static OthersRequest[] OthersOfDirectory =>
    [
        new("GET", $"{Admin}/users?customer=my_customer&maxResults=5"),
        new("GET", $"{Admin}/users?domain=acme.example&query=givenName%3AAna&orderBy=email&sortOrder=DESCENDING"),
        new("GET", $"{Admin}/users?customer=my_customer&query=isSuspended%3Dtrue&projection=full"),
        new("GET", $"{Admin}/users?customer=my_customer&showDeleted=true"),
        new("GET", $"{Admin}/users/ana@acme.example?projection=full", Keep: "ana=id"),
        new("GET", $"{Admin}/users/ben@acme.example", Keep: "ben=id"),
        new("GET", $"{Admin}/users/dora@acme.example", Keep: "dora=id"),
        new("GET", Admin + "/users/{ana}/aliases"),
        new("GET", Admin + "/users/{ana}/tokens", Keep: "client=items/0/clientId"),
        new("GET", Admin + "/users/{ana}/tokens/{client}"),
        new("GET", Admin + "/users/{ana}/asps", Keep: "code=items/0/codeId"),
        new("GET", Admin + "/users/{ana}/asps/{code}"),
        new("DELETE", Admin + "/users/{ana}/asps/{code}"),
        new("POST", Admin + "/users/{ana}/verificationCodes/generate"),
        new("GET", Admin + "/users/{ana}/verificationCodes"),
        new("POST", Admin + "/users/{ana}/verificationCodes/invalidate"),
        new("PATCH", Admin + "/users/{ben}", """{"organizations":[{"department":"Platform","primary":true}]}"""),
        new("POST", Admin + "/users/{ben}/makeAdmin", """{"status":true}"""),
        new("POST", Admin + "/users/{ben}/makeAdmin", """{"status":false}"""),
        new("POST", $"{Admin}/users", """{"primaryEmail":"yara@acme.example","name":{"givenName":"Yara","familyName":"New"},"password":"Something-Long-1"}""", "yara=id"),
        new("DELETE", Admin + "/users/{yara}"),
        new("POST", Admin + "/users/{yara}/undelete", """{"orgUnitPath":"/"}"""),
        new("GET", $"{Admin}/groups?customer=my_customer&maxResults=3"),
        new("GET", Admin + "/groups?userKey={ana}"),
        new("GET", $"{Admin}/groups/support@acme.example", Keep: "support=id"),
        new("GET", Admin + "/groups/{support}/members?maxResults=2&roles=MEMBER", Keep: "member=members/0/id"),
        new("GET", Admin + "/groups/{support}/members?includeDerivedMembership=true"),
        new("GET", Admin + "/groups/{support}/members/{member}"),
        new("PATCH", Admin + "/groups/{support}/members/{member}", """{"role":"MANAGER"}"""),
        new("PUT", Admin + "/groups/{support}/members/{member}", """{"role":"MEMBER"}"""),
        new("GET", Admin + "/groups/{support}/hasMember/{ana}"),
        new("POST", $"{Admin}/groups", """{"email":"night@acme.example","name":"Night Shift"}""", "night=id"),
        new("POST", Admin + "/groups/{night}/members", """{"email":"ben@acme.example","role":"MEMBER"}"""),
        new("DELETE", Admin + "/groups/{night}/members/{ben}"),
        new("DELETE", Admin + "/groups/{night}"),
        new("GET", $"{Admin}/customer/my_customer/roles", Keep: "role=items/0/roleId"),
        new("GET", Admin + "/customer/my_customer/roles/{role}"),
        new("GET", Admin + "/customer/my_customer/roleassignments?userKey={dora}"),
        new("GET", $"{Admin}/customer/my_customer/roleassignments?maxResults=2"),
        new("GET", $"{Admin}/customer/my_customer/orgunits?type=all"),

        new("GET", $"{Admin}/users/nobody@acme.example") { Status = 404 },
        new("GET", $"{Admin}/users?customer=my_customer&query=nonsense") { Status = 400 },
        new("POST", $"{Admin}/users", """{"primaryEmail":"ana@acme.example","name":{"givenName":"A","familyName":"B"},"password":"Something-Long-1"}""") { Status = 409 },
        new("POST", $"{Admin}/users/theo@acme.example/twoStepVerification/turnOff") { Status = 400 },
        new("DELETE", Admin + "/users/{ana}/asps/1") { Status = 404 },
        new("GET", $"{Admin}/groups/nobody@acme.example") { Status = 404 },
        new("POST", $"{Admin}/groups/sales@acme.example/members", """{"email":"ana@acme.example","role":"MEMBER"}""") { Status = 409 },
        new("DELETE", $"{Admin}/groups/sales@acme.example/members/ben@acme.example") { Status = 404 },
        new("GET", $"{Admin}/customer/my_customer/roles/1") { Status = 404 },
    ];

    private static OthersRequest[] OthersOfReports =>
    [
        new("GET", $"{Activity}/all/applications/login?maxResults=5"),
        new("GET", $"{Activity}/all/applications/admin?maxResults=5&eventName=CREATE_USER"),
        new("GET", $"{Activity}/ana@acme.example/applications/login"),
        new("GET", $"{Activity}/all/applications/token"),
        new("GET", $"{Activity}/all/applications/user_accounts"),

        new("GET", $"{Activity}/nobody@acme.example/applications/login") { Status = 404 },
        new("GET", $"{Activity}/all/applications/login?startTime=2001-01-01T00:00:00Z") { Status = 400 },
    ];

    private static GoogleOptions Options() => new()
    {
        Url = ContractProxies.At("CONTRACT_GOOGLE_DIRECTORY_URL"),
        ReportsUrl = ContractProxies.At("CONTRACT_GOOGLE_REPORTS_URL"),
        IdentityUrl = ContractProxies.Google,
        TokenUrl = new Uri(ContractProxies.Google, "/token"),
        Key = ContractProxies.KeyFile("google-key.json"),
        Subject = EmulatedGoogle.Subject,
        MaxPages = 1000,
    };

    private static GoogleConnection Connect(GoogleOptions options) =>
        GoogleSetup.Create("google", options, ContractProxies.Patient, TimeProvider.System);
}
