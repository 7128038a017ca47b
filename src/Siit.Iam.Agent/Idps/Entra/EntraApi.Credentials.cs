using Microsoft.Graph.Models;
using Microsoft.Kiota.Abstractions;

namespace Siit.Iam.Agent.Idps.Entra;

/// <summary>Second factors, grants, administrator roles and the audit log.</summary>
internal sealed partial class EntraApi
{
    private static readonly string[] WithRole = ["roleDefinition"];

    private static readonly string[] WithPrincipal = ["principal"];

    private static readonly string[] OldestFirst = ["activityDateTime"];

    public Task<EntraPage<AuthenticationMethod>> ListMethodsAsync(string userId, int top, string? token, CancellationToken ct) =>
        PageAsync(graph.Users[userId].Authentication.Methods.ToGetRequestInformation(r => r.QueryParameters.Top = top),
            AuthenticationMethodCollectionResponse.CreateFromDiscriminatorValue, page => page.Value, token, ct);

    /// <summary>What the tenant's report says about how somebody signs in; it lags.</summary>
    public Task<EntraPage<UserRegistrationDetails>> FindRegistrationAsync(string filter, CancellationToken ct) =>
        PageAsync(graph.Reports.AuthenticationMethods.UserRegistrationDetails.ToGetRequestInformation(r => r.QueryParameters.Filter = filter),
            UserRegistrationDetailsCollectionResponse.CreateFromDiscriminatorValue, page => page.Value, null, ct);

    /// <summary>False when this kind has no road for removing it.</summary>
    public async Task<bool> DeleteMethodAsync(string userId, EntraMethod method, EntraReceipt receipt, CancellationToken ct)
    {
        var of = graph.Users[userId].Authentication;
        RequestInformation? request = method.Type switch
        {
            EntraMethods.Authenticator => of.MicrosoftAuthenticatorMethods[method.Id].ToDeleteRequestInformation(),
            EntraMethods.Email => of.EmailMethods[method.Id].ToDeleteRequestInformation(),
            EntraMethods.External => of.ExternalAuthenticationMethods[method.Id].ToDeleteRequestInformation(),
            EntraMethods.Fido2 => of.Fido2Methods[method.Id].ToDeleteRequestInformation(),
            EntraMethods.Phone => of.PhoneMethods[method.Id].ToDeleteRequestInformation(),
            EntraMethods.PlatformCredential => of.PlatformCredentialMethods[method.Id].ToDeleteRequestInformation(),
            EntraMethods.SoftwareOath => of.SoftwareOathMethods[method.Id].ToDeleteRequestInformation(),
            EntraMethods.TemporaryAccessPass => of.TemporaryAccessPassMethods[method.Id].ToDeleteRequestInformation(),
            EntraMethods.WindowsHello => of.WindowsHelloForBusinessMethods[method.Id].ToDeleteRequestInformation(),
            _ => null,
        };
        if (request is null) return false;
        await SendAsync(With(request, receipt), ct);
        return true;
    }

    public Task<EntraPage<OAuth2PermissionGrant>> ListGrantsAsync(string userId, int top, string? token, CancellationToken ct) =>
        PageAsync(graph.Users[userId].Oauth2PermissionGrants.ToGetRequestInformation(r => r.QueryParameters.Top = top),
            OAuth2PermissionGrantCollectionResponse.CreateFromDiscriminatorValue, page => page.Value, token, ct);

    public Task DeleteGrantAsync(string id, EntraReceipt receipt, CancellationToken ct) =>
        SendAsync(With(graph.Oauth2PermissionGrants[id].ToDeleteRequestInformation(), receipt), ct);

    public Task<EntraPage<UnifiedRoleAssignment>> ListRolesAsync(string principalId, int top, string? token, CancellationToken ct) =>
        PageAsync(graph.RoleManagement.Directory.RoleAssignments.ToGetRequestInformation(r =>
                (r.QueryParameters.Filter, r.QueryParameters.Expand, r.QueryParameters.Top) = (EntraFilter.Equal("principalId", principalId), WithRole, top)),
            UnifiedRoleAssignmentCollectionResponse.CreateFromDiscriminatorValue, page => page.Value, token, ct);

    public Task<EntraPage<UnifiedRoleEligibilitySchedule>> ListEligibleRolesAsync(string principalId, int top, string? token, CancellationToken ct) =>
        PageAsync(graph.RoleManagement.Directory.RoleEligibilitySchedules.ToGetRequestInformation(r =>
                (r.QueryParameters.Filter, r.QueryParameters.Expand, r.QueryParameters.Top) = (EntraFilter.Equal("principalId", principalId), WithRole, top)),
            UnifiedRoleEligibilityScheduleCollectionResponse.CreateFromDiscriminatorValue, page => page.Value, token, ct);

    public Task<EntraPage<UnifiedRoleAssignment>> ListHoldersAsync(string roleDefinitionId, int top, string? token, CancellationToken ct) =>
        PageAsync(graph.RoleManagement.Directory.RoleAssignments.ToGetRequestInformation(r =>
                (r.QueryParameters.Filter, r.QueryParameters.Expand, r.QueryParameters.Top) = (EntraFilter.Equal("roleDefinitionId", roleDefinitionId), WithPrincipal, top)),
            UnifiedRoleAssignmentCollectionResponse.CreateFromDiscriminatorValue, page => page.Value, token, ct);

    public Task<EntraPage<DirectoryAudit>> ReadAuditsAsync(string filter, int top, string? token, CancellationToken ct) =>
        PageAsync(graph.AuditLogs.DirectoryAudits.ToGetRequestInformation(r =>
                (r.QueryParameters.Filter, r.QueryParameters.Orderby, r.QueryParameters.Top) = (filter, OldestFirst, top)),
            DirectoryAuditCollectionResponse.CreateFromDiscriminatorValue, page => page.Value, token, ct);

    public Task<EntraPage<Organization>> ReadOrganizationAsync(CancellationToken ct) =>
        PageAsync(graph.Organization.ToGetRequestInformation(r => r.QueryParameters.Select = ["id", "displayName", "verifiedDomains"]),
            OrganizationCollectionResponse.CreateFromDiscriminatorValue, page => page.Value, null, ct);
}
