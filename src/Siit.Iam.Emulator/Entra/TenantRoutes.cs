using System.Text.Json.Nodes;
using Siit.Iam.Emulator.Company;

namespace Siit.Iam.Emulator.Entra;

/// <summary>The organization itself, and the users in its deleted items.</summary>
internal static class TenantRoutes
{
    public const string FederatedDomain = "legacy.acme.example";

    public static readonly IReadOnlyList<string> Domains = [Acme.Domain, "acme.onmicrosoft.com", FederatedDomain];

    public static EntraAnswer Organization(EntraRequest request) => request.List("organization", [new JsonObject
    {
        ["id"] = request.State.TenantId,
        ["displayName"] = "Acme",
        ["verifiedDomains"] = new JsonArray([.. Domains.Select((domain, place) => new JsonObject
        {
            ["capabilities"] = "Email, OfficeCommunicationsOnline",
            ["isDefault"] = place == 0,
            ["isInitial"] = place == 1,
            ["name"] = domain,
            ["type"] = request.State.FederatedDomains.Contains(domain) ? "Federated" : "Managed",
        })]),
    }]);

    public static EntraAnswer DeletedUsers(EntraRequest request) => request.List("user", request.State.Deleted.Values.Select(EntraJson.User), context: "directoryObjects/$/Microsoft.DirectoryServices.User");

    public static EntraAnswer DeletedUser(EntraRequest request) => UserRoutes.Single(request, Deleted(request));

    public static EntraAnswer Restore(EntraRequest request)
    {
        var user = Deleted(request);
        request.State = request.State.Restore(user);
        request.Audit("Restore user", "UserManagement", "Update", user.Target());
        request.Effect("user.restore", null, user.Id);
        return EntraAnswer.Ok(EntraJson.Typed(EntraJson.Select(EntraJson.User(request.State.Users[user.Id]), "user", null, request.State), "user"));
    }

    public static EntraAnswer Erase(EntraRequest request)
    {
        var user = Deleted(request);
        request.State = request.State.Erase(user);
        request.Audit("Hard Delete user", "UserManagement", "Delete", user.Target());
        request.Effect("user.erase", null, user.Id);
        return EntraAnswer.NoContent;
    }

    private static EntraUser Deleted(EntraRequest request) =>
        request.State.Deleted.GetValueOrDefault(request.Segment("userId")) ?? throw EntraErrors.NotFound(request.Segment("userId"));
}
