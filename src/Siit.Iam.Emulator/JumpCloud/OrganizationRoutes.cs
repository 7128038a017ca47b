using System.Text.Json.Nodes;

namespace Siit.Iam.Emulator.JumpCloud;

/// <summary>The organization, its administrators and their roles.</summary>
internal static class OrganizationRoutes
{
    public static JumpCloudAnswer List(JumpCloudRequest request) => request.CountedPage([request.State], Organization);

    public static JumpCloudAnswer Get(JumpCloudRequest request) =>
        request.Segment("id") == request.State.OrganizationId ? JumpCloudAnswer.Ok(Organization(request.State)) : throw JumpCloudErrors.NotFound();

    public static JumpCloudAnswer Administrators(JumpCloudRequest request)
    {
        var holds = JumpCloudFilter.First(request.Query("filter"));
        return request.CountedPage(request.State.Admins.Values.Select(a => JumpCloudJson.Admin(a, request.State)).Where(holds), admin => admin);
    }

    public static JumpCloudAnswer Administrator(JumpCloudRequest request) =>
        JumpCloudAnswer.Ok(JumpCloudJson.Admin(JumpCloudRequest.Find(request.State.Admins, request.Segment("id")), request.State));

    public static JumpCloudAnswer Roles(JumpCloudRequest request)
    {
        var holds = JumpCloudFilter.Second(request.Query("filter"));
        return request.CountedPage(request.State.Roles.Values.OrderBy(r => r.Name, StringComparer.Ordinal).Select(JumpCloudJson.Role).Where(holds), role => role);
    }

    public static JumpCloudAnswer Role(JumpCloudRequest request) =>
        JumpCloudAnswer.Ok(JumpCloudJson.Role(JumpCloudRequest.Find(request.State.Roles, request.Segment("role_id"))));

    /// <summary>As described, without the credentials.</summary>
    public static JumpCloudAnswer ServiceAccounts(JumpCloudRequest request) =>
        request.CountedPage(request.State.ServiceAccounts.Values, account => JumpCloudJson.ServiceAccount(account, request.State));

    public static JumpCloudAnswer ServiceAccount(JumpCloudRequest request)
    {
        var account = request.State.ServiceAccounts.Values.FirstOrDefault(a => a.Id == request.Segment("service_account_id")) ?? throw JumpCloudErrors.NotFound();
        var json = JumpCloudJson.ServiceAccount(account, request.State);
        json["authConfigList"] = new JsonArray(new JsonObject
        {
            ["authType"] = "CLIENT_SECRET",
            ["clientSecretConfig"] = new JsonObject { ["clientId"] = account.ClientId, ["expiresAt"] = JumpCloudJson.Time(account.SecretEnds) },
        });
        return JumpCloudAnswer.Ok(json);
    }

    private static JsonObject Organization(JumpCloudState state) => new()
    {
        ["_id"] = state.OrganizationId,
        ["id"] = state.OrganizationId,
        ["displayName"] = "Acme",
        ["logoUrl"] = null,
    };
}
