using System.Text.Json;
using System.Text.Json.Nodes;

namespace Siit.Iam.Emulator.JumpCloud;

/// <summary>What Directory Insights writes down of a change.</summary>
internal static class JumpCloudEvents
{
    public static JumpCloudEvent Of(JumpCloudRequest request, string type, JsonObject about) => Of(
        request.Ids.New(request.Now), request.Now, type, request.State.OrganizationId,
        new JsonObject { ["id"] = request.Caller.Id, ["type"] = request.Caller.Type, [request.Caller.Type == "admin" ? "email" : "name"] = request.Caller.Name }, about);

    public static JumpCloudEvent Of(string id, DateTimeOffset at, string type, string organization, JsonObject by, JsonObject about)
    {
        var body = new JsonObject
        {
            ["id"] = id,
            ["timestamp"] = JumpCloudJson.Time(at),
            ["event_type"] = type,
            ["service"] = "directory",
            ["organization"] = organization,
            ["initiated_by"] = by,
            ["client_ip"] = "203.0.113.7",
            ["success"] = true,
            ["@version"] = "1",
        };
        foreach (var (name, value) in about) body[name] = value?.DeepClone();
        return new(id, at, "directory", JsonSerializer.SerializeToElement(body));
    }

    public static JsonObject About(JumpCloudUser user) => new()
    {
        ["resource"] = new JsonObject { ["id"] = user.Id, ["type"] = "user", ["username"] = user.Username, ["email"] = user.Email },
    };

    public static JsonObject About(JumpCloudGroup group) => new()
    {
        ["resource"] = new JsonObject { ["id"] = group.Id, ["type"] = "user_group", ["name"] = group.Name },
    };

    /// <summary>With the fields that changed, as the log tells them.</summary>
    public static JsonObject About(JumpCloudUser user, JsonArray changes)
    {
        var about = About(user);
        about["changes"] = changes;
        return about;
    }

    public static JsonObject Tie(string op, (string Type, string Id, string Name) from, (string Type, string Id, string Name) to, string source = "manual") => new()
    {
        ["association"] = new JsonObject
        {
            ["op"] = op,
            ["action_source"] = source,
            ["connection"] = new JsonObject { ["from"] = End(from), ["to"] = End(to) },
            ["attributes"] = null,
        },
    };

    private static JsonObject End((string Type, string Id, string Name) end) => new() { ["type"] = end.Type, ["object_id"] = end.Id, ["name"] = end.Name };
}
