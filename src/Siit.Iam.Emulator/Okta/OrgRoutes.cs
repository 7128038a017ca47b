using System.Text.Json;
using System.Text.Json.Nodes;

namespace Siit.Iam.Emulator.Okta;

/// <summary>The org itself: its settings, its administrators, its event hooks.</summary>
internal static class OrgRoutes
{
    public static OktaAnswer Org(OktaRequest request) => OktaAnswer.Ok(new JsonObject
    {
        ["id"] = request.State.OrgId,
        ["companyName"] = "Acme",
        ["subdomain"] = "acme",
        ["website"] = "https://acme.example",
        ["status"] = "ACTIVE",
        ["created"] = OktaJson.Time(request.State.Founded),
        ["lastUpdated"] = OktaJson.Time(request.State.Founded),
        ["_links"] = new JsonObject { ["logo"] = OktaJson.Href(request.Origin, "/api/v1/org/logo") },
    });

    /// <summary>Paged by a link in the body, unlike every other list. Names users with a role of their own, not those who have one through a group.</summary>
    public static OktaAnswer Assignees(OktaRequest request)
    {
        var (page, next) = request.Cut(request.State.Administrators(), u => u.Id, request.Limit(100, 200));
        var body = new JsonObject
        {
            ["value"] = new JsonArray([.. page.Select(u => new JsonObject
            {
                ["id"] = u.Id,
                ["orn"] = $"orn:okta:directory:{request.State.OrgId}:users:{u.Id}",
                ["_links"] = new JsonObject
                {
                    ["self"] = OktaJson.Href(request.Origin, $"/api/v1/users/{u.Id}"),
                    ["roles"] = OktaJson.Href(request.Origin, $"/api/v1/users/{u.Id}/roles"),
                },
            })]),
        };
        if (next is not null) body["_links"] = new JsonObject { ["next"] = new JsonObject { ["href"] = request.Address(next) } };
        return OktaAnswer.Ok(body);
    }

    public static OktaAnswer UserRoles(OktaRequest request)
    {
        var user = request.User("userId");
        return OktaAnswer.Ok(new JsonArray([.. request.State.RolesOf(user).Select(r => OktaJson.Role(r.Role, r.ThroughGroup, request.Origin, $"/api/v1/users/{user.Id}"))]));
    }

    public static OktaAnswer GroupRoles(OktaRequest request)
    {
        var group = request.Group();
        return OktaAnswer.Ok(new JsonArray([.. group.Roles.Select(r => OktaJson.Role(r, throughGroup: true, request.Origin, $"/api/v1/groups/{group.Id}"))]));
    }

    public static OktaAnswer ClientRoles(OktaRequest request)
    {
        var app = request.State.ServiceApps.GetValueOrDefault(request.Segment("clientId")) ?? throw OktaErrors.NotFound(request.Segment("clientId"), "PublicClientApp");
        return OktaAnswer.Ok(new JsonArray([.. app.Roles.Select(r => OktaJson.Role(
            new(request.Ids.Of("ra1", app.ClientId + r), r, request.State.Founded), throughGroup: false, request.Origin, $"/oauth2/v1/clients/{app.ClientId}", "CLIENT"))]));
    }

    public static OktaAnswer Hooks(OktaRequest request) => OktaAnswer.Ok(new JsonArray([.. request.State.Hooks.Values.Select(h => Render(request, h))]));

    public static OktaAnswer GetHook(OktaRequest request) => OktaAnswer.Ok(Render(request, Hook(request)));

    public static OktaAnswer CreateHook(OktaRequest request) =>
        Store(request, new(request.Ids.New("who"), Definition(request), "ACTIVE", false, request.Now, request.Now), "event_hook.create");

    public static OktaAnswer ReplaceHook(OktaRequest request) => Store(request, Hook(request) with { Definition = Definition(request) }, "event_hook.update");

    public static OktaAnswer DeleteHook(OktaRequest request)
    {
        var hook = Hook(request);
        request.State = request.State with { Hooks = request.State.Hooks.Remove(hook.Id) };
        request.Effect("event_hook.delete", null, hook.Id);
        return OktaAnswer.NoContent;
    }

    public static OktaAnswer VerifyHook(OktaRequest request) => Store(request, Hook(request) with { Verified = true }, "event_hook.verify");

    public static OktaAnswer ActivateHook(OktaRequest request) => Store(request, Hook(request) with { Status = "ACTIVE" }, "event_hook.activate");

    public static OktaAnswer DeactivateHook(OktaRequest request) => Store(request, Hook(request) with { Status = "INACTIVE" }, "event_hook.deactivate");

    private static OktaHook Hook(OktaRequest request) =>
        request.State.Hooks.GetValueOrDefault(request.Segment("eventHookId")) ?? throw OktaErrors.NotFound(request.Segment("eventHookId"), "EventHook");

    private static JsonElement Definition(OktaRequest request)
    {
        var body = request.Object();
        foreach (var field in new[] { "name", "events", "channel" })
        {
            if (body[field] is null) throw OktaErrors.Invalid(field, $"{field}: The field cannot be left blank");
        }

        return JsonSerializer.SerializeToElement(new JsonObject(body.Where(p => p.Key is "name" or "description" or "events" or "channel").Select(p => KeyValuePair.Create(p.Key, p.Value?.DeepClone()))));
    }

    private static OktaAnswer Store(OktaRequest request, OktaHook hook, string verb)
    {
        var stored = hook with { LastUpdated = request.Now };
        request.State = request.State with { Hooks = request.State.Hooks.SetItem(hook.Id, stored) };
        request.Effect(verb, null, hook.Id);
        return OktaAnswer.Ok(Render(request, stored));
    }

    private static JsonObject Render(OktaRequest request, OktaHook hook)
    {
        var json = JsonNode.Parse(hook.Definition.GetRawText())!.AsObject();
        // A secret once given is not shown again.
        (json["channel"]?["config"]?["authScheme"] as JsonObject)?.Remove("value");
        json["id"] = hook.Id;
        json["status"] = hook.Status;
        json["verificationStatus"] = hook.Verified ? "VERIFIED" : "UNVERIFIED";
        json["created"] = OktaJson.Time(hook.Created);
        json["lastUpdated"] = OktaJson.Time(hook.LastUpdated);
        json["createdBy"] = request.Caller.Actor.Id;
        json["_links"] = new JsonObject { ["self"] = OktaJson.Href(request.Origin, $"/api/v1/eventHooks/{hook.Id}") };
        return json;
    }
}
