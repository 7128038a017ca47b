using System.Text.Json.Nodes;
using Siit.Iam.Agent.Idps.Entra;
using Siit.Iam.Emulator.Entra;

namespace Siit.Iam.Agent.Tests.Idps.Entra;

/// <summary>Our connector and others' clients before a description of Graph.</summary>
public sealed class EntraContractTests
{
    private const string Nobody = "00000000-0000-4000-8000-000000000000";

    [Theory]
    [InlineData(1)]
    [InlineData(200)]
    public async Task EveryReadAndWrite_ThroughTheDescription_IsDone(int pageSize)
    {
        var options = new EntraOptions
        {
            TenantId = EmulatedEntra.TenantId,
            ClientId = EmulatedEntra.ClientId,
            Credential = EntraCredentialKind.ClientSecret,
            Secret = ContractProxies.Known(EmulatedEntra.ClientSecret),
            Url = ContractProxies.At("CONTRACT_ENTRA_URL"),
            TokenUrl = ContractProxies.Entra,
            PageSize = pageSize,
            MaxPages = 1000,
        };
        var entra = EntraSetup.Create("entra", options, ContractProxies.Patient, TimeProvider.System);
        await ContractProxies.ResetAsync(ContractProxies.Entra);

        await EveryCall.ReadAsync(entra, everybody: pageSize > 1);
        await EveryCall.WriteAsync(entra, "Support", "Figma", "totp");
    }

    [Fact]
    public async Task OthersRequests_ThroughTheDescription_Succeed()
    {
        var proxy = ContractProxies.At("CONTRACT_ENTRA_URL");
        await ContractProxies.ResetAsync(ContractProxies.Entra);
        using var client = new OtherClient("Authorization", $"Bearer {await TokenAsync()}");
        using var stranger = new OtherClient("Authorization", "Bearer no-such-token");

        await client.SendAsync(proxy, Others);
        await stranger.SendAsync(proxy, OthersRequest.Refused(401, "/users", "/groups", "/servicePrincipals", "/organization", "/auditLogs/directoryAudits"));
    }

