using System.Text.Json.Nodes;

namespace Siit.Iam.Emulator.Entra;

/// <summary>Delegated consents.</summary>
internal static class GrantRoutes
{
    public static EntraAnswer OfUser(EntraRequest request)
    {
        var user = request.User();
        return Page(request, request.State.Grants.Values.Where(grant => grant.PrincipalId == user.Id));
    }

    public static EntraAnswer List(EntraRequest request) => Page(request, request.State.Grants.Values);

    public static EntraAnswer Delete(EntraRequest request)
    {
        var id = request.Segment("grantId");
        if (!request.State.Grants.TryGetValue(id, out var grant)) throw EntraErrors.NotFound(id);
        request.State = request.State with { Grants = request.State.Grants.Remove(id) };
        var target = grant.PrincipalId is { } principal && request.State.Users.TryGetValue(principal, out var user) ? user.Target() : new EntraTarget(grant.ClientId, "ServicePrincipal", null);
        request.Audit("Remove delegated permission grant", "ApplicationManagement", "Unassign", target);
        request.Effect("user.revoke_grants", grant.ConsentType, grant.PrincipalId ?? "", id);
        return EntraAnswer.NoContent;
    }

    private static EntraAnswer Page(EntraRequest request, IEnumerable<EntraGrant> grants) => request.List("oAuth2PermissionGrant", grants.Select(grant => new JsonObject
    {
        ["id"] = grant.Id,
        ["clientId"] = grant.ClientId,
        ["consentType"] = grant.ConsentType,
        ["principalId"] = grant.PrincipalId,
        ["resourceId"] = grant.ResourceId,
        ["scope"] = grant.Scope,
    }), context: "oauth2PermissionGrants");
}
