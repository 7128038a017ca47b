using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Siit.Iam.Emulator.Entra;

/// <summary>Who changed what, and who signed in. Newest first unless asked otherwise, kept for 30 days.</summary>
internal static partial class AuditRoutes
{
    public static EntraAnswer Directory(EntraRequest request)
    {
        var since = From().Match(request.Query("$filter") ?? "") is { Success: true } from ? DateTimeOffset.Parse(from.Groups[1].Value, CultureInfo.InvariantCulture) : DateTimeOffset.MinValue;
        var oldest = request.Now.AddDays(-30) > since ? request.Now.AddDays(-30) : since;
        // Newest first, and written in order: what is older needs no look.
        var kept = Enumerable.Range(1, request.State.Audits.Count).Select(back => request.State.Audits[^back]).TakeWhile(audit => audit.At >= oldest).Select(audit => Audit(audit, request));
        return request.List("directoryAudit", kept, normal: 1000, most: 1000, context: "auditLogs/directoryAudits");
    }

    [GeneratedRegex(@"^activityDateTime ge (\d[^ ]*)")]
    private static partial Regex From();

    public static EntraAnswer SignIns(EntraRequest request)
    {
        var kept = request.State.SignIns.Where(entry => entry.At > request.Now.AddDays(-30)).Reverse().Select(entry => SignIn(entry, request.State));
        return request.List("signIn", kept, normal: 1000, most: 1000, context: "auditLogs/signIns");
    }

    private static JsonObject Audit(EntraAudit audit, EntraRequest request)
    {
        var client = request.State.Clients.GetValueOrDefault(audit.By);
        return new()
        {
            ["id"] = audit.Id,
            ["category"] = audit.Category,
            ["correlationId"] = audit.Id,
            ["result"] = "success",
            ["resultReason"] = "",
            ["activityDisplayName"] = audit.Activity,
            ["activityDateTime"] = EntraJson.Precise(audit.At),
            ["loggedByService"] = audit.Activity.Contains("security info", StringComparison.Ordinal) ? "Authentication Methods" : "Core Directory",
            ["operationType"] = audit.Operation,
            ["initiatedBy"] = new JsonObject
            {
                ["user"] = null,
                ["app"] = new JsonObject { ["appId"] = client?.ClientId, ["displayName"] = client?.Name ?? "Microsoft Azure AD", ["servicePrincipalId"] = null, ["servicePrincipalName"] = null },
            },
            ["targetResources"] = new JsonArray([.. audit.Targets.Select(target => new JsonObject
            {
                ["id"] = target.Id,
                ["displayName"] = target.Name,
                ["type"] = target.Type,
                ["userPrincipalName"] = target.Login,
                ["groupType"] = target.Type == "Group" ? "azureAD" : null,
                ["modifiedProperties"] = new JsonArray(),
            })]),
            ["additionalDetails"] = new JsonArray(),
        };
    }

    private static JsonObject SignIn(EntraSignInEntry entry, EntraState state)
    {
        var user = state.Users.GetValueOrDefault(entry.UserId) ?? state.Deleted.GetValueOrDefault(entry.UserId);
        return new()
        {
            ["id"] = entry.Id,
            ["createdDateTime"] = EntraJson.Time(entry.At),
            ["userDisplayName"] = user?.DisplayName ?? "",
            ["userPrincipalName"] = user?.Login ?? "",
            ["userId"] = entry.UserId,
            ["appDisplayName"] = entry.AppName,
            ["ipAddress"] = "127.0.0.1",
            ["clientAppUsed"] = "Browser",
            ["conditionalAccessStatus"] = "notApplied",
            ["isInteractive"] = true,
            ["status"] = new JsonObject
            {
                ["errorCode"] = entry.Failed ? 50126 : 0,
                ["failureReason"] = entry.Failed ? "Invalid username or password." : "Other.",
                ["additionalDetails"] = null,
            },
        };
    }
}