    private static OthersRequest[] Others =>
    [
        new("GET", "/users?$top=5", Keep: "next=@odata.nextLink"),
        new("GET", "{next}"),
        new("GET", "/users?$filter=startswith(displayName,'An')&$select=id,displayName,mail"),
        new("GET", "/users?$count=true&$filter=endswith(mail,'@acme.example')&$top=2"),
        new("GET", "/users?$filter=accountEnabled%20eq%20false"),
        new("GET", "/users/ana@acme.example", Keep: "ana=id"),
        new("GET", "/users/ben@acme.example", Keep: "ben=id"),
        new("GET", "/users/dora@acme.example", Keep: "dora=id"),
        new("GET", "/users/{ana}?$select=id,displayName,accountEnabled,signInSessionsValidFromDateTime"),
        new("GET", "/users/delta", Keep: "users=@odata.deltaLink"),
        new("GET", "{users}"),
        new("GET", "/users/{ana}/memberOf"),
        new("GET", "/users/{ana}/transitiveMemberOf"),
        new("GET", "/users/{ana}/transitiveMemberOf/microsoft.graph.group"),
        new("GET", "/users/{dora}/transitiveMemberOf/microsoft.graph.directoryRole"),
        new("POST", "/users/{ana}/getMemberGroups", """{"securityEnabledOnly":false}"""),
        new("GET", "/users/{ana}/appRoleAssignments"),
        new("GET", "/users/{ana}/oauth2PermissionGrants"),
        new("GET", "/oauth2PermissionGrants?$top=2"),
        new("GET", "/users/{ana}/authentication/methods"),
        new("GET", "/users/{ana}/authentication/phoneMethods"),
        new("GET", "/users/{ana}/authentication/microsoftAuthenticatorMethods"),
        new("GET", "/users/{dora}/authentication/fido2Methods"),
        new("GET", "/users/{ana}/authentication/softwareOathMethods"),
        new("GET", "/users/{ana}/authentication/windowsHelloForBusinessMethods"),
        new("GET", "/users/{ana}/authentication/emailMethods"),
        new("GET", "/users/{ana}/authentication/platformCredentialMethods"),
        new("GET", "/users/{ana}/authentication/externalAuthenticationMethods"),
        new("GET", "/users/{ana}/authentication/passwordMethods"),
        new("POST", "/users/{ben}/authentication/temporaryAccessPassMethods", """{"lifetimeInMinutes":60,"isUsableOnce":true}""", "pass=id"),
        new("GET", "/users/{ben}/authentication/temporaryAccessPassMethods"),
        new("DELETE", "/users/{ben}/authentication/temporaryAccessPassMethods/{pass}"),
        new("GET", "/reports/authenticationMethods/userRegistrationDetails?$top=3"),
        new("GET", "/groups?$top=3"),
        new("GET", "/groups?$filter=startswith(displayName,'Support')", Keep: "support=value/0/id"),
        new("GET", "/groups/delta?$select=displayName,members", Keep: "groups=@odata.deltaLink"),
        new("GET", "{groups}"),
        new("GET", "/groups/{support}"),
        new("GET", "/groups/{support}/members?$top=2"),
        new("GET", "/groups/{support}/members/microsoft.graph.user?$top=2"),
        new("GET", "/groups/{support}/transitiveMembers"),
        new("GET", "/groups/{support}/appRoleAssignments"),
        new("GET", "/servicePrincipals?$top=3"),
        new("GET", "/servicePrincipals?$filter=displayName%20eq%20'Figma'", Keep: "figma=value/0/id"),
        new("GET", "/servicePrincipals/delta?$select=displayName,appRoles"),
        new("GET", "/servicePrincipals/{figma}"),
        new("GET", "/servicePrincipals/{figma}/appRoleAssignedTo?$top=2", Keep: "role=value/0/appRoleId"),
        new("POST", "/servicePrincipals/{figma}/appRoleAssignedTo", """{"principalId":"{dora}","resourceId":"{figma}","appRoleId":"{role}"}""", "assigned=id"),
        new("DELETE", "/servicePrincipals/{figma}/appRoleAssignedTo/{assigned}"),
        new("POST", "/groups/{support}/appRoleAssignments", """{"principalId":"{support}","resourceId":"{figma}","appRoleId":"{role}"}""", "assigned=id"),
        new("DELETE", "/groups/{support}/appRoleAssignments/{assigned}"),
        new("GET", "/directoryRoles", Keep: "directory=value/0/id"),
        new("GET", "/directoryRoles/{directory}/members"),
        new("GET", "/roleManagement/directory/roleAssignments?$filter=principalId%20eq%20'{dora}'"),
        new("GET", "/roleManagement/directory/roleDefinitions"),
        new("GET", "/roleManagement/directory/roleEligibilitySchedules"),
        new("GET", "/roleManagement/directory/roleAssignmentSchedules"),
        new("GET", "/auditLogs/directoryAudits?$top=3"),
        new("GET", "/auditLogs/signIns?$top=3"),
        new("GET", "/organization"),
        new("POST", "/subscriptions", """{"changeType":"updated,deleted","resource":"users","notificationUrl":"https://hooks.acme.example/entra","expirationDateTime":"{soon}","clientState":"x"}""", "subscription=id"),
        new("GET", "/subscriptions"),
        new("GET", "/subscriptions/{subscription}"),
        new("PATCH", "/subscriptions/{subscription}", """{"expirationDateTime":"{soon}"}"""),
        new("DELETE", "/subscriptions/{subscription}"),
        new("POST", "/users/{ben}/revokeSignInSessions"),
        new("DELETE", "/users/{ben}"),
        new("GET", "/directory/deletedItems/microsoft.graph.user"),
        new("POST", "/directory/deletedItems/{ben}/restore"),

        new("GET", $"/users/{Nobody}") { Status = 404 },
        new("GET", "/users?$filter=nonsense") { Status = 400 },
        new("GET", "/users/delta?$deltatoken=nonsense") { Status = 400 },
        new("PATCH", "/users/{dora}", """{"accountEnabled":false}""") { Status = 403 },
        new("POST", $"/users/{Nobody}/revokeSignInSessions") { Status = 404 },
        new("DELETE", $"/users/{Nobody}") { Status = 404 },
        new("DELETE", $$"""/users/{ana}/authentication/phoneMethods/{{Nobody}}""") { Status = 404 },
        new("DELETE", "/users/{ana}/appRoleAssignments/nonsense") { Status = 404 },
        new("DELETE", "/oauth2PermissionGrants/nonsense") { Status = 404 },
        new("GET", $"/groups/{Nobody}") { Status = 404 },
        new("DELETE", "/groups/{support}/members/{dora}/$ref") { Status = 404 },
        new("GET", $"/servicePrincipals/{Nobody}") { Status = 404 },
        new("GET", $"/subscriptions/{Nobody}") { Status = 404 },
    ];

    private static async Task<string> TokenAsync()
    {
        using var http = new HttpClient();
        using var form = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["grant_type"] = "client_credentials",
            ["client_id"] = EmulatedEntra.ClientId,
            ["client_secret"] = EmulatedEntra.ClientSecret,
            ["scope"] = "https://graph.microsoft.com/.default",
        });
        using var response = await http.PostAsync(new Uri(ContractProxies.Entra, $"/{EmulatedEntra.TenantId}/oauth2/v2.0/token"), form, TestContext.Current.CancellationToken);
        return (await response.Content.ReadFromJsonAsync<JsonObject>(TestContext.Current.CancellationToken))!["access_token"]!.GetValue<string>();
    }
}
